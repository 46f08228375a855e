import GatewayCore
import GatewayServer

/// A configuration that was read and found right.
struct Configuration {
    /// The file as the caller named it.
    var file: String
    var setup: GatewaySetup
    /// Every connection that the file names, also those that this reading left out.
    var connectionNames: [String]
    /// The callers of the keys, by the keys' names.
    var callers: [String: Caller]
    var shelf: PluginShelf
    var hooks: HookShelf
    /// The file of the journal; `nil` where it is switched off.
    var statePath: String?
    /// Where the file says it; 0 where it does not.
    var stateLine: Int
    /// The files that secrets were read from.
    var secretFiles: [String]
    /// The files of its hooks.
    var hookFiles: [String]
    /// What works and should not stay so.
    var warnings: [ConfigurationFault]
}

/// What a command needs of a configuration.
struct ConfigurationDemand {
    /// All connections with their secrets and all keys: for a server.
    static let everything = ConfigurationDemand()

    /// One connection alone. The rest is still read and checked for its form, but no other secret is fetched and no
    /// other plugin loaded, so that a command for one connection does not depend on the environment of all.
    static func connection(_ name: String) -> ConfigurationDemand { ConfigurationDemand(connection: name) }

    /// The form alone: no connection, no secret, no key.
    static let form = ConfigurationDemand(connection: "")

    var connection: String?

    func needs(connection name: String) -> Bool { connection == nil || connection == name }

    var needsKeys: Bool { connection == nil }
}
