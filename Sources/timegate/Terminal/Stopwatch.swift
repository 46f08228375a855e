import Glibc

/// Time that has gone by, on a clock that nobody sets.
struct Stopwatch {
    private let start = Stopwatch.now()

    /// Seconds.
    var seconds: Double { Stopwatch.now() - start }

    /// `0:07`, `12:30`, `1:02:03`.
    var text: String {
        let all = Int(seconds)
        let minutes = all / 60 % 60
        let parts = all < 3600 ? [minutes, all % 60] : [all / 3600, minutes, all % 60]
        return parts.enumerated()
            .map { $0.offset > 0 && $0.element < 10 ? "0\($0.element)" : String($0.element) }
            .joined(separator: ":")
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// The clock that people set.
enum SystemTime {
    /// Since 1970.
    static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
