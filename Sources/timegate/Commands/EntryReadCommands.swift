import ArgumentParser
import GatewayCore
import JSON

struct EntryGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Show one entry.")

    @Argument(help: "The vendor's identifier of the entry.") var id: String

    @OptionGroup var options: EntryOptions

    @Option(parsing: .singleValue, help: "Also answer with money, or with the vendor's raw answer.")
    var include: [EntryCreateCommand.IncludeOption] = []

    func run() async throws {
        var order = APIOrder(method: "GET", connection: options.connection, segments: [id])
        if !include.isEmpty { order.query = [("include", include.map(\.rawValue).joined(separator: ","))] }
        try await options.finish(order, done: "Read")
    }
}

struct EntryListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List entries.",
        discussion: """
            A filter that the vendor does not have is refused by name, never ignored. Standard output is the list; the \
            count, and how to get more, go to standard error.
            """
    )

    @OptionGroup var options: EntryOptions

    @OptionGroup(title: "Which entries") var filters: ListFlags

    @Option(help: "Entries in one answer, 1 to 1000.") var limit = 50

    @Option(help: "Where to go on, as the answer before said.") var cursor: String?

    @Flag(help: "Follow the pages to the end.") var all = false

    @Option(
        help: ArgumentHelp(
            "With --server: one sorted list over these connections instead of --connection.",
            valueName: "a,b"
        )
    )
    var connections: String?

    func validate() throws {
        guard connections != nil else { return }
        if options.named != nil { throw ValidationError("Give --connection or --connections, not both.") }
        if options.server == nil {
            throw ValidationError("A list over several connections is merged by a running gateway: add --server.")
        }
    }

    func run() async throws {
        let query = try filters.query(today: DateWords.today)
        let run = EntryListRun(
            order: order(query),
            limit: limit,
            cursor: cursor,
            followsPages: all,
            printer: EntryListPrinter(format: options.output, isMerged: connections != nil, hasPages: all)
        )
        guard connections != nil, let server = options.server else {
            return try await options.withGateway { try await run.run($0) }
        }
        let remote = try RemoteGateway.open(server, keyEnv: options.keyEnv)
        defer { remote.caller.shutdown() }
        try await run.run { await remote.perform($0) }
    }

    private func order(_ query: [(name: String, value: String)]) -> APIOrder {
        var order =
            connections == nil
            ? APIOrder(method: "GET", connection: options.connection) : APIOrder(method: "GET", place: ["time-entries"])
        order.query = (connections.map { [("connections", $0)] } ?? []) + query
        return order
    }
}
