import Dispatch
import Glibc
import Synchronization

/// Owns the listening sockets, and keeps a worker running that serves on them: while one ends and the next begins, new
/// connections wait in the kernel. It runs no script and holds no secret beyond its environment.
final class Supervisor: Sendable {
    /// More restarts than this within a minute are given up.
    static let maximumRestarts = 10

    private struct State {
        var worker: pid_t?
        var isStopping = false
        var listeners: [(name: String, socket: ListeningSocket)]

        /// Once the worker stops listening nobody does, so that connections are refused and do not wait for an end.
        mutating func closeListeners() {
            for listener in listeners { close(listener.socket.descriptor) }
            listeners = []
        }
    }

    private let state: Mutex<State>
    private let executable: String
    private let arguments: [String]
    private let words: Output

    /// - Parameters:
    ///   - arguments: what a worker is started with, besides what it is told by the supervisor itself.
    ///   - listeners: by what they are for. They are the supervisor's from here on.
    init(
        executable: String,
        arguments: [String],
        listeners: [(name: String, socket: ListeningSocket)],
        words: Output
    ) {
        self.executable = executable
        self.arguments = arguments
        state = Mutex(State(listeners: listeners))
        self.words = words
    }

    /// Runs workers until one ends by itself, or is asked to. It blocks, on a thread that must live as long as the workers do.
    ///
    /// - Returns: the status to end with.
    func run() -> Int32 {
        let sources = handOnSignals()
        defer { for source in sources { source.cancel() } }
        var quarantines: [Quarantine] = []
        var restarts: [ContinuousClock.Instant] = []
        while true {
            let listeners = state.withLock { state in
                state.isStopping ? nil : state.listeners.map { ($0.name, $0.socket.descriptor) }
            }
            guard let listeners else { return ExitStatus.done.rawValue }
            let worker: WorkerProcess
            do throws(WorkerProcess.Failure) {
                worker = try WorkerProcess(
                    executable: executable,
                    arguments: arguments + ["--worker"] + quarantines.flatMap { ["--quarantine", $0.line] },
                    listeners: listeners
                )
            } catch {
                words.line("The worker cannot be started: \(String(cString: strerror(error.errorNumber))).")
                return ExitStatus.fault.rawValue
            }
            let mustStop = state.withLock { state in
                state.worker = worker.id
                return state.isStopping
            }
            if mustStop { kill(worker.id, SIGTERM) }
            let (end, said) = worker.wait()
            let isStopping = state.withLock { state in
                state.worker = nil
                return state.isStopping
            }
            for quarantine in said {
                quarantines.removeAll { $0.owner == quarantine.owner }
                quarantines.append(quarantine)
            }
            switch end {
            case .status(let status) where status != Watchdog.exitStatus: return status
            case .status: words.line("The worker was ended by its watchdog.")
            case .signal(let number):
                words.line("The worker was ended by signal \(number) (\(String(cString: strsignal(number)))).")
                if number == SIGSYS {
                    words.line(
                        "  → It tried what the hardened mode takes from it: look for what ran before in the log."
                    )
                }
            }
            if isStopping { return ExitStatus.fault.rawValue }
            restarts = restarts.filter { $0.duration(to: .now) < .seconds(60) } + [.now]
            if restarts.count > Self.maximumRestarts {
                words.line("It has ended \(restarts.count) times within a minute: the gateway gives up.")
                return ExitStatus.fault.rawValue
            }
            words.line("It is started again; new connections wait until then.")
        }
    }

    /// What the supervisor is told goes to the worker.
    private func handOnSignals() -> [any DispatchSourceSignal] {
        let queue = DispatchQueue(label: "timegate.supervisor")
        return [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [weak self] in
                self?.state.withLock { state in
                    // The second request for an end is not an orderly one.
                    let isSecond = number != SIGHUP && state.isStopping
                    if number != SIGHUP {
                        state.isStopping = true
                        state.closeListeners()
                    }
                    if let worker = state.worker { kill(worker, isSecond ? SIGKILL : number) }
                }
            }
            source.activate()
            return source
        }
    }
}
