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

    /// What a person says of a write.
    ///
    /// - Parameter id: the vendor's identifier of the entry.
    public static func resolved(_ record: WriteRecord, recordedAs id: String) -> StoredReply {
        if record.scope.operation == .delete { return StoredReply(status: 204, contentType: "", body: []) }
        let isNew = record.scope.operation == .create
        let body: JSONValue = [
            "data": [
                "id": .string(id), "connection": .string(record.scope.connection),
                "completeness": .string(AnswerCompleteness.idOnly.rawValue),
            ]
        ]
        return StoredReply(
            status: isNew ? 201 : 200,
            contentType: "application/json",
            location: isNew ? "/v1/\(record.scope.connection)/time-entries/\(PathEscape.segment(id))" : nil,
            body: Array(body.serialized(.compact).utf8)
        )
    }
}
