import Testing

@testable import GatewayCore

@Suite("Rate windows")
struct RateSchedulerTests {
    private static func window(_ requests: Int, _ seconds: Int) -> RateWindow {
        RateWindow(requests: requests, seconds: seconds)!
    }

    private static let second: Int64 = 1_000_000_000

    /// A scheduler that expectations may change.
    private final class Rates {
        private var scheduler: RateScheduler

        init(_ windows: [RateWindow], marginMilliseconds: Int? = nil) {
            scheduler =
                marginMilliseconds.map { RateScheduler(windows, marginMilliseconds: $0) } ?? RateScheduler(windows)
        }

        var pause: RateScheduler.Pause? { scheduler.pause }

        func earliest(_ now: Int64, ahead: Int = 0) -> Int64 { scheduler.earliest(now, ahead: ahead) }
        func take(_ now: Int64) { scheduler.take(now) }
        func giveBack(_ time: Int64) { scheduler.giveBack(time) }
        func pause(for length: Int64, now: Int64) { scheduler.pause(for: length, now: now) }
        func refused(sentAt: Int64, now: Int64) { scheduler.refused(sentAt: sentAt, now: now) }
        func accepted() { scheduler.accepted() }
        func states(_ now: Int64, waiting: Int = 0) -> [RateScheduler.State] { scheduler.states(now, waiting: waiting) }

        func vendorSays(remaining: Int, resetAt: Int64, inFlight: Int, now: Int64) {
            scheduler.vendorSays(remaining: remaining, resetAt: resetAt, inFlight: inFlight, now: now)
        }
    }

    /// The most requests in any half-open interval of that length, counted naively.
    private static func most(_ times: [Int64], in length: Int64) -> Int {
        var most = 0
        var first = 0
        for (index, time) in times.enumerated() {
            while times[first] <= time - length { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }

    @Test(
        "no interval of a window's length holds more than its quota, whenever calls come and however many",
        arguments: [
            [window(5, 1)], [window(1, 2)], [window(100, 10), window(4000, 1800)], [window(50, 1), window(1000, 60)],
            [window(30, 10), window(600, 60)], [window(1100, 7)], [window(3000, 60), window(2, 1)],
        ],
        [UInt64(1), 2, 3]
    )
    func neverMore(windows: [RateWindow], seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let scheduler = Rates(windows, marginMilliseconds: 0)
        var now: Int64 = 1
        var sent: [Int64] = []
        let longest = Int64(windows.map(\.seconds).max()!) * Self.second
        for _ in 0..<12_000 {
            // Bursts, trickles and silences.
            switch Int.random(in: 0..<100, using: &random) {
            case 0: now += Int64.random(in: 0...longest, using: &random)
            case 1..<20: now += Int64.random(in: 0...(Self.second / 10), using: &random)
            default: break
            }
            let time = scheduler.earliest(now)
            #expect(time >= now)
            // Some wait for their place, others give up.
            if time > now, Bool.random(using: &random) { continue }
            now = time
            #expect(scheduler.earliest(now) == now)
            scheduler.take(now)
            if Int.random(in: 0..<10, using: &random) == 0 {
                scheduler.giveBack(now)
            } else {
                sent.append(now)
            }
        }
        for window in windows {
            #expect(Self.most(sent, in: Int64(window.seconds) * Self.second) <= window.requests)
        }
        #expect(sent.count > 1000)
    }

    @Test("up to 1,024 requests a place is free to the nanosecond when the oldest request leaves the window")
    func exact() {
        var random = SeededRandom(seed: 7)
        let windows = [Self.window(7, 2), Self.window(20, 9)]
        let scheduler = Rates(windows, marginMilliseconds: 0)
        var sent: [Int64] = []
        var now: Int64 = 1
        for _ in 0..<5000 {
            now += Int64.random(in: 0...(Self.second / 2), using: &random)
            // By hand: the request before the last so-and-so many has to be a window ago.
            var expected = now
            for window in windows where sent.count >= window.requests {
                expected = max(expected, sent[sent.count - window.requests] + Int64(window.seconds) * Self.second)
            }
            let time = scheduler.earliest(now)
            #expect(time == expected)
            guard time == now || Bool.random(using: &random) else { continue }
            now = time
            scheduler.take(now)
            sent.append(now)
        }
    }

    @Test("a large window keeps few runs, and is late by less than a thousandth of it")
    func largeWindow() {
        var log = RateLog(Self.window(100_000, 100))
        let step = Self.second / 1000
        var now: Int64 = 1
        for _ in 0..<100_000 {
            log.expire(now)
            #expect(log.earliest(now) == now)
            log.add(now)
            now += step
        }
        #expect(log.used == 100_000)
        #expect(log.runCount <= 1026)
        let free = log.earliest(now)
        let exact = 1 + 100 * Self.second
        #expect(free >= exact)
        #expect(free - exact <= 100 * Self.second / 1000)
    }

    @Test("a large window that is always full is kept too, and hardly late", arguments: [UInt64(1), 2, 3])
    func fullLargeWindow(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let rates = Rates([Self.window(2000, 2)], marginMilliseconds: 0)
        var now: Int64 = 1
        var sent: [Int64] = []
        for _ in 0..<12_000 {
            // Twice as fast as the window lets through.
            now += Int64.random(in: 0...(Self.second / 1000), using: &random)
            let time = rates.earliest(now)
            if sent.count >= 2000 {
                let exact = max(now, sent[sent.count - 2000] + 2 * Self.second)
                #expect((exact...(exact + 2 * Self.second / 1000)).contains(time))
            }
            now = time
            rates.take(now)
            sent.append(now)
        }
        #expect(Self.most(sent, in: 2 * Self.second) <= 2000)
    }

    @Test("memory does not grow with time")
    func boundedMemory() {
        var log = RateLog(Self.window(10, 1))
        for index in 0..<100_000 {
            let now = Int64(index) * Self.second / 10
            log.expire(now)
            log.add(now)
            #expect(log.runCount < 64)
        }
    }

    @Test("those behind others are told the time at which they would go if all went as early as they can")
    func ahead() {
        let scheduler = Rates([Self.window(3, 10)], marginMilliseconds: 0)
        for second in 0..<3 { scheduler.take(Int64(second) * Self.second) }
        let now = 5 * Self.second
        let times = (0..<8).map { scheduler.earliest(now, ahead: $0) / Self.second }
        #expect(times == [10, 11, 12, 20, 21, 22, 30, 31])
    }

    @Test("a request that was not sent gives its place back")
    func givingBack() {
        let scheduler = Rates([Self.window(2, 10), Self.window(2000, 60)], marginMilliseconds: 0)
        scheduler.take(1)
        scheduler.take(2)
        #expect(scheduler.earliest(3) == 1 + 10 * Self.second)
        scheduler.giveBack(1)
        #expect(scheduler.earliest(3) == 3)
        scheduler.take(3)
        #expect(scheduler.earliest(3) == 2 + 10 * Self.second)
        // What has left the window already is not given back twice.
        scheduler.giveBack(1)
        #expect(scheduler.earliest(3) == 2 + 10 * Self.second)
    }

    @Test("a request counts a quarter of a second longer than its window, at most a 20th of it")
    func margin() {
        let scheduler = Rates([Self.window(1, 1)])
        scheduler.take(1)
        #expect(scheduler.earliest(2) == 1 + 1_050_000_000)
        let long = Rates([Self.window(1, 60)])
        long.take(1)
        #expect(long.earliest(2) == 1 + 60_250_000_000)
    }

    // MARK: - The vendor's word

    @Test("nothing goes when the vendor has none left, until it counts anew")
    func vendorHasNoneLeft() {
        let scheduler = Rates([Self.window(100, 10)])
        scheduler.vendorSays(remaining: 2, resetAt: 8 * Self.second, inFlight: 0, now: 1)
        #expect(scheduler.earliest(1) == 1)
        #expect(scheduler.earliest(1, ahead: 2) == 8 * Self.second)
        scheduler.take(1)
        scheduler.take(1)
        #expect(scheduler.earliest(1) == 8 * Self.second)
        scheduler.giveBack(1)
        #expect(scheduler.earliest(1) == 1)
        #expect(scheduler.earliest(8 * Self.second) == 8 * Self.second)
    }

    @Test("requests under way are taken off what the vendor has left, and a late answer does not raise it")
    func inFlight() {
        let scheduler = Rates([])
        scheduler.vendorSays(remaining: 10, resetAt: 8 * Self.second, inFlight: 9, now: 1)
        scheduler.take(1)
        #expect(scheduler.earliest(1) == 8 * Self.second)
        scheduler.vendorSays(remaining: 12, resetAt: 8 * Self.second + 1, inFlight: 0, now: 2)
        #expect(scheduler.earliest(2) == 8 * Self.second + 1)
        // Another window of the vendor's.
        scheduler.vendorSays(remaining: 12, resetAt: 18 * Self.second, inFlight: 0, now: 3)
        #expect(scheduler.earliest(3) == 3)
    }

    @Test("a reset in the past says nothing, one in the far future holds for 15 minutes")
    func absurdReset() {
        let scheduler = Rates([])
        scheduler.vendorSays(remaining: 0, resetAt: 5, inFlight: 0, now: 10)
        #expect(scheduler.earliest(10) == 10)
        scheduler.vendorSays(remaining: 0, resetAt: 86_400 * Self.second, inFlight: 0, now: 10)
        #expect(scheduler.earliest(10) == 10 + 900 * Self.second)
    }

    @Test("a pause holds everything, is never shortened, and ends after 15 minutes")
    func pause() {
        let scheduler = Rates([])
        scheduler.pause(for: 30 * Self.second, now: 0)
        scheduler.pause(for: 10 * Self.second, now: 0)
        #expect(scheduler.earliest(1) == 30 * Self.second)
        scheduler.pause(for: 86_400 * Self.second, now: 1)
        #expect(scheduler.earliest(1) == 1 + 900 * Self.second)
        #expect(scheduler.pause?.asked == 86_400 * Self.second)
        #expect(scheduler.earliest(1 + 900 * Self.second) == 1 + 900 * Self.second)
        #expect(scheduler.pause == nil)
        scheduler.pause(for: -5, now: 0)
        #expect(scheduler.pause == nil)
    }

    @Test("refusals that name no time pause for 1, 2, 4 … at most 60 s, once for those under way together")
    func bareRefusals() {
        let scheduler = Rates([])
        var now: Int64 = 1
        for seconds: Int64 in [1, 2, 4, 8, 16, 32, 60, 60] {
            let sent = now
            now += 1000
            for _ in 0..<5 { scheduler.refused(sentAt: sent, now: now) }
            #expect(scheduler.earliest(now) == now + seconds * Self.second)
            now = scheduler.earliest(now)
        }
        scheduler.accepted()
        scheduler.refused(sentAt: now, now: now)
        #expect(scheduler.earliest(now) == now + Self.second)
    }

    // MARK: - Headers

    @Test("the headers say what is left of each window and in how many seconds there is more")
    func headers() {
        let windows = [Self.window(100, 10), Self.window(4000, 1800)]
        let scheduler = Rates(windows, marginMilliseconds: 0)
        #expect(
            RateLimitHeaders.policy(windows, connection: "acme")
                == #""acme-10s";q=100;w=10, "acme-30m";q=4000;w=1800"#
        )
        #expect(
            RateLimitHeaders.limit(scheduler.states(1), connection: "acme") == #""acme-10s";r=100, "acme-30m";r=4000"#
        )
        for _ in 0..<50 { scheduler.take(0) }
        let now = 7 * Self.second + 1
        #expect(
            RateLimitHeaders.limit(scheduler.states(now), connection: "acme")
                == #""acme-10s";r=50;t=3, "acme-30m";r=3950;t=1793"#
        )
        // Those who wait have the next places.
        #expect(scheduler.states(now, waiting: 20).map(\.remaining) == [30, 3930])
        scheduler.pause(for: 5 * Self.second, now: now)
        #expect(
            RateLimitHeaders.limit(scheduler.states(now), connection: "acme")
                == #""acme-10s";r=0;t=5, "acme-30m";r=0;t=5"#
        )
        #expect(RateLimitHeaders.policy([], connection: "acme") == nil)
        #expect(RateLimitHeaders.limit([], connection: "acme") == nil)
    }

    @Test("a window with nothing left says when the next can go")
    func fullWindow() {
        let scheduler = Rates([Self.window(2, 10)], marginMilliseconds: 0)
        scheduler.take(0)
        scheduler.take(4 * Self.second)
        let states = scheduler.states(5 * Self.second)
        #expect(states.map(\.remaining) == [0])
        #expect(states.map(\.restoredAfter) == [5 * Self.second])
        #expect(scheduler.states(5 * Self.second, waiting: 1).map(\.restoredAfter) == [9 * Self.second])
    }

    // MARK: - Texts

    @Test(
        "lengths are read with their unit",
        arguments: [("10s", 10), ("1m", 60), ("30m", 1800), ("24h", 86_400), ("720h", 2_592_000)]
    )
    func lengths(text: String, seconds: Int) {
        #expect(RateWindow.seconds(text) == seconds)
    }

    @Test(
        "what is no length is not read",
        arguments: ["", "s", "10", "0s", "-1s", "1.5s", "10 s", "10S", "1d", "٣s", "999999999s", "99999999h"]
    )
    func noLengths(text: String) {
        #expect(RateWindow.seconds(text) == nil)
    }

    @Test("a window has at least one request and a second, and is at most a day long")
    func ranges() {
        #expect(RateWindow(requests: 0, seconds: 1) == nil)
        #expect(RateWindow(requests: 1, seconds: 0) == nil)
        #expect(RateWindow(requests: 1, seconds: 86_401) == nil)
        #expect(RateWindow(requests: 1, seconds: 86_400)?.lengthText == "24h")
        #expect(RateWindow(requests: 1, seconds: 90)?.lengthText == "90s")
    }
}
