internal import GatewayCore
internal import JSON

/// What became of writes, as the API, the admin listener and the command line tell it.
enum OutcomeBody {
    /// `{"data": [outcome, …], "next_cursor"?}`
    ///
    /// - Parameter connections: as in `json`.
    static func list(
        _ records: [WriteRecord],
        next: String? = nil,
        forOperatorOf connections: [ConfiguredConnection]? = nil
    ) -> [UInt8] {
        var object = JSONObject()
        object["data"] = .array(records.map { json($0, forOperatorOf: connections) })
        if let next { object["next_cursor"] = .string(next) }
        return Array(JSONValue.object(object).serialized(.compact).utf8)
    }

    static func one(_ record: WriteRecord, forOperatorOf connections: [ConfiguredConnection]) -> [UInt8] {
        Array(JSONValue.object(["data": json(record, forOperatorOf: connections)]).serialized(.compact).utf8)
    }

    /// - Parameter connections: for the one who runs the gateway, who may also see the row's number, the caller, the request
    ///   and the entry, and no secret of a connection that the vendor repeats; `nil` for callers.
    static func json(_ record: WriteRecord, forOperatorOf connections: [ConfiguredConnection]? = nil) -> JSONValue {
        var object: JSONObject = [
            "key": .string(record.scope.key), "connection": .string(record.scope.connection),
            "operation": .string(record.scope.operation.rawValue), "state": .string(record.state.rawValue),
            "sent": .string(record.sent.rawValue),
        ]
        if connections != nil {
            object["number"] = .integer(record.id)
            object["caller"] = .string(record.scope.caller)
        }
        if let id = record.vendorEntryID ?? record.intent.entryID { object["entry_id"] = .string(id) }
        if let reply = record.reply, record.state != .expired { object["status"] = .integer(Int64(reply.status)) }
        if let reason = record.reason { object["reason"] = .string(reason) }
        if let who = record.settledBy { object["settled_by"] = .string(who) }
        object["is_key_generated"] = .bool(record.isKeyGenerated)
        object["attempts"] = .integer(Int64(record.attempt))
        object["created_at"] = time(record.createdAt)
        object["changed_at"] = time(record.changedAt)
        if let connections {
            let connection = connections.first { $0.name == record.scope.connection }.flatMap { configured in
                if case .ready(let connection, _) = configured.state { connection } else { Connection?.none }
            }
            if record.intent.usesClientCredentials { object["credentials"] = "client" }
            object["request"] = .object([
                "method": .string(record.intent.method), "url": .string(record.intent.url),
                "body": shown(value(record.intent.body), connection),
            ])
            if record.intent.entry != nil { object["entry"] = value(record.intent.entry) }
            if let answer = record.answer {
                object["vendor"] = .object([
                    "status": .integer(Int64(answer.status)), "body": shown(value(answer.body), connection),
                ])
            }
        }
        return .object(object)
    }

    private static func time(_ milliseconds: Int64) -> JSONValue {
        Timestamp(epochSeconds: milliseconds / 1000).map { .string($0.description) } ?? .null
    }

    private static func shown(_ value: JSONValue, _ connection: Connection?) -> JSONValue {
        connection?.hidingSecrets(value) ?? value
    }

    /// Stored bytes: JSON if they are JSON, else their text.
    private static func value(_ bytes: [UInt8]?) -> JSONValue {
        guard let bytes else { return .null }
        let limits = JSONLimits(maximumBytes: 16 << 20, maximumDepth: 128)
        return (try? JSONValue(parsing: bytes, limits: limits)) ?? .string(String(decoding: bytes, as: UTF8.self))
    }
}
