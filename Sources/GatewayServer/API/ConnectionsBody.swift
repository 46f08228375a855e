internal import GatewayCore
internal import JSON
internal import PluginHost

/// What a key may see of its connections.
enum ConnectionsBody {
    /// `{"data": [{name, vendor, state, operations}, …]}`
    static func list(_ caller: Caller, _ targets: [String: UnifiedAPI.Target]) -> [UInt8] {
        let lines = caller.connections.sorted().compactMap { targets[$0] }.map { target -> JSONValue in
            var line = head(target)
            if case .ready(_, let plugin) = target.configured.state {
                let operations = plugin.vendor.manifest.operations.keys.map(\.rawValue).sorted()
                line["operations"] = .array(operations.map { .string($0) })
            }
            return .object(line)
        }
        return Array(JSONValue.object(["data": .array(lines)]).serialized(.compact).utf8)
    }

    /// One connection with its capabilities.
    static func one(_ target: UnifiedAPI.Target) -> [UInt8] {
        var line = head(target)
        if case .ready(let connection, let plugin) = target.configured.state {
            for member in Capabilities(plugin.vendor, connection).json { line[member.key] = member.value }
        }
        return Array(JSONValue.object(["data": .object(line)]).serialized(.compact).utf8)
    }

    private static func head(_ target: UnifiedAPI.Target) -> JSONObject {
        var line: JSONObject = [
            "name": .string(target.configured.name), "vendor": .string(target.configured.vendor),
        ]
        switch target.configured.state {
        case .ready: line["state"] = "ready"
        case .disabled(_, let reason):
            line["state"] = "disabled"
            line["reason"] = .string(reason)
        }
        return line
    }
}
