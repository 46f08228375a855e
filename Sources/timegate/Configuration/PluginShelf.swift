import PluginHost

/// The plugins of one directory, each loaded when it is first asked for.
final class PluginShelf {
    enum Finding {
        case loaded(LoadedPlugin)
        /// It is there and cannot be used.
        case faulty(PluginFault)
        case absent
    }

    let directory: String
    /// The names of all plugins that are there.
    lazy var names: [String] = PluginLoader.names(in: directory)
    private var findings: [String: Finding] = [:]

    init(directory: String) {
        self.directory = directory
    }

    func plugin(_ name: String) -> Finding {
        if let known = findings[name] { return known }
        let finding = find(name)
        findings[name] = finding
        return finding
    }

    /// How messages name a plugin's file: by its place under `plugins`, or where it is somewhere else, by its whole path.
    static func shownName(of folder: String) -> String? {
        let isUsual = FilePaths.name(of: FilePaths.directory(of: folder)) == "plugins"
        return isUsual ? nil : "\(folder)/plugin.lua"
    }

    private func find(_ name: String) -> Finding {
        guard !name.contains("/"), !name.hasPrefix("."), FilePaths.isFile("\(directory)/\(name)/plugin.lua") else {
            return .absent
        }
        do throws(PluginFault) {
            let folder = "\(directory)/\(name)"
            return .loaded(try PluginLoader.load(folder: folder, shownAs: PluginShelf.shownName(of: folder)))
        } catch {
            return .faulty(error)
        }
    }
}
