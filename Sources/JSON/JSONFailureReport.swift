/// Makes the public error of a failure: counts lines, follows the open containers, finds words.
enum JSONFailureReport {
    /// For a failure before any node was made.
    static func error(_ failure: JSONFailure, in text: UnsafeBufferPointer<UInt8>) -> JSONError {
        make(failure, in: text, pointer: "", name: nil)
    }

    /// - Parameter container: the index of the innermost open container, −1 for none.
    static func error(
        _ failure: JSONFailure,
        in text: UnsafeBufferPointer<UInt8>,
        nodes: borrowing JSONNodeBuffer,
        container: Int
    ) -> JSONError {
        var tokens: [String] = []
        var innermost: String?
        if container >= 0 {
            innermost = innermostToken(failure, in: text, nodes: nodes, container: container)
        }
        if let innermost { tokens.append(innermost) }
        var child = container
        while child >= 0 {
            let parent = Int(Int32(truncatingIfNeeded: nodes.base[child].payload))
            if parent >= 0 {
                // A member's name is the node before its value.
                tokens.append(
                    nodes.base[parent].tag == JSONNode.objectTag
                        ? content(of: nodes.base[child - 1], in: text) : String(nodes.base[parent].childCount - 1)
                )
            }
            child = parent
        }
        var pointer = ""
        for token in tokens.reversed() {
            pointer += "/"
            for scalar in token.unicodeScalars {
                switch scalar {
                case "~": pointer += "~0"
                case "/": pointer += "~1"
                default: pointer.unicodeScalars.append(scalar)
                }
            }
        }
        return make(failure, in: text, pointer: pointer, name: innermost)
    }

    /// The part of the pointer below the innermost container, if a value in it was being read.
    private static func innermostToken(
        _ failure: JSONFailure,
        in text: UnsafeBufferPointer<UInt8>,
        nodes: borrowing JSONNodeBuffer,
        container: Int
    ) -> String? {
        guard nodes.base[container].tag == JSONNode.objectTag else {
            switch failure.reason {
            case .expectedCommaOrEndOfArray, .expectedValueOrEndOfArray: return nil
            default: return String(nodes.base[container].childCount - 1)
            }
        }
        if failure.reason == .duplicateName {
            var index = container + 1
            while nodes.base[index].offset - 1 != failure.offset {
                index = nodes.base[index + 1].end(at: index + 1)
            }
            return content(of: nodes.base[index], in: text)
        }
        let last = nodes.base[nodes.count - 1]
        return last.isName ? content(of: last, in: text) : nil
    }

    private static func content(of node: JSONNode, in text: UnsafeBufferPointer<UInt8>) -> String {
        JSONUnescaping.string(text.baseAddress! + node.offset, count: node.length, hasEscape: node.hasEscape)
    }

    private static func make(
        _ failure: JSONFailure,
        in text: UnsafeBufferPointer<UInt8>,
        pointer: String,
        name: String?
    ) -> JSONError {
        var line = 1
        var lineStart = 0
        for offset in 0..<min(failure.offset, text.count) where text[offset] == 0x0A {
            line += 1
            lineStart = offset + 1
        }
        return JSONError(
            code: code(of: failure, textEnds: failure.offset >= text.count),
            offset: failure.offset,
            line: line,
            column: failure.offset - lineStart + 1,
            pointer: pointer,
            message: message(for: failure, in: text, name: name)
        )
    }

    private static func code(of failure: JSONFailure, textEnds: Bool) -> JSONError.Code {
        switch failure.reason {
        case .emptyText, .expectedEndOfString: .unexpectedEnd
        case .byteOrderMark: .unexpectedByte
        case .tooLarge: .tooLarge
        case .tooDeep: .tooDeep
        case .expectedEndOfText: .trailingContent
        case .leadingZero: .invalidNumber
        case .expectedDigit: textEnds ? .unexpectedEnd : .invalidNumber
        case .controlCharacter: .controlCharacter
        case .unknownEscape, .expectedHexadecimalDigits, .loneSurrogate: .invalidEscape
        case .invalidUTF8: .invalidUTF8
        case .duplicateName: .duplicateName
        case .expectedValue, .expectedValueOrEndOfArray, .expectedLiteral, .expectedName, .expectedNameOrEndOfObject,
            .expectedColon, .expectedCommaOrEndOfObject, .expectedCommaOrEndOfArray:
            textEnds ? .unexpectedEnd : .unexpectedByte
        }
    }

    private static func message(
        for failure: JSONFailure,
        in text: UnsafeBufferPointer<UInt8>,
        name: String?
    ) -> String {
        let offset = failure.offset
        func expected(_ what: String) -> String {
            guard offset < text.count else { return "The text ends where \(what) was expected." }
            let found = JSONQuoting.byte(text[offset])
            return "Found \(found) where \(what) was expected."
        }
        switch failure.reason {
        case .emptyText: return "The text is empty where a JSON value was expected."
        case .byteOrderMark: return "The text starts with a byte order mark, which JSON does not allow."
        case .tooLarge: return "The text has \(text.count) bytes where at most \(offset) are allowed."
        case .tooDeep: return "Arrays and objects are nested deeper than allowed."
        case .expectedValue: return expected("a value")
        case .expectedValueOrEndOfArray: return expected("a value or ']'")
        case .expectedLiteral: return expected("the rest of true, false or null")
        case .expectedName: return expected("a name in double quotes")
        case .expectedNameOrEndOfObject: return expected("a name in double quotes or '}'")
        case .expectedColon: return expected("':'")
        case .expectedCommaOrEndOfObject: return expected("',' or '}'")
        case .expectedCommaOrEndOfArray: return expected("',' or ']'")
        case .expectedEndOfText: return expected("the end of the text")
        case .expectedEndOfString: return "The text ends inside a string, where a closing quote was expected."
        case .leadingZero: return "The number starts with a zero that is followed by more digits."
        case .expectedDigit: return expected("a digit")
        case .controlCharacter:
            return "The string holds \(JSONQuoting.byte(text[offset])), a control character that must be escaped."
        case .unknownEscape:
            return "Found \(JSONQuoting.byte(text[offset + 1])) after a backslash where one of "
                + "\" \\ / b f n r t u was expected."
        case .expectedHexadecimalDigits: return "Found \\u without the four hexadecimal digits that were expected."
        case .loneSurrogate: return "Found half of a surrogate pair where an escape of a whole character was expected."
        case .invalidUTF8: return "Found \(JSONQuoting.byte(text[offset])) where a valid UTF-8 sequence was expected."
        case .duplicateName:
            return "The object has the name \"\(JSONQuoting.shortened(name ?? "", toScalars: 40))\" twice."
        }
    }
}
