/// Texts that stand in one, with something between them: `design, review`.
struct JoinedList {
    /// As it is written; on reading white space around it does not count.
    let separator: String

    /// The texts in a text, without white space around them and without empty ones.
    func elements(_ text: String) -> [String] {
        text.split(separator: trimmed(separator), omittingEmptySubsequences: true).map { trimmed(String($0)) }
            .filter { !$0.isEmpty }
    }

    private func trimmed(_ text: String) -> String {
        let start = text.drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
