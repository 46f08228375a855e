/// A `filterby` of awork's, which is like OData's `$filter`.
///
/// Taken: `property op literal` with eq, ne, gt, ge, lt and le, `startswith(property,'…')`, `endswith(property,'…')`,
/// `substringof('…',property)`, `not`, `and`, `or` and parentheses; literals `guid'…'`, `datetime'2018-04-03T00:00'`,
/// `'text'` (an apostrophe doubled), whole numbers, `true`, `false`, `null` and `me.id`. The rest of awork's language
/// (`any`, `count`, `in`, `tolower`, nested properties, `now`, `today-30d` and the like) is refused: better than an
/// answer that the simulator guessed.
indirect enum AworkFilter: Sendable {
    enum Comparison: String, Sendable {
        case eq, ne, gt, ge, lt, le
    }

    enum TextTest: String, Sendable {
        case startswith, endswith, substringof
    }

    case comparison(AworkProperty, Comparison, AworkValue)
    case textTest(TextTest, AworkProperty, String)
    case not(AworkFilter)
    case and(AworkFilter, AworkFilter)
    case or(AworkFilter, AworkFilter)

    /// - Parameter ownUserID: what `me.id` stands for.
    init(_ text: String, ownUserID: String) throws(AworkQueryError) {
        var reader = AworkFilterReader(text, ownUserID: ownUserID)
        self = try reader.filter()
    }

    /// Comparing with a null is false, except for `eq null` and `ne`.
    func matches(_ entry: AworkEntry) -> Bool {
        switch self {
        case .not(let filter): return !filter.matches(entry)
        case .and(let left, let right): return left.matches(entry) && right.matches(entry)
        case .or(let left, let right): return left.matches(entry) || right.matches(entry)
        case .textTest(let test, let property, let part):
            guard case .text(let text) = property.value(of: entry) else { return false }
            return switch test {
            case .startswith: text.hasPrefix(part)
            case .endswith: text.hasSuffix(part)
            case .substringof: part.isEmpty || text.firstRange(of: part) != nil
            }
        case .comparison(let property, let comparison, let literal):
            let value = property.value(of: entry)
            return switch comparison {
            case .eq: value == literal
            case .ne: value != literal
            case .gt: literal.isBelow(value) == true
            case .ge: value == literal || literal.isBelow(value) == true
            case .lt: value.isBelow(literal) == true
            case .le: value == literal || value.isBelow(literal) == true
            }
        }
    }
}
