/// What makes a key unique: two callers with the same key never see each other, and neither do two connections.
public struct WriteScope: Sendable, Hashable {
    public var caller: String
    public var connection: String
    public var operation: Operation
    /// The caller's `Idempotency-Key`, or the one that the gateway made.
    public var key: String

    public init(caller: String, connection: String, operation: Operation, key: String) {
        self.caller = caller
        self.connection = connection
        self.operation = operation
        self.key = key
    }

    /// By the key alone: it tells nearly all of them apart.
    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
