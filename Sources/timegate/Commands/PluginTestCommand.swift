import ArgumentParser
import GatewayCore
import PluginHost

struct PluginTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run a plugin's golden cases and Lua tests, twice and shuffled.",
        discussion: """
            Golden cases are plugins/NAME/cases/*.json, Lua tests plugins/NAME/tests/*.lua. A failure is shown field by \
            field: its JSON pointer, what was expected, what was found. Fields, operations, statuses, codes and functions \
            that the plugin declares and no test touches are listed. Ends with 7 if a plugin does not load or a test fails.
            """
    )

    @Argument(
        help: ArgumentHelp("Plugins: names, folders, or directories of them. (default: all)", valueName: "name")
    )
    var names: [String] = []

    @OptionGroup var place: PluginPlace

    @Flag(name: .shortAndLong, help: "Again whenever a file of the plugins changes, until interrupted.")
    var watch = false

    @Flag(name: .shortAndLong, help: "Only what fails, and one line for each plugin.")
    var quiet = false

    @Flag(help: "Also fail where something that is declared is touched by no test.")
    var covered = false

    @Option(help: ArgumentHelp("Only tests with this in their name, or in what they are about.", valueName: "text"))
    var only: String?

    @Option(help: ArgumentHelp("The order of an earlier run. (default: another one each time)", valueName: "number"))
    var seed: UInt64?

    func run() async throws {
        let folders = try PluginFolders(names, place).folders
        guard watch else {
            guard await runOnce(folders) else { throw ExitStatus.plugin.exit }
            return
        }
        let (changes, more) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let watcher: FileWatcher
        do throws(FileWatcher.Failure) {
            watcher = try FileWatcher(folders.map { FileWatcher.Place(path: $0, depth: 3) }) { more.yield() }
        } catch {
            Output.words.line("Changes cannot be watched: \(error.reason).")
            Output.words.line("  → Run without --watch, or raise fs.inotify.max_user_instances.")
            throw ExitStatus.fault.exit
        }
        let isGood = await runOnce(folders)
        Output.words.line(isGood ? "Waiting for changes." : "Waiting for changes to what failed.")
        for await _ in changes {
            Output.data.line()
            _ = await runOnce(folders)
            Output.words.line("Waiting for changes.")
        }
        withExtendedLifetime(watcher) {}
    }

    private func runOnce(_ folders: [String]) async -> Bool {
        var outcomes: [Outcome] = []
        for folder in folders { outcomes.append(await runOne(folder, isAlone: folders.count == 1)) }
        guard outcomes.contains(where: { $0 != .unmatched }) else {
            if folders.count > 1 {
                Output.data.line(
                    "No test of these \(folders.count) plugins has the text of --only in its name or about."
                )
            }
            return folders.isEmpty
        }
        return !outcomes.contains(.bad)
    }

    private enum Outcome {
        case good, bad
        /// None of its tests is meant by `--only`, which may be about another plugin.
        case unmatched
    }

    private func runOne(_ folder: String, isAlone: Bool) async -> Outcome {
        let data = Output.data
        let text = TestText(style: data.style, width: data.width)
        do throws(PluginFault) {
            let plugin = try PluginLoader.load(folder: folder, shownAs: PluginShelf.shownName(of: folder))
            let run = try await PluginTester.run(
                plugin,
                zones: .system,
                seed: seed ?? .random(in: 1...999_999),
                only: only
            )
            let isUnmatched = run.isPart && run.results.isEmpty && !run.names.isEmpty
            if isUnmatched, !isAlone { return .unmatched }
            data.write(text.text(run, plugin, isQuiet: quiet))
            if isUnmatched { return .unmatched }
            let isGood = run.failed == 0 && !run.results.isEmpty && (!covered || run.uncovered.isEmpty)
            return isGood ? .good : .bad
        } catch {
            data.line("\(data.style.bad("failed"))  \(FilePaths.name(of: folder)): the plugin does not load")
            data.write(FaultText.text(error, style: data.style))
            return .bad
        }
    }
}
