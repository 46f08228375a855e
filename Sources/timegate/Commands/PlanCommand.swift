import ArgumentParser

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show the exact request that an entry would become, and send nothing.",
        discussion: """
            The request goes to standard output with its secrets hidden, and below it what was converted, filled in or \
            would be lost. Ends with 2 if something would be rounded, dropped or contradictory.
            """
    )

    @Argument(help: EntrySource.fileHelp) var file: String?

    @OptionGroup var options: EntryOptions

    @OptionGroup(title: "The entry in flags") var flags: EntryFlags

    @Flag(help: "Also show each step: how long it took, what scripts used and changed.")
    var trace = false

    func run() async throws {
        try await options.run(EntrySource(file: file, flags: flags)) { order in
            order.isPlan = true
            order.isTraced = trace
        }
    }
}
