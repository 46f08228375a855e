internal import GatewayCore
internal import PluginHost

/// What the gateway makes of a request beyond passing it on.
extension ProxyExplanation {
    static func reading(
        _ configured: ConfiguredConnection,
        _ connection: Connection,
        _ plugin: LoadedPlugin,
        _ rules: ProxyRules,
        _ route: ProxyTable.Route,
        _ head: RequestHead,
        _ setup: GatewaySetup
    ) throws(Problem) -> [(label: String, text: String)] {
        let label = "read by the gateway"
        let request = ProxiedRequest(
            id: "explain",
            method: head.method.name,
            path: route.path.isEmpty ? [UInt8(ascii: "/")] : route.path,
            query: head.queryBytes,
            headers: head.headers,
            connection: connection,
            plugin: plugin,
            rules: rules,
            caller: Caller(name: "explain", connections: [configured.name], scopes: Set(Scope.allCases)),
            isKeyless: false
        )
        let unread = [(label, "no: it passes unread, streamed both ways")]
        if let recognizer = setup.makeProxyRecognizer?() {
            guard case .read(let limit, _) = recognizer.recognize(request) else { return unread }
            return [(label, "yes: the body is read whole, up to \(limit) bytes")]
        }
        guard setup.readsProxiedEntries else { return unread }
        let whole = "its body is read whole, up to \(NativeRecognizer.bodyLimit) bytes"
        if let facade = connection.facade {
            _ = try facade.recognise(request.native)
            let dialect = facade.dialect
            return [
                (label, "yes, as a create in the dialect of \(dialect.title): \(whole)"), key(.create, dialect),
            ]
        }
        switch plugin.vendor.recognise(request.native) {
        case .other: return unread
        case .doubtful(let why):
            let isBound = connection.requiresKey || !configured.hooks.isEmpty
            guard rules.unreadable == .pass, rules.credentials == .client, !isBound else { throw Vendor.doubt(why) }
            return [(label, "no: it may be about time entries, and passes all the same (unreadable: pass). \(why)")]
        case .operation(let operation):
            let name = operation.operation
            if [.create, .replace, .update].contains(name), let fault = plugin.vendor.nativeReadingFault {
                let passes = rules.unreadable == .pass && rules.credentials == .client
                let what = passes ? "It passes all the same (unreadable: pass)." : "So it is refused."
                return [(label, "no: \(fault) \(what)")]
            }
            let told = plugin.vendor.toldByBody(name).map(\.rawValue).joined(separator: ", ")
            let bodies = told.isEmpty ? "" : " (or as \(told), where its body is the plugin's of it)"
            let read = (label, "yes, as \(name.rawValue)\(bodies): hooks and rules see it; \(whole)")
            return name.isRead ? [read] : [read, key(name, plugin.vendor, rules)]
        }
    }

    /// What its place in the journal goes by.
    ///
    /// - Parameter rules: those of a request in the vendor's own dialect.
    private static func key(
        _ operation: GatewayCore.Operation,
        _ vendor: Vendor,
        _ rules: ProxyRules? = nil
    ) -> (label: String, text: String) {
        let own = vendor.manifest.operations[operation]?.idempotencyHeader
        var header =
            own.map { "the vendor's own \($0)" } ?? "Idempotency-Key (a UUID or a ULID), which stays with the gateway"
        if own != nil, let rules {
            header +=
                rules.credentials == .client
                ? ", which goes on as it is" : ", in whose place the vendor gets one of this caller's"
        }
        return ("key in the journal", "\(header); without it a new one, which the answer names")
    }
}
