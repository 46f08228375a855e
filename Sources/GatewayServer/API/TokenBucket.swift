/// What is left of a limit: it fills up again at the limit's own rate.
struct TokenBucket {
    let limit: RateLimit
    private var tokens: Double
    private var at: UInt64 = 0

    init(_ limit: RateLimit) {
        self.limit = limit
        tokens = Double(limit.count)
    }

    private var rate: Double { Double(limit.count) / Double(limit.seconds) }

    /// Takes one request out.
    ///
    /// - Returns: `nil` if it may pass, else the seconds until it may.
    mutating func wait(now nanoseconds: UInt64) -> Int? {
        fill(nanoseconds)
        if tokens >= 1 {
            tokens -= 1
            return nil
        }
        return max(1, Int(((1 - tokens) / rate).rounded(.up)))
    }

    /// Whether it is as good as new.
    mutating func isFull(now nanoseconds: UInt64) -> Bool {
        fill(nanoseconds)
        return tokens >= Double(limit.count)
    }

    private mutating func fill(_ nanoseconds: UInt64) {
        let elapsed = at == 0 || nanoseconds < at ? 0 : Double(nanoseconds - at) / 1e9
        tokens = min(Double(limit.count), tokens + elapsed * rate)
        at = max(at, nanoseconds)
    }
}
