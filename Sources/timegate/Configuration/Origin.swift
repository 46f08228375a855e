/// The place of a vendor's API: scheme, host and port, and nothing else.
struct Origin: Equatable {
    var scheme: String
    /// Without the brackets of an IPv6 address.
    var host: String
    var port: Int?

    /// What is wrong with a text, and what to write.
    struct Fault: Error, Equatable {
        let message: String
        let hint: String
    }

    static let example = "https://api.example.com"

    init(_ text: String) throws(Fault) {
        guard let scheme = ["https", "http"].first(where: { text.lowercased().hasPrefix("\($0)://") }) else {
            throw Fault(message: "must begin with https://", hint: "Write it as \(Self.example).")
        }
        var rest = Substring(text.dropFirst(scheme.count + 3))
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Fault(message: "holds a space or a character outside ASCII", hint: "Write it as \(Self.example).")
        }
        if let end = rest.firstIndex(where: { "/?#".contains($0) }) {
            let tail = rest[end...]
            throw Fault(
                message: tail == "/" ? "ends with a slash" : "has a path (\(tail))",
                hint: "Write \(scheme)://\(rest[..<end]): the plugin adds the path."
            )
        }
        if let sign = rest.lastIndex(of: "@") {
            throw Fault(
                message: "holds a user name or password",
                hint: "Write \(scheme)://\(rest[rest.index(after: sign)...]), and put credentials under secrets."
            )
        }
        self.scheme = scheme
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else {
                throw Fault(message: "has an unclosed [", hint: "Write it as https://[2001:db8::1]:8443.")
            }
            host = rest[rest.index(after: rest.startIndex)..<end].lowercased()
            rest = rest[rest.index(after: end)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = rest[..<end].lowercased()
            rest = rest[end...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy(Self.isHostByte) else {
            throw Fault(message: "has no valid host", hint: "Write it as \(Self.example).")
        }
        guard !rest.isEmpty else { return }
        guard rest.hasPrefix(":"), let port = Int(rest.dropFirst()), (1...65_535).contains(port) else {
            throw Fault(message: "has no valid port", hint: "A port is a number from 1 to 65535.")
        }
        self.port = port
    }

    /// `https://api.example.com`, `http://127.0.0.1:9005`.
    var text: String {
        "\(scheme)://\(host.contains(":") ? "[\(host)]" : host)\(port.map { ":\($0)" } ?? "")"
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"): true
        default: false
        }
    }
}
