/// Reads an `AworkFilter` from its text.
struct AworkFilterReader {
    private enum Token: Equatable {
        case word(String)
        case text(String)
        case guid(String)
        case dateTime(String)
        case open, close, comma
    }

    private let source: String
    private let ownUserID: String
    private var tokens: [Token] = []
    private var index = 0

    init(_ text: String, ownUserID: String) {
        source = text
        self.ownUserID = ownUserID
    }

    mutating func filter() throws(AworkQueryError) -> AworkFilter {
        tokens = try Self.tokens(source)
        let filter = try alternatives()
        guard index == tokens.count else { throw unexpected("the end, and, or or a parenthesis") }
        return filter
    }

    // `or` binds less than `and`, as in OData.
    private mutating func alternatives() throws(AworkQueryError) -> AworkFilter {
        var filter = try conditions()
        while take(.word("or")) { filter = .or(filter, try conditions()) }
        return filter
    }

    private mutating func conditions() throws(AworkQueryError) -> AworkFilter {
        var filter = try condition()
        while take(.word("and")) { filter = .and(filter, try condition()) }
        return filter
    }

    private mutating func condition() throws(AworkQueryError) -> AworkFilter {
        if take(.word("not")) { return .not(try condition()) }
        if take(.open) {
            let filter = try alternatives()
            guard take(.close) else { throw unexpected("a closing parenthesis") }
            return filter
        }
        guard case .word(let name)? = next() else { throw unexpected("a property", back: true) }
        if let test = AworkFilter.TextTest(rawValue: name) { return try textTest(test) }
        let property = try AworkProperty(named: name)
        guard case .word(let word)? = next(), let comparison = AworkFilter.Comparison(rawValue: word) else {
            throw unexpected("one of eq, ne, gt, ge, lt and le", back: true)
        }
        let literal = try literal()
        if literal == .null {
            guard comparison == .eq || comparison == .ne else {
                throw AworkQueryError(message: "null can be compared with eq and ne only")
            }
        } else if literal.kind != property.sample.kind {
            throw AworkQueryError(message: "\(name) is compared with \(property.sample.kind), not \(literal.kind)")
        }
        return .comparison(property, comparison, literal)
    }

    /// The parts come in the order `startswith(property,'…')`, but `substringof('…',property)`.
    private mutating func textTest(_ test: AworkFilter.TextTest) throws(AworkQueryError) -> AworkFilter {
        guard take(.open), let first = next(), take(.comma), let second = next(), take(.close) else {
            throw AworkQueryError(message: "\(test.rawValue) takes two arguments in parentheses")
        }
        let arguments = test == .substringof ? (second, first) : (first, second)
        guard case (.word(let name), .text(let part)) = arguments else {
            throw AworkQueryError(message: "\(test.rawValue) takes a property and a string, in the order of the docs")
        }
        let property = try AworkProperty(named: name)
        guard case .text = property.sample else { throw AworkQueryError(message: "\(name) is not a string") }
        return .textTest(test, property, part)
    }

    private mutating func literal() throws(AworkQueryError) -> AworkValue {
        switch next() {
        case .text(let text): return .text(text)
        case .guid(let text):
            guard Identifiers.isUUID(text) else { throw AworkQueryError(message: "'\(text)' is no guid") }
            return .guid(text.lowercased())
        case .dateTime(let text):
            // The docs leave the seconds out.
            let whole = text.utf8.count == 16 ? text + ":00" : text
            guard let time = DateTimeText(whole), (time.offset ?? 0) == 0 else {
                throw AworkQueryError(message: "'\(text)' is no datetime as in 2018-04-03T00:00")
            }
            return .dateTime(time.civilSeconds * 1000 + Int64(time.milliseconds))
        case .word("true"): return .flag(true)
        case .word("false"): return .flag(false)
        case .word("null"): return .null
        case .word("me.id"): return .guid(ownUserID)
        case .word(let word) where Int64(word) != nil: return .number(Int64(word) ?? 0)
        default: throw unexpected("a literal", back: true)
        }
    }

    private mutating func next() -> Token? {
        index += 1
        return index <= tokens.count ? tokens[index - 1] : nil
    }

    private mutating func take(_ token: Token) -> Bool {
        guard index < tokens.count, tokens[index] == token else { return false }
        index += 1
        return true
    }

    private func unexpected(_ expected: String, back: Bool = false) -> AworkQueryError {
        let place = back ? index : index + 1
        return AworkQueryError(message: "\(expected) is missing at word \(place) of the filter '\(source)'")
    }

    private static func tokens(_ source: String) throws(AworkQueryError) -> [Token] {
        var tokens: [Token] = []
        var rest = Substring(source)
        while let character = rest.first {
            switch character {
            case " ": rest.removeFirst()
            case "(":
                tokens.append(.open)
                rest.removeFirst()
            case ")":
                tokens.append(.close)
                rest.removeFirst()
            case ",":
                tokens.append(.comma)
                rest.removeFirst()
            case "'": tokens.append(.text(try quoted(&rest)))
            default:
                let word = rest.prefix { !" (),'".contains($0) }
                rest = rest.dropFirst(word.count)
                switch (String(word), rest.first) {
                case ("guid", "'"): tokens.append(.guid(try quoted(&rest)))
                case ("datetime", "'"): tokens.append(.dateTime(try quoted(&rest)))
                case (let word, "'"): throw AworkQueryError(message: "\(word)'…' is no literal")
                case (let word, _): tokens.append(.word(word))
                }
            }
        }
        return tokens
    }

    /// What stands between two apostrophes; two in a row mean one.
    private static func quoted(_ rest: inout Substring) throws(AworkQueryError) -> String {
        rest.removeFirst()
        var text = ""
        while let character = rest.popFirst() {
            guard character == "'" else {
                text.append(character)
                continue
            }
            guard rest.first == "'" else { return text }
            rest.removeFirst()
            text.append("'")
        }
        throw AworkQueryError(message: "a string is not closed")
    }
}
