import Testing

@testable import GatewayCore

@Suite("The circuit breaker")
struct CircuitBreakerTests {
    private static let second: Int64 = 1_000_000_000

    /// A breaker with a clock that the test moves.
    private final class Bench {
        var breaker = CircuitBreaker()
        var now: Int64 = 1_000_000_000_000
        var random = SeededRandom(seed: 11)

        func wait(_ seconds: Double) { now += Int64(seconds * 1e9) }

        @discardableResult
        func end(failed: Bool, probe: Bool = false) -> Bool {
            breaker.record(failed: failed, isProbe: probe, now, using: &random)
        }

        func fail(_ count: Int) { for _ in 0..<count { end(failed: true) } }

        /// Waits until the breaker is half-open; how long that took, in seconds.
        func waitOpen() -> Double {
            guard case .refused(let wait) = breaker.permit(isRead: true, now) else { return 0 }
            now += wait
            return Double(wait) / 1e9
        }
    }

    @Test("19 failures leave it closed, the 20th opens it")
    func minimum() {
        let bench = Bench()
        bench.fail(19)
        #expect(bench.breaker.permit(isRead: false, bench.now) == .go)
        #expect(bench.end(failed: true))
        #expect(bench.breaker.state(bench.now) == .open)
        #expect(bench.breaker.reason == (20, 20))
    }

    @Test("half of the calls failing opens it, less than half does not", arguments: [(9, 11, false), (10, 10, true)])
    func ratio(failures: Int, successes: Int, opens: Bool) {
        let bench = Bench()
        for _ in 0..<successes { bench.end(failed: false) }
        for _ in 0..<failures { bench.end(failed: true) }
        #expect((bench.breaker.state(bench.now) == .open) == opens)
    }

    @Test("failures of more than ten seconds ago do not count, those of nine seconds ago do")
    func rolling() {
        let bench = Bench()
        bench.fail(19)
        bench.wait(11)
        bench.fail(19)
        #expect(bench.breaker.state(bench.now) == .closed)
        bench.wait(9)
        bench.end(failed: true)
        #expect(bench.breaker.state(bench.now) == .open)
    }

    @Test("a success alone never opens it, however bad the calls before")
    func successDoesNotOpen() {
        let bench = Bench()
        bench.fail(19)
        #expect(!bench.end(failed: false))
        #expect(bench.breaker.state(bench.now) == .closed)
    }

    @Test("it opens for 5 to 6.25 s, then twice as long each time, and at most for a minute")
    func growth() {
        for seed in 0..<20 {
            let bench = Bench()
            bench.random = SeededRandom(seed: UInt64(seed))
            bench.fail(20)
            for length in [5.0, 10, 20, 40, 48, 48, 48] {
                let opened = bench.waitOpen()
                #expect((length...(length * 1.25)).contains(opened))
                #expect(opened <= 60)
                #expect(bench.breaker.permit(isRead: true, bench.now) == .probe)
                bench.breaker.beginProbe(bench.now)
                #expect(bench.end(failed: true, probe: true))
            }
        }
    }

    @Test("half-open, one read goes and writes do not; its success closes")
    func halfOpen() {
        let bench = Bench()
        bench.fail(20)
        #expect(!bench.breaker.needsProbe(bench.now))
        _ = bench.waitOpen()
        #expect(bench.breaker.state(bench.now) == .halfOpen)
        #expect(bench.breaker.needsProbe(bench.now))
        #expect(bench.breaker.permit(isRead: false, bench.now) == .refused(Self.second))
        #expect(bench.breaker.permit(isRead: true, bench.now) == .probe)
        bench.breaker.beginProbe(bench.now)
        #expect(!bench.breaker.needsProbe(bench.now))
        for isRead in [true, false] {
            #expect(bench.breaker.permit(isRead: isRead, bench.now) == .refused(Self.second))
        }
        // Calls from before it opened decide nothing.
        bench.end(failed: false)
        #expect(bench.breaker.state(bench.now) == .halfOpen)
        bench.end(failed: false, probe: true)
        #expect(bench.breaker.state(bench.now) == .closed)
        // What counted before counts no more.
        bench.fail(19)
        #expect(bench.breaker.state(bench.now) == .closed)
    }

    @Test("a probe that told nothing leaves room for the next; one whose end never comes does after two minutes")
    func lostProbe() {
        let bench = Bench()
        bench.fail(20)
        _ = bench.waitOpen()
        bench.breaker.beginProbe(bench.now)
        bench.breaker.abandonProbe(bench.now)
        #expect(bench.breaker.permit(isRead: true, bench.now) == .probe)
        bench.breaker.beginProbe(bench.now)
        bench.wait(119)
        #expect(bench.breaker.permit(isRead: true, bench.now) == .refused(Self.second))
        bench.wait(1)
        #expect(bench.breaker.permit(isRead: true, bench.now) == .probe)
    }

    @Test("an opening soon after a recovery is longer than the one before, one a minute later is a first one")
    func flapping() {
        for (seconds, length) in [(10.0, 10.0), (60.0, 5.0)] {
            let bench = Bench()
            bench.fail(20)
            _ = bench.waitOpen()
            bench.breaker.beginProbe(bench.now)
            bench.end(failed: false, probe: true)
            bench.wait(seconds)
            bench.fail(20)
            #expect((length...(length * 1.25)).contains(bench.waitOpen()))
        }
    }
}
