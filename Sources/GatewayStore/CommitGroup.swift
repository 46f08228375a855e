internal import GatewayCore
internal import Glibc

/// How many writes share a commit, and so an fsync. Used on the store's thread only.
///
/// Where writes come together, the store waits for those that are about to come: each write under way comes once more, and
/// the caller of one that has ended often has the next. It waits as long as they keep coming, a little longer for the next one
/// than a commit takes. A caller who is alone never waits.
struct CommitGroup {
    /// Nanoseconds to wait for the next one.
    private static let shortest: Int64 = 300_000
    private static let longest: Int64 = 1_000_000
    /// Of all that a commit is waited with.
    private static let longestOfAll: Int64 = 3_000_000

    /// Writes that are begun and not ended.
    private var underWay = 0
    /// Those that the last commit has ended.
    private var ended = 0
    private var lastCount = 0
    private var duration: Int64 = 0
    private var began: Int64 = 0

    /// How many more to wait for, and how long at most for the next of them; `nil` to wait no longer.
    ///
    /// - Parameters:
    ///   - orders: those that are here already.
    ///   - start: since when they are waited for.
    func wait(for orders: [StoreOrder], since start: Int64) -> (count: Int, nanoseconds: Int64)? {
        guard max(lastCount, orders.count) > 1, CommitGroup.now() - start < CommitGroup.longestOfAll else { return nil }
        let expected = underWay + ended - orders.count
        guard expected > 0 else { return nil }
        return (expected, min(max(2 * duration, CommitGroup.shortest), CommitGroup.longest))
    }

    mutating func begin() { began = CommitGroup.now() }

    mutating func end(_ orders: [StoreOrder], _ results: [StoreResult]) {
        lastCount = orders.count
        ended = 0
        // An average that follows within some commits.
        duration += (CommitGroup.now() - began - duration) / 4
        for (order, result) in zip(orders, results) {
            switch (order.work, result) {
            case (.begin, .begun): underWay += 1
            case (.change(_, let before, let change), .changed(true)):
                let weight = CommitGroup.weight(change.state) - CommitGroup.weight(before)
                underWay += weight
                if weight < 0 { ended += 1 }
            default: break
            }
        }
        underWay = max(0, underWay)
    }

    private static func weight(_ state: WriteState?) -> Int { state == .sending || state == .answered ? 1 : 0 }

    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
