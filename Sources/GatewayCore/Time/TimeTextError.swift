/// What is wrong with the text of a date, a local time or an instant. `message` says it to the one who wrote the text.
public enum TimeTextError: Error, Hashable, Sendable {
    case empty
    /// A part that has to have exactly so many digits has not.
    case digitsExpected(Part, count: Int)
    /// The character (ASCII) that has to follow a part does not.
    case separatorExpected(UInt8, after: Part)
    /// 0000 is the only text of four digits that is no year.
    case yearOutOfRange
    case monthOutOfRange(Int)
    case dayOutOfRange(Int, month: Int, year: Int)
    case hourOutOfRange(Int)
    case minuteOutOfRange(Int)
    case secondOutOfRange(Int)
    /// Second 60. Time entries are counted in seconds of POSIX time, where it has no place of its own.
    case leapSecond
    case secondsMissing
    case fractionWithoutDigits
    /// More than nine fraction digits that are not all zero after the ninth.
    case fractionTooFine
    /// A date alone where a time of day has to follow.
    case timeMissing
    /// A time of day where a date alone is wanted.
    case timeNotAllowed
    case offsetMissing
    /// An offset where a local time is wanted.
    case offsetNotAllowed
    /// An offset that is neither `Z` nor `±hh:mm`.
    case offsetMalformed
    case offsetHourOutOfRange(Int)
    case offsetMinuteOutOfRange(Int)
    /// Further text after a complete value; the position is in bytes, from 0.
    case unexpectedText(at: Int)

    /// A part of a date or a time.
    public enum Part: String, Sendable {
        case year, month, day, hour, minute, second
    }
}

extension TimeTextError: CustomStringConvertible {
    /// One clause without a full stop: what is wrong and what has to stand there.
    public var message: String {
        switch self {
        case .empty:
            "the text is empty"
        case .digitsExpected(let part, let count):
            "the \(part.rawValue) must be written with \(count == 4 ? "four" : "two") digits"
        case .separatorExpected(let byte, let part):
            "\"\(Character(UnicodeScalar(byte)))\" must follow the \(part.rawValue)"
        case .yearOutOfRange:
            "the year is 0000; it must be 0001 to 9999"
        case .monthOutOfRange(let month):
            "the month is \(twoDigits(month)); it must be 01 to 12"
        case .dayOutOfRange(let day, let month, let year):
            dayMessage(day, month: month, year: year)
        case .hourOutOfRange(24):
            "the hour is 24; it must be 00 to 23 (midnight is 00:00 of the next day)"
        case .hourOutOfRange(let hour):
            "the hour is \(twoDigits(hour)); it must be 00 to 23"
        case .minuteOutOfRange(let minute):
            "the minute is \(twoDigits(minute)); it must be 00 to 59"
        case .secondOutOfRange(let second):
            "the second is \(twoDigits(second)); it must be 00 to 59"
        case .leapSecond:
            "the second is 60; leap seconds cannot be kept: write 59, or 00 of the next minute"
        case .secondsMissing:
            "the seconds are missing: write 09:30:00"
        case .fractionWithoutDigits:
            "digits must follow the point after the seconds"
        case .fractionTooFine:
            "the seconds have more than nine decimals; nothing finer than a nanosecond can be kept"
        case .timeMissing:
            "the time of day is missing: write 2024-05-31T09:30:00"
        case .timeNotAllowed:
            "a date is wanted without a time of day: write 2024-05-31"
        case .offsetMissing:
            "no offset: write Z or +01:00"
        case .offsetNotAllowed:
            "a local time is wanted without an offset: leave it out"
        case .offsetMalformed:
            "the offset must be written as Z or as +01:00"
        case .offsetHourOutOfRange(let hour):
            "the offset's hours are \(twoDigits(hour)); they must be 00 to 23"
        case .offsetMinuteOutOfRange(let minute):
            "the offset's minutes are \(twoDigits(minute)); they must be 00 to 59"
        case .unexpectedText(let position):
            "the text goes on after its end, from character \(position + 1)"
        }
    }

    public var description: String { message }
}

private func twoDigits(_ value: Int) -> String {
    value < 10 ? "0\(value)" : "\(value)"
}

private func dayMessage(_ day: Int, month: Int, year: Int) -> String {
    let names = [
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ]
    let last = CivilDate.daysInMonth(month, year: year)
    return day == 0
        ? "the day is 00; it must be 01 to \(last)"
        : "the day is \(twoDigits(day)); \(names[month - 1]) \(year) has \(last) days"
}
