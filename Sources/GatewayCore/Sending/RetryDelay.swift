/// How long to wait before a request goes again.
public enum RetryDelay {
    /// Nanoseconds: the first delay at most, and any delay at most.
    public static let base = Int64.milliseconds(200)
    public static let maximum = Int64.seconds(5)

    /// Full jitter: anything up to a bound that doubles with each attempt, so that callers who failed together do not come
    /// back together.
    ///
    /// - Parameter attempt: the attempts made, from 1.
    public static func backoff(attempt: Int, using random: inout some RandomNumberGenerator) -> Int64 {
        Int64.random(in: 0...bound(attempt: attempt), using: &random)
    }

    /// What the vendor asked for, and a little more for the same reason: never earlier.
    public static func after(_ asked: Int64, using random: inout some RandomNumberGenerator) -> Int64 {
        let asked = max(0, asked)
        return asked + Int64.random(in: 0...min(asked / 10, .seconds(1)), using: &random)
    }

    static func bound(attempt: Int) -> Int64 { min(maximum, base << Int64(min(max(attempt, 1) - 1, 16))) }
}
