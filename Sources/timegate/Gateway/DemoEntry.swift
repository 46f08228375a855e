import GatewayCore
import JSON
import PluginHost
import VendorSimulators

/// What the demo does at one vendor: how the connection is configured, and the entry that goes in. It is read from the
/// plugin's `example.json`, so that a new vendor's demo needs nothing but its folder.
struct DemoEntry {
    let vendor: SimulatedVendor
    let connection: String
    /// The connection's members beside plugin, origin and secrets.
    let settings: JSONObject
    /// The names of the secrets that the plugin asks for.
    let secrets: [String]
    /// Whether the gateway can find an entry at this vendor whose answer was lost.
    let isLookedFor: Bool
    /// Who the demo's key is at this vendor.
    let identity: JSONValue?
    let entry: JSONValue

    /// Why an example cannot be used.
    struct Unusable: Error {
        let message: String
    }

    /// The examples of the plugins in a directory that have a simulator, in the simulators' order.
    static func all(in directory: String) throws(Unusable) -> [DemoEntry] {
        let names = PluginLoader.names(in: directory)
        var entries: [DemoEntry] = []
        for vendor in SimulatedVendor.allCases where names.contains(vendor.rawValue) {
            entries.append(try DemoEntry(vendor, folder: "\(directory)/\(vendor.rawValue)"))
        }
        guard !entries.isEmpty else {
            throw Unusable(
                message: "None of the plugins in \(directory) has a simulator: \(names.joined(separator: ", "))."
            )
        }
        return entries
    }

    private init(_ vendor: SimulatedVendor, folder: String) throws(Unusable) {
        let file = "\(folder)/example.json"
        let example: JSONValue
        do {
            example = try JSONValue(parsing: try FileContent(readingFrom: file).bytes)
        } catch let failure as FileContent.Failure {
            throw Unusable(message: "\(file): \(failure.reason)")
        } catch {
            throw Unusable(message: "\(file): \(error)")
        }
        guard let entry = example["entry"], entry.object != nil else {
            throw Unusable(message: "\(file): it has no object \"entry\".")
        }
        do throws(PluginFault) {
            let manifest = try PluginLoader.load(folder: folder).vendor.manifest
            secrets = manifest.secrets.map(\.name)
            isLookedFor = manifest.isReconciled
        } catch {
            throw Unusable(message: error.description)
        }
        self.vendor = vendor
        connection = "acme-\(vendor.rawValue)"
        settings = example["connection"]?.object ?? JSONObject()
        identity = example["identity"]
        self.entry = entry
    }

    /// The environment variable of the connection's token.
    var tokenVariable: String { "DEMO_\(vendor.rawValue.uppercased())_TOKEN" }

    /// The configuration of a gateway for these entries: JSON, which YAML includes.
    static func configuration(_ entries: [DemoEntry], plugins: String, origin: (SimulatedVendor) -> String) -> String {
        var connections = JSONObject()
        var identities = JSONObject()
        for demo in entries {
            var connection = JSONObject()
            connection["plugin"] = .string(demo.vendor.rawValue)
            connection["origin"] = .string(origin(demo.vendor))
            connection["allow_private"] = true
            var secrets = JSONObject()
            for name in demo.secrets {
                secrets[name] = .object(JSONObject([(key: "env", value: .string(demo.tokenVariable))]))
            }
            connection["secrets"] = .object(secrets)
            for member in demo.settings { connection[member.key] = member.value }
            connections[demo.connection] = .object(connection)
            identities[demo.connection] = demo.identity
        }
        let key: JSONValue = [
            "name": "demo",
            "token": ["env": "DEMO_KEY"],
            "connections": .array(entries.map { .string($0.connection) }),
            "scopes": ["read", "write", "approve"],
            "identity": .object(identities),
        ]
        let configuration: JSONValue = [
            "listen": "127.0.0.1:0",
            "plugins": .string(plugins),
            "connections": .object(connections),
            "keys": [key],
        ]
        return configuration.serialized(.pretty)
    }
}
