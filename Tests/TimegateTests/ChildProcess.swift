import Foundation

/// A program that a test starts, by `posix_spawn`: with the files that it is given, and signals as they are by default.
///
/// (Foundation's `Process` reads past its own memory now and then where many are started side by side.)
final class ChildProcess: @unchecked Sendable {
    // `@unchecked Sendable`: set up by one test before `run`; what changes later is behind the lock.

    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    var command: [String] = []
    var environment: [String: String] = [:]
    var directory: String?
    var input: FileHandle?
    var output: FileHandle?
    var words: FileHandle?

    private(set) var processIdentifier: pid_t = 0
    private let lock = NSCondition()
    /// As `waitpid` gives it.
    private var status: Int32?
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func run() throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, handle) in [(0, input), (1, output), (2, words)] as [(Int32, FileHandle?)] {
            if let handle { posix_spawn_file_actions_adddup2(&actions, handle.fileDescriptor, target) }
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        // The shell that changes the directory becomes the program.
        let command =
            directory.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0] + self.command } ?? self.command
        var arguments = command.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, command[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else {
            throw NotStarted(description: "\(command[0]): \(String(cString: strerror(code)))")
        }
        let started = identifier
        processIdentifier = started
        Thread.detachNewThread { [self] in reap(started) }
    }

    private func reap(_ identifier: pid_t) {
        var found: Int32 = 0
        while waitpid(identifier, &found, 0) < 0, errno == EINTR {}
        lock.lock()
        status = found
        let resumed = waiting
        waiting = []
        lock.unlock()
        for continuation in resumed { continuation.resume() }
    }

    /// Waits until it has ended.
    func ended() async {
        await withCheckedContinuation { continuation in
            lock.lock()
            let isOver = status != nil
            if !isOver { waiting.append(continuation) }
            lock.unlock()
            if isOver { continuation.resume() }
        }
    }

    private var end: Int32? {
        lock.lock()
        defer { lock.unlock() }
        return status
    }

    var isRunning: Bool { end == nil }

    /// The exit status; of one that a signal ended, the signal's number.
    var terminationStatus: Int32 {
        guard let end else { return -1 }
        return end & 0x7F == 0 ? end >> 8 & 0xFF : end & 0x7F
    }

    var hasExited: Bool { end.map { $0 & 0x7F == 0 } ?? false }

    func signal(_ number: Int32) {
        lock.lock()
        defer { lock.unlock() }
        // A number that has been given to another process is not sent to.
        if status == nil { kill(processIdentifier, number) }
    }
}
