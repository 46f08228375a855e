/// The rule for all later years at the end of a TZif file, such as `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX `TZ`).
struct PosixZoneRule: Sendable {
    /// The day and the local second at which a part of the year begins.
    private struct Change {
        enum Day {
            case weekday(month: Int, week: Int, weekday: Int)
            /// 1...365, without 29 February.
            case julian(Int)
            /// 0...365.
            case zeroBased(Int)
        }

        let day: Day
        let seconds: Int

        func localSeconds(in year: Int) -> Int64 {
            let newYear = CivilDate.daysSinceEpoch(year: year, month: 1, day: 1)
            let days: Int
            switch day {
            case .weekday(let month, let week, let weekday):
                let first = CivilDate.daysSinceEpoch(year: year, month: month, day: 1)
                // 1970-01-01 was a Thursday, which is day 4 of the week.
                let firstWeekday = ((first + 4) % 7 + 7) % 7
                var dayOfMonth = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
                if dayOfMonth >= CivilDate.daysInMonth(month, of: year) { dayOfMonth -= 7 }
                days = first + dayOfMonth
            case .julian(let number):
                days = newYear + number - 1 + (CivilDate.isLeap(year) && number >= 60 ? 1 : 0)
            case .zeroBased(let number):
                days = newYear + number
            }
            return Int64(days) * 86_400 + Int64(seconds)
        }
    }

    private let standardOffset: Int
    private let daylight: (offset: Int, start: Change, end: Change)?

    /// nil for an empty text or one that is not of the form.
    init?(_ text: String) {
        var parser = Parser(text)
        guard parser.skipName(), let standard = parser.offset() else { return nil }
        standardOffset = -standard
        guard !parser.isAtEnd else {
            daylight = nil
            return
        }
        guard parser.skipName() else { return nil }
        var offset = standardOffset + 3600
        if !parser.isNext(",") {
            guard let written = parser.offset() else { return nil }
            offset = -written
        }
        guard let start = parser.change(), let end = parser.change(), parser.isAtEnd else { return nil }
        daylight = (offset, start, end)
    }

    func offset(at epochSeconds: Int64) -> Int {
        guard let daylight else { return standardOffset }
        let year = InstantFormat.split((epochSeconds + Int64(standardOffset)) * 1000).date.year
        let start = daylight.start.localSeconds(in: year) - Int64(standardOffset)
        let end = daylight.end.localSeconds(in: year) - Int64(daylight.offset)
        let isDaylight =
            start < end
            ? epochSeconds >= start && epochSeconds < end
            : epochSeconds >= start || epochSeconds < end
        return isDaylight ? daylight.offset : standardOffset
    }

    private struct Parser {
        private let bytes: [UInt8]
        private var index = 0

        init(_ text: String) { bytes = Array(text.utf8) }

        var isAtEnd: Bool { index == bytes.count }

        func isNext(_ character: Unicode.Scalar) -> Bool {
            index < bytes.count && UInt32(bytes[index]) == character.value
        }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard isNext(character) else { return false }
            index += 1
            return true
        }

        mutating func number() -> Int? {
            var value: Int?
            while index < bytes.count, (0x30...0x39).contains(bytes[index]), (value ?? 0) < 100_000 {
                value = (value ?? 0) * 10 + Int(bytes[index] - 0x30)
                index += 1
            }
            return value
        }

        /// Letters, or anything between angle brackets.
        mutating func skipName() -> Bool {
            let start = index
            if skip("<") {
                while index < bytes.count, !isNext(">") { index += 1 }
                return skip(">")
            }
            while index < bytes.count, (0x41...0x5A).contains(bytes[index] & 0xDF) { index += 1 }
            return index > start
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func offset() -> Int? {
            let sign = skip("-") ? -1 : 1
            if sign == 1 { _ = skip("+") }
            guard let hours = number() else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] where skip(":") {
                guard let part = number() else { return nil }
                seconds += part * unit
            }
            return sign * seconds
        }

        mutating func change() -> Change? {
            guard skip(","), let day = day() else { return nil }
            guard skip("/") else { return Change(day: day, seconds: 7200) }
            return offset().map { Change(day: day, seconds: $0) }
        }

        private mutating func day() -> Change.Day? {
            if skip("M") {
                guard let month = number(), skip("."), let week = number(), skip("."), let weekday = number(),
                    (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
                else { return nil }
                return .weekday(month: month, week: week, weekday: weekday)
            }
            if skip("J") { return number().map { .julian($0) } }
            return number().map { .zeroBased($0) }
        }
    }
}
