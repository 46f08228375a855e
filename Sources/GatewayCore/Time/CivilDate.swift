internal import JSON

/// A day of the proleptic Gregorian calendar, 0001-01-01 to 9999-12-31, in no time zone.
///
/// Its text is `YYYY-MM-DD` (RFC 3339 section 5.6, `full-date`) and nothing else: no sign, no missing zeros, no week
/// or ordinal dates, and only days that exist.
public struct CivilDate: Sendable, Hashable {
    /// Year, month and day in one integer that orders and hashes as the date does.
    private let packed: Int32

    public static let min = CivilDate(uncheckedYear: 1, month: 1, day: 1)
    public static let max = CivilDate(uncheckedYear: 9999, month: 12, day: 31)

    /// 1 to 9999.
    public var year: Int { Int(packed >> 9) }
    /// 1 to 12.
    public var month: Int { Int((packed >> 5) & 0xF) }
    /// 1 to 31.
    public var day: Int { Int(packed & 0x1F) }

    /// Nil for a day that does not exist or a year outside of 1 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard 1...9999 ~= year, 1...12 ~= month, day >= 1, day <= Self.daysInMonth(month, year: year) else {
            return nil
        }
        self.init(uncheckedYear: year, month: month, day: day)
    }

    /// The day that is so many days after 1970-01-01. Nil outside of the years 1 to 9999.
    public init?(daysSinceEpoch days: Int) {
        guard Self.min.daysSinceEpoch...Self.max.daysSinceEpoch ~= days else { return nil }
        self.init(uncheckedDaysSinceEpoch: days)
    }

    /// For callers that have checked the parts.
    @inline(__always)
    init(uncheckedYear year: Int, month: Int, day: Int) {
        packed = Int32(truncatingIfNeeded: year << 9 | month << 5 | day)
    }

    /// For callers that know the day to be in range.
    init(uncheckedDaysSinceEpoch days: Int) {
        let (year, month, day) = Self.yearMonthDay(daysSinceEpoch: days)
        self.init(uncheckedYear: year, month: month, day: day)
    }

    /// Days since 1970-01-01; negative before it.
    public var daysSinceEpoch: Int {
        Self.daysSinceEpoch(year: year, month: month, day: day)
    }

    /// Nil when the result would be outside of the years 1 to 9999.
    public func adding(days: Int) -> CivilDate? {
        let (sum, overflow) = daysSinceEpoch.addingReportingOverflow(days)
        return overflow ? nil : CivilDate(daysSinceEpoch: sum)
    }
}

extension CivilDate: Comparable {
    public static func < (left: CivilDate, right: CivilDate) -> Bool {
        left.packed < right.packed
    }
}

// MARK: - The week

/// A day of the week, numbered as in ISO 8601: Monday is 1.
public enum Weekday: Int, Sendable, CaseIterable {
    case monday = 1
    case tuesday, wednesday, thursday, friday, saturday, sunday
}

extension CivilDate {
    public var weekday: Weekday {
        // 1970-01-01 was a Thursday, so that day 0 must come out as 4.
        Weekday(rawValue: (daysSinceEpoch + 3).quotientAndRemainderFloor(by: 7).remainder + 1)!
    }

    /// The ISO 8601 week that the day is in. The year is that of the week's Thursday, so that it may differ from
    /// the day's own by one: 2024-12-30 is in week 1 of 2025. It is 1 to 10000.
    public var isoWeek: (year: Int, week: Int) {
        let thursday = daysSinceEpoch + (Weekday.thursday.rawValue - weekday.rawValue)
        let year = Self.yearMonthDay(daysSinceEpoch: thursday).year
        return (year, (thursday - Self.daysSinceEpoch(year: year, month: 1, day: 1)) / 7 + 1)
    }
}

// MARK: - Text

extension CivilDate: CustomStringConvertible {
    /// Strict `YYYY-MM-DD`. Throws what is wrong with the text.
    public static func parse(utf8 bytes: UnsafeBufferPointer<UInt8>) throws(TimeTextError) -> CivilDate {
        var scanner = TimeTextScanner(bytes)
        let date = try scanner.date()
        if !scanner.isAtEnd {
            throw scanner.isAtTimeSeparator ? .timeNotAllowed : .unexpectedText(at: scanner.position)
        }
        return date
    }

    /// Strict `YYYY-MM-DD`. Throws what is wrong with the text.
    public static func parse(_ text: String) throws(TimeTextError) -> CivilDate {
        try text.withUTF8Bytes { bytes throws(TimeTextError) in try parse(utf8: bytes) }
    }

    /// Strict `YYYY-MM-DD`; nil for any other text and for days that do not exist.
    public init?(_ text: String) {
        guard let date = try? Self.parse(text) else { return nil }
        self = date
    }

    /// Strict `YYYY-MM-DD`; nil for any other text and for days that do not exist.
    public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard let date = try? Self.parse(utf8: bytes) else { return nil }
        self = date
    }

    /// `YYYY-MM-DD`.
    public var description: String {
        ASCIIWriter.string { write(to: &$0) }
    }

    /// Appends `YYYY-MM-DD`.
    public func append(to bytes: inout [UInt8]) {
        ASCIIWriter.append(to: &bytes) { write(to: &$0) }
    }

    /// Writes `YYYY-MM-DD` as a JSON string.
    func write(to writer: inout JSONWriter) { ASCIIWriter.write(to: &writer) { write(to: &$0) } }

    /// Hands over the bytes of the text that `description` gives.
    public func withText(_ take: (UnsafeBufferPointer<UInt8>) -> Void) {
        ASCIIWriter.with({ write(to: &$0) }, take)
    }

    @inline(__always)
    func write(to writer: inout ASCIIWriter) {
        writer.fourDigits(year)
        writer.byte(ASCII.minus)
        writer.twoDigits(month)
        writer.byte(ASCII.minus)
        writer.twoDigits(day)
    }
}

// MARK: - Calendar arithmetic, for any year

extension CivilDate {
    static func isLeapYear(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// 28 to 31, for months 1 to 12.
    static func daysInMonth(_ month: Int, year: Int) -> Int {
        if month == 2 { return isLeapYear(year) ? 29 : 28 }
        // 31 in odd months up to July and in even ones from August on.
        return 30 + ((month + month / 8) & 1)
    }

    /// Days since 1970-01-01. The year is counted from March, which puts the leap day last and makes a month's first
    /// day a linear function of the month (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = marchYear.quotientAndRemainderFloor(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The reverse of `daysSinceEpoch(year:month:day:)`, from the same source.
    static func yearMonthDay(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainderFloor(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension FixedWidthInteger where Self: SignedInteger {
    /// Division that rounds towards negative infinity, so that the remainder is never negative. For positive divisors.
    @inline(__always)
    func quotientAndRemainderFloor(by divisor: Self) -> (quotient: Self, remainder: Self) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
