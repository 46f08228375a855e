import Glibc

/// Colour and weight, where the reader is a terminal that wants them.
struct Style: Sendable {
    let isColoured: Bool

    static let plain = Style(isColoured: false)

    /// https://no-color.org: any value that is not empty means no.
    static var isWanted: Bool {
        if let value = getenv("NO_COLOR"), value.pointee != 0 { return false }
        return getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    func strong(_ text: String) -> String { wrapped(text, "1") }
    func faint(_ text: String) -> String { wrapped(text, "2") }
    func good(_ text: String) -> String { wrapped(text, "32") }
    func bad(_ text: String) -> String { wrapped(text, "31") }
    func caution(_ text: String) -> String { wrapped(text, "33") }
    func accent(_ text: String) -> String { wrapped(text, "36") }

    private func wrapped(_ text: String, _ code: String) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
