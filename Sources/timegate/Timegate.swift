import ArgumentParser
import LuaRuntime

@main
struct Timegate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timegate",
        abstract: "A gateway for time entries: one API and one command line for many vendors.",
        version: TimegateVersion.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Gateway",
                subcommands: [
                    ServeCommand.self, ReloadCommand.self, CheckCommand.self, DoctorCommand.self, KeysCommand.self,
                    ProblemsCommand.self, OpenAPICommand.self, ProxyCommand.self,
                ]
            ),
            CommandGroup(
                name: "Entries",
                subcommands: [EntryCommand.self, ConnectionsCommand.self, PlanCommand.self, ExplainCommand.self]
            ),
            CommandGroup(name: "Journal", subcommands: [JournalCommand.self]),
            CommandGroup(name: "Plugins", subcommands: [PluginCommand.self]),
            CommandGroup(name: "To try it", subcommands: [DemoCommand.self, SimulateCommand.self]),
        ]
    )

    /// On the first thread, before there is another one, so that it holds for all of them.
    @MainActor
    static func main() async {
        ScriptProcess.forbidPrivileges()
        await main(nil)
    }
}

enum TimegateVersion {
    static let text = "0.1.0"
}
