import GatewayCore
import GatewayServer
import PluginHost

/// What differs between two configurations, by name and never by value: values may be secrets.
enum ConfigurationChanges {
    static func list(from old: ConfigurationSnapshot, to new: ConfigurationSnapshot) -> [String] {
        let connections = { (configuration: ConfigurationSnapshot) in
            Dictionary(uniqueKeysWithValues: configuration.setup.connections.map { ($0.name, $0) })
        }
        let keys = { (configuration: ConfigurationSnapshot) in
            Dictionary(uniqueKeysWithValues: configuration.setup.keys.map { ($0.caller.name, $0) })
        }
        let plugins = { (configuration: ConfigurationSnapshot) in configuration.loaded.mapValues(\.digest) }
        let hooks = { (configuration: ConfigurationSnapshot) in
            Dictionary(configuration.hooks.values.map { ($0.name, $0.digest) }) { first, _ in first }
        }
        return compare("connection", connections(old), connections(new), isSame)
            + compare("key", keys(old), keys(new), isSame)
            + compare("plugin", plugins(old), plugins(new), ==)
            + compare("hook", hooks(old), hooks(new), ==)
    }

    /// What the gateway keeps as it was started with.
    ///
    /// - Parameter began: what it was started with.
    static func needingRestart(
        from old: ConfigurationSnapshot,
        to new: ConfigurationSnapshot,
        began: GatewaySetup
    ) -> [String] {
        var changes: [String] = []
        let (before, after) = (old.setup, new.setup)
        func check(_ name: String, _ isSame: Bool) {
            if !isSame {
                changes.append("\(name): was changed, and needs a restart: the gateway keeps what it began with.")
            }
        }
        check("listen", before.host == after.host && before.port == after.port)
        check("admin", before.adminHost == after.adminHost && before.adminPort == after.adminPort)
        check("state", old.statePath == new.statePath)
        check("records", before.records == after.records)
        let listeners = (listeners(began), listeners(after))
        for name in Set(listeners.0.keys).union(listeners.1.keys).sorted() {
            check("connection \(name): proxy.listen", listeners.0[name] == listeners.1[name])
        }
        if !isProxied(began), isProxied(after) {
            changes.append(
                "connections: the first one with a proxy needs a restart before absolute targets (HTTP_PROXY) are taken; "
                    + "/proxy/{connection} and names in Host work at once."
            )
        }
        return changes
    }

    private static func listeners(_ setup: GatewaySetup) -> [String: ProxyRules.Listener] {
        Dictionary(
            uniqueKeysWithValues: setup.connections.compactMap { one in one.proxy?.listener.map { (one.name, $0) } }
        )
    }

    private static func isProxied(_ setup: GatewaySetup) -> Bool { setup.connections.contains { $0.proxy != nil } }

    private static func compare<Value>(
        _ kind: String,
        _ old: [String: Value],
        _ new: [String: Value],
        _ isSame: (Value, Value) -> Bool
    ) -> [String] {
        Set(old.keys).union(new.keys).sorted().compactMap { name in
            switch (old[name], new[name]) {
            case (let before?, let after?): isSame(before, after) ? nil : "\(kind) \(name): changed"
            case (nil, _): "\(kind) \(name): added"
            case (_, nil): "\(kind) \(name): removed"
            }
        }
    }

    private static func isSame(_ old: ConfiguredConnection, _ new: ConfiguredConnection) -> Bool {
        guard old.proxy == new.proxy, old.dialect?.digest == new.dialect?.digest,
            old.hooks.elementsEqual(new.hooks, by: { $0.settings == $1.settings && $0.hook.isSame(as: $1.hook) })
        else { return false }
        return switch (old.state, new.state) {
        case (.ready(let one, let onePlugin), .ready(let two, let twoPlugin)):
            one.vendor == two.vendor && one.origin == two.origin && one.allowsPrivate == two.allowsPrivate
                && one.settings == two.settings && one.zone?.name == two.zone?.name && one.handling == two.handling
                && one.requiresKey == two.requiresKey && one.rateWindows == two.rateWindows
                && one.journalsKeyless == two.journalsKeyless && one.headers == two.headers
                && one.facade?.rules == two.facade?.rules && onePlugin.digest == twoPlugin.digest
        case (.disabled(let one, let oneReason), .disabled(let two, let twoReason)):
            one == two && oneReason == twoReason
        default: false
        }
    }

    private static func isSame(_ old: GatewayKey, _ new: GatewayKey) -> Bool {
        old.sha256 == new.sha256 && old.limit == new.limit && old.caller.connections == new.caller.connections
            && old.caller.scopes == new.caller.scopes && old.caller.identities == new.caller.identities
    }
}
