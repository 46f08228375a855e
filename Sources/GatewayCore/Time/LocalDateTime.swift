/// A date and a time of day on a wall clock, in no time zone and without an offset, to the nanosecond.
///
/// It is no instant: which one it means, if any, is said by `Zone.resolve(_:)`.
public struct LocalDateTime: Sendable, Hashable {
    public let date: CivilDate
    private let storedSecond: Int32
    private let storedNanosecond: Int32

    /// 0 to 23.
    public var hour: Int { secondOfDay / 3600 }
    /// 0 to 59.
    public var minute: Int { secondOfDay / 60 % 60 }
    /// 0 to 59.
    public var second: Int { secondOfDay % 60 }
    /// 0 to 999 999 999.
    public var nanosecond: Int { Int(storedNanosecond) }
    /// Whole seconds since midnight, 0 to 86 399.
    public var secondOfDay: Int { Int(storedSecond) }

    /// Nil for parts that are out of their range.
    public init?(date: CivilDate, hour: Int, minute: Int, second: Int = 0, nanosecond: Int = 0) {
        guard 0...23 ~= hour, 0...59 ~= minute, 0...59 ~= second, 0...999_999_999 ~= nanosecond else { return nil }
        self.init(date: date, uncheckedSecondOfDay: hour * 3600 + minute * 60 + second, nanosecond: nanosecond)
    }

    @inline(__always)
    init(date: CivilDate, uncheckedSecondOfDay second: Int, nanosecond: Int) {
        self.date = date
        storedSecond = Int32(truncatingIfNeeded: second)
        storedNanosecond = Int32(truncatingIfNeeded: nanosecond)
    }

    @inline(__always)
    init(date: CivilDate, time: TimeTextScanner.TimeOfDay) {
        let second = time.hour * 3600 + time.minute * 60 + time.second
        self.init(date: date, uncheckedSecondOfDay: second, nanosecond: time.nanosecond)
    }

    /// What the wall clock shows so many seconds after 1970-01-01T00:00:00 on that same clock; for callers that know
    /// the day to be in range.
    init(uncheckedClockSeconds seconds: Int64, nanosecond: Int) {
        let (day, second) = seconds.quotientAndRemainderFloor(by: 86_400)
        self.init(
            date: CivilDate(uncheckedDaysSinceEpoch: Int(day)),
            uncheckedSecondOfDay: Int(second),
            nanosecond: nanosecond
        )
    }

    /// Seconds since 1970-01-01T00:00:00 on the same wall clock: the instant, if the clock showed UTC.
    var clockSeconds: Int64 {
        Int64(date.daysSinceEpoch) * 86_400 + Int64(secondOfDay)
    }
}

extension LocalDateTime: Comparable {
    public static func < (left: LocalDateTime, right: LocalDateTime) -> Bool {
        (left.date, left.storedSecond, left.storedNanosecond) < (right.date, right.storedSecond, right.storedNanosecond)
    }
}

extension LocalDateTime: CustomStringConvertible {
    /// `YYYY-MM-DDTHH:MM[:SS[.f…]]`, with `T`, `t` or a space. Throws what is wrong with the text, also if it has
    /// an offset.
    public static func parse(utf8 bytes: UnsafeBufferPointer<UInt8>) throws(TimeTextError) -> LocalDateTime {
        var scanner = TimeTextScanner(bytes)
        let date = try scanner.date()
        try scanner.timeSeparator()
        let time = try scanner.timeOfDay(secondsRequired: false)
        if !scanner.isAtEnd { throw scanner.isAtOffset ? .offsetNotAllowed : .unexpectedText(at: scanner.position) }
        return LocalDateTime(date: date, time: time)
    }

    /// As `parse(utf8:)`.
    public static func parse(_ text: String) throws(TimeTextError) -> LocalDateTime {
        try text.withUTF8Bytes { bytes throws(TimeTextError) in try parse(utf8: bytes) }
    }

    /// As `parse(utf8:)`; nil for any other text.
    public init?(_ text: String) {
        guard let value = try? Self.parse(text) else { return nil }
        self = value
    }

    /// As `parse(utf8:)`; nil for any other text.
    public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard let value = try? Self.parse(utf8: bytes) else { return nil }
        self = value
    }

    /// `YYYY-MM-DDTHH:MM:SS`, with as many decimals as the nanosecond needs.
    public var description: String {
        ASCIIWriter.string(write(to:))
    }

    /// Appends `YYYY-MM-DDTHH:MM:SS`, with as many decimals as the nanosecond needs.
    public func append(to bytes: inout [UInt8]) {
        ASCIIWriter.append(to: &bytes, write(to:))
    }

    private func write(to writer: inout ASCIIWriter) {
        write(to: &writer, fractionDigits: Self.fractionDigits(nanosecond: nanosecond))
    }

    @inline(__always)
    func write(to writer: inout ASCIIWriter, fractionDigits: Int) {
        date.write(to: &writer)
        writer.byte(ASCII.upperT)
        let second = secondOfDay
        writer.twoDigits(second / 3600)
        writer.byte(ASCII.colon)
        writer.twoDigits(second / 60 % 60)
        writer.byte(ASCII.colon)
        writer.twoDigits(second % 60)
        writer.fraction(nanosecond: nanosecond, digits: fractionDigits)
    }

    /// The fewest digits that keep a nanosecond, 0 to 9.
    static func fractionDigits(nanosecond: Int) -> Int {
        guard nanosecond != 0 else { return 0 }
        var digits = 9
        var rest = nanosecond
        while rest % 10 == 0 {
            rest /= 10
            digits -= 1
        }
        return digits
    }
}
