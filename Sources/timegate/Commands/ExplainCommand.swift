import ArgumentParser
import GatewayCore
import JSON

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show what a call did, step by step: what was asked, sent, answered, and what scripts changed.",
        discussion: """
            The identifier is the X-Request-Id of the answer, and the request_id of a problem. With --server the record is \
            asked for with a gateway key, which sees its own calls; without, through the admin listener of the configuration. \
            Records are kept for a while only.
            """
    )

    @Argument(help: "The call's identifier.") var id: String

    @OptionGroup var configuration: ConfigurationOption

    @Option(help: ArgumentHelp("The admin listener: http://127.0.0.1:8081.", valueName: "url"))
    var admin: String?

    @Option(help: ArgumentHelp("A running gateway: http://127.0.0.1:8080.", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp("With --server: the environment variable that holds the gateway key.", valueName: "variable")
    )
    var keyEnv = "TIMEGATE_KEY"

    @Option(name: .shortAndLong, help: "A table for people, or JSON.") var output = DocumentFormat.table

    func run() async throws {
        let answer = try await ask()
        guard !answer.isProblem else { throw answer.reported(output) }
        let record = answer.body["data"] ?? .null
        if output == .json {
            Output.data.line(record.printed(.pretty))
        } else {
            Output.data.write(RecordText(style: Output.data.style).text(record))
        }
    }

    private func ask() async throws -> EntryAnswer {
        if let server {
            let remote = try RemoteGateway.open(server, keyEnv: keyEnv)
            defer { remote.caller.shutdown() }
            return await remote.perform(APIOrder(method: "GET", place: ["calls", id]))
        }
        let place = try admin ?? AdminListener.place(try configuration.read(for: .form))
        return try await AdminListener(place).get("/calls/\(APIOrder.escaped(id))", .one)
    }
}

/// The record of a call, for people.
struct RecordText {
    let style: Style

    func text(_ record: JSONValue) -> String {
        let record = VisibleText.of(record)
        func word(_ name: String) -> String { record[name].map { EntryText.plain($0) } ?? "" }
        let request = record["request"]
        let query = request?["query"]?.string.map { "?\($0)" } ?? ""
        var text = style.strong("\(request?["method"]?.string ?? "") \(request?["path"]?.string ?? "")\(query)")
        text += "  → \(word("status"))  \(TraceText.duration(record["took_us"]?.int64 ?? 0))\n"
        text += style.faint(
            "\(word("time"))  \(word("caller"))  \(word("connection"))  \(word("operation"))  configuration "
                + "\(word("generation"))"
        )
        text += "\n"
        if let body = request?["body"] { text += section("asked", body) }
        text += "\n" + TraceText(style: style).text(record["steps"]?.array ?? [])
        for step in record["steps"]?.array ?? [] {
            guard let sent = step["request"] else { continue }
            text += section("sent: \(sent["method"]?.string ?? "") \(sent["url"]?.string ?? "")", sent["body"] ?? .null)
            if let answer = step["answer"] {
                text += section(
                    "vendor: \(answer["status"].map { EntryText.plain($0) } ?? "")",
                    answer["body"] ?? .null
                )
            }
        }
        if let answer = record["answer"] { text += section("answered", answer) }
        return text
    }

    private func section(_ title: String, _ body: JSONValue) -> String {
        var text = "\n\(style.accent(title))\n"
        if body.isNull { return text }
        let shown = body.string ?? body.serialized(.pretty)
        for line in shown.split(separator: "\n", omittingEmptySubsequences: false) { text += "  \(line)\n" }
        return text
    }
}
