internal import Glibc
internal import Synchronization

/// The right to write a journal: one process at a time, for SQLite 3.40 has a race with two writers in WAL mode, and two
/// processes would not know of each other's calls under way.
///
/// The lock stands on a file beside the journal: closing any descriptor of the journal itself would drop SQLite's own
/// POSIX locks.
final class StoreLock: Sendable {
    private let descriptor: Int32
    private let isHeld = Atomic(true)

    /// - Parameter command: what takes it, for those who come later, where that is a command which lets go soon.
    init(beside path: String, command: String?) throws(StoreFault) {
        let file = path + ".lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            throw StoreFault(
                path,
                "the lock file \(file) cannot be opened: \(String(cString: strerror(code)))",
                hint: StoreFault.remedy(errno: code, of: path)
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var text = [UInt8](repeating: 0, count: 80)
            let count = pread(descriptor, &text, text.count, 0)
            let line = String(decoding: text.prefix(max(0, count)).prefix { $0 >= 32 }, as: UTF8.self)
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            close(descriptor)
            // It is written after the lock is taken, and taken away before that is let go.
            guard let process = words.first else {
                throw StoreFault(
                    path,
                    "a process that is just beginning or ending has this journal",
                    hint: "Try again in a moment.",
                    isInUse: true,
                    isHeldByCommand: true
                )
            }
            if words.count > 1 {
                throw StoreFault(
                    path,
                    "the process \(process) (timegate \(words[1])) has this journal",
                    hint: "Try again when it has ended.",
                    isInUse: true,
                    isHeldByCommand: true
                )
            }
            throw StoreFault(
                path,
                "the process \(process) has this journal",
                hint: "Go through that gateway (--server), or stop it first.",
                isInUse: true,
                process: words.first
            )
        }
        ftruncate(descriptor, 0)
        let text = "\(getpid())\(command.map { " \($0)" } ?? "")\n"
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
        self.descriptor = descriptor
    }

    /// Lets others have the journal. Once only.
    ///
    /// The lock is taken off before the descriptor is closed: a child that is just being started has a copy of it, and
    /// would hold the lock on until it runs its program.
    func release() {
        let isHeld = isHeld.exchange(false, ordering: .acquiringAndReleasing)
        guard isHeld else { return }
        // The file stays: taking it away would let two processes lock two files of one name.
        ftruncate(descriptor, 0)
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    deinit { release() }
}
