/// When the next request may go to a vendor: its rate windows, what its answers say of them, and the pauses it asks for.
///
/// It holds no queue: who waits asks again when its time has come, in order. Times are nanoseconds of a monotonic clock
/// and never go back.
public struct RateScheduler: Sendable {
    /// Why nothing goes for a while.
    public struct Pause: Sendable, Equatable {
        public var until: Int64
        /// Nanoseconds that were asked for. More than `maximumPause` is not waited.
        public var asked: Int64
    }

    /// A vendor cannot put a connection to sleep for longer than this: 15 minutes.
    public static let maximumPause = Int64.seconds(15 * 60)

    private var logs: [RateLog]
    public private(set) var pause: Pause?
    /// What the vendor said is left, and until when it counts.
    private var word: (remaining: Int, resetAt: Int64)?
    /// Refusals in a row that named no time.
    private var bareRefusals = 0
    private var lastRefusal = Int64.min

    /// - Parameter margin: milliseconds by which a request counts longer than its window, at most a 20th of it: two requests
    ///   can arrive nearer to each other than they left.
    public init(_ windows: [RateWindow], marginMilliseconds margin: Int = 250) {
        logs = windows.map { RateLog($0, margin: min(.milliseconds(margin), .seconds($0.seconds) / 20)) }
    }

    public var windows: [RateWindow] { logs.map(\.window) }

    // MARK: - Taking

    /// When a request may go if `ahead` others go before it: `now` if at once.
    ///
    /// Exact for the next one; for those further back, not before that time.
    public mutating func earliest(_ now: Int64, ahead: Int = 0) -> Int64 {
        forget(now)
        var time = max(now, pause?.until ?? now)
        if let word, word.remaining <= ahead { time = max(time, word.resetAt) }
        for index in logs.indices { time = max(time, logs[index].earliest(now, ahead: ahead)) }
        return time
    }

    /// Counts a request that goes now; `earliest` said that it may.
    public mutating func take(_ now: Int64) {
        for index in logs.indices { logs[index].add(now) }
        if let word { self.word?.remaining = max(0, word.remaining - 1) }
    }

    /// Takes back a request that was counted at this time and was not sent after all.
    public mutating func giveBack(_ time: Int64) {
        for index in logs.indices { logs[index].giveBack(time) }
        if word != nil { word?.remaining += 1 }
    }

    private mutating func forget(_ now: Int64) {
        for index in logs.indices { logs[index].expire(now) }
        if let pause, pause.until <= now { self.pause = nil }
        if let word, word.resetAt <= now { self.word = nil }
    }

    // MARK: - Learning

    /// Takes the vendor's word for how many requests it still takes until `resetAt`: others may use the same quota.
    ///
    /// - Parameter inFlight: requests under way beside the one answered: the vendor may not have counted them yet.
    public mutating func vendorSays(remaining: Int, resetAt: Int64, inFlight: Int, now: Int64) {
        forget(now)
        guard resetAt > now else { return }
        let resetAt = min(resetAt, now + RateScheduler.maximumPause)
        var left = max(0, remaining - inFlight)
        // Within one window of the vendor's it only becomes fewer; answers may overtake each other.
        if let word, abs(word.resetAt - resetAt) < .seconds(1) { left = min(left, word.remaining) }
        word = (left, resetAt)
    }

    /// Holds everything for as long as the vendor asked, at most `maximumPause`.
    public mutating func pause(for length: Int64, now: Int64) {
        let until = now + min(max(0, length), RateScheduler.maximumPause)
        if until > pause?.until ?? now { pause = Pause(until: until, asked: length) }
    }

    /// A refusal for too many requests that names no time: a pause of 1 s, twice as long each time until an answer is
    /// none, at most a minute.
    ///
    /// - Parameter sentAt: when the request went. Of several that were under way at once, one counts.
    public mutating func refused(sentAt: Int64, now: Int64) {
        guard sentAt >= lastRefusal else { return }
        lastRefusal = now
        pause(for: min(.seconds(1) << Int64(min(bareRefusals, 6)), .seconds(60)), now: now)
        bareRefusals += 1
    }

    /// An answer that is no such refusal.
    public mutating func accepted() { bareRefusals = 0 }

    // MARK: - Showing

    /// How a window stands.
    public struct State: Sendable, Equatable {
        public var window: RateWindow
        /// Requests that may still go.
        public var remaining: Int
        /// Nanoseconds until there are more; `nil` if all are left.
        public var restoredAfter: Int64?
    }

    /// How the windows stand, in their order.
    ///
    /// - Parameter waiting: requests that will go before any new one.
    public mutating func states(_ now: Int64, waiting: Int = 0) -> [State] {
        forget(now)
        let heldUntil = max(pause?.until ?? now, word.map { $0.remaining <= waiting ? $0.resetAt : now } ?? now)
        return logs.map { log in
            if heldUntil > now { return State(window: log.window, remaining: 0, restoredAfter: heldUntil - now) }
            var remaining = max(0, log.window.requests - log.used - waiting)
            if let word { remaining = min(remaining, word.remaining - waiting) }
            let leaves = remaining == 0 ? log.earliest(now, ahead: waiting) : log.oldestLeaves
            return State(window: log.window, remaining: remaining, restoredAfter: leaves.map { max(0, $0 - now) })
        }
    }
}
