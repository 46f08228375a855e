internal import LuaRuntime

/// Points at the place of a syntax error: Lua names the line and the word that it stumbled over.
struct SyntaxCaret {
    /// The lines around the error, with `^` below the word.
    let excerpt: String
    let hint: String?

    /// - Returns: `nil` where Lua names no word.
    init?(_ error: LuaError) {
        guard let near = error.message.firstRange(of: " near ") else { return nil }
        var word = error.message[near.upperBound...]
        if word.hasPrefix("'"), word.hasSuffix("'") { word = word.dropFirst().dropLast() }
        var rows = error.excerpt.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let index = rows.firstIndex(where: { $0.hasPrefix(">") }), let bar = rows[index].firstIndex(of: "|")
        else {
            return nil
        }
        let text = rows[index][bar...].dropFirst()
        let isEnd = word == "<eof>" || word == "end of file"
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
        hint = SyntaxCaret.hint(error.message, word: String(word), isEnd: isEnd)
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
    private static func hint(_ message: String, word: String, isEnd: Bool) -> String? {
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
        if message.contains("unexpected symbol") {
            return "`\(word)` cannot stand here: look for a sign too many right before it."
        }
        return nil
    }
}
