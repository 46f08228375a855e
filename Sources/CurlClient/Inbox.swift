internal import CCurl
internal import Glibc
internal import Synchronization

/// Where any thread leaves work for the loop's thread.
///
/// Work is taken in batches, and the thread is only woken (a system call) if it sleeps and nobody woke it yet.
final class Inbox: Sendable {
    enum Command: Sendable {
        case start(CurlOrder, id: UInt64)
        case cancel(id: UInt64)
        case stream(CurlStreamCommand)
        /// Ends the loop when nothing runs any more, or at this time of the monotonic clock.
        case stop(deadline: UInt64)
    }

    private struct State {
        var commands: [Command] = []
        var sleeping = false
        var closed = false
    }

    private let state = Mutex(State())

    /// An eventfd, watched edge-triggered: each write wakes, and it never has to be read.
    let descriptor: Int32

    init?() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        if descriptor < 0 { return nil }
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// - Returns: `false` if the loop has ended and will take nothing more.
    func put(_ command: consuming Command) -> Bool {
        let command = command
        let (accepted, wake) = state.withLock { state in
            guard !state.closed else { return (false, false) }
            state.commands.append(command)
            let wake = state.sleeping
            state.sleeping = false
            return (true, wake)
        }
        if wake {
            // Fails only if 2^64 - 2 wake-ups were not read, and then the thread is awake.
            _ = eventfd_write(descriptor, 1)
        }
        return accepted
    }

    /// Leaves several at once, with one lock and at most one wake-up.
    ///
    /// - Returns: `false` if the loop has ended and has taken none of them.
    func put(contentsOf commands: some Collection<Command>) -> Bool {
        let (accepted, wake) = state.withLock { state in
            guard !state.closed else { return (false, false) }
            state.commands.append(contentsOf: commands)
            let wake = state.sleeping
            state.sleeping = false
            return (true, wake)
        }
        if wake { _ = eventfd_write(descriptor, 1) }
        return accepted
    }

    /// Announces that the loop's thread is about to sleep.
    ///
    /// - Returns: `false` if there is work already: don't sleep.
    func beginSleep() -> Bool {
        state.withLock { state in
            state.sleeping = state.commands.isEmpty
            return state.sleeping
        }
    }

    /// Swaps what was put since for the (emptied) array given.
    func take(into batch: inout [Command]) {
        state.withLock { state in
            state.sleeping = false
            swap(&state.commands, &batch)
        }
    }

    /// Takes no more work.
    ///
    /// - Returns: what was put and not taken.
    func close() -> [Command] {
        state.withLock { state in
            state.closed = true
            let rest = state.commands
            state.commands = []
            return rest
        }
    }
}
