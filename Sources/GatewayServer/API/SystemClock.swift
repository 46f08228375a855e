internal import GatewayCore
internal import Glibc

/// The machine's clock, read where a call begins and passed on from there.
enum SystemClock {
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        // A clock beyond the year 9999 is no clock; the epoch is as good.
        return Timestamp(epochSeconds: Int64(time.tv_sec)) ?? Timestamp(epochSeconds: 0)!
    }

    /// Milliseconds since 1970.
    static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    static func second() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return time.tv_sec
    }
}
