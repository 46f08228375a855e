import JSON

/// What a simulator answers, before faults have their say.
struct SimulatorAnswer: Sendable {
    var status: Int
    var contentType: String?
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// What the request left in the store.
    var stored: LedgerEntry.Stored?

    static func empty(_ status: Int, headers: [(name: String, value: String)] = []) -> SimulatorAnswer {
        SimulatorAnswer(status: status, contentType: nil, headers: headers)
    }

    /// An answer whose body is the JSON text that `write` appends.
    static func json(
        _ status: Int,
        contentType: String = "application/json",
        headers: [(name: String, value: String)] = [],
        stored: LedgerEntry.Stored? = nil,
        _ write: (inout JSONWriter) -> Void
    ) -> SimulatorAnswer {
        var writer = JSONWriter(reserving: 2048)
        write(&writer)
        return SimulatorAnswer(
            status: status,
            contentType: contentType,
            headers: headers,
            body: writer.finish(),
            stored: stored
        )
    }
}
