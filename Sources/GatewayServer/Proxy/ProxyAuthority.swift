/// Host and port of a vendor or of a request's target, as a proxy compares them.
struct ProxyAuthority: Equatable, Sendable {
    /// Lower case, IPv6 in brackets.
    let host: String
    /// `nil` where none was written.
    let port: Int?
    let isTLS: Bool

    /// - Parameter origin: `https://api.example.com`, with or without a port, as the configuration has it.
    init?(origin: String) {
        let scheme = origin.prefix { $0 != ":" }
        guard origin.dropFirst(scheme.count).hasPrefix("://") else { return nil }
        self.init(origin.dropFirst(scheme.count + 3), isTLS: scheme == "https")
    }

    /// - Parameter text: `host` or `host:port`, which the front end has checked.
    init?(_ text: some StringProtocol, isTLS: Bool) {
        let text = text.lowercased()
        let end: String.Index
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            end = text.index(after: bracket)
        } else {
            end = text.firstIndex(of: ":") ?? text.endIndex
        }
        host = String(text[..<end])
        self.isTLS = isTLS
        let rest = text[end...].dropFirst()
        if rest.isEmpty {
            port = nil
        } else {
            guard let number = Int(rest) else { return nil }
            port = number
        }
        if host.isEmpty { return nil }
    }

    /// The port that it stands for.
    var effectivePort: Int { port ?? (isTLS ? 443 : 80) }

    /// The host as name servers and sockets take it: IPv6 without brackets.
    var bareHost: String { host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host }

    func isSamePlace(as other: ProxyAuthority) -> Bool {
        host == other.host && effectivePort == other.effectivePort
    }

    /// Whether a client that writes `target` means this vendor.
    ///
    /// A client that speaks plain HTTP to a proxy writes `http://` for a vendor that is reached over TLS, so port 80 stands for 443
    /// there.
    func isMeant(by target: ProxyAuthority) -> Bool {
        guard host == target.host else { return false }
        let asked = target.effectivePort
        return asked == effectivePort || (asked == 80 && isTLS && effectivePort == 443)
    }
}
