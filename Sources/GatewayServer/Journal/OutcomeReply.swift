public import GatewayCore
internal import JSON

/// The answers of writes that were settled afterwards: what the same request with the key is answered.
public enum OutcomeReply {
    static func recorded(_ recorded: RecordedEntry, id: String?, _ record: WriteRecord, path: String) -> StoredReply {
        let isNew = record.scope.operation == .create
        return StoredReply(
            status: isNew ? 201 : 200,
            contentType: "application/json",
            location: isNew ? id.map { path + PathEscape.segment($0) } : nil,
            body: AnswerBody.recorded(recorded)
        )
    }

    /// What a person says of a request for several entries.
    ///
    /// - Parameter done: those that it was done to.
    static func resolved(_ record: WriteRecord, sent: [String], done: [String]) -> StoredReply {
        let items = sent.map { id -> JSONValue in
            guard done.contains(where: { isSameID($0, id) }) else {
                var problem = Problem(
                    .stateConflict,
                    "A person has looked at the vendor: it was not done to \(id). Ask for it with another key.",
                    origin: .gateway,
                    sent: .no
                )
                problem.extra[Problem.spentKey] = true
                let body = (try? JSONValue(parsing: problem.body(requestID: ""))) ?? .null
                return ["id": .string(id), "status": .integer(Int64(problem.status)), "problem": body]
            }
            if record.scope.operation == .delete { return ["id": .string(id), "status": 204] }
            return ["id": .string(id), "status": 200, "data": entry(id, record)]
        }
        let body: JSONValue = ["data": .array(items)]
        return StoredReply(status: 207, contentType: "application/json", body: Array(body.serialized(.compact).utf8))
    }

    private static func entry(_ id: String, _ record: WriteRecord) -> JSONValue {
        [
            "id": .string(id), "connection": .string(record.scope.connection),
            "completeness": .string(AnswerCompleteness.idOnly.rawValue),
        ]
    }

    /// What a person says of a write.
    ///
    /// - Parameter id: the vendor's identifier of the entry.
    public static func resolved(_ record: WriteRecord, recordedAs id: String) -> StoredReply {
        if record.scope.operation == .delete { return StoredReply(status: 204, contentType: "", body: []) }
        let isNew = record.scope.operation == .create
        let body: JSONValue = ["data": entry(id, record)]
        return StoredReply(
            status: isNew ? 201 : 200,
            contentType: "application/json",
            location: isNew ? "/v1/\(record.scope.connection)/time-entries/\(PathEscape.segment(id))" : nil,
            body: Array(body.serialized(.compact).utf8)
        )
    }
}
