internal import GatewayCore
internal import Synchronization

/// How long a batch waits for a vendor to which nothing goes just now: its breaker is open, its places are taken or its
/// limit is used. Without it a vendor that fails for some seconds would have thousands of entries refused unsent.
final class BatchPatience: Sendable {
    /// Nanoseconds for which a batch waits in one outage. Whatever comes up after that, and before an entry gets through
    /// again, is refused at once: a vendor that is down for long is not waited for entry by entry.
    static let longest = Int64(60_000_000_000)

    /// When the outage began that is waited for.
    private let beginning = Mutex<Int64?>(nil)

    /// How long to wait before the entry is tried again; `nil` if it is refused.
    func wait(after problem: Problem, now: Int64) -> Int64? {
        guard problem.sent == .no, let seconds = problem.retryAfter else { return nil }
        switch problem.code {
        case .breakerOpen, .tooManyCalls, .vendorLimit: break
        default: return nil
        }
        return beginning.withLock { beginning in
            let since = beginning ?? now
            beginning = since
            let wait = Int64(seconds) * 1_000_000_000
            return now + wait - since <= BatchPatience.longest ? wait : nil
        }
    }

    /// An entry got through.
    func end() {
        beginning.withLock { $0 = nil }
    }
}
