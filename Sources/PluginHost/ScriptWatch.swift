internal import Glibc
internal import Synchronization

/// Which scripts run now, on which threads: what a watchdog looks at.
///
/// A script that overstays its soft limits is stopped by Lua's own hook. This is for what no hook can interrupt.
public final class ScriptWatch: Sendable {
    /// A script that has had more of its thread's time than it may.
    public struct Overrun: Sendable, Equatable {
        /// The plugin's name or the hook's file.
        public var owner: String
        /// The version of it that ran.
        public var digest: UInt64
        public var function: String
        public var milliseconds: Int
    }

    /// One script on one event loop. Written by the thread that runs it, read by the watchdog.
    final class Post: Sendable {
        let owner: String
        let digest: UInt64
        private let functions: [String]
        /// Counts the runs, and is odd while one is going on.
        private let run = Atomic<UInt64>(0)
        private let function = Atomic<Int>(0)
        /// The clock of the time that the thread has had.
        private let clock = Atomic<Int32>(0)

        init(owner: String, digest: UInt64, functions: [String]) {
            self.owner = owner
            self.digest = digest
            self.functions = functions
        }

        /// - Parameter place: the function's, among those that were named.
        func enter(_ place: Int) {
            var id = clockid_t()
            if pthread_getcpuclockid(pthread_self(), &id) == 0 { clock.store(id, ordering: .relaxed) }
            function.store(place, ordering: .relaxed)
            run.wrappingAdd(1, ordering: .releasing)
        }

        func leave() { run.wrappingAdd(1, ordering: .releasing) }

        /// The run that is going on, and what its thread has had of the processor by now.
        fileprivate func look() -> (run: UInt64, function: String, nanoseconds: UInt64)? {
            let number = run.load(ordering: .acquiring)
            guard number & 1 == 1 else { return nil }
            var time = timespec()
            guard clock_gettime(clock.load(ordering: .relaxed), &time) == 0 else { return nil }
            let index = function.load(ordering: .relaxed)
            return (
                number, functions.indices.contains(index) ? functions[index] : "",
                UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
            )
        }
    }

    private struct Seen {
        let post: Post
        var run: UInt64 = 0
        /// The thread's time when the run was first seen.
        var since: UInt64 = 0
    }

    private let posts = Mutex<[Seen]>([])

    public init() {}

    func post(owner: String, digest: UInt64, functions: [String]) -> Post {
        let post = Post(owner: owner, digest: digest, functions: functions)
        posts.withLock { $0.append(Seen(post: post)) }
        return post
    }

    func remove(_ post: Post) {
        posts.withLock { posts in posts.removeAll { $0.post === post } }
    }

    /// Looks at every script that runs. To be called regularly, more often than the limit is long.
    ///
    /// - Returns: one that has had its thread for longer than so many milliseconds since it was first seen.
    public func overrun(milliseconds limit: Int) -> Overrun? {
        posts.withLock { posts in
            for index in posts.indices {
                guard let now = posts[index].post.look() else { continue }
                guard posts[index].run == now.run else {
                    posts[index].run = now.run
                    posts[index].since = now.nanoseconds
                    continue
                }
                let spent = Int((now.nanoseconds &- posts[index].since) / 1_000_000)
                if spent >= limit {
                    let post = posts[index].post
                    return Overrun(
                        owner: post.owner,
                        digest: post.digest,
                        function: now.function,
                        milliseconds: spent
                    )
                }
            }
            return nil
        }
    }
}
