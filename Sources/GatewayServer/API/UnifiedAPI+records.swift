internal import GatewayCore

/// What is kept of calls, on this event loop.
extension UnifiedAPI {
    /// What is known of a call when it begins.
    final class Note: Sendable {
        let id: String
        let request: InboundRequest
        let caller: Caller
        /// `nil` for a list over several.
        let connection: Connection?
        let operation: String
        let generation: Int
        let trace = CallTrace(now: SendTimer.uptime)

        init(
            _ id: String,
            _ request: InboundRequest,
            _ caller: Caller,
            _ connection: Connection?,
            _ operation: String,
            _ generation: Int
        ) {
            self.id = id
            self.request = request
            self.caller = caller
            self.connection = connection
            self.operation = operation
            self.generation = generation
        }
    }

    /// Keeps what became of a call. The head of the request is not kept: the gateway key stands in it.
    ///
    /// - Parameter parts: the identifiers of records of its own that a part of it has.
    func keep(_ note: Note, _ status: Int, _ answer: [UInt8], parts: [String] = []) {
        note.trace.lap(.reply)
        records?.add(record(note, note.id, note.connection, note.request.body, status, answer, note.trace, parts))
    }

    /// Keeps what became of one part of a call: an entry of a batch, a connection of a merged list.
    func keep(
        part name: String,
        of note: Note,
        at connection: Connection?,
        body: [UInt8] = [],
        _ status: Int,
        _ answer: [UInt8],
        _ trace: CallTrace
    ) {
        trace.lap(.reply)
        records?.add(record(note, "\(note.id).\(name)", connection, body, status, answer, trace, []))
    }

    private func record(
        _ note: Note,
        _ id: String,
        _ connection: Connection?,
        _ body: [UInt8],
        _ status: Int,
        _ answer: [UInt8],
        _ trace: CallTrace,
        _ parts: [String]
    ) -> CallRecord {
        CallRecord(
            id: id,
            time: SystemClock.milliseconds(),
            caller: note.caller,
            connection: connection,
            operation: note.operation,
            generation: note.generation,
            method: note.request.method,
            path: note.request.path,
            query: note.request.query,
            body: body,
            status: status,
            answer: answer,
            trace: trace,
            parts: parts
        )
    }

    func record(_ id: String) -> CallRecord? { records?.find(id, SystemClock.milliseconds()) }

    /// Lets go of records whose time is over, where no call comes to do it.
    func expireRecords() { records?.expire(SystemClock.milliseconds()) }
}
