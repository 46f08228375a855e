internal import GatewayCore

/// What is said of tunnels.
extension ProxyExplanation {
    private static let unread =
        "nothing is read or changed: no hooks, rules, journal, rate windows or credentials of the connection"

    /// What would become of a `CONNECT`.
    static func tunnel(
        _ head: RequestHead,
        _ bound: String?,
        _ table: ProxyTable,
        _ setup: GatewaySetup
    ) throws(Problem) -> [(label: String, text: String)] {
        guard let authority = ProxyAuthority(String(decoding: head.target, as: UTF8.self), isTLS: true) else {
            throw Problem(.malformedRequest, "The target of CONNECT is no host and port.")
        }
        let route = try table.tunnel(authority, bound: bound)
        var lines = [("way in", describe(route.way))]
        for name in route.connections { lines.append(("connection", name)) }
        lines.append(("goes to", "a tunnel to \(authority.host):\(authority.effectivePort)"))
        lines.append(("gateway key", "needed in Proxy-Authorization or Timegate-Key; scopes: read, write, proxy"))
        lines.append(("read by the gateway", unread))
        if route.connections.count > 1 { lines.append(("which one", whichOne)) }
        return lines
    }

    /// What else a client could do that asks an HTTP proxy for an `https://` URL.
    static func tunnel(
        beside url: String,
        _ route: ProxyTable.Route,
        _ table: ProxyTable
    ) -> (label: String, text: String)? {
        guard route.way == .absolute, url.lowercased().hasPrefix("https://") else { return nil }
        let open = route.connections.filter { table.entries[$0]?.rules.tunnel == true }
        let origin = (open.first ?? route.connections.first).flatMap { table.entries[$0]?.origin }
        let place = origin.map { "\($0.host):\($0.effectivePort)" } ?? "the vendor"
        let asked = "clients usually send CONNECT \(place) for an https:// URL"
        return open.isEmpty
            ? ("tunnel", "none: \(asked), which is refused (501); proxy.tunnel: true would open it, and \(unread)")
            : ("tunnel", "\(asked), and then \(unread)")
    }
}
