/// Why the text of a duration is refused. `message` says it to the one who wrote it, and what to write instead.
public enum DurationTextError: Error, Hashable, Sendable {
    case empty
    /// More than 64 bytes.
    case tooLong
    case negative
    /// A number without a unit, as written.
    case unitMissing(String)
    /// A unit that is none, as written, and the one that was probably meant.
    case unknownUnit(String, meant: DurationUnit?)
    /// Days and above: what they are worth in hours is a matter of contract.
    case calendarUnit(String)
    case repeatedUnit(DurationUnit)
    /// A larger unit after a smaller one.
    case outOfOrder(DurationUnit, after: DurationUnit)
    /// Sixty minutes or seconds and more beside a larger unit.
    case tooMany(Int64, DurationUnit, beside: DurationUnit)
    /// Decimals in a part that another one follows, as written.
    case decimalsBeforeLastPart(String)
    /// The written number, with a comma.
    case decimalComma(String)
    /// A number that begins or ends with its point, as written.
    case malformedDecimal(String)
    /// More than nine decimals, as written.
    case tooManyDecimals(String)
    /// The text, its exact value in seconds, and the whole seconds below; those above are one more.
    case notWholeSeconds(String, exactly: String, below: Int64)
    /// Something other than two digits after a colon.
    case malformedColonForm
    /// A unit behind the colon form.
    case unitAfterColonForm(String)
    /// `P` or `PT` with nothing, or something else than hours, minutes and seconds, behind it.
    case malformedISO8601
    /// More than an Int64 of seconds.
    case overflow
    /// A character that has no place in a duration; the position is in bytes, from 0.
    case unexpectedCharacter(at: Int)
}

extension DurationTextError: CustomStringConvertible {
    /// One clause without a full stop: what is wrong and what to write instead.
    public var message: String {
        switch self {
        case .empty:
            return "the duration is empty: write 1h30m, 90m, 1:30 or 1.5h"
        case .tooLong:
            return "the duration has more than 64 characters: write 1h30m, 90m, 1:30 or 1.5h"
        case .negative:
            return "a duration cannot be negative"
        case .unitMissing(let number):
            return "\(number) what? write \(number)m for minutes or \(number)h for hours"
        case .unknownUnit(let unit, let meant?):
            return "the unit \"\(unit)\" is not known: write \(meant.symbol)"
        case .unknownUnit(let unit, nil):
            return "the unit \"\(unit)\" is not known: write h, m (minutes) or s"
        case .calendarUnit(let unit):
            return "a \(unit) is not a fixed number of working hours: write hours, as in 8h"
        case .repeatedUnit(let unit):
            return "the \(unit.plural) are there twice"
        case .outOfOrder(let unit, let before):
            return "\(unit.plural) must stand before \(before.plural), as in 1h 30m 15s"
        case .tooMany(let count, let unit, let larger):
            return "\(count) \(unit.plural) beside \(larger.plural): they must be less than 60 there"
        case .decimalsBeforeLastPart(let number):
            return "\(number) has decimals, which only the last part may have: write 1.5h or 1h 30m"
        case .decimalComma(let number):
            return "\(number) has a comma: write decimals with a point, as in 1.5h"
        case .malformedDecimal(let number):
            return "\(number) needs a digit on both sides of its point, as in 0.5h"
        case .tooManyDecimals(let number):
            return "\(number) has more than nine decimals"
        case .notWholeSeconds(let text, let exact, let below):
            let nearest = DurationText.canonical(seconds: below)
            let (above, overflow) = below.addingReportingOverflow(1)
            let other = overflow ? "" : " or \(DurationText.canonical(seconds: above))"
            return "\(text) is \(exact) seconds, which is not a whole number: write \(nearest)\(other)"
        case .malformedColonForm:
            return "minutes and seconds after a colon need two digits: write 1:30 or 1:30:00"
        case .unitAfterColonForm(let unit):
            return "\"\(unit)\" cannot follow the form with a colon: write 1:30 or 1h 30m"
        case .malformedISO8601:
            return "after P must stand T and hours, minutes or seconds: write PT1H30M"
        case .overflow:
            return "the duration is too long to be counted in seconds"
        case .unexpectedCharacter(let position):
            return "character \(position + 1) has no place in a duration: write 1h30m, 90m, 1:30 or 1.5h"
        }
    }

    public var description: String { message }
}
