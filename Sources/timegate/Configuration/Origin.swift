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

    /// Whose place it is: what is to be written instead depends on it.
    enum Owner { case vendor, gateway }

    init(_ text: String, of owner: Owner = .vendor) throws(Fault) {
        let example = owner == .vendor ? "https://api.example.com" : "http://127.0.0.1:8080"
        guard let scheme = ["https", "http"].first(where: { text.lowercased().hasPrefix("\($0)://") }) else {
            throw Self.withoutScheme(text, example, owner)
        }
        var rest = Substring(text.dropFirst(scheme.count + 3))
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Fault(message: "holds a space or a character outside ASCII", hint: "Write it as \(example).")
        }
        if let end = rest.firstIndex(where: { "/?#".contains($0) }) {
            let tail = rest[end...]
            throw Fault(
                message: tail == "/" ? "ends with a slash" : "has a path (\(tail))",
                hint:
                    "Write \(scheme)://\(rest[..<end]): \(owner == .vendor ? "the plugin" : "timegate") adds the path."
            )
        }
        if let sign = rest.lastIndex(of: "@") {
            throw Fault(
                message: "holds a user name or password",
                hint: "Write \(scheme)://\(rest[rest.index(after: sign)...]), and put "
                    + (owner == .vendor
                        ? "credentials under secrets." : "the key into the variable that --key-env names.")
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
            throw Fault(message: "has no valid host", hint: "Write it as \(example).")
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

    /// What is a host and a port alone is shown with the scheme that it would most likely have.
    private static func withoutScheme(_ text: String, _ example: String, _ owner: Owner) -> Fault {
        // A password is not shown again.
        let shown = text.contains("@") ? "" : "; it is \"\(text)\""
        let message = "must begin with https:// or http://\(shown)"
        guard !text.contains("//"), let origin = try? Origin("https://\(text)", of: owner) else {
            return Fault(message: message, hint: "Write it as \(example).")
        }
        let isHere = ListenAddress(host: origin.host, port: 0).isLoopback
        return Fault(
            message: message,
            hint: isHere
                ? "Write http://\(text)." : "Write https://\(text), or http://\(text) if it has no certificate."
        )
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"): true
        default: false
        }
    }
}
