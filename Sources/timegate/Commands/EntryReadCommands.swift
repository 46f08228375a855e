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

    func run() async throws {
        let query = try filters.query(today: DateWords.today)
        let printer = EntryListPrinter(format: options.output)
        try await options.withGateway { perform in
            var next = cursor
            var count = 0
            var seconds: Int64 = 0
            var isFirst = true
            repeat {
                var order = APIOrder(method: "GET", connection: options.connection)
                order.query = query + [("limit", String(limit))]
                if let next { order.query.append(("cursor", next)) }
                let answer = await perform(order)
                if answer.isProblem {
                    EntryPrinter(format: options.output == .json ? .json : .table, connection: options.connection)
                        .print(answer)
                    if count > 0 { Output.words.line("The list is not complete: \(count) entries came before this.") }
                    throw (count > 0 ? ExitStatus.partly : answer.exit).exit
                }
                let entries = answer.body["data"]?.array ?? []
                next = answer.body["next_cursor"]?.string
                printer.print(answer.body, entries, isFirst: isFirst)
                count += entries.count
                seconds += entries.reduce(0) { $0 + ($1["duration_seconds"]?.int64 ?? 0) }
                isFirst = false
            } while all && next != nil
            let more = next.map { "; more with --all or --cursor \($0)" } ?? ""
            Output.words.line(
                Output.words.style.faint(
                    "\(count) \(count == 1 ? "entry" : "entries"), \(ClockText.hours(seconds))\(more)"
                )
            )
        }
    }
}
