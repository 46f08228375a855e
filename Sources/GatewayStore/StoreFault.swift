internal import Glibc

/// Why a journal cannot be opened, and what to do about it.
public struct StoreFault: Error, Sendable, CustomStringConvertible {
    public var path: String
    public var message: String
    /// What the operator can do next.
    public var hint: String
    /// Whether another process has the journal.
    public var isInUse: Bool
    /// The process that has it, where that is known.
    public var process: String?
    /// Whether that is a command, which lets go of it soon.
    public var isHeldByCommand: Bool

    init(
        _ path: String,
        _ message: String,
        hint: String,
        isInUse: Bool = false,
        process: String? = nil,
        isHeldByCommand: Bool = false
    ) {
        self.process = process
        self.isHeldByCommand = isHeldByCommand
        self.path = path
        self.message = message
        self.hint = hint
        self.isInUse = isInUse
    }

    public var description: String { "\(path): \(message). \(hint)" }

    /// What to do about a file that the system does not open or write.
    static func remedy(errno code: Int32, of path: String) -> String {
        switch code {
        case ENOSPC, EDQUOT:
            "The disk is full: make room on it, or move the file, with those beside it, to another disk and name it there "
                + "with state:; a new file knows nothing of the keys in this one."
        case EIO: "The disk fails: the kernel's log says how (dmesg). Name a file on another disk with state:."
        case ENOENT, ENOTDIR:
            "Make its folder, or name a file with state: in one that is there; a relative path begins at the configuration."
        default: "Name a file with state: that this user may write to, in a folder of which that is true as well."
        }
    }
}
