import GatewayCore
import GatewayServer

/// Reads `proxy:` of the connections. One for a whole configuration: no two connections can have the same listener or host.
final class ProxyReader {
    static let keys = ["credentials", "keyless", "unreadable", "listen", "hosts", "tunnel"]
    static let example = "{ credentials: client, keyless: false }"

    private let findings: ConfigurationFindings
    /// The gateway's own listeners, as the file names them.
    private let own: [(name: String, address: ListenAddress)]
    private var listeners: [(address: ListenAddress, connection: String)] = []
    private var hosts: [String: String] = [:]

    init(own: [(name: String, address: ListenAddress)], findings: ConfigurationFindings) {
        self.own = own
        self.findings = findings
    }

    /// - Parameter connection: the mapping of the connection, and its name.
    /// - Returns: `nil` where it is not proxied.
    func rules(_ mapping: MappingReader, connection name: String) -> ProxyRules? {
        guard let node = mapping.value("proxy"),
            let inner = MappingReader(node, path: mapping.path(of: "proxy"), example: Self.example, findings: findings)
        else { return nil }
        inner.refuseOthers(than: Self.keys)
        var rules = ProxyRules()
        rules.credentials = inner.choice("credentials", ProxyRules.Credentials.self) ?? .client
        rules.unreadable = inner.choice("unreadable", ProxyRules.Unreadable.self) ?? .pass
        rules.keyless = keyless(inner, rules.credentials)
        rules.listener = listener(inner, name)
        rules.hosts = hosts(inner, name)
        rules.tunnel = tunnel(inner, rules.credentials)
        return rules
    }

    /// `true`, `false`, or how often one vendor credential may ask.
    private func keyless(_ mapping: MappingReader, _ credentials: ProxyRules.Credentials) -> RateLimit? {
        guard let node = mapping.value("keyless") else { return nil }
        let name = mapping.path(of: "keyless")
        let limit: RateLimit
        switch node.content {
        case .scalar("false", isPlain: true): return nil
        case .scalar("true", isPlain: true): limit = ProxyRules.usualKeylessLimit
        case .scalar(let text, _):
            guard let given = RateLimitText.parse(text) else {
                findings.fault(
                    node.line,
                    "\(name) is \"\(text)\"; it must be true, false or a limit.",
                    hint: "A limit is how often one vendor credential may ask: 10/s, 600/m or 20000/h."
                )
                return nil
            }
            limit = given
        default:
            findings.fault(node.line, "\(name) must be true, false or a limit; it is \(node.kindName).")
            return nil
        }
        if credentials == .connection {
            findings.fault(
                node.line,
                "\(name) goes with credentials: client only.",
                hint: "Without a key, anybody could use the connection's own credentials: take the line away."
            )
            return nil
        }
        return limit
    }

    private func tunnel(_ mapping: MappingReader, _ credentials: ProxyRules.Credentials) -> Bool {
        guard let node = mapping.value("tunnel"), mapping.boolean("tunnel") == true else { return false }
        if credentials == .connection {
            findings.warn(
                node.line,
                "\(mapping.path(of: "tunnel")): clients need credentials of their own in a tunnel, since the gateway cannot add the connection's.",
                hint: "Take the line away, or set credentials: client."
            )
        }
        return true
    }

    private func listener(_ mapping: MappingReader, _ connection: String) -> ProxyRules.Listener? {
        guard let (text, line) = mapping.text("listen") else { return nil }
        let name = mapping.path(of: "listen")
        guard let address = ListenAddress(text) else {
            findings.fault(line, "\(name) is \"\(text)\", which is no address.", hint: ListenAddress.hint)
            return nil
        }
        let others = own + listeners.map { ("that of \($0.connection)", $0.address) }
        if address.port != 0, let other = others.first(where: { $0.address == address }) {
            findings.fault(
                line,
                "\(name) is the same address as \(other.name).",
                hint: "A listener belongs to one connection: give each a port of its own, or use hosts."
            )
        }
        listeners.append((address, connection))
        if !address.isLoopback {
            findings.warn(
                line,
                "Others than this machine reach \(address.host), and credentials travel there unencrypted.",
                hint: "Put a proxy that speaks TLS in front, or listen on 127.0.0.1."
            )
        }
        return ProxyRules.Listener(host: address.host, port: address.port)
    }

    private func hosts(_ mapping: MappingReader, _ connection: String) -> [String] {
        (mapping.texts("hosts") ?? []).compactMap { text, line in
            let host = text.lowercased()
            let name = mapping.path(of: "hosts")
            let isName = host.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".")
            }
            guard isName else {
                findings.fault(
                    line,
                    "\(name): \"\(text)\" is no host.",
                    hint: "Write the name that clients send in Host, without scheme and port: acme.gateway.internal."
                )
                return nil
            }
            if let other = hosts[host] {
                findings.fault(
                    line,
                    "\(name): \(host) stands at \(other) already.",
                    hint: "A host means one connection."
                )
                return nil
            }
            hosts[host] = connection
            return host
        }
    }

    /// Whether requests to a vendor's place would come back to the gateway itself.
    func isOwn(_ origin: Origin) -> Bool {
        let place = ListenAddress(host: origin.host, port: origin.port ?? (origin.scheme == "https" ? 443 : 80))
        return (own.map(\.address) + listeners.map(\.address)).contains { address in
            address == place || (address.port == place.port && address.isLoopback && place.isLoopback)
        }
    }
}
