import Glibc

/// Runs something that blocks on a thread of its own, which no pool takes away.
enum OwnThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// - Returns: what the body returned; the thread ends with it.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            let work = Unmanaged.passRetained(Work { continuation.resume(returning: body()) })
            var thread = pthread_t()
            let status = pthread_create(
                &thread,
                nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                    return nil
                },
                work.toOpaque()
            )
            if status == 0 {
                pthread_detach(thread)
            } else {
                // No thread can be had: the caller's waits instead.
                work.takeRetainedValue().body()
            }
        }
    }
}
