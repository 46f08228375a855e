/// The text of a plugin file, for messages that show where something stands.
struct PluginSource: Sendable {
    let lines: [Substring]

    init(_ bytes: [UInt8]) {
        lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The first line, 1-based, that holds a word in quotes or as a name before `=`; `nil` if there is none.
    ///
    /// Lua keeps no places for the values of a table, so a fault in the data is found again by its words.
    func line(of word: String?, from start: Int = 1) -> Int? {
        guard let word, !word.isEmpty else { return nil }
        for (index, line) in lines.enumerated() where index + 1 >= start {
            let code = line.prefix { _ in true }
            if code.contains("\"\(word)\"") || code.contains("'\(word)'") || names(word, in: code) { return index + 1 }
        }
        return nil
    }

    private func names(_ word: String, in line: Substring) -> Bool {
        guard let found = line.firstRange(of: word) else { return false }
        if found.lowerBound > line.startIndex {
            let before = line[line.index(before: found.lowerBound)]
            if before.isLetter || before.isNumber || before == "_" { return false }
        }
        return line[found.upperBound...].drop { $0 == " " }.first == "="
    }

    /// The line with its neighbours, the line itself marked.
    func excerpt(line: Int) -> String? {
        guard line >= 1, line <= lines.count else { return nil }
        return (max(1, line - 1)...min(lines.count, line + 1)).map { number in
            let mark = number == line ? ">" : " "
            return "\(mark) \(number) | \(lines[number - 1])"
        }.joined(separator: "\n")
    }
}
