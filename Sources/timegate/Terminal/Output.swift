import Glibc

/// Standard output, for data, or standard error, for words.
struct Output: Sendable {
    static let data = Output(descriptor: STDOUT_FILENO)
    static let words = Output(descriptor: STDERR_FILENO)

    let descriptor: Int32
    let isTerminal: Bool
    let style: Style
    /// Columns of the terminal; a fixed width where it is none, so that files and pipes look the same everywhere.
    let width: Int

    init(descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        style = Style(isColoured: isTerminal && Style.isWanted)
        width = isTerminal ? Self.terminalWidth(descriptor) : 110
    }

    /// Writes the text and a line break.
    func line(_ text: String = "") { write(text + "\n") }

    /// Writes the text, and ends the process where it is data that cannot be written.
    ///
    /// Not for what became of a write: a caller who does not hear that an entry is recorded sends it again. That is what
    /// `deliver` is for.
    func write(_ text: String) {
        do throws(FileContent.Failure) {
            try deliver(text)
        } catch {
            // The reader has gone, as `head` does: there is nobody left to tell.
            if error.reason == Self.readerIsGone || descriptor == STDERR_FILENO { return }
            Output.words.line("\(Self.unwritable(error)) What was to be shown is lost.")
            exit(ExitStatus.fault.rawValue)
        }
    }

    /// Writes the text.
    ///
    /// - Throws: what kept it, or a part of it, from being written. Where `BrokenPipes` are ignored, that the reader has
    ///   gone is among it.
    func deliver(_ text: String) throws(FileContent.Failure) {
        try FileWriter.write(text, to: descriptor)
    }

    /// `Standard output cannot be written: No space left on device.`
    static func unwritable(_ failure: FileContent.Failure) -> String {
        "Standard output cannot be written: \(failure.reason)."
    }

    private static let readerIsGone = String(cString: strerror(EPIPE))

    private static func terminalWidth(_ descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return 80 }
        return Int(size.ws_col)
    }
}
