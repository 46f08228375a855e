internal import CCurl
internal import Glibc

/// A POSIX thread with a stack of a known size that takes no signals.
struct CompanionThread: Sendable {
    private let thread: pthread_t

    /// Bytes; OpenSSL and the resolver use more stack than a small thread has.
    static let stackBytes = 8 << 20

    /// - Returns: `nil` if the system refuses another thread.
    init?(name: String, _ body: @escaping @Sendable () -> Void) {
        final class Start: Sendable {
            let name: String
            let body: @Sendable () -> Void
            init(_ name: String, _ body: @escaping @Sendable () -> Void) {
                self.name = name
                self.body = body
            }
        }
        var attributes = pthread_attr_t()
        guard pthread_attr_init(&attributes) == 0 else { return nil }
        defer { pthread_attr_destroy(&attributes) }
        guard pthread_attr_setstacksize(&attributes, Self.stackBytes) == 0 else { return nil }

        // The new thread, and the resolver threads that libcurl makes from it, inherit the mask.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        let start = Unmanaged.passRetained(Start(name, body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                timegate_set_thread_name(start.name)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        guard result == 0 else {
            start.release()
            return nil
        }
        self.thread = thread
    }

    var isCurrent: Bool { pthread_equal(thread, pthread_self()) != 0 }

    /// Waits for its end. Once only, and not on the thread itself.
    func join() {
        pthread_join(thread, nil)
    }

    /// Nobody will join it.
    func detach() {
        pthread_detach(thread)
    }
}
