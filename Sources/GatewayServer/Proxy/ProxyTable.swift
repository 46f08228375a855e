internal import GatewayCore
internal import PluginHost

/// Which connection a request to be proxied is for.
struct ProxyTable: Sendable {
    /// How a request came.
    enum Way: String, Sendable {
        /// `/proxy/{connection}/…`
        case path
        /// A name in `Host`.
        case host
        /// A listener of the connection's own.
        case listener
        /// `GET http://vendor/…`, as to a forward proxy.
        case absolute
        /// `CONNECT vendor:443`, as to a forward proxy.
        case tunnel
    }

    struct Entry: Sendable {
        let name: String
        let rules: ProxyRules
        /// The vendor's own host and the connection's; equal unless the connection names another origin.
        let authorities: [ProxyAuthority]
        /// Where the connection's requests go; `nil` where it is disabled.
        let origin: ProxyAuthority?
    }

    /// What a request asks for, before it is known who asks.
    struct Route {
        let way: Way
        /// More than one only where an absolute target leaves open which account at the vendor is meant.
        let connections: [String]
        /// The path at the vendor; empty stands for `/`.
        let path: ArraySlice<UInt8>
    }

    let entries: [String: Entry]
    private let hosts: [String: String]

    init(_ connections: [ConfiguredConnection]) {
        var entries: [String: Entry] = [:]
        var hosts: [String: String] = [:]
        for configured in connections {
            guard let rules = configured.proxy else { continue }
            var authorities: [ProxyAuthority] = []
            var own: ProxyAuthority?
            if case .ready(let connection, let plugin) = configured.state {
                own = ProxyAuthority(origin: connection.origin)
                for origin in [connection.origin, plugin.vendor.manifest.origin] {
                    guard let authority = ProxyAuthority(origin: origin), !authorities.contains(authority) else {
                        continue
                    }
                    authorities.append(authority)
                }
            }
            entries[configured.name] = Entry(
                name: configured.name,
                rules: rules,
                authorities: authorities,
                origin: own
            )
            for host in rules.hosts { hosts[host] = configured.name }
        }
        self.entries = entries
        self.hosts = hosts
    }

    var isEmpty: Bool { entries.isEmpty }

    private static let prefix = Array("/proxy/".utf8)

    /// Whether ``route(_:bound:)`` has something to say of the request.
    func takes(_ head: RequestHead, bound: String? = nil) -> Bool {
        if isEmpty { return false }
        if bound != nil || head.isConnect || head.absoluteAuthority != nil || head.pathBytes.starts(with: Self.prefix) {
            return true
        }
        guard !hosts.isEmpty, let host = head.headers.first("host") else { return false }
        return hosts[Self.name(host)] != nil
    }

    /// - Parameter bound: the connection whose own listener the request came to.
    /// - Returns: `nil` if the request is not for the proxy.
    func route(_ head: RequestHead, bound: String? = nil) throws(Problem) -> Route? {
        if let authority = head.absoluteAuthority {
            return try absolute(authority, isTLS: head.isAbsoluteHTTPS, head.pathBytes, bound)
        }
        if let bound { return Route(way: .listener, connections: [bound], path: head.pathBytes) }
        if !hosts.isEmpty, let host = head.headers.first("host"), let name = hosts[Self.name(host)] {
            return Route(way: .host, connections: [name], path: head.pathBytes)
        }
        let path = head.pathBytes
        guard path.starts(with: Self.prefix) else { return nil }
        let rest = path.dropFirst(Self.prefix.count)
        let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        return Route(
            way: .path,
            connections: [String(decoding: rest[..<end], as: UTF8.self)],
            path: rest[end...]
        )
    }

    private func absolute(
        _ bytes: ArraySlice<UInt8>,
        isTLS: Bool,
        _ path: ArraySlice<UInt8>,
        _ bound: String?
    ) throws(Problem) -> Route {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let asked = ProxyAuthority(text, isTLS: isTLS) else {
            throw Problem(.malformedRequest, "The port of the request's target is no number.")
        }
        let names = entries.values.filter { entry in
            (bound == nil || entry.name == bound) && entry.authorities.contains { $0.isMeant(by: asked) }
        }.map(\.name).sorted()
        guard !names.isEmpty else {
            throw Problem(
                .targetForbidden,
                "The request's target \(text) is not the host and port of a vendor that "
                    + (bound.map { "the connection \($0) has." } ?? "a proxied connection has.")
            )
        }
        return Route(way: .absolute, connections: names, path: path)
    }

    /// The host of a `Host` header, in lower case.
    private static func name(_ host: ArraySlice<UInt8>) -> String {
        let end =
            host.first == UInt8(ascii: "[") ? host.endIndex : host.firstIndex(of: UInt8(ascii: ":")) ?? host.endIndex
        return String(decoding: host[..<end].lazy.map(\.asciiLowercased), as: UTF8.self)
    }
}

extension RequestHead {
    /// Whether an absolute target begins with `https`.
    fileprivate var isAbsoluteHTTPS: Bool {
        target.count > 4 && target[target.startIndex + 4].asciiLowercased == UInt8(ascii: "s")
    }
}
