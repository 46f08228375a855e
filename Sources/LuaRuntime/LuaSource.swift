/// The text of a loaded chunk, kept to show the lines around an error.
struct LuaSource {
    let name: String
    let bytes: [UInt8]

    private static let contextLines = 2
    private static let longestLine = 120

    /// Two lines before and after `line` (1-based), numbered, `>` before the line itself. Empty if there is no such line.
    func excerpt(around line: Int) -> String {
        var number = 1
        var start = 0
        var shown: [(number: Int, text: String)] = []
        while start <= bytes.count, number <= line + Self.contextLines {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            if number >= line - Self.contextLines, !(end == start && end == bytes.count) {
                shown.append((number, Self.visible(bytes[start..<end])))
            }
            number += 1
            start = end + 1
        }
        guard shown.contains(where: { $0.number == line }) else { return "" }
        let width = String(shown.last?.number ?? 0).utf8.count
        return shown.map { row in
            let digits = String(row.number)
            let mark = row.number == line ? ">" : " "
            let padding = String(repeating: " ", count: width - digits.utf8.count)
            return row.text.isEmpty ? "\(mark) \(padding)\(digits) |" : "\(mark) \(padding)\(digits) | \(row.text)"
        }.joined(separator: "\n")
    }

    /// One line with tabs as spaces, other controls as "?", cut at 120 characters.
    private static func visible(_ line: ArraySlice<UInt8>) -> String {
        var text = ""
        var length = 0
        for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
            if length == longestLine { return text + "…" }
            length += 1
            switch scalar {
            case "\r": continue
            case "\t": text += "    "
            default: text.unicodeScalars.append(scalar.properties.generalCategory.isHidden ? "?" : scalar)
            }
        }
        return text
    }
}

extension Unicode.GeneralCategory {
    /// Characters that show nothing or break or turn a line.
    fileprivate var isHidden: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
