import JSON

/// Text of somebody else's, made harmless for a terminal: a note must not move the cursor, change what was printed before
/// it, or turn the order of what follows.
enum VisibleText {
    /// Control characters and those that override the direction of writing as `<U+001B>`; a tab as a space. Line breaks
    /// stay, a carriage return that belongs to one goes.
    static func of(_ text: String) -> String {
        if isHarmless(text) { return text }
        var shown = String.UnicodeScalarView()
        var isAfterReturn = false
        for scalar in text.unicodeScalars {
            if isAfterReturn, scalar != "\n" { shown.append(contentsOf: "<U+000D>".unicodeScalars) }
            isAfterReturn = scalar == "\r"
            switch scalar {
            case "\r": break
            case "\n": shown.append(scalar)
            case "\t": shown.append(" ")
            case _ where isHarmful(scalar.value):
                shown.append(contentsOf: "<U+\(digits(scalar.value, isUppercase: true))>".unicodeScalars)
            default: shown.append(scalar)
            }
        }
        if isAfterReturn { shown.append(contentsOf: "<U+000D>".unicodeScalars) }
        return String(shown)
    }

    /// The same of all strings and names in a value.
    static func of(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(of(text))
        case .array(let values): .array(values.map { of($0) })
        case .object(let object): .object(JSONObject(object.map { (of($0.key), of($0.value)) }))
        case .null, .bool, .integer, .number: value
        }
    }

    /// JSON text of the same value in which what a terminal would obey is escaped. The JSON writer escapes what RFC 8259
    /// demands, which DEL, the C1 controls and overrides of direction are not; outside of strings there are none.
    static func ofJSON(_ text: String) -> String {
        if isHarmless(text) { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHarmful(scalar.value), scalar.value > 0x20 {
                shown.append(contentsOf: "\\u\(digits(scalar.value, isUppercase: false))".unicodeScalars)
            } else {
                shown.append(scalar)
            }
        }
        return String(shown)
    }

    /// C0, DEL, C1 (ECMA-48), and embeddings, overrides and isolates (UAX #9).
    private static func isHarmful(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// By bytes, since nearly every text is harmless; may be false of one that is.
    private static func isHarmless(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            // 0xC2 begins the C1 controls, 0xE2 begins the overrides.
            (0x20..<0x7F).contains(byte) || byte == 0x0A || byte > 0x7F && byte != 0xC2 && byte != 0xE2
        }
    }

    private static func digits(_ scalar: UInt32, isUppercase: Bool) -> String {
        let digits = String(scalar, radix: 16, uppercase: isUppercase)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

extension JSONValue {
    /// As standard output gets it: the value exactly, with nothing that a terminal would obey.
    func printed(_ style: JSONStyle) -> String { VisibleText.ofJSON(serialized(style)) }
}
