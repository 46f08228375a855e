import Foundation
import Synchronization

/// Ends the test process when a script holds its thread for much longer than any limit lets it: a test of a limit that is
/// gone would wait for ever, and no error could be raised where nothing looks.
///
/// What counts is the thread's own time, so that a busy machine ends nothing.
enum CallGuard {
    /// Seconds of the processor's time. Every limit that tests set is far below it.
    static let limit = 8

    private struct Watched {
        var clock = clockid_t()
        var start = 0
    }

    private static let watched = Mutex<[UInt64: Watched]>([:])
    private static let numbers = Atomic<UInt64>(0)

    /// Looks at what runs, for as long as the process lives.
    private static let watcher: Void = Thread.detachNewThread {
        while true {
            usleep(200_000)
            watched.withLock { watched in
                for call in watched.values where seconds(call.clock) - call.start >= limit {
                    print("A script has run for \(limit) s, and none of its limits has ended it: the tests end here.")
                    abort()
                }
            }
        }
    }

    /// Runs something of Lua's on this thread.
    static func watching<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        _ = watcher
        let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
        var call = Watched()
        pthread_getcpuclockid(pthread_self(), &call.clock)
        call.start = seconds(call.clock)
        watched.withLock { [call] in $0[number] = call }
        defer { watched.withLock { _ = $0.removeValue(forKey: number) } }
        return try body()
    }

    private static func seconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        return clock_gettime(clock, &time) == 0 ? time.tv_sec : 0
    }
}
