/// What became of one attempt to reach a vendor, as far as limits, breaker and retries are concerned.
public enum SendResult: Sendable, Equatable {
    case answered(status: Int, LimitSignal)
    case failed(UpstreamFailure)
    /// Admitted and not sent after all.
    case unused

    public init(_ result: Result<UpstreamAnswer, UpstreamFailure>, _ signal: LimitSignal) {
        switch result {
        case .success(let answer): self = .answered(status: answer.status, signal)
        case .failure(let failure): self = .failed(failure)
        }
    }

    /// Whether it shows that the vendor works, for the breaker; `nil` if it shows nothing. A refusal (4xx, also 429) is
    /// the answer of a vendor that works.
    var isFailure: Bool? {
        switch self {
        case .answered(let status, _): return status >= 500
        case .failed(let failure):
            switch failure.kind {
            case .unreachable, .timeout, .tls, .brokenAnswer: return true
            // Refused here, or given up by the caller.
            case .addressRefused, .invalidRequest, .cancelled: return nil
            }
        case .unused: return nil
        }
    }
}

/// What an answer's headers say of the vendor's limits. Lengths are nanoseconds from the answer.
public struct LimitSignal: Sendable, Equatable {
    /// `Retry-After` of a refusal, or its own header's reset where it is refused for too many requests.
    public var retryAfter: Int64?
    /// Requests left until `resetAfter`.
    public var remaining: Int?
    public var resetAfter: Int64?

    public init(retryAfter: Int64? = nil, remaining: Int? = nil, resetAfter: Int64? = nil) {
        self.retryAfter = retryAfter
        self.remaining = remaining
        self.resetAfter = resetAfter
    }

    /// - Parameters:
    ///   - retryAfter: the header of that name, as it came; so `reset` and `remaining`, the headers that the rules name.
    ///   - now: the wall clock, for headers that name a time.
    public init(
        status: Int,
        retryAfter: String?,
        reset: String? = nil,
        remaining: String? = nil,
        rules: LimitRules,
        now: Timestamp
    ) {
        // A header may have a fraction (`2.5`): rounded up.
        let number = reset.flatMap { LimitSignal.wholeNumber($0) }
        switch rules.resetForm {
        case .seconds: resetAfter = number.map { LimitSignal.nanoseconds($0) }
        // Beyond it are milliseconds, which the plugin has taken for seconds: better unread than a stop of many minutes.
        case .unixTime where number ?? 0 >= LimitSignal.latestUnixTime: resetAfter = nil
        case .unixTime: resetAfter = number.map { LimitSignal.nanoseconds($0 - now.epochSeconds) }
        case .unixMilliseconds:
            resetAfter = number.map { LimitSignal.nanoseconds(($0 + 999) / 1_000 - now.epochSeconds) }
        }
        self.remaining = remaining.flatMap { LimitSignal.wholeNumber($0) }.map { Int(min($0, 1 << 40)) }
        guard status >= 400 else { return }
        self.retryAfter = retryAfter.flatMap { RetryAfter.seconds($0, now: now) }.map { .seconds($0) }
        if status == 429, self.retryAfter == nil, let resetAfter, resetAfter > 0 { self.retryAfter = resetAfter }
    }

    /// In the year 5138.
    private static let latestUnixTime: Int64 = 100_000_000_000

    /// At most a day, as with `Retry-After`.
    private static func nanoseconds(_ seconds: Int64) -> Int64 { .seconds(Int(max(0, min(seconds, 86_400)))) }

    /// Digits, or digits with a fraction, which is rounded up; anything else is not read.
    private static func wholeNumber(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count),
            parts.allSatisfy({ part in
                !part.isEmpty && part.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            }), let whole = Int64(parts[0]), whole < 1 << 50
        else { return nil }
        return parts.count == 2 && parts[1].contains { $0 != "0" } ? whole + 1 : whole
    }
}
