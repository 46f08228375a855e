internal import GatewayCore
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
    /// `nil` where no connection is proxied.
    let proxy: ProxyAPI?

    init(
        number: Int,
        targets: [String: UnifiedAPI.Target],
        keys: KeyRing,
        entries: EntryAPI,
        proxy: ProxyAPI? = nil
    ) {
        self.proxy = proxy
        self.number = number
        self.targets = targets
        self.keys = keys
        self.entries = entries
    }

    /// The connections of a configuration for one event loop, each plugin and each hook with a Lua state of its own.
    static func targets(
        _ setup: GatewaySetup,
        _ gates: ConnectionGates,
        write: @escaping @Sendable (ScriptLogLine) -> Void
    ) -> [String: UnifiedAPI.Target] {
        var targets: [String: UnifiedAPI.Target] = [:]
        var scripts: [ObjectIdentifier: any PluginScripts] = [:]
        var bench = HookBench(watch: setup.watch, log: write)
        for configured in setup.connections {
            var configured = configured
            var own: (any PluginScripts)?
            var hooks: Hooks?
            if case .ready(let connection, let plugin) = configured.state {
                do throws(PluginFault) {
                    if scripts[ObjectIdentifier(plugin)] == nil {
                        scripts[ObjectIdentifier(plugin)] = try plugin.makeScripts(watch: setup.watch, log: write)
                    }
                    own = scripts[ObjectIdentifier(plugin)]
                    hooks = try bench.hooks(configured.hooks)
                } catch {
                    configured.state = .disabled(vendor: connection.vendor, reason: error.description)
                }
            }
            targets[configured.name] = UnifiedAPI.Target(
                configured: configured,
                scripts: own,
                hooks: hooks,
                gate: gates[configured.name],
                path: "/v1/\(configured.name)/time-entries/"
            )
        }
        return targets
    }
}
