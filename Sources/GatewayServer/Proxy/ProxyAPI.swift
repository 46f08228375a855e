internal import GatewayCore
internal import JSON
internal import NIOCore
internal import PluginHost

/// Proxied requests of one event loop: who asks, for which connection, whether that is allowed. What is allowed goes on as a
/// ``ProxyExchange``.
///
/// Belongs to its event loop, as the responder that calls it does.
final class ProxyAPI {
    let table: ProxyTable
    let targets: [String: ProxyTarget]
    private let disabled: [String: ConfiguredConnection]
    private let keys: KeyRing
    private let keyless: KeylessCallers
    let shared: ProxyShared
    var ownPorts: OwnPorts { shared.ownPorts }
    /// Tunnels that one connection may have open.
    let maximumTunnels: Int
    let desk: StreamDesk
    let eventLoop: any EventLoop
    let executor: LoopExecutor
    /// What the gateway calls itself in `Via`: different for each process, so that only a loop brings it back.
    let via: String
    let ownFields: ProxyOwnFields
    /// Milliseconds in which a vendor must move.
    let timeoutMilliseconds: Int
    let recognizer: (any ProxyRecognizer)?
    /// Told of each answer just before it is sent or, sent in parts, ends: its request, its connection, its status, its
    /// problem.
    var note: (_ id: String, _ connection: String, _ status: Int, _ problem: ProblemCode?) -> Void = { _, _, _, _ in }
    /// Told of tunnels; what was refused is noted as every other answer.
    var tunnelOpened: (_ connection: String) -> Void = { _ in }
    var tunnelEnded: (_ id: String, _ connection: String, TunnelSummary) -> Void = { _, _, _ in }
    /// Takes the record of a recognised request or a tunnel; `nil` where nothing is kept.
    var keep: ((CallRecord) -> Void)?
    /// The number of the configuration.
    var generation = 0

    /// The proxy of one event loop; `nil` where no connection is proxied.
    static func make(
        _ setup: GatewaySetup,
        shared: ProxyShared,
        targets: [String: UnifiedAPI.Target],
        entries: EntryAPI,
        keys: KeyRing,
        gates: ConnectionGates,
        desk: StreamDesk,
        eventLoop: any EventLoop,
        executor: LoopExecutor
    ) -> ProxyAPI? {
        guard setup.connections.contains(where: { $0.proxy != nil }) else { return nil }
        return ProxyAPI(
            setup,
            shared: shared,
            recognizer: setup.makeProxyRecognizer?()
                ?? (setup.readsProxiedEntries
                    ? ProxyPorts(targets: targets, entries: entries, settleMilliseconds: setup.settleMilliseconds)
                        .recognizer(setup.zones) : nil),
            keys: keys,
            gates: gates,
            desk: desk,
            eventLoop: eventLoop,
            executor: executor
        )
    }

    init(
        _ setup: GatewaySetup,
        shared: ProxyShared,
        recognizer: (any ProxyRecognizer)?,
        keys: KeyRing,
        gates: ConnectionGates,
        desk: StreamDesk,
        eventLoop: any EventLoop,
        executor: LoopExecutor
    ) {
        table = ProxyTable(setup.connections)
        var targets: [String: ProxyTarget] = [:]
        var disabled: [String: ConfiguredConnection] = [:]
        for configured in setup.connections where configured.proxy != nil {
            if let target = ProxyTarget(configured, gates: gates) {
                targets[configured.name] = target
            } else {
                disabled[configured.name] = configured
            }
        }
        self.targets = targets
        self.disabled = disabled
        self.keys = keys
        keyless = shared.keyless
        self.shared = shared
        maximumTunnels = setup.maximumTunnels
        via = shared.via
        ownFields = ProxyOwnFields(via: shared.via)
        self.desk = desk
        self.eventLoop = eventLoop
        self.executor = executor
        timeoutMilliseconds = setup.vendorTimeoutMilliseconds
        self.recognizer = recognizer
    }

    /// Takes a request that ``ProxyTable/takes(_:bound:)``.
    ///
    /// - Parameter bound: the connection whose own listener it came to.
    func respond(_ head: RequestHead, _ body: StreamedBody?, _ id: String, _ reply: ReplyHandle, bound: String?) {
        if head.isConnect { return connect(head, id, reply, bound: bound) }
        var asked: ProxyTarget?
        do throws(Problem) {
            try checkForm(head, body)
            guard let route = try route(head, bound) else { throw Problem(.notFound, "There is nothing here.") }
            let (caller, isKeyless, name) = try caller(head, route)
            guard let target = targets[name] else { throw refusal(name) }
            asked = target
            try checkScopes(caller, head, target, isKeyless: isKeyless)
            let exchange = ProxyExchange(
                api: self,
                target: target,
                head: head,
                path: route.path,
                body: body,
                caller: caller,
                isKeyless: isKeyless,
                id: id,
                reply: reply
            )
            exchange.begin()
        } catch {
            note(id, asked?.connection.name ?? "-", error.status, error.code)
            reply.send(response(error, asked?.configured, id))
        }
    }

    // MARK: - Form

    func checkForm(_ head: RequestHead, _ body: StreamedBody?) throws(Problem) {
        switch head.method {
        case .other("TRACE"), .other("TRACK"):
            throw UnifiedAPI.notAllowed("all but TRACE, which would show the credentials that the gateway adds")
        case .head where body != nil:
            throw Problem(.malformedRequest, "A HEAD request must not have a body.")
        default: break
        }
        if head.headers.contains("via"), head.headers.all("via").contains(where: { holds($0, via) }) {
            throw Problem(.loopDetected, "The request has come through this gateway before (Via).", origin: .gateway)
        }
        if let field = head.headers.first("authorization"), Self.isBoundToConnection(field) {
            throw Problem(
                .unsupportedOperation,
                "NTLM and Negotiate authenticate a connection, and the gateway's are shared: use a token."
            )
        }
    }

    private func holds(_ field: ArraySlice<UInt8>, _ name: String) -> Bool {
        field.split { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }.contains { $0.elementsEqual(name.utf8) }
    }

    private static func isBoundToConnection(_ field: ArraySlice<UInt8>) -> Bool {
        let scheme = field.prefix { $0 != 0x20 }
        return scheme.withUnsafeBytes { $0.equalsIgnoringCase("ntlm") || $0.equalsIgnoringCase("negotiate") }
    }

    private func route(_ head: RequestHead, _ bound: String?) throws(Problem) -> ProxyTable.Route? {
        if let authority = head.absoluteAuthority, ownPorts.isOwn(authority) {
            throw Problem(.loopDetected, "The request's target is this gateway itself.", origin: .gateway)
        }
        guard let route = try table.route(head, bound: bound) else { return nil }
        if let refusal = ProxyPath.refusal(route.path.isEmpty ? [UInt8(ascii: "/")] : route.path) {
            throw Problem(.malformedRequest, refusal.rawValue)
        }
        return route
    }

    // MARK: - Who

    /// The caller, and the connection that is meant.
    func caller(
        _ head: RequestHead,
        _ route: ProxyTable.Route
    ) throws(Problem) -> (caller: Caller, isKeyless: Bool, connection: String) {
        let credentials = try ProxyCredentials(head.headers)
        var names = route.connections
        if route.way == .absolute || route.way == .tunnel, let wanted = credentials.connection {
            names = names.filter { $0 == wanted }
            guard !names.isEmpty else {
                throw Problem(.ambiguousConnection, "The request's target is not that of the connection it names.")
            }
        }
        guard let token = credentials.token else {
            // The vendor's credential, by which keyless callers are told, is inside the tunnel.
            if route.way == .tunnel { throw Problem(keyCode(route.way), "CONNECT has no gateway key.") }
            let (caller, name) = try keylessCaller(head, names, route.way)
            return (caller, true, name)
        }
        guard let entry = keys.entry(forToken: token) else {
            throw Problem(keyCode(route.way), "The key is not known to this gateway.")
        }
        let caller = entry.key.caller
        if let seconds = entry.wait(now: NIODeadline.now().uptimeNanoseconds), let limit = entry.key.limit {
            throw tooMany("The key \(caller.name)", limit, seconds)
        }
        let allowed = names.filter { caller.connections.contains($0) }
        switch allowed.count {
        case 1: return (caller, false, allowed[0])
        case 0:
            guard let name = names.first, names.count == 1, targets[name] != nil || disabled[name] != nil else {
                let visible = caller.connections.filter { table.entries[$0] != nil }.sorted()
                throw Problem(
                    .unknownConnection,
                    "There is no such proxied connection; this key can see: \(visible.joined(separator: ", "))."
                )
            }
            throw Problem(.connectionForbidden, "The key \(caller.name) may not use the connection \(name).")
        default:
            throw Problem(
                .ambiguousConnection,
                "The target belongs to the connections \(allowed.joined(separator: ", "))."
            )
        }
    }

    /// A caller known by its vendor credential.
    private func keylessCaller(
        _ head: RequestHead,
        _ names: [String],
        _ way: ProxyTable.Way
    ) throws(Problem) -> (Caller, String) {
        let open = names.compactMap { targets[$0] }.filter { $0.rules.keyless != nil }
        guard let target = open.first, let limit = target.rules.keyless else {
            throw Problem(keyCode(way), "The request has no gateway key.")
        }
        guard open.count == 1 else {
            throw Problem(.ambiguousConnection, "The target belongs to several connections.")
        }
        let fields = target.credentials(head.headers)
        guard !fields.isEmpty else {
            throw Problem(keyCode(way), "The request has neither a gateway key nor a credential of the vendor's.")
        }
        let name = KeylessCallers.name(connection: target.connection.name, fields)
        if let seconds = keyless.wait(name, limit, now: NIODeadline.now().uptimeNanoseconds) {
            throw tooMany("A vendor credential without a gateway key", limit, seconds)
        }
        let caller = Caller(name: name, connections: [target.connection.name], scopes: [.read, .write])
        return (caller, target.connection.name)
    }

    private func keyCode(_ way: ProxyTable.Way) -> ProblemCode {
        way == .absolute || way == .tunnel ? .proxyUnauthenticated : .gatewayKeyRequired
    }

    private func tooMany(_ who: String, _ limit: RateLimit, _ seconds: Int) -> Problem {
        Problem(
            .rateLimited,
            "\(who) may make \(limit.count) requests in \(limit.seconds) s.",
            origin: .gateway,
            retry: .after,
            retryAfter: seconds
        )
    }

    func refusal(_ name: String) -> Problem {
        if case .disabled(_, let reason)? = disabled[name]?.state {
            return Problem(
                .connectionDisabled,
                "The connection \(name) is disabled: \(reason)",
                origin: .gateway,
                retry: .after
            )
        }
        return Problem(.proxyOff, "The connection \(name) is not proxied.", origin: .gateway)
    }

    /// What is asked of a key: `read` or `write` by the method, and `proxy` where the gateway lends its own credentials.
    private func checkScopes(
        _ caller: Caller,
        _ head: RequestHead,
        _ target: ProxyTarget,
        isKeyless: Bool
    ) throws(Problem) {
        if isKeyless { return }
        var needed: [Scope] = [head.method.isRead ? .read : .write]
        if target.usesOwnCredentials { needed.append(.proxy) }
        try check(
            caller,
            needed,
            head.method.name,
            target.usesOwnCredentials ? " with the connection's credentials" : ""
        )
    }

    func check(
        _ caller: Caller,
        _ scopes: [Scope],
        _ method: String,
        _ with: String = ""
    ) throws(Problem) {
        for scope in scopes where !caller.scopes.contains(scope) {
            throw Problem(
                .scopeMissing,
                "The key \(caller.name) lacks the scope \(scope.rawValue), which \(method) through the proxy needs\(with)."
            )
        }
    }

    // MARK: - Problems

    /// A refusal by the gateway, marked as such.
    func response(_ problem: Problem, _ connection: ConfiguredConnection?, _ id: String) -> OutboundResponse {
        var response: OutboundResponse
        if let connection, let answer = recognizer?.render(problem, for: connection, requestID: id) {
            response = OutboundResponse(answer)
        } else {
            response = .problem(status: problem.status, problem.body(requestID: id))
        }
        if let seconds = problem.retryAfter { response.addHeader("Retry-After", String(seconds)) }
        switch problem.code {
        case .gatewayKeyRequired: response.addHeader("WWW-Authenticate", "Timegate-Key realm=\"timegate\"")
        case .proxyUnauthenticated: response.addHeader("Proxy-Authenticate", "Basic realm=\"timegate\"")
        default: break
        }
        if let key = problem.extra["idempotency_key"]?.string { response.addHeader("Idempotency-Key", key) }
        response.addHeader("Timegate-Error", problem.code.rawValue)
        return response
    }
}

extension RequestMethod {
    /// Whether it asks for nothing to be changed (RFC 9110 section 9.2.1).
    var isRead: Bool { self == .get || self == .head || self == .options }
}

extension OutboundResponse {
    init(_ answer: ProxyAnswer) {
        self.init(status: answer.status, body: answer.body)
        for header in answer.headers { addHeader(name: header.name.utf8, value: header.value.utf8) }
    }
}
