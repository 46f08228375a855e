import ArgumentParser
import GatewayCore

struct EntryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entry",
        abstract: "Work with time entries.",
        subcommands: [
            EntryCreateCommand.self, EntryBatchCommand.self, EntryGetCommand.self, EntryListCommand.self,
            EntryUpdateCommand.self,
            EntryReplaceCommand.self, EntryDeleteCommand.self, EntryApproveCommand.self, EntryUnapproveCommand.self,
            EntryRejectCommand.self, EntryUnrejectCommand.self, EntryStartCommand.self, EntryStopCommand.self,
            EntryPauseCommand.self, EntryResumeCommand.self,
        ]
    )
}

struct EntryCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a time entry at a vendor.",
        discussion: """
            With --config the entry goes straight to the vendor, with --server through a running gateway. Without \
            --as or --server the caller is you, the operator, and everything is allowed.
            """
    )

    enum IncludeOption: String, ExpressibleByArgument, CaseIterable { case money, raw }

    @Argument(help: EntrySource.fileHelp) var file: String?

    @OptionGroup var options: EntryOptions

    @OptionGroup(title: "The entry in flags") var flags: EntryFlags

    @Flag(help: "Show the request and send nothing, as plan does.")
    var dryRun = false

    @OptionGroup var key: KeyOption

    @Option(parsing: .singleValue, help: "Also answer with money, or with the vendor's raw answer.")
    var include: [IncludeOption] = []

    func run() async throws {
        try await options.run(EntrySource(file: file, flags: flags)) { order in
            order.isPlan = dryRun
            order.idempotencyKey = key.idempotencyKey
            if include.contains(.money) { order.include.insert(.money) }
            if include.contains(.raw) { order.include.insert(.raw) }
        }
    }
}
