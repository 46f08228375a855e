import Synchronization
import Testing

@testable import GatewayCore

@Suite("The gate of a connection")
struct ConnectionGateTests {
    private static let second: Int64 = 1_000_000_000

    /// A gate with a clock that the test moves, and what it said.
    private final class Bench: Sendable {
        let gate: ConnectionGate
        let alarms: Shared<[Int64]>
        let woken = Shared<[(name: Int, admission: ConnectionGate.Admission)]>([])

        init(_ windows: [(Int, Int)] = [], inFlight: Int = 32, waiting: Int = 256) {
            let alarms = Shared<[Int64]>([])
            self.alarms = alarms
            gate = ConnectionGate(
                connection: "acme",
                vendorTitle: "Acme",
                windows: windows.map { RateWindow(requests: $0.0, seconds: $0.1)! },
                slots: CallSlots(maximumInFlight: inFlight, maximumWaiting: waiting),
                seed: 5
            ) { _, time in alarms.change { $0.append(time) } }
        }

        func admit(
            _ name: Int,
            _ now: Int64,
            deadline: Int64 = 1000 * 1_000_000_000
        ) -> ConnectionGate.Admission {
            admit(name, .read, now, deadline: deadline)
        }

        func admit(
            _ name: Int,
            _ kind: ConnectionGate.Kind,
            _ now: Int64,
            deadline: Int64 = 1000 * 1_000_000_000
        ) -> ConnectionGate.Admission {
            gate.admit(kind, now: now, deadline: deadline) { [woken] admission in
                woken.change { $0.append((name, admission)) }
            }
        }

        func pass(_ kind: ConnectionGate.Kind, _ now: Int64) throws -> ConnectionGate.Pass {
            try #require(admit(0, kind, now).pass)
        }

        /// Opens the breaker.
        func fail(_ now: Int64) throws {
            for _ in 0..<20 {
                gate.finished(try pass(.write, now), .answered(status: 500, LimitSignal()), now: now)
            }
        }

        var names: [Int] { woken.value.map(\.name) }
    }

    private static let ok = SendResult.answered(status: 200, LimitSignal())

    // MARK: - Places

    @Test("a free place is given at once, and a call without one waits until another ends")
    func slots() throws {
        let bench = Bench(inFlight: 2)
        let first = try bench.pass(.write, 1)
        _ = try bench.pass(.write, 1)
        #expect(bench.admit(3, 2).isWaiting)
        #expect(bench.admit(4, 2).isWaiting)
        #expect(bench.gate.status(now: 2).waiting == 2)
        bench.gate.finished(first, Self.ok, now: 3)
        #expect(bench.names == [3])
        #expect(bench.woken.value[0].admission.pass != nil)
        // The same end told again frees nothing.
        bench.gate.finished(first, Self.ok, now: 3)
        #expect(bench.names == [3])
        #expect(bench.gate.status(now: 3).inFlight == 2)
    }

    @Test("a full line refuses at once, with nothing sent")
    func fullLine() throws {
        let bench = Bench(inFlight: 1, waiting: 1)
        _ = try bench.pass(.write, 1)
        #expect(bench.admit(2, 1).isWaiting)
        let problem = try #require(bench.admit(3, 1).problem)
        #expect(problem.code == .tooManyCalls)
        #expect(problem.status == 503)
        #expect(problem.sent == .no)
        #expect(problem.retry == .after)
        #expect(problem.retryAfter == 1)
        #expect(problem.origin == .gateway)
        #expect(problem.detail.contains("1 calls to Acme are under way through acme, and 1 wait"))
        #expect(bench.names.isEmpty)
    }

    @Test("a newcomer does not pass those who wait")
    func fair() throws {
        let bench = Bench(inFlight: 1)
        let first = try bench.pass(.write, 1)
        for name in 2...5 { #expect(bench.admit(name, 1).isWaiting) }
        bench.gate.finished(first, Self.ok, now: 2)
        #expect(bench.names == [2])
        #expect(bench.admit(6, 2).isWaiting)
        for _ in 0..<4 {
            bench.gate.finished(try #require(bench.woken.value.last?.admission.pass), Self.ok, now: 3)
        }
        #expect(bench.names == [2, 3, 4, 5, 6])
    }

    @Test("a waiter that gives up gives its place back and is not called; one that has its pass is told so")
    func cancelling() throws {
        let bench = Bench(inFlight: 1)
        let first = try bench.pass(.write, 1)
        let second = try #require(bench.admit(2, 1).ticket)
        let third = try #require(bench.admit(3, 1).ticket)
        #expect(bench.gate.cancel(second, now: 1))
        #expect(!bench.gate.cancel(second, now: 1))
        bench.gate.finished(first, Self.ok, now: 2)
        #expect(bench.names == [3])
        #expect(!bench.gate.cancel(third, now: 2))
        #expect(bench.gate.status(now: 2).waiting == 0)
    }

    @Test("a waiter whose time is over is refused by the tick that the alarm was set for")
    func deadline() throws {
        let bench = Bench(inFlight: 1)
        _ = try bench.pass(.write, 1)
        #expect(bench.admit(2, 1, deadline: 50).isWaiting)
        #expect(bench.admit(3, 1, deadline: 30).isWaiting)
        #expect(bench.alarms.value == [50, 30])
        bench.gate.tick(now: 30)
        #expect(bench.names == [3])
        #expect(bench.woken.value[0].admission.problem?.code == .tooManyCalls)
        #expect(bench.alarms.value == [50, 30, 50])
        bench.gate.tick(now: 50)
        #expect(bench.names == [3, 2])
        #expect(bench.admit(4, 60, deadline: 60).problem?.code == .tooManyCalls)
    }

    @Test("a waiter whose time is over gets no place that becomes free later")
    func lateTick() throws {
        let bench = Bench(inFlight: 1)
        let first = try bench.pass(.write, 1)
        #expect(bench.admit(2, 1, deadline: 30).isWaiting)
        #expect(bench.admit(3, 1, deadline: 40).isWaiting)
        bench.gate.finished(first, Self.ok, now: 40)
        #expect(bench.names == [2, 3])
        #expect(bench.woken.value[0].admission.problem != nil)
        #expect(bench.woken.value[1].admission.pass != nil)
    }

    // MARK: - Windows

    @Test("calls wait for their place in the window, in order, with one alarm at a time")
    func window() throws {
        let bench = Bench([(2, 10)])
        let length = 10 * Self.second + 250_000_000
        for name in 0..<2 { #expect(bench.admit(name, 1).pass != nil) }
        for name in 2..<5 { #expect(bench.admit(name, 2).isWaiting) }
        #expect(bench.alarms.value == [1 + length])
        bench.gate.tick(now: length)
        #expect(bench.names.isEmpty)
        bench.gate.tick(now: 1 + length)
        #expect(bench.names == [2, 3])
        #expect(bench.alarms.value == [1 + length, 1 + 2 * length])
        bench.gate.tick(now: 1 + 2 * length)
        #expect(bench.names == [2, 3, 4])
    }

    @Test("a newcomer does not pass those whose time has come before the tick that lets them through")
    func fairBeforeTheTick() throws {
        let bench = Bench([(2, 10)])
        for name in 0..<2 { #expect(bench.admit(name, 1).pass != nil) }
        #expect(bench.admit(2, 2).isWaiting)
        #expect(bench.admit(3, 20 * Self.second).isWaiting)
        #expect(bench.alarms.value.count == 1)
        bench.gate.tick(now: 20 * Self.second)
        #expect(bench.names == [2, 3])
    }

    @Test("a call that cannot go within its time is refused at once, with how long it would take")
    func refusedByWindow() throws {
        let bench = Bench([(1, 60)])
        #expect(bench.admit(1, 0).pass != nil)
        #expect(bench.admit(2, 0, deadline: 61 * Self.second).isWaiting)
        let problem = try #require(bench.admit(3, 0, deadline: 61 * Self.second).problem)
        #expect(problem.code == .vendorLimit)
        #expect(problem.status == 429)
        #expect(problem.origin == .gateway)
        #expect(problem.sent == .no)
        #expect(problem.retry == .after)
        #expect(problem.retryAfter == 121)
        #expect(problem.detail.contains("Acme takes 1 requests in 1m through acme"))
    }

    @Test("a pass that was not used gives its request back to the window")
    func unused() throws {
        let bench = Bench([(1, 60)])
        let pass = try bench.pass(.write, 5)
        #expect(bench.admit(2, 6).isWaiting)
        bench.gate.finished(pass, .unused, now: 7)
        #expect(bench.names == [2])
    }

    @Test("hundreds of callers keep the window, none is lost, and each is called once", arguments: [UInt64(1), 2, 3])
    func simulation(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let bench = Bench([(20, 1), (100, 10)], inFlight: 8, waiting: 400)
        var now: Int64 = 1
        var sent: [Int64] = []
        var underWay: [(pass: ConnectionGate.Pass, until: Int64)] = []
        var tickets: [Int: ConnectionGate.Ticket] = [:]
        var cancelled: Set<Int> = []
        var refused = 0
        var seen = 0
        for name in 0..<1500 {
            now += Int64.random(in: 0...(Self.second / 8), using: &random)
            let deadline = now + Int64.random(in: 0...(30 * Self.second), using: &random)
            // What is due before: alarms and the ends of calls, in their order.
            while true {
                let end = underWay.min { $0.until < $1.until }
                let alarm = bench.alarms.value.min()
                let next = min(end?.until ?? .max, alarm ?? .max)
                guard next <= now else { break }
                if next == alarm {
                    bench.alarms.change { $0.removeAll { $0 <= next } }
                    bench.gate.tick(now: next)
                } else if let end {
                    underWay.removeAll { $0.pass == end.pass }
                    bench.gate.finished(end.pass, Self.ok, now: next)
                }
                for (name, admission) in bench.woken.value[seen...] {
                    #expect(tickets.removeValue(forKey: name) != nil)
                    #expect(!cancelled.contains(name))
                    if let pass = admission.pass {
                        sent.append(pass.time)
                        underWay.append((pass, next + Int64.random(in: 1...Self.second, using: &random)))
                    } else {
                        refused += 1
                    }
                }
                seen = bench.woken.value.count
                #expect(underWay.count <= 8)
            }
            switch bench.admit(name, name % 2 == 0 ? .read : .write, now, deadline: deadline) {
            case .go(let pass):
                sent.append(pass.time)
                underWay.append((pass, now + Int64.random(in: 1...Self.second, using: &random)))
            case .wait(let ticket):
                if Int.random(in: 0..<20, using: &random) == 0 {
                    #expect(bench.gate.cancel(ticket, now: now))
                    cancelled.insert(name)
                } else {
                    tickets[name] = ticket
                }
            case .refused: refused += 1
            }
        }
        #expect(sent == sent.sorted())
        for (index, time) in sent.enumerated() {
            if index >= 20 { #expect(time - sent[index - 20] >= Self.second) }
            if index >= 100 { #expect(time - sent[index - 100] >= 10 * Self.second) }
        }
        #expect(bench.gate.status(now: now).waiting == tickets.count)
        #expect(sent.count + refused + cancelled.count + tickets.count == 1500)
        #expect(sent.count > 500)
        #expect(refused > 50)
    }

    @Test("threads that call at once share the places and the window, and each gets one answer")
    func threads() async throws {
        let underWay = Shared(0)
        let most = Shared(0)
        let clock = Shared<Int64>(1)
        let gate = ConnectionGate(
            connection: "acme",
            vendorTitle: "Acme",
            windows: [RateWindow(requests: 500, seconds: 1)!],
            slots: CallSlots(maximumInFlight: 4, maximumWaiting: 2000)
        ) { gate, time in
            clock.change { $0 = max($0, time) }
            Task { gate.tick(now: time) }
        }
        let times = await withTaskGroup(of: Int64?.self) { group in
            for _ in 0..<1200 {
                group.addTask {
                    let admission = await withCheckedContinuation { continuation in
                        let now = clock.value
                        let admission = gate.admit(.write, now: now, deadline: .max) {
                            continuation.resume(returning: $0)
                        }
                        if admission.isWaiting { return }
                        continuation.resume(returning: admission)
                    }
                    guard let pass = admission.pass else { return nil }
                    underWay.change { count in
                        count += 1
                        let now = count
                        most.change { $0 = max($0, now) }
                    }
                    await Task.yield()
                    underWay.change { $0 -= 1 }
                    gate.finished(pass, Self.ok, now: clock.value)
                    return pass.time
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let sent = times.compactMap { $0 }.sorted()
        #expect(sent.count == 1200)
        #expect(most.value <= 4)
        for index in 500..<1200 { #expect(sent[index] - sent[index - 500] >= Self.second) }
        #expect(gate.status(now: clock.value).inFlight == 0)
    }

    // MARK: - The vendor's answers

    @Test("a 429 with Retry-After holds back all calls, also those that wait already")
    func pause() throws {
        let bench = Bench(inFlight: 2)
        let first = try bench.pass(.write, 1)
        _ = try bench.pass(.write, 1)
        #expect(bench.admit(3, 1).isWaiting)
        bench.gate.finished(first, .answered(status: 429, LimitSignal(retryAfter: 30 * Self.second)), now: 10)
        #expect(bench.names.isEmpty)
        #expect(bench.alarms.value.last == 10 + 30 * Self.second)
        #expect(bench.gate.status(now: 10).pausedFor == 30 * Self.second)
        let problem = try #require(bench.admit(4, 10, deadline: 20 * Self.second).problem)
        #expect(problem.code == .vendorLimit)
        #expect(problem.retryAfter == 30)
        #expect(problem.detail.contains("holds back for 30 s, and has 30 s to go"))
        bench.gate.tick(now: 10 + 30 * Self.second)
        #expect(bench.names == [3])
    }

    @Test("a vendor that asks for a day is left alone for 15 minutes, and the refusal says so")
    func cappedPause() throws {
        let bench = Bench()
        let signal = LimitSignal(retryAfter: 86_400 * Self.second)
        bench.gate.finished(try bench.pass(.read, 0), .answered(status: 503, signal), now: 0)
        let problem = try #require(bench.admit(1, 0, deadline: 1).problem)
        #expect(problem.retryAfter == 900)
        #expect(problem.detail.contains("86400 s of which the gateway keeps 900 s"))
    }

    @Test("a 429 without a time pauses by itself, and longer each time until it is over")
    func barePause() throws {
        let bench = Bench()
        bench.gate.finished(try bench.pass(.read, 1), .answered(status: 429, LimitSignal()), now: 2)
        #expect(bench.gate.status(now: 2).pausedFor == Self.second)
        let later = 2 + Self.second
        bench.gate.finished(try bench.pass(.read, later), .answered(status: 429, LimitSignal()), now: later)
        #expect(bench.gate.status(now: later).pausedFor == 2 * Self.second)
    }

    @Test("what the vendor has left counts, less what is under way")
    func vendorsWord() throws {
        let bench = Bench()
        let first = try bench.pass(.read, 1)
        _ = try bench.pass(.read, 1)
        let signal = LimitSignal(remaining: 2, resetAfter: 9 * Self.second)
        bench.gate.finished(first, .answered(status: 200, signal), now: 2)
        #expect(bench.admit(3, 3).pass != nil)
        let problem = try #require(bench.admit(4, 3, deadline: 4).problem)
        #expect(problem.retryAfter == 9)
        #expect(problem.detail.contains("as its last answer says"))
    }

    // MARK: - The breaker

    @Test("a failing vendor is left alone: calls are refused, with when to come back")
    func breaker() throws {
        let bench = Bench()
        for _ in 0..<20 {
            let failure = UpstreamFailure(kind: .timeout, maySent: true, message: "m")
            bench.gate.finished(try bench.pass(.write, 1), .failed(failure), now: 2)
        }
        let problem = try #require(bench.admit(2, .write, 3).problem)
        #expect(problem.code == .breakerOpen)
        #expect(problem.status == 503)
        #expect(problem.sent == .no)
        #expect(problem.retry == .after)
        #expect((5...7).contains(problem.retryAfter ?? 0))
        #expect(bench.gate.status(now: 3).breaker == .open)
    }

    @Test("those who wait are refused when the breaker opens")
    func breakerEmptiesTheLine() throws {
        let bench = Bench([(20, 1)])
        let passes = try (0..<20).map { _ in try bench.pass(.write, 1) }
        for name in 1...3 { #expect(bench.admit(name, .write, 1).isWaiting) }
        for pass in passes { bench.gate.finished(pass, .answered(status: 502, LimitSignal()), now: 2) }
        #expect(bench.names == [1, 2, 3])
        #expect(bench.woken.value.allSatisfy { $0.admission.problem?.code == .breakerOpen })
        #expect(bench.gate.status(now: 2).waiting == 0)
    }

    @Test("half-open, one read goes; its success lets all go again")
    func probe() throws {
        let bench = Bench()
        try bench.fail(1)
        #expect(!bench.gate.needsProbe(now: 2))
        let later = 10 * Self.second
        #expect(bench.gate.needsProbe(now: later))
        #expect(bench.admit(1, .write, later).problem?.retryAfter == 1)
        let probe = try bench.pass(.read, later)
        #expect(bench.admit(2, .read, later).problem?.code == .breakerOpen)
        bench.gate.finished(probe, .answered(status: 404, LimitSignal()), now: later)
        #expect(bench.admit(3, .write, later).pass != nil)
    }

    @Test("a probe that was not sent leaves room for the next one")
    func unusedProbe() throws {
        let bench = Bench()
        try bench.fail(1)
        let later = 10 * Self.second
        bench.gate.finished(try bench.pass(.read, later), .unused, now: later)
        #expect(bench.gate.needsProbe(now: later))
        bench.gate.finished(try bench.pass(.read, later), .answered(status: 500, LimitSignal()), now: later)
        #expect(bench.gate.status(now: later).breaker == .open)
    }

    @Test("refusals of the vendor do not open the breaker, not even 429", arguments: [400, 401, 404, 422])
    func refusals(status: Int) throws {
        let bench = Bench()
        for _ in 0..<100 {
            bench.gate.finished(try bench.pass(.write, 1), .answered(status: status, LimitSignal()), now: 1)
        }
        #expect(bench.gate.status(now: 1).breaker == .closed)
    }

    // MARK: - The rest

    @Test("retries come out of a budget that first attempts pay into")
    func budget() throws {
        let bench = Bench()
        for _ in 0..<10 { #expect(bench.gate.takeRetry(now: 1)) }
        #expect(!bench.gate.takeRetry(now: 1))
        for isRetry in [true, false] {
            for _ in 0..<10 {
                let admission = bench.gate.admit(.read, now: 1, deadline: 2, isRetry: isRetry) { _ in }
                bench.gate.finished(try #require(admission.pass), Self.ok, now: 1)
            }
            #expect(bench.gate.takeRetry(now: 1) == !isRetry)
        }
    }

    @Test("the headers tell what is left, those who wait counted")
    func headers() throws {
        let bench = Bench([(3, 10)], inFlight: 1)
        _ = try bench.pass(.read, 1)
        #expect(bench.admit(2, 1).isWaiting)
        let headers = (policy: bench.gate.policyHeader, limit: bench.gate.limitHeader(now: 2))
        #expect(headers.policy == #""acme-10s";q=3;w=10"#)
        #expect(headers.limit == #""acme-10s";r=1;t=11"#)
        #expect(Bench().gate.policyHeader == nil)
        #expect(Bench().gate.limitHeader(now: 1) == nil)
    }

    @Test("a clock that was read before another's does not go back")
    func clock() throws {
        let bench = Bench([(1, 10)])
        _ = try bench.pass(.read, 20 * Self.second)
        let problem = try #require(bench.admit(1, 19 * Self.second, deadline: 25 * Self.second).problem)
        #expect(problem.retryAfter == 11)
    }
}

/// A value that closures share.
private final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func change(_ body: (inout Value) -> Void) {
        mutex.withLock { value in
            var copy = value
            body(&copy)
            value = copy
        }
    }
}

extension ConnectionGate.Admission {
    fileprivate var pass: ConnectionGate.Pass? { if case .go(let pass) = self { pass } else { nil } }
    fileprivate var ticket: ConnectionGate.Ticket? { if case .wait(let ticket) = self { ticket } else { nil } }
    fileprivate var problem: Problem? { if case .refused(let problem) = self { problem } else { nil } }
    fileprivate var isWaiting: Bool { ticket != nil }
}
