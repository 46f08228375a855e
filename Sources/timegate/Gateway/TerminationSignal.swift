import Dispatch
import Glibc
import Synchronization

/// SIGTERM and SIGINT as something to wait for. The first one asks for an orderly end, the second one ends the process, unless
/// a supervisor decides about that. Where nobody waits for it, a signal does no more than what it says.
///
/// SIGHUP, which a terminal that is closed sends, asks for an orderly end too where it is wanted. It never ends the process
/// at once: the shell and the kernel both send it, and nobody is there who could have lost patience.
final class TerminationSignal: Sendable {
    private struct State {
        var count = 0
        var hasHungUp = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let endsOnSecond: Bool
    private let onFirst: @Sendable () -> Void
    private let onSecond: @Sendable () -> ExitStatus
    /// Kept for the lifetime of this object. Set in `init` and never touched again, so that it can be shared.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    /// Takes the signals over from now on.
    ///
    /// - Parameters:
    ///   - endsOnSecond: false where one request for an end can bring several signals, as to a worker that its service
    ///     manager and its supervisor both tell.
    ///   - takesHangup: not for a service, which SIGHUP asks to read its configuration anew. A process that was started
    ///     to outlive its terminal (`nohup`) goes on ignoring it.
    ///   - onFirst: says what is waited for now.
    ///   - onSecond: says what is given up, and with which status.
    init(
        endsOnSecond: Bool = true,
        takesHangup: Bool = false,
        onFirst: @escaping @Sendable () -> Void = {},
        onSecond: @escaping @Sendable () -> ExitStatus = { .fault }
    ) {
        self.endsOnSecond = endsOnSecond
        self.onFirst = onFirst
        self.onSecond = onSecond
        let queue = DispatchQueue(label: "timegate.signals")
        var sources: [any DispatchSourceSignal] = []
        let numbers = [SIGTERM, SIGINT] + (takesHangup && !Self.isIgnored(SIGHUP) ? [SIGHUP] : [])
        for number in numbers {
            signal(number, SIG_IGN)
            sources.append(DispatchSource.makeSignalSource(signal: number, queue: queue))
        }
        self.sources = sources
        for (number, source) in zip(numbers, sources) {
            source.setEventHandler { [weak self] in self?.arrived(number) }
            source.activate()
        }
    }

    /// Returns once a signal has come, at once if it came before.
    func wait() async {
        await withCheckedContinuation { continuation in
            let hasCome = state.withLock { state in
                let hasCome = state.count > 0 || state.hasHungUp
                if !hasCome { state.waiting = continuation }
                return hasCome
            }
            if hasCome { continuation.resume() }
        }
    }

    /// Whether a signal has come.
    var hasCome: Bool { state.withLock { $0.count > 0 || $0.hasHungUp } }

    private func arrived(_ number: Int32) {
        let (count, waiting) = state.withLock { state in
            if number == SIGHUP { state.hasHungUp = true } else { state.count += 1 }
            defer { state.waiting = nil }
            return (state.count, state.waiting)
        }
        waiting?.resume()
        if number != SIGHUP, count == 1 { onFirst() }
        if count > 1, endsOnSecond { _exit(onSecond().rawValue) }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        return handler == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

/// A peer that goes away must not end the process: writing then fails with an error instead.
enum BrokenPipes {
    static func ignore() { signal(SIGPIPE, SIG_IGN) }
}

/// A file that has reached the process's limit must not end the process: writing then fails with an error, as on a full
/// disk, which the journal tells its callers.
enum FileSizeLimit {
    static func ignore() { signal(SIGXFSZ, SIG_IGN) }
}
