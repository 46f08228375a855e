import Glibc

/// The Date header's value (RFC 9110 section 5.6.7), formatted at most once a second.
struct HTTPDate {
    static let length = 29
    private(set) var bytes = [UInt8](repeating: 0, count: length)
    private var second = Int.min

    /// Brings ``bytes`` up to date with the wall clock.
    ///
    /// - Returns: whether that changed them.
    mutating func refresh() -> Bool {
        var now = timespec()
        // The coarse clock is a few milliseconds behind and costs no more than a memory read.
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        guard now.tv_sec != second else { return false }
        set(secondsSince1970: now.tv_sec)
        return true
    }

    mutating func set(secondsSince1970: Int) {
        second = secondsSince1970
        var time = time_t(secondsSince1970)
        var parts = tm()
        gmtime_r(&time, &parts)
        let days: StaticString = "SunMonTueWedThuFriSat"
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        copy(days, Int(parts.tm_wday) * 3, to: 0)
        bytes[3] = UInt8(ascii: ",")
        bytes[4] = UInt8(ascii: " ")
        digits(Int(parts.tm_mday), to: 5)
        bytes[7] = UInt8(ascii: " ")
        copy(months, Int(parts.tm_mon) * 3, to: 8)
        bytes[11] = UInt8(ascii: " ")
        let year = Int(parts.tm_year) + 1900
        digits(year / 100, to: 12)
        digits(year % 100, to: 14)
        bytes[16] = UInt8(ascii: " ")
        digits(Int(parts.tm_hour), to: 17)
        bytes[19] = UInt8(ascii: ":")
        digits(Int(parts.tm_min), to: 20)
        bytes[22] = UInt8(ascii: ":")
        digits(Int(parts.tm_sec), to: 23)
        bytes.replaceSubrange(25..<29, with: " GMT".utf8)
    }

    private mutating func copy(_ names: StaticString, _ from: Int, to: Int) {
        for offset in 0..<3 { bytes[to + offset] = names.utf8Start[from + offset] }
    }

    private mutating func digits(_ value: Int, to: Int) {
        bytes[to] = UInt8(0x30 + value / 10)
        bytes[to + 1] = UInt8(0x30 + value % 10)
    }
}
