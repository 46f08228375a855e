/// Reads the parts of dates and times from UTF-8 bytes, without copying and without building a string.
struct TimeTextScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    @inline(__always)
    var isAtEnd: Bool { position == bytes.count }

    /// The byte at the position, 0 at the end.
    @inline(__always)
    private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    /// RFC 3339 section 5.6 allows `t` and, "for the sake of readability", a space for the `T`.
    @inline(__always)
    var isAtTimeSeparator: Bool {
        current == ASCII.upperT || current == ASCII.lowerT || current == ASCII.space
    }

    @inline(__always)
    var isAtOffset: Bool {
        let byte = current
        return byte == ASCII.upperZ || byte == ASCII.lowerZ || byte == ASCII.plus || byte == ASCII.minus
    }

    // MARK: Pieces

    @inline(__always)
    private mutating func twoDigits(_ part: TimeTextError.Part) throws(TimeTextError) -> Int {
        guard let value = twoDigits(at: position), !isDigit(at: position + 2) else {
            throw .digitsExpected(part, count: 2)
        }
        position += 2
        return value
    }

    @inline(__always)
    private func twoDigits(at index: Int) -> Int? {
        guard index + 2 <= bytes.count else { return nil }
        let tens = bytes[index] &- ASCII.zero
        let ones = bytes[index + 1] &- ASCII.zero
        return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
    }

    @inline(__always)
    private func isDigit(at index: Int) -> Bool {
        index < bytes.count && ASCII.isDigit(bytes[index])
    }

    @inline(__always)
    private mutating func separator(_ byte: UInt8, after part: TimeTextError.Part) throws(TimeTextError) {
        guard current == byte else { throw .separatorExpected(byte, after: part) }
        position += 1
    }

    // MARK: Date

    /// `YYYY-MM-DD`, a day that exists.
    mutating func date() throws(TimeTextError) -> CivilDate {
        if bytes.isEmpty { throw .empty }
        guard let century = twoDigits(at: position), let rest = twoDigits(at: position + 2), !isDigit(at: position + 4)
        else {
            throw .digitsExpected(.year, count: 4)
        }
        position += 4
        let year = century * 100 + rest
        try separator(ASCII.minus, after: .year)
        let month = try twoDigits(.month)
        try separator(ASCII.minus, after: .month)
        let day = try twoDigits(.day)
        if year == 0 { throw .yearOutOfRange }
        guard 1...12 ~= month else { throw .monthOutOfRange(month) }
        guard day >= 1, day <= 28 || day <= CivilDate.daysInMonth(month, year: year) else {
            throw .dayOutOfRange(day, month: month, year: year)
        }
        return CivilDate(uncheckedYear: year, month: month, day: day)
    }

    /// `T`, `t` or a space.
    mutating func timeSeparator() throws(TimeTextError) {
        guard isAtTimeSeparator else {
            throw isAtEnd ? .timeMissing : .separatorExpected(ASCII.upperT, after: .day)
        }
        position += 1
        if isAtEnd { throw .timeMissing }
    }

    // MARK: Time of day

    struct TimeOfDay {
        var hour: Int
        var minute: Int
        var second = 0
        var nanosecond = 0
        /// As written, at most 9.
        var fractionDigits = 0
    }

    /// `HH:MM:SS[.f…]`, or `HH:MM` where the seconds may be left out.
    mutating func timeOfDay(secondsRequired: Bool) throws(TimeTextError) -> TimeOfDay {
        let hour = try twoDigits(.hour)
        guard hour <= 23 else { throw .hourOutOfRange(hour) }
        try separator(ASCII.colon, after: .hour)
        let minute = try twoDigits(.minute)
        guard minute <= 59 else { throw .minuteOutOfRange(minute) }
        var time = TimeOfDay(hour: hour, minute: minute)
        guard current == ASCII.colon else {
            if isAtEnd || isAtOffset {
                if secondsRequired { throw .secondsMissing }
                return time
            }
            throw .separatorExpected(ASCII.colon, after: .minute)
        }
        position += 1
        time.second = try twoDigits(.second)
        guard time.second <= 59 else {
            throw time.second == 60 ? .leapSecond : .secondOutOfRange(time.second)
        }
        if current == ASCII.point {
            position += 1
            try fraction(into: &time)
        }
        return time
    }

    private mutating func fraction(into time: inout TimeOfDay) throws(TimeTextError) {
        var digits = 0
        var value = 0
        while position < bytes.count, case let digit = bytes[position] &- ASCII.zero, digit < 10 {
            if digits < 9 {
                value = value * 10 + Int(digit)
                digits += 1
            } else if digit != 0 {
                throw .fractionTooFine
            }
            position += 1
        }
        guard digits > 0 else { throw .fractionWithoutDigits }
        time.fractionDigits = digits
        for _ in digits..<9 { value *= 10 }
        time.nanosecond = value
    }

    // MARK: Offset

    /// `Z`, `z` or `±hh:mm`; a lenient reading also takes `±hhmm` and `±hh`.
    mutating func offset(lenient: Bool) throws(TimeTextError) -> (seconds: Int, form: Timestamp.OffsetForm) {
        let sign = current
        switch sign {
        case ASCII.upperZ, ASCII.lowerZ:
            position += 1
            return (0, .zulu)
        case ASCII.plus, ASCII.minus:
            position += 1
        default:
            throw isAtEnd ? .offsetMissing : .offsetMalformed
        }
        guard let hours = twoDigits(at: position) else { throw .offsetMalformed }
        position += 2
        var minutes = 0
        if current == ASCII.colon {
            guard let value = twoDigits(at: position + 1) else { throw .offsetMalformed }
            minutes = value
            position += 3
        } else if !lenient {
            throw .offsetMalformed
        } else if let value = twoDigits(at: position) {
            minutes = value
            position += 2
        }
        if isDigit(at: position) { throw .offsetMalformed }
        guard hours <= 23 else { throw .offsetHourOutOfRange(hours) }
        guard minutes <= 59 else { throw .offsetMinuteOutOfRange(minutes) }
        let seconds = hours * 3600 + minutes * 60
        if sign == ASCII.plus { return (seconds, .numeric) }
        return seconds == 0 ? (0, .negativeZero) : (-seconds, .numeric)
    }
}

extension String {
    /// The string's UTF-8 bytes for the time of a call that throws one type of error.
    func withUTF8Bytes<Value, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        var text = self
        return try text.withUTF8 { bytes -> Result<Value, Failure> in
            do throws(Failure) {
                return .success(try body(bytes))
            } catch {
                return .failure(error)
            }
        }.get()
    }
}
