internal import GatewayCore

/// What became of the caller's own writes: `/v1/outcomes` and `/v1/outcomes/{key}`.
extension UnifiedAPI {
    /// - Parameter key: the idempotency key that is asked for; `nil` for a list.
    func outcomes(
        _ request: InboundRequest,
        _ caller: Caller,
        key: String?,
        _ id: String,
        _ reply: ReplyHandle
    ) throws(Problem) {
        guard request.method == .get || request.method == .head else { throw UnifiedAPI.notAllowed("GET, HEAD") }
        guard let journal = entries.writes?.journal else {
            throw Problem(.journalUnavailable, "This gateway runs without a journal (state: none).", origin: .gateway)
        }
        var query = try OutcomeQuery.read(request.query)
        query.caller = caller.name
        var queries = [query]
        if let key {
            queries = try IdempotencyKey.asked(key).map { key in
                query.key = key
                return query
            }
        }
        let asked = queries
        Task.immediate(executorPreference: executor) {
            do throws(JournalFailure) {
                var records: [WriteRecord] = []
                for query in asked where records.isEmpty { records = try await journal.list(query) }
                if let key, records.isEmpty {
                    let problem = Problem(
                        .outcomeNotFound,
                        "The journal has no write of this caller with the key \(key)."
                    )
                    return self.refuse(problem, "outcomes", id, reply)
                }
                let next = records.count == asked[0].limit ? records.last.map { String($0.id) } : nil
                self.count("-", "outcomes", 200)
                self.finish(.json(OutcomeBody.list(records, next: next)), id, reply)
            } catch {
                self.refuse(error.problem, "outcomes", id, reply)
            }
        }
    }
}
