import Glibc

/// A worker as its supervisor sees it: this binary again, with the listening sockets and a control channel handed down.
struct WorkerProcess {
    /// The descriptor of the control channel, as the worker has it. The listening sockets follow.
    static let control: Int32 = 3

    enum End: Equatable {
        case status(Int32)
        case signal(Int32)
    }

    struct Failure: Error {
        let errorNumber: Int32
    }

    let id: pid_t
    private let control: Int32

    /// The kernel ends the worker when the thread that calls this ends.
    ///
    /// - Parameter listeners: what the worker serves on, by what it is for.
    init(
        executable: String,
        arguments: [String],
        listeners: [(name: String, descriptor: Int32)]
    ) throws(Failure) {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw Failure(errorNumber: errno)
        }
        defer { close(pair[1]) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Far up first, so that no number is taken before it was handed on.
        var far: [Int32] = []
        defer { for descriptor in far { close(descriptor) } }
        var handed: [String] = []
        for (number, given) in zip(Self.control..., [("", pair[1])] + listeners) {
            let copy = fcntl(given.1, F_DUPFD_CLOEXEC, Self.control + Int32(listeners.count) + 64)
            guard copy >= 0 else { throw Failure(errorNumber: errno) }
            far.append(copy)
            posix_spawn_file_actions_adddup2(&actions, copy, number)
            if number != Self.control { handed += ["--inherited", InheritedSockets.word(number, given.0)] }
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C reaches the supervisor, which hands it on once.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
        posix_spawnattr_setpgroup(&attributes, 0)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)

        let words = ([executable] + arguments + handed).map { strdup($0) }
        defer { for word in words { free(word) } }
        var id: pid_t = 0
        let error = posix_spawn(&id, executable, &actions, &attributes, words + [nil], environ)
        guard error == 0 else {
            close(pair[0])
            throw Failure(errorNumber: error)
        }
        self.id = id
        control = pair[0]
    }

    /// Waits for the end. It blocks.
    ///
    /// - Returns: how it ended, and what it has said before.
    func wait() -> (end: End, quarantines: [Quarantine]) {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        var said: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while said.count < 65_536 {
            let count = recv(control, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { break }
            said += chunk[..<count]
        }
        close(control)
        let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
        // The macros of <sys/wait.h> are not imported: the low seven bits are the signal, the next eight the status.
        let signal = status & 0x7F
        return (
            signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal),
            lines.compactMap { Quarantine(line: String($0)) }
        )
    }
}
