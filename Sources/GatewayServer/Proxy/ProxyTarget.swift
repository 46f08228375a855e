internal import GatewayCore
internal import PluginHost

/// A proxied connection as one event loop uses it.
final class ProxyTarget {
    let configured: ConfiguredConnection
    let connection: Connection
    let plugin: LoadedPlugin
    let rules: ProxyRules
    let gate: ConnectionGate?
    /// `https://api.example.com/`: where requests go; their own path and query are set beside it.
    let url: String
    /// The fields of the plugin's that hold a secret, in lower case.
    let credentialFields: [String]
    /// The fields, in lower case, that the plugin has for every request.
    let ownFields: [[UInt8]]
    /// The fields, in lower case, that a client's request loses, and those that take their place.
    let replaced: [[UInt8]]
    let added: [Header]

    var usesOwnCredentials: Bool { rules.credentials == .connection }

    /// - Returns: `nil` for a connection that is not proxied, or disabled.
    init?(_ configured: ConfiguredConnection, gates: ConnectionGates) {
        guard let rules = configured.proxy, case .ready(let connection, let plugin) = configured.state else {
            return nil
        }
        self.configured = configured
        self.connection = connection
        self.plugin = plugin
        self.rules = rules
        gate = gates[configured.name]
        url = connection.origin + "/"
        credentialFields = plugin.vendor.manifest.headers.filter { header in
            header.parts.contains { if case .secret = $0 { true } else { false } }
        }.map { $0.name.lowercased() }
        ownFields = connection.headers.map { Array($0.name.lowercased().utf8) }
        if rules.credentials == .connection {
            // A client's Authorization and cookies would be somebody else's beside the connection's.
            let names = connection.headers.map { $0.name.lowercased() } + ["authorization", "cookie"]
            replaced = names.map { Array($0.utf8) }
            added = connection.headers
        } else {
            replaced = []
            added = []
        }
    }

    /// The vendor credentials of a request; empty if it brings none.
    func credentials(_ headers: RequestHeaders) -> [(name: String, value: ArraySlice<UInt8>)] {
        var found: [(name: String, value: ArraySlice<UInt8>)] = []
        headers.forEach { name, value in
            let name = String(decoding: name.lazy.map(\.asciiLowercased), as: UTF8.self)
            guard credentialFields.contains(name) || name == "authorization", !value.isEmpty else { return }
            found.append((name, value))
        }
        return found
    }
}
