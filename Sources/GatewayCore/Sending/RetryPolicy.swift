/// How often and when a request goes again, where the retry table allows it.
public struct RetryPolicy: Sendable, Equatable {
    /// Attempts of one call, the first among them.
    public var maximumAttempts = 3
    /// Attempts of a POST or PATCH that the vendor may have acted on: RFC 9110, section 9.2.2, has a client not repeat a
    /// repetition that failed.
    public var maximumRecognisedWrites = 2
    /// Nanoseconds: a vendor that asks for more is not waited for within a call.
    public var longestWait = RateScheduler.maximumPause

    public enum Decision: Sendable, Equatable {
        /// After so many nanoseconds.
        case retry(after: Int64)
        case end(RetryRule.End)
    }

    public init() {}

    /// - Parameters:
    ///   - attempt: the attempts made, from 1.
    ///   - timeLeft: nanoseconds that the call has for waiting and for another attempt.
    ///   - takeBudget: takes one retry out of the budget; asked last, so that nothing is taken for a retry that is not made.
    public func decide(
        _ result: SendResult,
        _ request: RetryRule.Request,
        attempt: Int,
        timeLeft: Int64,
        using random: inout some RandomNumberGenerator,
        takeBudget: () -> Bool
    ) -> Decision {
        switch RetryRule.verdict(result, request) {
        case .end(let end): return .end(end)
        case .retry(let asked, let end):
            // An end that leaves the outcome open is that of a write which the vendor may have acted on.
            let maximum =
                request.method == .postOrPatch && end == .unknown ? maximumRecognisedWrites : maximumAttempts
            guard attempt < maximum else { return .end(end) }
            let delay =
                asked.map { RetryDelay.after($0, using: &random) }
                ?? RetryDelay.backoff(attempt: attempt, using: &random)
            guard delay < timeLeft, delay <= longestWait, takeBudget() else { return .end(end) }
            return .retry(after: delay)
        }
    }
}
