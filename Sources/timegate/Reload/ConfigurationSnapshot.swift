import GatewayServer
import PluginHost

/// What a gateway that runs remembers of the configuration that it read.
struct ConfigurationSnapshot: Sendable {
    var file: String
    var setup: GatewaySetup
    var statePath: String?
    var secretFiles: [String]
    var hookFiles: [String]
    var pluginDirectory: String
    /// The plugins in use.
    var loaded: [String: LoadedPlugin]
    /// The plugins that are not right on disk: those that run in an earlier version, and those that do not run.
    var fallbacks: [String: PluginFault]
    var faulty: [String: PluginFault]
    /// The same of hooks, by their paths.
    var hooks: [String: LoadedHook]
    var hookFaults: [String: PluginFault]

    init(_ configuration: Configuration) {
        file = configuration.file
        setup = configuration.setup
        statePath = configuration.statePath
        secretFiles = configuration.secretFiles
        hookFiles = configuration.hookFiles
        pluginDirectory = configuration.shelf.directory
        loaded = configuration.shelf.loaded
        fallbacks = configuration.shelf.fallbacks
        faulty = configuration.shelf.faulty
        hooks = configuration.hooks.loaded
        hookFaults = configuration.hooks.fallbacks.merging(configuration.hooks.faulty) { $1 }
    }

    /// Everything that a change of may matter.
    var paths: [String] { [file, pluginDirectory] + secretFiles + hookFiles }

    /// The directories in which a change may be one of the configuration's.
    var places: [FileWatcher.Place] {
        let directories = Set(([file] + secretFiles + hookFiles).map { FilePaths.directory(of: $0) })
        return directories.sorted().map { FileWatcher.Place(path: $0) }
            + [FileWatcher.Place(path: pluginDirectory, depth: 3)]
    }

    var faults: [PluginFault] {
        [fallbacks, faulty, hookFaults].flatMap { faults in faults.sorted { $0.key < $1.key }.map(\.value) }
    }
}
