internal import GatewayCore
internal import PluginHost

/// `CONNECT`: a tunnel to a vendor, where the connection has one.
extension ProxyAPI {
    /// What goes through a tunnel could be anything of the vendor's API.
    private static let tunnelScopes: [Scope] = [.read, .write, .proxy]

    func connect(_ head: RequestHead, _ id: String, _ reply: ReplyHandle, bound: String?) {
        var connection = "-"
        do throws(Problem) {
            try checkForm(head, nil)
            let authority = try tunnelAuthority(head)
            let route = try table.tunnel(authority, bound: bound)
            let (caller, _, name) = try caller(head, route)
            connection = name
            guard let target = targets[name] else { throw refusal(name) }
            try check(caller, Self.tunnelScopes, "CONNECT")
            guard shared.tunnels.enter(name, limit: maximumTunnels) else {
                throw Problem(
                    .tooManyTunnels,
                    "The connection \(name) has \(maximumTunnels) tunnels open, and may not have more.",
                    origin: .gateway,
                    retry: .after
                )
            }
            ProxyTunnel(
                api: self,
                target: target,
                head: head,
                authority: authority,
                caller: caller,
                id: id,
                reply: reply
            ).begin()
        } catch {
            note(id, connection, error.status, error.code)
            reply.send(response(error, nil, id))
        }
    }

    /// Where the tunnel is to lead.
    private func tunnelAuthority(_ head: RequestHead) throws(Problem) -> ProxyAuthority {
        guard let authority = ProxyAuthority(String(decoding: head.target, as: UTF8.self), isTLS: true) else {
            throw Problem(.malformedRequest, "The target of CONNECT is no host and port.")
        }
        // RFC 9112 section 3.2 wants them the same; where they are not, one who reads the other goes elsewhere.
        if let field = head.headers.first("host") {
            let host = ProxyAuthority(String(decoding: field, as: UTF8.self), isTLS: true)
            guard host?.host == authority.host, host?.port == nil || host?.port == authority.port else {
                throw Problem(.malformedRequest, "Host is not the target of CONNECT.")
            }
        }
        if ownPorts.isOwn(head.target) {
            throw Problem(.loopDetected, "The tunnel's target is this gateway itself.", origin: .gateway)
        }
        return authority
    }
}

extension ProxyTable {
    /// Which connections a tunnel to `authority` could be for: exactly those whose requests go there.
    ///
    /// - Parameter bound: the connection whose own listener the request came to.
    func tunnel(_ authority: ProxyAuthority, bound: String? = nil) throws(Problem) -> Route {
        let place = "\(authority.host):\(authority.effectivePort)"
        let there = entries.values.filter { entry in
            (bound == nil || entry.name == bound) && entry.authorities.contains { $0.isSamePlace(as: authority) }
        }.sorted { $0.name < $1.name }
        let open = there.filter { $0.rules.tunnel && $0.origin?.isSamePlace(as: authority) == true }
        if !open.isEmpty { return Route(way: .tunnel, connections: open.map(\.name), path: []) }
        guard let closed = there.first(where: { !$0.rules.tunnel }) else {
            // The vendor's usual place counts only where the connection's requests go there.
            throw Problem(
                .targetForbidden,
                "A tunnel to \(place) is not opened: that is not the host and port "
                    + (bound.map { "where the connection \($0) goes." } ?? "where a proxied connection goes.")
            )
        }
        throw Problem(
            .connectRefused,
            "CONNECT is refused: the connection \(closed.name) opens no tunnels, since the gateway could not read what goes "
                + "through them. With proxy.tunnel: true on the connection they would be opened, and hooks, rules, journal, rate "
                + "windows and the connection's credentials would not apply to what goes through.",
            origin: .gateway
        )
    }
}
