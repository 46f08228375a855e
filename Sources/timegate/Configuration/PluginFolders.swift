import ArgumentParser
import PluginHost

/// The plugin folders that a command is about.
struct PluginFolders {
    let folders: [String]

    /// - Parameter arguments: names of plugins, plugin folders, or directories of them; none means all that are found.
    init(_ arguments: [String], _ place: PluginPlace) throws {
        var folders: [String] = []
        for argument in arguments.isEmpty ? [try place.directory()] : arguments {
            folders += try Self.folders(argument, place)
        }
        self.folders = folders
    }

    private static func folders(_ argument: String, _ place: PluginPlace) throws -> [String] {
        var path = argument
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        if FilePaths.isFile("\(path)/plugin.lua") { return [FilePaths.named(path)] }
        let names = PluginLoader.names(in: path)
        if !names.isEmpty { return names.map { "\(path)/\($0)" } }
        if !path.contains("/"), let directory = try? place.directory() {
            if FilePaths.isFile("\(directory)/\(path)/plugin.lua") { return ["\(directory)/\(path)"] }
        }
        Output.words.line("There is no plugin in \(path): no plugin.lua, and no folder with one.")
        Output.words.line("  → Name a plugin, its folder, or a directory of plugins.")
        throw ExitStatus.plugin.exit
    }
}
