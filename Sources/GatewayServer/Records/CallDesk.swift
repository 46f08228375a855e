internal import GatewayCore
internal import NIOCore
internal import Synchronization

/// Finds a record, on whatever event loop the call was.
final class CallDesk: Sendable {
    private let loops = Mutex<[(loop: any EventLoop, api: UnifiedAPI)]>([])

    /// Told once, before the first request.
    func serve(_ bound: [(loop: any EventLoop, api: UnifiedAPI)]) { loops.withLock { $0 = bound } }

    /// The record with this identifier, delivered on `loop`.
    func find(_ id: String, for loop: any EventLoop) -> EventLoopFuture<CallRecord?> {
        let all = loops.withLock { $0 }.map { bound in bound.loop.submit { bound.api.record(id) } }
        return EventLoopFuture.reduce(CallRecord?.none, all, on: loop) { $0 ?? $1 }
    }

    static func notFound(_ id: String) -> Problem {
        Problem(.callNotFound, "There is no record of a call \(id).")
    }
}
