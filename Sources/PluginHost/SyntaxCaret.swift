internal import LuaRuntime

/// Points at the place of a syntax error: Lua names the line and the word that it stumbled over.
struct SyntaxCaret {
    /// The lines around the error, with `^` below the word.
    let excerpt: String
    let hint: String?

    /// - Returns: `nil` where Lua names no word.
    init?(_ error: LuaError, in source: PluginSource? = nil) {
        guard let near = error.message.firstRange(of: " near ") else { return nil }
        var word = error.message[near.upperBound...]
        if word.hasPrefix("'"), word.hasSuffix("'") { word = word.dropFirst().dropLast() }
        let isEnd = word == "<eof>" || word == "end of file"
        // What was opened and never closed stands where it was opened.
        if isEnd, let line = SyntaxCaret.opening(error.message), let opened = source?.excerpt(line: line) {
            excerpt = opened
            hint = SyntaxCaret.hint(error.message, word: String(word), isEnd: true, in: "")
            return
        }
        var rows = error.excerpt.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let index = rows.firstIndex(where: { $0.hasPrefix(">") }), let bar = rows[index].firstIndex(of: "|")
        else {
            return nil
        }
        let text = rows[index][bar...].dropFirst()
        let place = isEnd ? text.endIndex : SyntaxCaret.place(of: word, in: text)
        if let place {
            let column = rows[index].distance(from: rows[index].startIndex, to: place)
            let gutter = rows[index].distance(from: rows[index].startIndex, to: bar)
            rows.insert(
                String(repeating: " ", count: gutter) + "|" + String(repeating: " ", count: max(0, column - gutter - 1))
                    + "^",
                at: index + 1
            )
        }
        excerpt = rows.joined(separator: "\n")
        hint =
            SyntaxCaret.foreignSign(word, error.line.flatMap { source?.text(line: $0) } ?? "")
            ?? SyntaxCaret.hint(error.message, word: String(word), isEnd: isEnd, in: String(text))
    }

    /// The line of what was opened: `(to close '{' at line 12)`.
    private static func opening(_ message: String) -> Int? {
        guard message.contains("to close"), let at = message.firstRange(of: " at line ") else { return nil }
        return Int(message[at.upperBound...].prefix { $0.isNumber })
    }

    /// A sign that looks like one of Lua's and is none: Lua names its first byte only, as in `<\226>`.
    private static func foreignSign(_ word: Substring, _ line: String) -> String? {
        guard word.hasPrefix("<\\"), let byte = UInt8(word.dropFirst(2).prefix { $0.isNumber }) else { return nil }
        guard let sign = line.unicodeScalars.first(where: { $0.value > 127 && Array(String($0).utf8)[0] == byte })
        else {
            return "There is a byte \(byte) here, which is no text: save the file as UTF-8."
        }
        let name =
            switch sign.value {
            case 0xFEFF: "a byte order mark: save the file as UTF-8 without one"
            case 0xA0, 0x2007, 0x202F:
                "a space that does not break, from a page or a word processor: write a plain space"
            case 0x200B...0x200D, 0x2060:
                "a sign that nobody sees: delete it and what stands around it, and write that anew"
            case 0x201C, 0x201D, 0x201E, 0x00AB, 0x00BB: "a typographic quotation mark: write \""
            case 0x2018, 0x2019, 0x201A: "a typographic quotation mark: write '"
            case 0x2013, 0x2014, 0x2212: "a dash: write -"
            default: "\"\(sign)\", which can stand in texts and comments only"
            }
        return "That is U+\(String(sign.value, radix: 16, uppercase: true)), \(name)."
    }

    /// What Lua writes otherwise than other languages.
    private static func otherSpelling(_ message: String, word: String, in line: String) -> String? {
        if line.contains("!=") { return "Lua writes ~= for not equal." }
        if word == "!" { return "Lua writes not for !." }
        if word == "=", message.contains("'then' expected") || message.contains("'do' expected") {
            return "A comparison is ==; = assigns."
        }
        if line.contains("&&") { return "Lua writes and for &&." }
        if line.contains("||") { return "Lua writes or for ||." }
        if line.contains("+=") || line.contains("-=") { return "Lua has no +=: write n = n + 1." }
        if line.contains("++") { return "Lua has no ++: write n = n + 1." }
        if word == "//" || word == "/" || line.drop(while: { $0 == " " }).hasPrefix("//") {
            return "A comment begins with --."
        }
        if line.contains("else if "), message.contains("'end' expected") { return "Lua writes elseif, in one word." }
        return nil
    }

    /// Where a word stands by itself, outside of quotes.
    private static func place(of word: Substring, in text: Substring) -> String.Index? {
        let ranges = text.ranges(of: String(word))
        func isPart(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
        let isName = word.first.map(isPart) ?? false
        return ranges.first { range in
            let before = text[..<range.lowerBound]
            if before.count(where: { $0 == "\"" }) % 2 == 1 { return false }
            guard isName else { return true }
            let after = text[range.upperBound...].first
            return !(before.last.map(isPart) ?? false) && !(after.map(isPart) ?? false)
        }?.lowerBound ?? ranges.first?.lowerBound
    }

    /// The slips that authors make most.
    private static func hint(_ message: String, word: String, isEnd: Bool, in line: String) -> String? {
        if let spelling = otherSpelling(message, word: word, in: line) { return spelling }
        if isEnd, message.contains("to close"),
            let line = message.split(separator: " ").last(where: { Int($0.prefix { $0.isNumber }) != nil })
        {
            return "What was opened at line \(line.prefix { $0.isNumber }) is never closed: add what is expected."
        }
        if message.contains("unfinished string") { return "The text has no closing quote on its line." }
        if message.contains("'}' expected") {
            return "A comma is missing before `\(word)`, or a brace that closes the table."
        }
        if isEnd { return "The file ends too early: an `end` or a closing brace is missing." }
        if message.contains("unexpected symbol"), [",", "}", ")"].contains(word) {
            return
                "`\(word)` cannot stand here: a sign too many stands right before it, or an `end` is missing above; each function, "
                + "if, for and while has one."
        }
        if message.contains("'end' expected") {
            return "An `end` is missing before `\(word)`: each function, if, for and while has one."
        }
        if message.contains("unexpected symbol") {
            return "`\(word)` cannot stand here: look for a sign too many right before it."
        }
        return nil
    }
}
