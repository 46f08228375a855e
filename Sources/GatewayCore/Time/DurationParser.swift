/// Reads one duration from UTF-8 bytes. `DurationText` documents the grammar.
struct DurationParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    /// The first byte that is no space.
    private var begin = 0
    /// Behind the last byte that is no space.
    private var end: Int

    private var total: Int64 = 0
    private var lastUnit: DurationUnit?

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        end = bytes.count
        while end > 0, Self.isSpace(bytes[end - 1]) { end -= 1 }
        skipSpaces()
        begin = position
    }

    mutating func parse() throws(DurationTextError) -> Int64 {
        guard position < end else { throw .empty }
        if isAtMinus { throw .negative }
        if bytes[position] | 0x20 == UInt8(ascii: "p") {
            position += 1
            return try parseISO8601()
        }
        var colon = position
        while colon < end, ASCII.isDigit(bytes[colon]) { colon += 1 }
        if colon > position, colon < end, bytes[colon] == ASCII.colon { return try parseColonForm() }
        return try parseParts(isISO8601: false)
    }

    // MARK: 1:30 and 1:30:00

    private mutating func parseColonForm() throws(DurationTextError) -> Int64 {
        let hours = try number(isISO8601: false)
        try add(hours, .hour)
        for (unit, larger) in [(DurationUnit.minute, DurationUnit.hour), (.second, .minute)]
        where position < end && bytes[position] == ASCII.colon {
            position += 1
            let start = position
            while position < end, ASCII.isDigit(bytes[position]) { position += 1 }
            guard position - start == 2 else { throw .malformedColonForm }
            let value = Int64(bytes[start] - ASCII.zero) * 10 + Int64(bytes[start + 1] - ASCII.zero)
            guard value < 60 else { throw .tooMany(value, unit, beside: larger) }
            try add(Number(whole: value, fraction: 0, digits: 0, start: start, end: position), unit)
        }
        skipSpaces()
        if position < end {
            if ASCII.isLetter(bytes[position]) { throw .unitAfterColonForm(letters()) }
            throw .unexpectedCharacter(at: position)
        }
        return total
    }

    // MARK: PT1H30M

    private mutating func parseISO8601() throws(DurationTextError) -> Int64 {
        guard position < end else { throw .malformedISO8601 }
        guard bytes[position] | 0x20 == ASCII.lowerT else {
            // A date part, if it is anything: P1D, P1W, P1M, P1Y.
            while position < end, !ASCII.isLetter(bytes[position]) { position += 1 }
            switch position < end ? bytes[position] | 0x20 : 0 {
            case UInt8(ascii: "d"): throw .calendarUnit("day")
            case UInt8(ascii: "w"): throw .calendarUnit("week")
            case UInt8(ascii: "m"): throw .calendarUnit("month")
            case UInt8(ascii: "y"): throw .calendarUnit("year")
            default: throw .malformedISO8601
            }
        }
        position += 1
        guard position < end else { throw .malformedISO8601 }
        return try parseParts(isISO8601: true)
    }

    // MARK: 1h 30m

    private mutating func parseParts(isISO8601: Bool) throws(DurationTextError) -> Int64 {
        var pending: (number: Number, unit: DurationUnit)?
        while position < end {
            let number = try number(isISO8601: isISO8601)
            if !isISO8601 { skipSpaces() }
            let unit = try unit(of: number)
            if let last = lastUnit {
                if unit == last { throw .repeatedUnit(unit) }
                if unit.seconds > last.seconds { throw .outOfOrder(unit, after: last) }
                if number.whole >= 60 { throw .tooMany(number.whole, unit, beside: last) }
            }
            if let pending, pending.number.digits > 0 {
                throw .decimalsBeforeLastPart(text(pending.number.start, pending.number.end))
            }
            if let pending { try add(pending.number, pending.unit) }
            pending = (number, unit)
            lastUnit = unit
            if !isISO8601 { skipSpaces() }
        }
        if let pending { try add(pending.number, pending.unit) }
        return total
    }

    private mutating func unit(of number: Number) throws(DurationTextError) -> DurationUnit {
        guard position < end, ASCII.isLetter(bytes[position]) else {
            if position == end || ASCII.isDigit(bytes[position]) {
                throw .unitMissing(text(number.start, number.end))
            }
            throw .unexpectedCharacter(at: position)
        }
        if position + 1 == end || !ASCII.isLetter(bytes[position + 1]), let unit = Self.unit(bytes[position]) {
            position += 1
            return unit
        }
        let word = letters()
        switch word.lowercased() {
        case "d", "day", "days": throw .calendarUnit("day")
        case "w", "wk", "wks", "week", "weeks": throw .calendarUnit("week")
        case "mo", "mon", "month", "months": throw .calendarUnit("month")
        case "y", "yr", "yrs", "year", "years": throw .calendarUnit("year")
        case "hr", "hrs", "hour", "hours", "std": throw .unknownUnit(word, meant: .hour)
        case "min", "mins", "minute", "minutes": throw .unknownUnit(word, meant: .minute)
        case "sec", "secs", "second", "seconds": throw .unknownUnit(word, meant: .second)
        default: throw .unknownUnit(word, meant: nil)
        }
    }

    private static func unit(_ byte: UInt8) -> DurationUnit? {
        switch byte | 0x20 {
        case UInt8(ascii: "h"): .hour
        case UInt8(ascii: "m"): .minute
        case UInt8(ascii: "s"): .second
        default: nil
        }
    }

    // MARK: Numbers

    /// `whole + fraction / 10^digits`, and where it stands.
    private struct Number {
        var whole: Int64
        var fraction: Int64
        /// 0 to 9; 0 for a number that is written without a point.
        var digits: Int
        var start: Int
        var end: Int
    }

    private mutating func number(isISO8601: Bool) throws(DurationTextError) -> Number {
        let start = position
        if isAtMinus { throw .negative }
        var whole: Int64 = 0
        var overflowed = false
        while position < end, case let digit = bytes[position] &- ASCII.zero, digit < 10 {
            let (product, first) = whole.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(Int64(digit))
            overflowed = overflowed || first || second
            whole = sum
            position += 1
        }
        if overflowed { throw .overflow }
        let mark = position < end ? bytes[position] : 0
        guard mark == ASCII.point || mark == ASCII.comma else {
            if position == start { throw .unexpectedCharacter(at: position) }
            return Number(whole: whole, fraction: 0, digits: 0, start: start, end: position)
        }
        return try decimals(after: whole, start: start, commaAllowed: isISO8601)
    }

    private mutating func decimals(
        after whole: Int64,
        start: Int,
        commaAllowed: Bool
    ) throws(DurationTextError) -> Number {
        let mark = position
        position += 1
        var fraction: Int64 = 0
        var digits = 0
        var zeros = 0
        while position < end, case let digit = bytes[position] &- ASCII.zero, digit < 10 {
            // Zeros count only once something follows them, so that 0.1000000000000h is as good as 0.1h.
            zeros += 1
            if digit != 0 {
                digits += zeros
                guard digits <= 9 else {
                    while position < end, ASCII.isDigit(bytes[position]) { position += 1 }
                    throw .tooManyDecimals(text(start, position))
                }
                for _ in 0..<zeros { fraction *= 10 }
                fraction += Int64(digit)
                zeros = 0
            }
            position += 1
        }
        if bytes[mark] == ASCII.comma, !commaAllowed {
            throw position > mark + 1 && mark > start
                ? .decimalComma(text(start, position)) : .unexpectedCharacter(at: mark)
        }
        guard mark > start, position > mark + 1 else {
            if mark == start, position == mark + 1 { throw .unexpectedCharacter(at: mark) }
            throw .malformedDecimal(text(start, position))
        }
        return Number(whole: whole, fraction: fraction, digits: max(digits, 1), start: start, end: position)
    }

    /// Adds one part to the total. The fraction counts only if it is a whole number of seconds.
    private mutating func add(_ number: Number, _ unit: DurationUnit) throws(DurationTextError) {
        // At most 999 999 999 * 3600, far from overflow.
        let (product, first) = number.whole.multipliedReportingOverflow(by: unit.seconds)
        var scale: Int64 = 1
        for _ in 0..<number.digits { scale *= 10 }
        let (seconds, rest) = (number.fraction * unit.seconds).quotientAndRemainder(dividingBy: scale)
        let (part, second) = product.addingReportingOverflow(seconds)
        let (sum, third) = total.addingReportingOverflow(part)
        if first || second || third { throw .overflow }
        if rest != 0 {
            throw .notWholeSeconds(
                text(begin, end),
                exactly: "\(sum)\(Self.decimals(rest, digits: number.digits))",
                below: sum
            )
        }
        total = sum
    }

    /// `.4` for 4 with one digit, `.04` for 4 with two; no zeros at the end.
    private static func decimals(_ value: Int64, digits: Int) -> String {
        var text = String(value)
        text = "." + String(repeating: "0", count: digits - text.utf8.count) + text
        while text.hasSuffix("0") { text.removeLast() }
        return text
    }

    // MARK: Pieces

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == ASCII.space || byte == ASCII.tab
    }

    private mutating func skipSpaces() {
        while position < end, Self.isSpace(bytes[position]) { position += 1 }
    }

    /// A hyphen, or the minus sign U+2212 that texts set for print have.
    private var isAtMinus: Bool {
        if bytes[position] == ASCII.minus { return true }
        return end - position >= 3 && bytes[position] == 0xE2 && bytes[position + 1] == 0x88
            && bytes[position + 2] == 0x92
    }

    /// Takes the letters at the position.
    private mutating func letters() -> String {
        let start = position
        while position < end, ASCII.isLetter(bytes[position]) { position += 1 }
        return text(start, position)
    }

    private func text(_ start: Int, _ end: Int) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
    }
}
