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
    private let stock: Stock
    /// The plugins that cannot be used as they are on disk, and run in their last good version.
    private(set) var fallbacks: [String: PluginFault] = [:]

    /// What a gateway that runs already has of plugins and hooks.
    struct Stock {
        /// The last versions that were right.
        var good: [String: LoadedPlugin] = [:]
        /// The same of hooks, by their paths.
        var goodHooks: [String: LoadedHook] = [:]
        /// What does not pass its golden cases as it is on disk.
        var rejected: [String: PluginFault] = [:]
    }

    init(directory: String, stock: Stock = Stock()) {
        self.directory = directory
        self.stock = stock
    }

    /// The plugins that were asked for and cannot be used, in no version.
    var faulty: [String: PluginFault] {
        findings.compactMapValues { if case .faulty(let fault) = $0 { fault } else { nil } }
    }

    /// The plugins that were asked for and can be used.
    var loaded: [String: LoadedPlugin] {
        findings.compactMapValues { if case .loaded(let plugin) = $0 { plugin } else { nil } }
    }

    func plugin(_ name: String) -> Finding {
        if let known = findings[name] { return known }
        var finding = find(name)
        if case .loaded = finding, let fault = stock.rejected[name] { finding = .faulty(fault) }
        if case .faulty(let fault) = finding, let good = stock.good[name] {
            fallbacks[name] = fault
            finding = .loaded(good)
        }
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
