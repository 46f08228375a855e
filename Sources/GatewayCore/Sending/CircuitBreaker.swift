/// Keeps calls away from a vendor that fails, and finds out with one read at a time whether it works again.
///
/// - closed: calls go. At least `minimumCalls` within `window` of which half failed → open.
/// - open: nothing goes. Its time is over → half-open.
/// - half-open: one read goes as a probe. It succeeds → closed; it fails → open, for longer. Writes are refused: whether
///   a failing vendor has recorded one is what nobody would know.
public struct CircuitBreaker: Sendable {
    /// Nanoseconds of the rolling window.
    public static let window = Int64.seconds(10)
    public static let minimumCalls = 20
    /// Nanoseconds: the first time that it opens, and the longest, each before up to a quarter is added at random.
    public static let firstOpening = Int64.seconds(5)
    public static let longestOpening = Int64.seconds(48)
    /// After so long without opening, the next opening is a first one again.
    public static let recovery = Int64.seconds(60)
    /// A probe whose end was never told does not keep the breaker half-open for ever.
    public static let longestProbe = Int64.seconds(120)
    /// What is refused while a probe is awaited may come back after this.
    private static let probeWait = Int64.seconds(1)

    public enum Permit: Sendable, Equatable {
        case go
        /// One read, to see whether the vendor works again.
        case probe
        /// After so many nanoseconds at the earliest.
        case refused(Int64)
    }

    public enum State: String, Sendable { case closed, open, halfOpen = "half_open" }

    private enum Phase: Sendable, Equatable {
        case closed(since: Int64)
        case open(until: Int64)
        /// The probe's end is awaited until then.
        case probing(until: Int64)
    }

    private static let bucketCount = 10
    private static let bucketLength = window / Int64(bucketCount)

    private var phase = Phase.closed(since: .min)
    private var openings = 0
    /// Calls of a tenth of the window, at its number modulo ten.
    private var buckets = [(number: Int64, calls: Int, failures: Int)](
        repeating: (.min, 0, 0),
        count: CircuitBreaker.bucketCount
    )
    /// What it opened on, for messages.
    public private(set) var reason: (failures: Int, calls: Int) = (0, 0)

    public init() {}

    public func state(_ now: Int64) -> State {
        switch phase {
        case .closed: .closed
        case .open(let until): now < until ? .open : .halfOpen
        case .probing: .halfOpen
        }
    }

    /// Whether a read is wanted and none is under way: a connection that only writes needs one of the host's own.
    public func needsProbe(_ now: Int64) -> Bool {
        switch phase {
        case .closed: false
        case .open(let until), .probing(let until): now >= until
        }
    }

    /// Whether a call may go. A permitted probe is under way only after `beginProbe`.
    public func permit(isRead: Bool, _ now: Int64) -> Permit {
        switch phase {
        case .closed: return .go
        case .open(let until) where now < until: return .refused(until - now)
        case .probing(let until) where now < until: return .refused(CircuitBreaker.probeWait)
        case .open, .probing: return isRead ? .probe : .refused(CircuitBreaker.probeWait)
        }
    }

    public mutating func beginProbe(_ now: Int64) {
        phase = .probing(until: now + CircuitBreaker.longestProbe)
    }

    /// A probe that told nothing: it was not sent, or the caller gave up.
    public mutating func abandonProbe(_ now: Int64) {
        if case .probing = phase { phase = .open(until: now) }
    }

    /// The end of a call.
    ///
    /// - Returns: whether the breaker opened by it.
    public mutating func record(
        failed: Bool,
        isProbe: Bool,
        _ now: Int64,
        using random: inout some RandomNumberGenerator
    ) -> Bool {
        switch phase {
        case .closed(let since):
            count(failed: failed, now)
            guard failed, isFailing(now) else { return false }
            if since > .min, now - since >= CircuitBreaker.recovery { openings = 0 }
            open(now, using: &random)
            return true
        case .probing where isProbe:
            guard failed else {
                phase = .closed(since: now)
                for index in buckets.indices { buckets[index] = (.min, 0, 0) }
                return false
            }
            open(now, using: &random)
            return true
        // Calls from before it opened: it has been decided.
        case .open, .probing: return false
        }
    }

    private mutating func open(_ now: Int64, using random: inout some RandomNumberGenerator) {
        let length = min(
            CircuitBreaker.firstOpening << Int64(min(openings, 8)),
            CircuitBreaker.longestOpening
        )
        openings += 1
        phase = .open(until: now + length + Int64.random(in: 0...(length / 4), using: &random))
    }

    private mutating func count(failed: Bool, _ now: Int64) {
        let number = now / CircuitBreaker.bucketLength
        let index = Int(number % Int64(CircuitBreaker.bucketCount))
        if buckets[index].number != number { buckets[index] = (number, 0, 0) }
        buckets[index].calls += 1
        if failed { buckets[index].failures += 1 }
    }

    private mutating func isFailing(_ now: Int64) -> Bool {
        let oldest = now / CircuitBreaker.bucketLength - Int64(CircuitBreaker.bucketCount) + 1
        var calls = 0
        var failures = 0
        for bucket in buckets where bucket.number >= oldest {
            calls += bucket.calls
            failures += bucket.failures
        }
        reason = (failures, calls)
        return calls >= CircuitBreaker.minimumCalls && failures * 2 >= calls
    }
}
