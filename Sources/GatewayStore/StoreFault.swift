/// Why a journal cannot be opened, and what to do about it.
public struct StoreFault: Error, Sendable, CustomStringConvertible {
    public var path: String
    public var message: String
    /// What the operator can do next.
    public var hint: String
    /// Whether another process has the journal.
    public var isInUse: Bool

    init(_ path: String, _ message: String, hint: String, isInUse: Bool = false) {
        self.path = path
        self.message = message
        self.hint = hint
        self.isInUse = isInUse
    }

    public var description: String { "\(path): \(message). \(hint)" }
}
