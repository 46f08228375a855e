import ArgumentParser
import GatewayCore
import Glibc
import JSON

struct EntryUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change an entry: only what is named.",
        discussion: "The entry is read first, and only what differs is sent. In a file, null takes a member away."
    )

    @Argument(help: "The vendor's identifier of the entry.") var id: String
    @Argument(help: EntrySource.fileHelp) var file: String?

    @OptionGroup var options: EntryOptions

    @OptionGroup(title: "What changes, in flags") var flags: EntryFlags

    @OptionGroup var change: ChangeOptions

    func run() async throws {
        let body = try options.body(EntrySource(file: file, flags: flags))
        try await options.finish(change.order("PATCH", id, options, body), done: "Changed")
    }
}

struct EntryReplaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace",
        abstract: "Replace an entry as a whole, where the vendor does that."
    )

    @Argument(help: "The vendor's identifier of the entry.") var id: String
    @Argument(help: EntrySource.fileHelp) var file: String?

    @OptionGroup var options: EntryOptions

    @OptionGroup(title: "The entry in flags") var flags: EntryFlags

    @OptionGroup var change: ChangeOptions

    func run() async throws {
        let body = try options.body(EntrySource(file: file, flags: flags))
        try await options.finish(change.order("PUT", id, options, body), done: "Replaced")
    }
}

struct EntryDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete entries.")

    @Argument(help: "Identifiers of entries.") var ids: [String]

    @OptionGroup var options: EntryOptions

    @OptionGroup var change: ChangeOptions

    @Flag(help: "Do not ask.") var yes = false

    func validate() throws {
        try options.requireConnection()
        if ids.count > 1, change.isPlan || change.ifMatch != nil {
            throw ValidationError("--dry-run, --dry-run-reads and --if-match are for one entry.")
        }
        if !yes, !change.isPlan, isatty(STDIN_FILENO) == 0 {
            throw ValidationError("Deleting asks first, and there is nobody to ask: say --yes.")
        }
    }

    func run() async throws {
        if !yes, !change.isPlan {
            let what = ids.count == 1 ? ids[0] : "\(ids.count) entries (\(ids.joined(separator: ", ")))"
            Output.words.write("Delete \(what) at \(options.connection)? [y/N] ")
            guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else {
                Output.words.line("Nothing was deleted.")
                throw ExitStatus.refused.exit
            }
        }
        if ids.count == 1 {
            return try await options.finish(change.order("DELETE", ids[0], options, nil), done: "Deleted \(ids[0])")
        }
        try await options.finish(onSeveral: ids, "delete", JSONObject(), change.key)
    }
}

/// How a change is made: planned, or only on the entry that was seen.
struct ChangeOptions: ParsableArguments {
    @Flag(help: "Show the request and send nothing; what would need a read is left open.") var dryRun = false

    @Flag(help: "Read the entry, show the request, and change nothing.") var dryRunReads = false

    @Option(help: ArgumentHelp("Only if the entry still has this ETag.", valueName: "tag")) var ifMatch: String?

    @OptionGroup var key: KeyOption

    var isPlan: Bool { dryRun || dryRunReads }

    func order(_ method: String, _ id: String, _ options: EntryOptions, _ body: [UInt8]?) -> APIOrder {
        var order = APIOrder(method: method, connection: options.connection, segments: [id])
        order.body = body
        order.headers = options.preferences + key.headers
        if let ifMatch { order.headers.append(("If-Match", ifMatch.hasPrefix("\"") ? ifMatch : "\"\(ifMatch)\"")) }
        if isPlan { order.query.append(("dry_run", dryRunReads ? "reads" : "true")) }
        return order
    }
}
