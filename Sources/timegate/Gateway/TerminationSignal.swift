import Dispatch
import Glibc
import Synchronization

/// SIGTERM and SIGINT as something to wait for. The first one asks for an orderly end, the second one ends the process, unless
/// a supervisor decides about that.
final class TerminationSignal: Sendable {
    private struct State {
        var count = 0
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let endsOnSecond: Bool
    /// Kept for the lifetime of this object. Set in `init` and never touched again, so that it can be shared.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    /// Takes the signals over from now on.
    ///
    /// - Parameter endsOnSecond: false where one request for an end can bring several signals, as to a worker that its
    ///   service manager and its supervisor both tell.
    init(endsOnSecond: Bool = true) {
        self.endsOnSecond = endsOnSecond
        let queue = DispatchQueue(label: "timegate.signals")
        var sources: [any DispatchSourceSignal] = []
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            sources.append(DispatchSource.makeSignalSource(signal: number, queue: queue))
        }
        self.sources = sources
        for source in sources {
            source.setEventHandler { [weak self] in self?.arrived() }
            source.activate()
        }
    }

    /// Returns once a signal has come, at once if it came before.
    func wait() async {
        await withCheckedContinuation { continuation in
            let hasCome = state.withLock { state in
                if state.count == 0 { state.waiting = continuation }
                return state.count > 0
            }
            if hasCome { continuation.resume() }
        }
    }

    /// Whether a signal has come.
    var hasCome: Bool { state.withLock { $0.count > 0 } }

    private func arrived() {
        let (count, waiting) = state.withLock { state in
            state.count += 1
            defer { state.waiting = nil }
            return (state.count, state.waiting)
        }
        waiting?.resume()
        if count > 1, endsOnSecond { _exit(ExitStatus.fault.rawValue) }
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
