import Glibc

/// A child process found by name in PATH, with its standard output at hand.
///
/// Foundation's `Process` watches its children with `select`, which cannot take descriptors above 1,023; the tests of
/// many connections reach those.
final class ChildProcess {
    private let process: pid_t
    private let output: Int32

    struct NotStarted: Error {
        let command: [String]
        let errno: Int32
    }

    init(_ command: [String]) throws {
        var ends: [Int32] = [0, 0]
        // As a pipe, but closed on exec from the start: other tests start children at the same time.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw NotStarted(command: command, errno: errno)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let result = posix_spawnp(&process, command[0], &actions, nil, &arguments, environ)
        close(ends[1])
        guard result == 0 else {
            close(ends[0])
            throw NotStarted(command: command, errno: result)
        }
        self.process = process
        output = ends[0]
    }

    /// What it wrote since the last call; empty at the end.
    func readOutput() -> String {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = read(output, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// With SIGKILL: the signals that ask can be blocked in the thread that started it, and so in the child.
    func terminate() {
        kill(process, SIGKILL)
    }

    /// - Returns: its exit status; `nil` if a signal ended it. Once only.
    func wait() -> Int32? {
        close(output)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }
}
