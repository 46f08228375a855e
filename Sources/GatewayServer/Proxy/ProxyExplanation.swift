internal import GatewayCore
internal import NIOCore
internal import PluginHost

/// What the proxy would do with a request, and why; nothing is sent. Judged by the code that judges real requests.
public struct ProxyExplanation: Sendable {
    /// Whether the request would go to a vendor, given the key that is asked for.
    public let isForwarded: Bool
    /// A word for what is said, and what is said.
    public let lines: [(label: String, text: String)]

    /// - Parameters:
    ///   - url: an absolute URL as a client of an HTTP proxy would ask for, one of the gateway's own, or a path on the gateway;
    ///     with `CONNECT` a host and a port.
    ///   - method: as on the request line.
    public init(url: String, method: String, setup: GatewaySetup) {
        var lines: [(label: String, text: String)] = []
        do throws(Problem) {
            let table = ProxyTable(setup.connections)
            let (head, bound) = try Self.head(url, method, setup)
            if head.isConnect {
                lines += try Self.tunnel(head, bound, table, setup)
                isForwarded = true
                self.lines = lines
                return
            }
            guard let route = try table.route(head, bound: bound) else {
                throw Problem(
                    .notFound,
                    table.isEmpty
                        ? "No connection is proxied: none has a proxy: block."
                        : "The address is not one that the proxy serves; the unified API answers there."
                )
            }
            lines.append(("way in", Self.describe(route.way)))
            if let refusal = ProxyPath.refusal(route.path.isEmpty ? [UInt8(ascii: "/")] : route.path) {
                throw Problem(.malformedRequest, refusal.rawValue)
            }
            if case .other("TRACE") = head.method { throw Problem(.methodNotAllowed, "TRACE is not passed on.") }
            for name in route.connections {
                try Self.explain(name, route, head, setup, &lines)
            }
            if route.connections.count > 1 {
                lines.append(("which one", Self.whichOne))
            }
            if let line = Self.tunnel(beside: url, route, table) { lines.append(line) }
            isForwarded = true
        } catch {
            lines.append(("refused", "\(error.status) \(error.code.rawValue): \(error.detail)"))
            lines.append(("next", error.code.hint))
            isForwarded = false
        }
        self.lines = lines
    }

    private static func explain(
        _ name: String,
        _ route: ProxyTable.Route,
        _ head: RequestHead,
        _ setup: GatewaySetup,
        _ lines: inout [(label: String, text: String)]
    ) throws(Problem) {
        guard let configured = setup.connections.first(where: { $0.name == name }), let rules = configured.proxy else {
            throw Problem(.proxyOff, "There is no connection \"\(name)\" with a proxy: block.")
        }
        guard case .ready(let connection, let plugin) = configured.state else {
            if case .disabled(_, let reason) = configured.state { throw Problem(.connectionDisabled, reason) }
            return
        }
        let rest = head.target[min(route.path.startIndex, head.target.endIndex)...]
        let target = (route.path.isEmpty ? "/" : "") + String(decoding: rest, as: UTF8.self)
        lines.append(("connection", "\(name) (\(plugin.vendor.title))"))
        lines.append(("goes to", "\(head.method.name) \(connection.origin)\(target)"))
        switch rules.credentials {
        case .client:
            lines.append(("credentials", "the client's own, as they come"))
        case .connection:
            let fields = connection.headers.map { "\($0.name): \($0.shown)" }.joined(separator: ", ")
            lines.append(
                ("credentials", "the connection's own (\(fields)); Authorization and Cookie of the client are dropped")
            )
        }
        let scope = head.method.isRead ? "read" : "write"
        let scopes = rules.credentials == .connection ? "\(scope), proxy" : scope
        if let limit = rules.keyless {
            let rate = "\(limit.count) requests in \(limit.seconds) s for each vendor credential"
            lines.append(("gateway key", "not needed (\(rate)); a key that is sent needs: \(scopes)"))
        } else {
            lines.append(("gateway key", "needed in Timegate-Key or Proxy-Authorization; scopes: \(scopes)"))
        }
        lines += try reading(configured, connection, plugin, rules, route, head, setup)
        lines.append(("changed", "Host, framing, hop-by-hop fields, Timegate-*; Via is added"))
    }

    /// The request as a client would send it, and the listener that it would come to.
    private static func head(
        _ url: String,
        _ method: String,
        _ setup: GatewaySetup
    ) throws(Problem) -> (RequestHead, bound: String?) {
        var target = url
        var host = "gateway"
        var bound: String?
        if let scheme = ["http://", "https://"].first(where: { url.lowercased().hasPrefix($0) }) {
            let rest = url.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            let asked = ProxyAuthority(authority, isTLS: scheme == "https://")
            let listener = setup.connections.first { configured in
                configured.proxy?.listener.map { asked?.isAt($0.host, $0.port) ?? false } ?? false
            }
            let isByName = setup.connections.contains { $0.proxy?.hosts.contains(asked?.host ?? "") ?? false }
            if listener != nil || isByName || asked?.isAt(setup.host, setup.port) == true {
                bound = listener?.name
                host = String(authority)
                target = rest.count == authority.count ? "/" : String(rest.dropFirst(authority.count))
            }
        }
        let text = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n"
        var parser = RequestHeadParser(limits: HTTPServerConfiguration.Limits(), takesAbsoluteForm: true)
        switch Array(text.utf8).withUnsafeBytes({ parser.advance($0) }) {
        case .complete(_, let head): return (head, bound)
        case .fault(let fault): throw Problem(.malformedRequest, fault.detail)
        case .incomplete: throw Problem(.malformedRequest, "The URL or the method holds a line end.")
        }
    }

    static let whichOne = "the one that the key may use; else Timegate-Connection must name it (400 without)"

    static func describe(_ way: ProxyTable.Way) -> String {
        switch way {
        case .path: "base URL: /proxy/{connection}/…"
        case .host: "the name in Host"
        case .listener: "the connection's own listener"
        case .tunnel: "CONNECT, as a client with an HTTP proxy asks for a tunnel"
        case .absolute: "absolute target, as a client with an HTTP proxy sends it"
        }
    }
}

extension ProxyAuthority {
    /// Whether it is this listener, by name or number.
    fileprivate func isAt(_ host: String, _ port: Int) -> Bool {
        let here = ["localhost", "127.0.0.1", "[::1]", "::1"]
        return effectivePort == port && (self.host == host || (here.contains(self.host) && here.contains(host)))
    }
}
