import ArgumentParser
import GatewayCore
import PluginHost

struct PluginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin",
        abstract: "Look at plugins and check them.",
        subcommands: [PluginCheckCommand.self, PluginShowCommand.self]
    )
}

struct PluginCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Load plugins, show their field tables, and run their golden cases.",
        discussion: "Ends with 7 if a plugin does not load or a case fails."
    )

    @Argument(
        help: ArgumentHelp("Plugin folders, or directories of them. (default: the installed plugins)", valueName: "dir")
    )
    var directories: [String] = []

    @OptionGroup var place: PluginPlace

    @Flag(name: .shortAndLong, help: "Only what fails, and one line for each plugin.")
    var quiet = false

    func run() async throws {
        var folders: [String] = []
        for directory in directories.isEmpty ? [try place.directory()] : directories {
            folders += try self.folders(in: directory)
        }
        var areGood = true
        for (index, folder) in folders.enumerated() {
            if index > 0, !quiet { Output.data.line() }
            areGood = await PluginCheck(folder: folder).run(isVerbose: !quiet, data: Output.data) && areGood
        }
        guard areGood else { throw ExitStatus.plugin.exit }
    }

    private func folders(in directory: String) throws -> [String] {
        var directory = directory
        while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        if FilePaths.isFile("\(directory)/plugin.lua") { return [directory] }
        let names = PluginLoader.names(in: directory)
        guard !names.isEmpty else {
            Output.words.line("There is no plugin in \(directory): no plugin.lua, and no folder with one.")
            throw ExitStatus.plugin.exit
        }
        return names.map { "\(directory)/\($0)" }
    }
}

struct PluginShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what a plugin says about its vendor.",
        discussion: "Fields with their direction and what a loss means, forms of time, operations, settings, errors."
    )

    @Argument(help: "The plugin's name, or its folder.")
    var name: String

    @OptionGroup var place: PluginPlace

    func run() throws {
        let folder = name.contains("/") ? name : "\(try place.directory())/\(name)"
        do throws(PluginFault) {
            let plugin = try PluginLoader.load(folder: folder, shownAs: PluginShelf.shownName(of: folder))
            let data = Output.data
            data.write(PluginText(plugin.vendor.manifest, style: data.style, width: data.width).text)
        } catch {
            Output.words.write(FaultText.text(error, style: Output.words.style))
            throw ExitStatus.plugin.exit
        }
    }
}

/// Where the plugins are, for commands without a configuration.
struct PluginPlace: ParsableArguments {
    @Option(help: ArgumentHelp("The directory of the plugins.", valueName: "dir"))
    var plugins: String?

    func directory() throws -> String {
        do throws(PluginSearch.NotFound) {
            let search = PluginSearch(flag: plugins, environment: Environment.value, executable: FilePaths.executable())
            return try search.directory()
        } catch {
            Output.words.line("\(error.message)\n  → Name the directory with --plugins or TIMEGATE_PLUGINS.")
            throw ExitStatus.refused.exit
        }
    }
}
