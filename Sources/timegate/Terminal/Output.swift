import Glibc

/// Standard output, for data, or standard error, for words.
struct Output: Sendable {
    static let data = Output(descriptor: STDOUT_FILENO)
    static let words = Output(descriptor: STDERR_FILENO)

    let descriptor: Int32
    let style: Style
    /// Columns of the terminal; a fixed width where it is none, so that files and pipes look the same everywhere.
    let width: Int

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        let isTerminal = isatty(descriptor) == 1
        style = Style(isColoured: isTerminal && Style.isWanted)
        width = isTerminal ? Self.terminalWidth(descriptor) : 110
    }

    /// Writes the text and a line break.
    func line(_ text: String = "") { write(text + "\n") }

    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let base = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, base, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    // The reader has gone, as `head` does: there is nobody left to tell.
                    if errno == EPIPE || descriptor == STDERR_FILENO { return }
                    // Data that was asked for and cannot be written is not done, whatever has been booked by now.
                    let reason = String(cString: strerror(errno))
                    Output.words.line("Standard output cannot be written: \(reason). What was to be shown is lost.")
                    exit(ExitStatus.fault.rawValue)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    private static func terminalWidth(_ descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return 80 }
        return Int(size.ws_col)
    }
}
