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
        if let fault = ProgramArguments.fault(in: CommandLine.unsafeArgv, count: Int(CommandLine.argc)) {
            Output.words.line("\(fault)")
            Output.words.line("  → \(ProgramArguments.remedy)")
            exit(withError: ExitStatus.usage.exit)
        }
        do {
            var command = try await asyncParseAsRoot(nil)
            do {
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
            } catch let error as ValidationError {
                report(error, of: type(of: command))
                throw ExitStatus.usage.exit
            }
        } catch {
            exit(withError: error)
        }
    }

    /// What is found wrong only while a command runs is said with the usage of that command, as the parser's own faults are.
    private static func report(_ error: ValidationError, of command: any ParsableCommand.Type) {
        let usage = usageString(for: command)
        let names = usage.split(separator: " ").prefix { $0.first?.isLetter ?? false }.joined(separator: " ")
        Output.words.line("Error: \(error.message)\nUsage: \(usage)\n  See '\(names) --help' for more information.")
    }
}

enum TimegateVersion {
    static let text = "0.1.0"
}
