import Glibc

/// One line on standard error that says how far a long command is. Nothing at all where standard error is no terminal.
struct ProgressLine {
    private let words = Output.words
    private let isShown: Bool

    /// - Parameter isWanted: `false` where the line would stand between what standard output shows.
    init(isWanted: Bool = true) {
        let isDumb = Environment.value("TERM").map { $0 == "dumb" } ?? true
        isShown = isWanted && isatty(STDERR_FILENO) == 1 && !isDumb
    }

    /// Whether standard output is a terminal, and so shows by itself how far it is.
    static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    func show(_ text: @autoclosure () -> String) {
        guard isShown else { return }
        // Longer than the line it would wrap, and not be cleared.
        words.write("\r\u{1B}[2K" + words.style.faint(String(text().prefix(words.width - 1))))
    }

    /// Takes the line away: before anything else is written, and at the end.
    func clear() {
        guard isShown else { return }
        words.write("\r\u{1B}[2K")
    }
}
