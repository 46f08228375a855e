/// The clock of sending, and how a call waits.
public struct SendTimer: Sendable {
    /// Nanoseconds of a monotonic clock.
    public var now: @Sendable () -> Int64
    /// Waits so many nanoseconds.
    public var sleep: @Sendable (Int64) async -> Void
    /// 64 bits of chance, by which calls that failed together are spread out.
    public var chance: @Sendable () -> UInt64

    public init(
        now: @escaping @Sendable () -> Int64,
        chance: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) },
        sleep: @escaping @Sendable (Int64) async -> Void
    ) {
        self.now = now
        self.chance = chance
        self.sleep = sleep
    }

    /// Chance as a generator.
    var generator: Generator { Generator(chance: chance) }

    struct Generator: RandomNumberGenerator {
        let chance: @Sendable () -> UInt64

        func next() -> UInt64 { chance() }
    }

    /// For uses that repeat and wait for nothing.
    public static let none = SendTimer(now: { 0 }, sleep: { _ in })
}
