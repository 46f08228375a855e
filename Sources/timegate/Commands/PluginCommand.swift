import ArgumentParser
import GatewayCore
import JSON
import PluginHost

struct PluginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin",
        abstract: "Write plugins, check and test them, and look at them.",
        subcommands: [
            PluginNewCommand.self, PluginCheckCommand.self, PluginTestCommand.self, PluginShowCommand.self,
            PluginTypesCommand.self,
        ]
    )
}

struct PluginCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Load plugins, say what in them cannot be meant, and run their golden cases.",
        discussion: """
            Every finding says the file and the line, what is wrong, and what to do. Ends with 7 if a plugin does not load or \
            a case fails, and with --strict also for a finding.
            """
    )

    @Argument(
        help: ArgumentHelp("Plugins: names, folders, or directories of them. (default: all)", valueName: "name")
    )
    var names: [String] = []

    @OptionGroup var place: PluginPlace

    @Flag(name: .shortAndLong, help: "Only what fails, and one line for each plugin.")
    var quiet = false

    @Flag(help: "Also fail for what loads and cannot be meant.")
    var strict = false

    func run() async throws {
        var areGood = true
        for (index, folder) in try PluginFolders(names, place).folders.enumerated() {
            if index > 0, !quiet { Output.data.line() }
            let check = PluginCheck(folder: folder, isStrict: strict)
            areGood = await check.run(isVerbose: !quiet, data: Output.data) && areGood
        }
        guard areGood else { throw ExitStatus.plugin.exit }
    }
}

struct PluginShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what a plugin says about its vendor.",
        discussion: """
            Fields with their direction and what a loss means, forms of time, operations, settings, errors. With --admin also how \
            a running gateway's connections with this plugin are: a plugin that was quarantined says so there.
            """
    )

    @Argument(help: "The plugin's name, or its folder.")
    var name: String

    @OptionGroup var place: PluginPlace

    @Option(help: ArgumentHelp("A running gateway's admin listener: http://127.0.0.1:8081.", valueName: "url"))
    var admin: String?

    func run() async throws {
        try show()
        guard let admin else { return }
        let answer = try await AdminListener(admin).get("/readyz", .state)
        // A gateway that is not ready answers with the same body.
        guard let connections = answer.body["connections"]?.array else { throw answer.reported(.table) }
        let plugin = FilePaths.name(of: name)
        let own = connections.filter { $0["vendor"]?.string == plugin }
        let data = Output.data
        data.line("\n\(data.style.strong("Connections")) at \(admin)")
        if own.isEmpty { data.line("  none") }
        for connection in own {
            let state = connection["state"]?.string ?? ""
            let reason = connection["reason"]?.string.map { ": \($0)" } ?? ""
            let shown = state == "ready" ? data.style.good(state) : data.style.bad(state)
            data.line("  \(connection["name"]?.string ?? "")  \(shown)\(reason)")
        }
    }

    private func show() throws {
        let isFolder = name.contains("/") || name == "." || name == ".."
        let folder = isFolder ? FilePaths.named(name) : "\(try place.directory())/\(name)"
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
