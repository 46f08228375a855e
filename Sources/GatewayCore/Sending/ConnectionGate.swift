internal import Synchronization

/// What stands between a call and its connection: rate windows, places, breaker and retry budget of one connection in one
/// process.
///
/// Every attempt goes `admit` → send → `finished`. A call that has to wait is called back; nothing polls: the gate tells its
/// host through `alarm` when to call `tick`, and needs no thread or timer of its own. Calls wait in the order in which they
/// came. Times are nanoseconds of one monotonic clock, from 0 up.
public final class ConnectionGate: Sendable {
    /// Leave to send one request.
    public struct Pass: Sendable, Equatable {
        fileprivate let number: UInt64
        fileprivate let isProbe: Bool
        /// When it was given.
        public let time: Int64
    }

    /// A place in the line.
    public struct Ticket: Sendable, Equatable {
        fileprivate let number: UInt64
    }

    public enum Admission: Sendable, Equatable {
        /// Send now, and tell what came of it: `finished` is owed for every pass.
        case go(Pass)
        /// `wake` will be called once, unless the ticket is given back with `cancel`.
        case wait(Ticket)
        /// Nothing was sent, and it may be tried again later.
        case refused(Problem)
    }

    public enum Kind: Sendable { case read, write }

    public typealias Wake = @Sendable (Admission) -> Void
    /// The host calls `tick` at this time or later. A later alarm does not take an earlier one back.
    public typealias Alarm = @Sendable (_ gate: ConnectionGate, _ at: Int64) -> Void

    struct Waiter {
        var kind: Kind
        var isRetry: Bool
        var deadline: Int64
        var wake: Wake
    }

    struct Inside {
        var scheduler: RateScheduler
        var slots: CallSlots
        var breaker = CircuitBreaker()
        var budget = RetryBudget()
        var random: SplitMix
        /// Clocks are read before the lock is had: time does not go back in here.
        var now: Int64 = 0
        var lastNumber: UInt64 = 0
        var underWay: Set<UInt64> = []
        var waiters: [UInt64: Waiter] = [:]
        /// The alarm that is set.
        var alarm: Int64?
    }

    /// Who is told what, after the lock is given back.
    private struct Calls {
        var woken: [(wake: Wake, admission: Admission)] = []
        var alarm: Int64?
    }

    let connection: String
    let vendorTitle: String
    /// The text of `RateLimit-Policy`; `nil` for a connection without windows.
    public let policyHeader: String?
    /// Of the changes of each entry: what is read before a change must still be so when it is sent.
    let changes = Turns()
    private let alarm: Alarm
    private let inside: Mutex<Inside>

    /// - Parameters:
    ///   - connection: its name, and the vendor's as messages show it.
    ///   - seed: of what is random, which is the breaker's jitter.
    public init(
        connection: String,
        vendorTitle: String,
        windows: [RateWindow],
        slots: CallSlots = CallSlots(),
        seed: UInt64 = .random(in: .min ... .max),
        alarm: @escaping Alarm
    ) {
        self.connection = connection
        self.vendorTitle = vendorTitle
        policyHeader = RateLimitHeaders.policy(windows, connection: connection)
        self.alarm = alarm
        inside = Mutex(Inside(scheduler: RateScheduler(windows), slots: slots, random: SplitMix(state: seed)))
    }

    /// The gate of a configured connection: the operator's windows or else the plugin's, and the plugin's concurrency.
    public convenience init(
        _ connection: Connection,
        _ vendor: Vendor,
        seed: UInt64 = .random(in: .min ... .max),
        alarm: @escaping Alarm
    ) {
        let limits = vendor.manifest.limits
        self.init(
            connection: connection.name,
            vendorTitle: vendor.title,
            windows: connection.rateWindows(limits),
            slots: limits.concurrency.map { CallSlots(maximumInFlight: $0) } ?? CallSlots(),
            seed: seed,
            alarm: alarm
        )
    }

    // MARK: - Calls

    /// Asks for leave to send one request.
    ///
    /// - Parameters:
    ///   - deadline: the latest time to go, `Int64.max` for any. A call that cannot go by then is refused at once, as far as that is known.
    ///   - isRetry: a repetition pays nothing into the retry budget.
    ///   - wake: called with `go` or `refused` if the answer is `wait`: once, on whatever thread brings the news, with no lock
    ///     held.
    public func admit(
        _ kind: Kind,
        now: Int64,
        deadline: Int64,
        isRetry: Bool = false,
        wake: @escaping Wake
    ) -> Admission {
        let (admission, alarm) = inside.withLock { inside -> (Admission, Int64?) in
            let now = inside.advance(to: now)
            switch inside.breaker.permit(isRead: kind == .read, now) {
            case .refused(let wait): return (.refused(breakerOpen(inside.breaker, wait)), nil)
            case .probe:
                // Nobody waits while the breaker is open.
                let time = inside.scheduler.earliest(now)
                guard time <= now else { return (.refused(limitReached(&inside, time)), nil) }
                inside.breaker.beginProbe(now)
                return (.go(inside.pass(isProbe: true, isRetry: isRetry)), nil)
            case .go: break
            }
            let ahead = inside.slots.waiting
            let time = inside.scheduler.earliest(now, ahead: ahead)
            if ahead == 0, time <= now, inside.slots.hasFreeSlot {
                return (.go(inside.pass(isProbe: false, isRetry: isRetry)), nil)
            }
            guard time <= deadline, now < deadline else {
                return (.refused(time > now ? limitReached(&inside, time) : noPlace(inside)), nil)
            }
            inside.lastNumber += 1
            guard inside.slots.enqueue(inside.lastNumber) else { return (.refused(noPlace(inside)), nil) }
            inside.waiters[inside.lastNumber] = Waiter(kind: kind, isRetry: isRetry, deadline: deadline, wake: wake)
            let ticket = Ticket(number: inside.lastNumber)
            return (.wait(ticket), inside.newAlarm())
        }
        if let alarm { self.alarm(self, alarm) }
        return admission
    }

    /// Leave to send one request if nothing stands in its way: the usual case, at less cost than `admit`.
    public func admitAtOnce(now: Int64, isRetry: Bool = false) -> Pass? {
        inside.withLock { inside in
            let now = inside.advance(to: now)
            guard inside.breaker.state(now) == .closed, inside.slots.waiting == 0, inside.slots.hasFreeSlot,
                inside.scheduler.earliest(now) <= now
            else { return nil }
            return inside.pass(isProbe: false, isRetry: isRetry)
        }
    }

    /// Gives a place in the line back.
    ///
    /// - Returns: `false` if `wake` has been called with a pass, or is just about to be: that one has to be finished.
    @discardableResult
    public func cancel(_ ticket: Ticket, now: Int64) -> Bool {
        change(now) { inside in
            inside.slots.remove(ticket.number)
            return inside.waiters.removeValue(forKey: ticket.number) != nil
        }
    }

    /// Tells what came of a request that was let through. A second time is not counted.
    public func finished(_ pass: Pass, _ result: SendResult, now: Int64) {
        change(now) { inside in
            guard inside.underWay.remove(pass.number) != nil else { return }
            inside.slots.release()
            inside.learn(result, pass)
            let isProbe = pass.isProbe
            guard let failed = result.isFailure else {
                if isProbe { inside.breaker.abandonProbe(inside.now) }
                return
            }
            _ = inside.breaker.record(failed: failed, isProbe: isProbe, inside.now, using: &inside.random)
        }
    }

    /// Lets those through whose time has come, and refuses those whose time is over.
    public func tick(now: Int64) {
        change(now) { inside in
            if let alarm = inside.alarm, alarm <= inside.now { inside.alarm = nil }
        }
    }

    /// Takes one retry out of the budget.
    public func takeRetry(now: Int64) -> Bool {
        inside.withLock { $0.budget.take($0.advance(to: now)) }
    }

    // MARK: - Showing

    public struct Status: Sendable, Equatable {
        public var breaker: CircuitBreaker.State
        public var inFlight: Int
        public var waiting: Int
        /// Nanoseconds for which the vendor wants to be left alone.
        public var pausedFor: Int64?
        public var windows: [RateScheduler.State]
    }

    public func status(now: Int64) -> Status {
        inside.withLock { inside in
            let now = inside.advance(to: now)
            let states = inside.scheduler.states(now, waiting: inside.slots.waiting)
            return Status(
                breaker: inside.breaker.state(now),
                inFlight: inside.slots.inFlight,
                waiting: inside.slots.waiting,
                pausedFor: inside.scheduler.pause.map { $0.until - now },
                windows: states
            )
        }
    }

    /// Whether the breaker waits for a read and none is under way: the host may send one of its own, admitted as a read.
    public func needsProbe(now: Int64) -> Bool {
        inside.withLock { $0.breaker.needsProbe($0.advance(to: now)) }
    }

    /// The text of `RateLimit`; `nil` for a connection without windows.
    public func limitHeader(now: Int64) -> String? {
        guard policyHeader != nil else { return nil }
        let states = inside.withLock { inside in
            let now = inside.advance(to: now)
            return inside.scheduler.states(now, waiting: inside.slots.waiting)
        }
        return RateLimitHeaders.limit(states, connection: connection)
    }

    // MARK: - The line

    /// Does something to the state and then lets go who may go.
    private func change<Value>(_ now: Int64, _ body: (inout Inside) -> Value) -> Value {
        let (value, calls) = inside.withLock { inside -> (Value, Calls) in
            _ = inside.advance(to: now)
            let value = body(&inside)
            var calls = Calls()
            moveLine(&inside, &calls)
            calls.alarm = inside.newAlarm()
            return (value, calls)
        }
        if let alarm = calls.alarm { self.alarm(self, alarm) }
        for call in calls.woken { call.wake(call.admission) }
        return value
    }

    private func moveLine(_ inside: inout Inside, _ calls: inout Calls) {
        let now = inside.now
        guard inside.slots.first != nil else { return }
        if case .refused(let wait) = inside.breaker.permit(isRead: false, now) {
            let problem = breakerOpen(inside.breaker, wait)
            for ticket in inside.slots.tickets {
                guard let waiter = inside.waiters.removeValue(forKey: ticket) else { continue }
                calls.woken.append((waiter.wake, .refused(problem)))
            }
            inside.slots.removeAll()
            return
        }
        // Who may go at the last moment of its time goes; who is past it is refused, free place or not.
        while inside.slots.hasFreeSlot, inside.scheduler.earliest(now) <= now, let ticket = inside.slots.first {
            inside.slots.removeFirst()
            guard let waiter = inside.waiters.removeValue(forKey: ticket) else { continue }
            if waiter.deadline < now {
                calls.woken.append((waiter.wake, .refused(noPlace(inside))))
            } else {
                calls.woken.append((waiter.wake, .go(inside.pass(isProbe: false, isRetry: waiter.isRetry))))
            }
        }
        for ticket in inside.slots.tickets {
            guard let waiter = inside.waiters[ticket], waiter.deadline <= now else { continue }
            inside.waiters[ticket] = nil
            inside.slots.remove(ticket)
            let time = inside.scheduler.earliest(now)
            calls.woken.append((waiter.wake, .refused(time > now ? limitReached(&inside, time) : noPlace(inside))))
        }
    }
}

extension ConnectionGate.Inside {
    mutating func advance(to time: Int64) -> Int64 {
        now = max(now, time)
        return now
    }

    mutating func pass(isProbe: Bool, isRetry: Bool) -> ConnectionGate.Pass {
        scheduler.take(now)
        slots.occupy()
        if !isRetry { budget.deposit(now) }
        lastNumber += 1
        underWay.insert(lastNumber)
        return ConnectionGate.Pass(number: lastNumber, isProbe: isProbe, time: now)
    }

    mutating func learn(_ result: SendResult, _ pass: ConnectionGate.Pass) {
        switch result {
        case .unused: scheduler.giveBack(pass.time)
        case .failed: break
        case .answered(let status, let signal):
            if let remaining = signal.remaining, let reset = signal.resetAfter {
                scheduler.vendorSays(
                    remaining: remaining,
                    resetAt: now + reset,
                    inFlight: slots.inFlight,
                    now: now
                )
            }
            switch (status, signal.retryAfter) {
            case (429, let wait?), (503, let wait?): scheduler.pause(for: wait, now: now)
            case (429, nil): scheduler.refused(sentAt: pass.time, now: now)
            default: scheduler.accepted()
            }
        }
    }

    /// When something will be due, if it is sooner than the alarm that is set.
    mutating func newAlarm() -> Int64? {
        guard let deadline = waiters.values.lazy.map(\.deadline).min() else { return nil }
        // Without a free place the end of a call moves the line.
        let next = slots.hasFreeSlot ? min(deadline, scheduler.earliest(now)) : deadline
        // A deadline at the end of time is none.
        guard next < .max, next < alarm ?? .max else { return nil }
        alarm = next
        return next
    }
}

/// SplitMix64: enough for spreading callers out.
struct SplitMix: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
