/// A day of the proleptic Gregorian calendar, written `YYYY-MM-DD`.
struct CivilDate: Sendable, Equatable {
    let year: Int
    let month: Int
    let day: Int

    /// Reads exactly `YYYY-MM-DD`; nil for another form or for a day that does not exist.
    init?(_ text: String) {
        var reader = DigitReader(text)
        guard let date = CivilDate(&reader), reader.isAtEnd else { return nil }
        self = date
    }

    init?(_ reader: inout DigitReader) {
        guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2),
            reader.skip("-"), let day = reader.number(digits: 2),
            (1...12).contains(month), day >= 1, day <= Self.daysInMonth(month, of: year)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Days since 1970-01-01; Howard Hinnant's civil_from_days.
    init(daysSinceEpoch days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        self.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01; Howard Hinnant's days_from_civil.
    var daysSinceEpoch: Int { Self.daysSinceEpoch(year: year, month: month, day: day) }

    static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    var text: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
}

/// A time of day to the second, written `HH:mm:ss`.
struct CivilTime: Sendable, Equatable {
    let secondsOfDay: Int

    init(secondsOfDay: Int) { self.secondsOfDay = secondsOfDay }

    /// Reads exactly `HH:mm:ss`.
    init?(_ text: String) {
        var reader = DigitReader(text)
        guard let time = CivilTime(&reader), reader.isAtEnd else { return nil }
        self = time
    }

    init?(_ reader: inout DigitReader) {
        guard let hour = reader.number(digits: 2), reader.skip(":"), let minute = reader.number(digits: 2),
            reader.skip(":"), let second = reader.number(digits: 2), hour < 24, minute < 60, second < 60
        else { return nil }
        self.secondsOfDay = hour * 3600 + minute * 60 + second
    }

    var text: String {
        "\(padded(secondsOfDay / 3600, 2)):\(padded(secondsOfDay / 60 % 60, 2)):\(padded(secondsOfDay % 60, 2))"
    }
}

/// A date and time as written: `YYYY-MM-DDTHH:mm:ss[.fraction][Z|±hh:mm]`.
struct DateTimeText: Sendable, Equatable {
    let date: CivilDate
    let time: CivilTime
    /// The first three digits of the fraction.
    let milliseconds: Int
    /// Seconds east of UTC; nil where the text has neither `Z` nor an offset.
    let offset: Int?
    /// Whether the text ended in `Z`.
    let isZulu: Bool

    init?(_ text: String) {
        var reader = DigitReader(text)
        guard let date = CivilDate(&reader), reader.skip("T"), let time = CivilTime(&reader) else { return nil }
        self.date = date
        self.time = time
        var milliseconds = 0
        if reader.skip(".") {
            guard let fraction = reader.fractionAsMilliseconds() else { return nil }
            milliseconds = fraction
        }
        self.milliseconds = milliseconds
        if reader.skip("Z") {
            offset = 0
            isZulu = true
        } else if reader.isAtEnd {
            offset = nil
            isZulu = false
        } else {
            let sign: Int
            if reader.skip("+") { sign = 1 } else if reader.skip("-") { sign = -1 } else { return nil }
            guard let hours = reader.number(digits: 2), reader.skip(":"), let minutes = reader.number(digits: 2),
                hours < 24, minutes < 60
            else { return nil }
            offset = sign * (hours * 3600 + minutes * 60)
            isZulu = false
        }
        guard reader.isAtEnd else { return nil }
    }

    /// Seconds since 1970 of the written date and time as if they were UTC.
    var civilSeconds: Int64 { Int64(date.daysSinceEpoch) * 86_400 + Int64(time.secondsOfDay) }

    /// Seconds since 1970; nil where no offset was written.
    var epochSeconds: Int64? { offset.map { civilSeconds - Int64($0) } }

    /// Milliseconds since 1970; nil where no offset was written.
    var epochMilliseconds: Int64? { epochSeconds.map { $0 * 1000 + Int64(milliseconds) } }
}

/// Takes decimal digits and single bytes off the front of a short text.
struct DigitReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { index == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, UInt32(bytes[index]) == character.value else { return false }
        index += 1
        return true
    }

    mutating func number(digits: Int) -> Int? {
        guard index + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[index..<index + digits] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        index += digits
        return value
    }

    /// One to nine digits after a decimal point, cut to milliseconds.
    mutating func fractionAsMilliseconds() -> Int? {
        var value = 0
        var count = 0
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
            if count < 3 { value = value * 10 + Int(bytes[index] - 0x30) }
            count += 1
            index += 1
        }
        guard (1...9).contains(count) else { return nil }
        for _ in min(count, 3)..<3 { value *= 10 }
        return value
    }
}

/// `value` in decimal with zeros in front up to `width` digits.
func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
}
