/// The two forms of `Retry-After` (RFC 9110, section 10.2.3).
enum RetryAfter {
    /// Seconds from now, between 0 and a day: a vendor cannot send a caller to sleep for a year.
    static func seconds(_ text: String, now: Timestamp) -> Int? {
        if let seconds = Int(text), seconds >= 0 { return min(seconds, 86_400) }
        guard let date = httpDate(text) else { return nil }
        return Int(max(0, min(date - now.epochSeconds, 86_400)))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, as seconds since 1970.
    private static func httpDate(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
            let month = months.firstIndex(of: String(parts[2])),
            let date = CivilDate(year: year, month: month + 1, day: day)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3 else { return nil }
        return Int64(date.daysSinceEpoch) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }
}
