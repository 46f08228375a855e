/// When the requests of one window left: a sliding window over the times themselves, so that no interval of the window's
/// length ever holds more than the quota.
///
/// A token bucket that holds the quota lets nearly twice the quota through in one interval; one that keeps the promise
/// has to be half as fast. This one is exact up to 1,024 requests. Above that, requests that leave within a 1,024th of
/// the window are kept as one run with the time of the last: a place may then become free that much later than it could,
/// never earlier. So at most 1,026 runs of 24 bytes count at once, and never more than there are requests; about as many
/// that are past wait to be cleared away together.
struct RateLog: Sendable {
    private struct Run {
        var first: Int64
        var last: Int64
        var count: Int
    }

    static let exactRequests = 1024

    let window: RateWindow
    /// Nanoseconds for which a request counts.
    let period: Int64
    private let grain: Int64
    /// Oldest first, from `head` on.
    private var runs: [Run] = []
    private var head = 0
    /// Requests that count.
    private(set) var used = 0

    /// - Parameter margin: nanoseconds by which a request counts longer than the window.
    init(_ window: RateWindow, margin: Int64 = 0) {
        self.window = window
        period = .seconds(window.seconds) + margin
        grain = window.requests > RateLog.exactRequests ? period / Int64(RateLog.exactRequests) : 0
    }

    /// Forgets what no longer counts.
    mutating func expire(_ now: Int64) {
        while head < runs.count, runs[head].last + period <= now {
            used -= runs[head].count
            head += 1
        }
        // Moved together when most of it is past: constant work for each request over time.
        if head > 32, head * 2 > runs.count {
            runs.removeFirst(head)
            head = 0
        }
    }

    /// Counts a request that leaves now. Times never go back.
    mutating func add(_ now: Int64) {
        used += 1
        if let last = runs.indices.last, last >= head, now - runs[last].first <= grain {
            runs[last].last = now
            runs[last].count += 1
        } else {
            runs.append(Run(first: now, last: now, count: 1))
        }
    }

    /// Takes back a request that was counted at this time and never left.
    mutating func giveBack(_ time: Int64) {
        var index = runs.count - 1
        while index >= head, runs[index].first > time { index -= 1 }
        guard index >= head, time <= runs[index].last, runs[index].count > 0 else { return }
        runs[index].count -= 1
        used -= 1
        if runs[index].count == 0 { runs.remove(at: index) }
    }

    /// When a request may leave behind `ahead` others that leave as early as this window lets them.
    func earliest(_ now: Int64, ahead: Int = 0) -> Int64 {
        // Each further quota of requests takes a further period.
        roundStart(now, ahead: ahead % window.requests) + Int64(ahead / window.requests) * period
    }

    private func roundStart(_ now: Int64, ahead: Int) -> Int64 {
        var toExpire = used + ahead + 1 - window.requests
        var index = head
        while toExpire > 0, index < runs.count {
            toExpire -= runs[index].count
            index += 1
        }
        return index == head ? now : max(now, runs[index - 1].last + period)
    }

    /// When the oldest request that counts no longer does; `nil` if none counts.
    var oldestLeaves: Int64? { head < runs.count ? runs[head].last + period : nil }

    /// Runs in memory.
    var runCount: Int { runs.count }
}
