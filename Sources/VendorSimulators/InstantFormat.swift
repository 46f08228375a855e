/// Writes instants the ways that the vendors and HTTP write them.
enum InstantFormat {
    /// `2025-08-07T13:41:42+01:00`, or with milliseconds `2025-08-01T06:18:43.688+02:00`.
    static func withOffset(_ epochMilliseconds: Int64, offset: Int, milliseconds: Bool = false) -> String {
        let sign = offset < 0 ? "-" : "+"
        let minutes = abs(offset) / 60
        return civil(epochMilliseconds + Int64(offset) * 1000, milliseconds: milliseconds)
            + "\(sign)\(padded(minutes / 60, 2)):\(padded(minutes % 60, 2))"
    }

    /// `2022-03-01T09:21:00Z`, or with milliseconds `2022-03-10T16:03:49.100Z`.
    static func zulu(_ epochMilliseconds: Int64, milliseconds: Bool = false) -> String {
        civil(epochMilliseconds, milliseconds: milliseconds) + "Z"
    }

    /// The HTTP date of RFC 9110 section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func httpDate(_ epochMilliseconds: Int64) -> String {
        let (date, time, _) = split(epochMilliseconds)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekday = weekdays[((date.daysSinceEpoch % 7) + 7) % 7]
        return "\(weekday), \(padded(date.day, 2)) \(months[date.month - 1]) \(padded(date.year, 4)) \(time.text) GMT"
    }

    /// Day, time of day and milliseconds of an instant, in UTC.
    static func split(_ epochMilliseconds: Int64) -> (date: CivilDate, time: CivilTime, milliseconds: Int) {
        let days = floorDivide(epochMilliseconds, 86_400_000)
        let rest = Int(epochMilliseconds - days * 86_400_000)
        return (CivilDate(daysSinceEpoch: Int(days)), CivilTime(secondsOfDay: rest / 1000), rest % 1000)
    }

    private static func civil(_ epochMilliseconds: Int64, milliseconds: Bool) -> String {
        let (date, time, rest) = split(epochMilliseconds)
        return "\(date.text)T\(time.text)" + (milliseconds ? ".\(padded(rest, 3))" : "")
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}
