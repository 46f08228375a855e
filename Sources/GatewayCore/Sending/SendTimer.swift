/// The clock of sending, and how a call waits.
public struct SendTimer: Sendable {
    /// Nanoseconds of a monotonic clock.
    public var now: @Sendable () -> Int64
    /// Waits so many nanoseconds.
    public var sleep: @Sendable (Int64) async -> Void

    public init(now: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (Int64) async -> Void) {
        self.now = now
        self.sleep = sleep
    }

    /// For uses that repeat and wait for nothing.
    public static let none = SendTimer(now: { 0 }, sleep: { _ in })
}
