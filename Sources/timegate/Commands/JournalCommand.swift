import ArgumentParser
import GatewayCore
import GatewayServer
import Glibc
import JSON

struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "See what became of writes, and settle those that only a person can.",
        discussion: """
            Works on the journal's file, or through the admin listener of the gateway that is running on it.
            """,
        subcommands: [
            JournalListCommand.self, JournalShowCommand.self, JournalSettleCommand.self, JournalResolveCommand.self,
        ],
        defaultSubcommand: JournalListCommand.self
    )
}

struct JournalListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List writes, those that are not settled unless another state is asked for."
    )

    @OptionGroup var configuration: ConfigurationOption

    @Option(help: "unknown, sending, answered, reconciling, needs_operator, done, not_recorded, expired or all.")
    var state = "unknown"

    @Option(help: ArgumentHelp("Only writes at this connection.", valueName: "name")) var connection: String?

    @Option(help: "At most so many, 1 to 200.") var limit = 50

    @Option(help: "Where to go on, as the answer before said.") var cursor: String?

    @Flag(help: "Follow the pages to the end.") var all = false

    @Option(name: .shortAndLong, help: "A table for people, or JSON.") var output = DocumentFormat.table

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit must be 1 to 200.") }
        if let connection, let fault = ConnectionName.fault(in: connection) { throw ValidationError(fault.message) }
        guard state.allSatisfy({ $0.isLowercase && $0.isASCII || $0 == "_" }) else {
            throw ValidationError("--state is no state: \(state).")
        }
    }

    func run() async throws {
        let access = JournalAccess(configuration: try configuration.read(for: .form))
        let names = access.configuration.setup.connections.map(\.name)
        if let connection, !names.contains(connection) {
            let known = names.joined(separator: ", ")
            Output.words.line("The configuration has no connection \(connection); there are: \(known).")
        }
        var outcomes: [JSONValue] = []
        var next = cursor
        var body: JSONObject = [:]
        repeat {
            let answer = try await access.perform(.list(query: query(next)))
            guard !answer.isProblem else {
                let exit = answer.reported(output)
                if outcomes.isEmpty { throw exit }
                // What came before is of no use without what is missing: a write that is not seen is not settled.
                Output.words.line("The list is not complete, and not shown: \(outcomes.count) writes came before this.")
                throw ExitStatus.partly.exit
            }
            outcomes += answer.body["data"]?.array ?? []
            next = answer.body["next_cursor"]?.string
            body = answer.body.object ?? [:]
        } while all && next != nil
        body["data"] = .array(outcomes)
        show(outcomes, .object(body))
        guard let next else { return }
        let count = "\(outcomes.count) \(outcomes.count == 1 ? "write is" : "writes are") shown"
        let cursor = VisibleText.of(next)
        Output.words.line("\(count), and there may be more: --all shows the rest, or go on with --cursor \(cursor).")
    }

    private func query(_ cursor: String?) -> String {
        var parts = ["limit=\(limit)"]
        if let cursor { parts.append("cursor=\(APIOrder.escaped(cursor))") }
        if state != "all" { parts.append("state=\(state)") }
        if let connection { parts.append("connection=\(connection)") }
        return parts.joined(separator: "&")
    }

    private func show(_ outcomes: [JSONValue], _ body: JSONValue) {
        let data = Output.data
        if output == .json { return data.line(body.printed(.pretty)) }
        if outcomes.isEmpty {
            let place = connection.map { " at \($0)" } ?? ""
            let isOpen = state == "unknown"
            Output.words.line(isOpen ? "Every write\(place) is settled." : "There is no such write\(place).")
            return
        }
        data.write(JournalText.table(outcomes, style: data.style, width: data.width))
        if state == "unknown" {
            Output.words.line(
                "See one with timegate journal show NUMBER. Unless a gateway runs, timegate journal settle finds out what it can; "
                    + "timegate journal resolve NUMBER … is for what is left."
            )
        }
    }
}

struct JournalShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one write: the entry, the request, and what is known of it."
    )

    @Argument(help: "Its number in the list, or its idempotency key.") var number: String

    @OptionGroup var configuration: ConfigurationOption

    @Option(name: .shortAndLong, help: "A table for people, or JSON.") var output = DocumentFormat.table

    func run() async throws {
        let access = JournalAccess(configuration: try configuration.read(for: .form))
        let answer = try await access.perform(.show(number)).about(write: number)
        guard !answer.isProblem else { throw answer.reported(output) }
        let data = Output.data
        if output == .json { return data.line(answer.body.printed(.pretty)) }
        data.write(JournalText.one(answer.body["data"] ?? .null, style: data.style, width: data.width))
    }
}

struct JournalResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Settle a write that is not settled by itself, after a look at the vendor.",
        discussion: """
            --recorded ID says that the vendor has the entry: the same request with its key is answered with it from now on. \
            Of a request for several entries it is given for each that it was done to. --not-recorded says that it has not: the key is free, and the request may be sent again.
            """
    )

    @Argument(help: "Its number in the list.") var number: Int64

    @OptionGroup var configuration: ConfigurationOption

    @Option(parsing: .singleValue, help: ArgumentHelp("The vendor's identifier of the entry.", valueName: "id"))
    var recorded: [String] = []

    @Flag(help: "The vendor has no such entry.") var notRecorded = false

    @Flag(help: "With --recorded: another connection's entry with this identifier is in another account.")
    var otherAccount = false

    @Option(help: ArgumentHelp("Who says so. (default: you)", valueName: "name")) var by: String?

    @Option(name: .shortAndLong, help: "A table for people, or JSON.") var output = DocumentFormat.table

    func validate() throws {
        guard notRecorded == recorded.isEmpty else {
            throw ValidationError("Give either --recorded ID or --not-recorded.")
        }
        if recorded.contains("") { throw ValidationError("--recorded is empty.") }
    }

    func run() async throws {
        var decision: JSONObject = ["by": .string(by ?? JournalResolveCommand.userName)]
        if otherAccount { decision["other_account"] = true }
        if notRecorded {
            decision["not_recorded"] = true
        } else {
            decision["recorded"] = recorded.count == 1 ? .string(recorded[0]) : .array(recorded.map { .string($0) })
        }
        let access = JournalAccess(configuration: try configuration.read(for: .form))
        let answer = try await access.perform(.resolve(String(number), decision: .object(decision)))
            .about(write: String(number))
        guard !answer.isProblem else { throw answer.reported(output) }
        BrokenPipes.ignore()
        Output.words.line(
            notRecorded
                ? "Settled: the key is free, and the request may be sent again."
                : "Settled: the same request with the key is answered with this."
        )
        if notRecorded, let status = answer.body["data"]?["vendor"]?["status"]?.int64, (200..<300).contains(status) {
            Output.words.line("The vendor had answered \(status) to it: be sure that it has no such entry.")
        }
        let data = Output.data
        if output == .json { return data.line(answer.body.printed(.pretty)) }
        data.write(JournalText.one(answer.body["data"] ?? .null, style: data.style, width: data.width))
    }

    private static var userName: String {
        if let entry = getpwuid(getuid()), let name = entry.pointee.pw_name { return String(cString: name) }
        return "uid \(getuid())"
    }
}

extension EntryAnswer {
    /// Prints a problem, and gives what the command ends with.
    func reported(_ output: DocumentFormat) -> ExitCode {
        EntryPrinter(format: output == .json ? .json : .table, connection: "").print(self)
        return exit.exit
    }
}
