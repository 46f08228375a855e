internal import GatewayCore
internal import Glibc

/// How many writes share a commit, and so an fsync. Used on the store's thread only.
///
/// Whoever waits for a commit waits a little longer where others are about to come, and only where writes came together
/// before: as long as they keep coming, none later after the one before than a commit takes. A caller who is alone never
/// waits.
struct CommitGroup {
    /// Nanoseconds.
    private static let shortest: Int64 = 100_000
    private static let longest: Int64 = 1_000_000
    /// Of all that a commit is waited with.
    private static let longestOfAll: Int64 = 3_000_000

    /// Writes that are begun and not ended: each comes once more.
    private var underWay = 0
    private var lastCount = 0
    private var duration = CommitGroup.shortest
    private var began: Int64 = 0

    /// How many more to wait for, and how long at most for the next of them; `nil` to commit at once.
    ///
    /// - Parameter start: when the first of the orders was taken.
    func wait(for orders: [StoreOrder], since start: Int64) -> (count: Int, nanoseconds: Int64)? {
        guard max(lastCount, orders.count) > 1, CommitGroup.now() - start < CommitGroup.longestOfAll else { return nil }
        let new = orders.count { if case .begin = $0.work { true } else { false } }
        let expected = underWay + new - orders.count
        guard expected > 0 else { return nil }
        return (expected, min(max(duration, CommitGroup.shortest), CommitGroup.longest))
    }

    mutating func begin() { began = CommitGroup.now() }

    mutating func end(_ orders: [StoreOrder], _ results: [StoreResult]) {
        lastCount = orders.count
        // An average that follows within some commits.
        duration += (CommitGroup.now() - began - duration) / 4
        for (order, result) in zip(orders, results) {
            switch (order.work, result) {
            case (.begin, .begun): underWay += 1
            case (.change(_, let before, let change), .changed(true)):
                underWay += CommitGroup.weight(change.state) - CommitGroup.weight(before)
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
