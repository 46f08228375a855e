internal import GatewayCore

/// What a caller may see of the connections.
extension DirectGateway {
    /// Answers `/v1/connections` and `/v1/connections/{name}`; `nil` for another path.
    func connections(
        _ method: String,
        _ segments: [String],
        _ caller: Caller
    ) throws(Problem) -> OutboundResponse? {
        guard (2...3).contains(segments.count), segments[0] == "v1", segments[1] == "connections" else { return nil }
        guard method == "GET" || method == "HEAD" else { throw UnifiedAPI.notAllowed("GET, HEAD") }
        if segments.count == 3 {
            let configured = try configured(segments[2])
            guard caller.connections.contains(configured.name) else {
                throw Problem(
                    .connectionForbidden,
                    "The key \(caller.name) may not use the connection \(configured.name)."
                )
            }
            return .json(ConnectionsBody.one(target(configured)))
        }
        var targets: [String: UnifiedAPI.Target] = [:]
        for configured in setup.connections { targets[configured.name] = target(configured) }
        return .json(ConnectionsBody.list(caller, targets))
    }

    func configured(_ name: String) throws(Problem) -> ConfiguredConnection {
        if let configured = setup.connections.first(where: { $0.name == name }) { return configured }
        let names = setup.connections.map(\.name).sorted()
        throw Problem(
            .unknownConnection,
            "There is no connection \"\(name)\"; there are: \(names.joined(separator: ", "))."
                + Suggestion.sentence(for: name, among: names)
        )
    }

    private func target(_ configured: ConfiguredConnection) -> UnifiedAPI.Target {
        UnifiedAPI.Target(configured: configured, scripts: nil, path: "/v1/\(configured.name)/time-entries/")
    }
}
