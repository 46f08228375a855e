/// Breaks text into lines at spaces.
enum TextWrap {
    /// Lines of at most `width` characters; a longer word stands alone and is not cut. Line breaks in the text stay.
    /// The text has no control sequences of ours: those of others are shown as `VisibleText` shows them.
    static func lines(_ text: String, width: Int) -> [String] {
        VisibleText.of(text).split(separator: "\n", omittingEmptySubsequences: false)
            .flatMap { wrapped($0, width: width) }
    }

    /// The text with each line but the first begun with spaces.
    static func indented(_ text: String, by indent: Int, width: Int) -> String {
        let space = String(repeating: " ", count: indent)
        return lines(text, width: max(24, width - indent)).map { $0.isEmpty ? "" : space + $0 }.joined(separator: "\n")
    }

    private static func wrapped(_ text: Substring, width: Int) -> [String] {
        guard text.count > width else { return [String(text)] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = String(word)
            } else {
                line += line.isEmpty && lines.isEmpty && word.isEmpty ? " " : (line.isEmpty ? "" : " ") + word
            }
        }
        lines.append(line)
        return lines
    }
}
