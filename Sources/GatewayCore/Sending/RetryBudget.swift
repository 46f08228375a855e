/// How many requests may be sent again: a tenth of those sent, and a few besides, so that a failing vendor is not buried
/// under repetitions (gRPC's retry throttling, as a token bucket).
///
/// In any interval there are at most 10 retries, a tenth of the interval's requests, and one for each 10 s of it.
public struct RetryBudget: Sendable {
    /// In tenths of a retry.
    private static let capacity = 100
    /// Nanoseconds for a tenth of a retry: one in 10 s however few requests there are.
    private static let floor = Int64.seconds(1)

    private var tenths = RetryBudget.capacity
    /// Up to when the floor has been paid in.
    private var paidUntil: Int64?

    public init() {}

    /// A request goes for the first time.
    public mutating func deposit(_ now: Int64) {
        pay(now)
        tenths = min(RetryBudget.capacity, tenths + 1)
    }

    /// - Returns: whether a request may go again.
    public mutating func take(_ now: Int64) -> Bool {
        pay(now)
        guard tenths >= 10 else { return false }
        tenths -= 10
        return true
    }

    private mutating func pay(_ now: Int64) {
        let since = paidUntil ?? now
        let earned = max(0, now - since) / RetryBudget.floor
        paidUntil = since + earned * RetryBudget.floor
        tenths = Int(min(Int64(RetryBudget.capacity), Int64(tenths) + earned))
    }
}
