internal import Glibc

/// A POSIX thread that takes no signals, for file access that may block.
struct StoreThread: Sendable {
    private let thread: pthread_t

    private final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// - Returns: `nil` if the system refuses another thread.
    init?(_ body: @escaping @Sendable () -> Void) {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let start = Unmanaged.passRetained(Start(body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
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

    func join() { pthread_join(thread, nil) }
}

/// A mutex with a condition, for one reader that waits and writers that do not. (Swift's `Mutex` has no condition.)
final class Mailbox<Element>: @unchecked Sendable {
    // `@unchecked Sendable`: everything in it is touched under its own lock.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var elements: [Element] = []
    private var isClosed = false
    /// As many as the reader waits for.
    private var wanted = 1
    private var hasUrgent = false

    init() {
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(lock)
        condition.deallocate()
        lock.deallocate()
    }

    /// - Parameter isUrgent: whether the reader is to have them at once, also while it waits for more.
    /// - Returns: `false` if it is closed.
    func put(_ more: [Element], isUrgent: Bool = false) -> Bool {
        pthread_mutex_lock(lock)
        if isClosed {
            pthread_mutex_unlock(lock)
            return false
        }
        let before = elements.count
        elements += more
        if isUrgent { hasUrgent = true }
        let wakes = isUrgent || before < wanted && elements.count >= wanted
        pthread_mutex_unlock(lock)
        // Not under the lock: the reader would only run into it.
        if wakes { pthread_cond_signal(condition) }
        return true
    }

    /// Waits for elements, and takes all of them. Empty only when it is closed and nothing is left.
    func take() -> [Element] {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while elements.isEmpty, !isClosed { pthread_cond_wait(condition, lock) }
        return takeAll()
    }

    /// Takes what there is as soon as it is so much or one is urgent, at the latest after so many nanoseconds.
    func take(upTo count: Int, within nanoseconds: Int64) -> [Element] {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        end.tv_nsec += Int(nanoseconds % 1_000_000_000)
        end.tv_sec += Int(nanoseconds / 1_000_000_000) + end.tv_nsec / 1_000_000_000
        end.tv_nsec %= 1_000_000_000
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        wanted = count
        while elements.count < count, !hasUrgent, !isClosed, pthread_cond_timedwait(condition, lock, &end) == 0 {}
        wanted = 1
        return takeAll()
    }

    private func takeAll() -> [Element] {
        let taken = elements
        elements = []
        hasUrgent = false
        return taken
    }

    func close() {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        isClosed = true
        pthread_cond_signal(condition)
    }
}
