internal import GatewayCore
internal import Logging
internal import PluginHost

/// What one configuration makes of one event loop. A reload makes another and swaps the one reference to it; calls under
/// way hold on to what they began with, and the last of them lets it go.
///
/// `@unchecked Sendable`: made off the loop, then used on its loop only.
final class LoopGeneration: @unchecked Sendable {
    /// 1 for the configuration that the gateway began with.
    let number: Int
    let targets: [String: UnifiedAPI.Target]
    let keys: KeyRing
    let entries: EntryAPI

    init(number: Int, targets: [String: UnifiedAPI.Target], keys: KeyRing, entries: EntryAPI) {
        self.number = number
        self.targets = targets
        self.keys = keys
        self.entries = entries
    }

    /// The connections of a configuration for one event loop, each plugin with a Lua state of its own.
    static func targets(_ connections: [ConfiguredConnection], _ log: Logger) -> [String: UnifiedAPI.Target] {
        var targets: [String: UnifiedAPI.Target] = [:]
        var scripts: [ObjectIdentifier: any PluginScripts] = [:]
        for configured in connections {
            var configured = configured
            var own: (any PluginScripts)?
            if case .ready(let connection, let plugin) = configured.state {
                do throws(PluginFault) {
                    if scripts[ObjectIdentifier(plugin)] == nil {
                        scripts[ObjectIdentifier(plugin)] = try plugin.makeScripts { line in
                            log.info("script", metadata: ["plugin": "\(line.plugin)", "text": "\(line.text)"])
                        }
                    }
                    own = scripts[ObjectIdentifier(plugin)]
                } catch {
                    configured.state = .disabled(vendor: connection.vendor, reason: error.description)
                }
            }
            targets[configured.name] = UnifiedAPI.Target(
                configured: configured,
                scripts: own,
                path: "/v1/\(configured.name)/time-entries/"
            )
        }
        return targets
    }
}
