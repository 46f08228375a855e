import Foundation

/// A thread that does one thing, for tests whose own thread is busy with the other end.
final class Worker: Sendable {
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Void) {
        let done = done
        Thread.detachNewThread {
            body()
            done.signal()
        }
    }

    /// Waits for its end; call it once.
    func wait() { done.wait() }
}
