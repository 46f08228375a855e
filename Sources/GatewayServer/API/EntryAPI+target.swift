internal import GatewayCore
internal import JSON
internal import PluginHost

/// What a call is made with. Classes, because many steps are handed them and none changes them.
extension EntryAPI {
    /// A connection that is ready, and what runs its plugin's functions here.
    final class Target: Sendable {
        let connection: Connection
        let plugin: LoadedPlugin
        let scripts: (any PluginScripts)?
        /// The operator's hooks; `nil` where there are none.
        let hooks: Hooks?
        /// The connection's own among the gates; `nil` where it is to be looked up.
        let gate: ConnectionGate?
        /// `/v1/acme/time-entries/`
        let path: String

        init(
            connection: Connection,
            plugin: LoadedPlugin,
            scripts: (any PluginScripts)?,
            hooks: Hooks? = nil,
            gate: ConnectionGate? = nil,
            path: String
        ) {
            self.connection = connection
            self.plugin = plugin
            self.scripts = scripts
            self.hooks = hooks
            self.gate = gate
            self.path = path
        }
    }

    /// A request that has been read so far that only the vendor is missing.
    final class Prepared: Sendable {
        let route: EntryRoute
        let call: Call
        let options: CallOptions
        let document: JSONDocument?
        let batch: EntryBatch?
        let query: String?

        /// The steps of the call, where the caller asks for them.
        var shownTrace: CallTrace? { options.isTraced ? call.trace : nil }

        init(
            route: EntryRoute,
            call: Call,
            options: CallOptions,
            document: JSONDocument?,
            batch: EntryBatch?,
            query: String?
        ) {
            self.route = route
            self.call = call
            self.options = options
            self.document = document
            self.batch = batch
            self.query = query
        }
    }
}
