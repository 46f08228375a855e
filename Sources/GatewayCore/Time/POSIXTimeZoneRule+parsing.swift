extension POSIXTimeZoneRule {
    /// Reads a footer's text, without its newlines; it must not be empty. Throws what is wrong with it.
    init(_ text: ArraySlice<UInt8>) throws(TZifError) {
        var parser = Parser(text)
        standard = try parser.offset(named: try parser.abbreviation(), isDST: false)
        if parser.isAtEnd { return }
        let name = try parser.abbreviation()
        let offset =
            parser.isAtComma
            ? ZoneOffset(offsetSeconds: standard.offsetSeconds + 3600, isDST: true, abbreviation: name)
            : try parser.offset(named: name, isDST: true)
        guard abs(offset.offsetSeconds) < 86_400 else { throw .badRule("the offset is a day or more") }
        daylight = Daylight(offset: offset, start: try parser.change(), end: try parser.change())
        if !parser.isAtEnd { throw .badRule("text after the rule") }
    }

    private struct Parser {
        private var rest: ArraySlice<UInt8>

        init(_ text: ArraySlice<UInt8>) {
            rest = text
        }

        var isAtEnd: Bool { rest.isEmpty }
        var isAtComma: Bool { rest.first == ASCII.comma }

        /// Three letters or more, or anything of letters, digits and signs in angle brackets.
        mutating func abbreviation() throws(TZifError) -> String {
            let name: ArraySlice<UInt8>
            if rest.first == ASCII.less {
                guard let close = rest.firstIndex(of: ASCII.greater) else { throw .badRule("no > after <") }
                name = rest[(rest.startIndex + 1)..<close]
                rest = rest[(close + 1)...]
                guard
                    name.allSatisfy({
                        ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == ASCII.plus || $0 == ASCII.minus
                    })
                else { throw .badRule("an abbreviation has odd characters") }
            } else {
                name = rest.prefix(while: ASCII.isLetter)
                rest = rest[name.endIndex...]
            }
            guard name.count >= 3, name.count <= 16 else {
                throw .badRule("an abbreviation has not 3 to 16 characters")
            }
            return String(decoding: name, as: UTF8.self)
        }

        /// `[±]hh[:mm[:ss]]`, in seconds east of UTC. POSIX counts them west.
        mutating func offset(named name: String, isDST: Bool) throws(TZifError) -> ZoneOffset {
            let seconds = -Int(try time(maximumHours: 24))
            guard abs(seconds) < 86_400 else { throw .badRule("the offset is a day or more") }
            return ZoneOffset(offsetSeconds: seconds, isDST: isDST, abbreviation: name)
        }

        /// `,date[/time]`.
        mutating func change() throws(TZifError) -> Change {
            guard take(ASCII.comma) else { throw .badRule("the day of a change is missing") }
            let day: Day
            if take(UInt8(ascii: "M")) {
                let month = try number(1...12)
                guard take(ASCII.point) else { throw .badRule("a month without a week") }
                let week = try number(1...5)
                guard take(ASCII.point) else { throw .badRule("a week without a day") }
                day = .weekday(month: month, week: week, weekday: try number(0...6))
            } else if take(UInt8(ascii: "J")) {
                day = .julian(try number(1...365))
            } else {
                day = .zeroBased(try number(0...365))
            }
            return Change(day: day, time: take(ASCII.slash) ? try time(maximumHours: 167) : 2 * 3600)
        }

        private mutating func time(maximumHours: Int) throws(TZifError) -> Int64 {
            let negative = take(ASCII.minus)
            if !negative { _ = take(ASCII.plus) }
            var seconds = try number(0...maximumHours) * 3600
            if take(ASCII.colon) {
                seconds += try number(0...59) * 60
                if take(ASCII.colon) { seconds += try number(0...59) }
            }
            return Int64(negative ? -seconds : seconds)
        }

        private mutating func number(_ range: ClosedRange<Int>) throws(TZifError) -> Int {
            let digits = rest.prefix(while: ASCII.isDigit)
            guard 1...3 ~= digits.count else { throw .badRule("a number is missing or too long") }
            let value = digits.reduce(0) { $0 * 10 + Int($1 - ASCII.zero) }
            guard range.contains(value) else { throw .badRule("\(value) is out of range") }
            rest = rest[digits.endIndex...]
            return value
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest.removeFirst()
            return true
        }
    }
}
