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
            let code = PluginSource.code(of: line)
            if code.contains("\"\(word)\"") || code.contains("'\(word)'") || names(word, in: code) { return index + 1 }
        }
        return nil
    }

    /// The first line from a start on where a line of the field table begins with a path; else the first that holds it.
    func fieldLine(of path: String?, from start: Int) -> Int? {
        guard let path, !path.isEmpty else { return nil }
        for (index, line) in lines.enumerated() where index + 1 >= start {
            let begins = line.drop { $0 == " " || $0 == "\t" || $0 == "{" }
            if begins.hasPrefix("\"\(path)\"") || begins.hasPrefix("'\(path)'") { return index + 1 }
        }
        return line(of: path, from: start)
    }

    /// A line without its comment, which may speak of the words that are looked for.
    private static func code(of line: Substring) -> Substring {
        var quote: Character?
        var previous: Character?
        var index = line.startIndex
        while index < line.endIndex {
            let character = line[index]
            if let open = quote {
                if character == open, previous != "\\" { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "-", previous == "-" {
                return line[..<line.index(before: index)]
            }
            previous = character
            index = line.index(after: index)
        }
        return line
    }

    /// The line of a dotted path: its parts are looked for one behind the other. `nil` if the last is nowhere.
    func line(ofPath path: String) -> Int? {
        let parts = path.split(separator: ".").map(String.init)
        var start = 1
        for part in parts.dropLast() { start = line(of: part, from: start) ?? start }
        return line(of: parts.last, from: start) ?? line(of: parts.last)
    }

    private func names(_ word: String, in line: Substring) -> Bool {
        line.ranges(of: word).contains { found in
            if found.lowerBound > line.startIndex {
                let before = line[line.index(before: found.lowerBound)]
                if before.isLetter || before.isNumber || before == "_" { return false }
            }
            return line[found.upperBound...].drop { $0 == " " }.first == "="
        }
    }

    /// The text of a line, 1-based.
    func text(line: Int) -> String? { lines.indices.contains(line - 1) ? String(lines[line - 1]) : nil }

    /// The line with its neighbours, the line itself marked.
    func excerpt(line: Int) -> String? {
        guard line >= 1, line <= lines.count else { return nil }
        return (max(1, line - 1)...min(lines.count, line + 1)).map { number in
            let mark = number == line ? ">" : " "
            return "\(mark) \(number) | \(lines[number - 1])"
        }.joined(separator: "\n")
    }
}
