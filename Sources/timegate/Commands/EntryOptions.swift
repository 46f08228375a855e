import ArgumentParser
import GatewayCore
import JSON

/// How an answer is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case table, json, jsonl, csv }

enum HandlingOption: String, ExpressibleByArgument, CaseIterable { case strict, lenient }

enum RoundingOption: String, ExpressibleByArgument, CaseIterable { case up, down, nearest }

/// Through which gateway an entry goes, as whom, and how it is treated: what `plan` and `entry create` share.
///
/// Groups of options do not stand inside each other: the parser's checks cost more with each level.
struct EntryOptions: ParsableArguments {
    @Option(
        name: .customLong("connection"),
        help: ArgumentHelp("The connection that the entry is for.", valueName: "name")
    )
    var named: String?

    @Option(
        name: [.customShort("c"), .long],
        help: ArgumentHelp("Without a server: the configuration to use. (default: timegate.yaml)", valueName: "file")
    )
    var config: String?

    @Option(help: ArgumentHelp("The directory of the plugins, where the configuration names none.", valueName: "dir"))
    var plugins: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "Without a server: act as this key of the configuration, with its identity and scopes.",
            valueName: "key"
        )
    )
    var caller: String?

    @Option(help: ArgumentHelp("A running gateway: http://127.0.0.1:8080.", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp("With --server: the environment variable that holds the gateway key.", valueName: "variable")
    )
    var keyEnv = "TIMEGATE_KEY"

    @Option(
        help:
            "What becomes of a value that the vendor cannot hold: refused, or sent as far as it goes and reported."
    )
    var handling: HandlingOption?

    @Option(help: "How a duration is brought to the vendor's unit: up, down or nearest.")
    var rounding: RoundingOption?

    @Option(
        name: .shortAndLong,
        help: "What standard output gets: a table for people, the JSON of the HTTP API, or one entry a line."
    )
    var output = OutputFormat.table

    /// Empty where none was named: what needs one calls `requireConnection` first.
    var connection: String { named ?? "" }

    func validate() throws {
        if server != nil, config != nil || caller != nil || plugins != nil {
            throw ValidationError(
                "--server goes through a running gateway: --config, --plugins and --as are for use without one."
            )
        }
        if let named, let fault = ConnectionName.fault(in: named) { throw ValidationError(fault.message) }
    }

    func requireConnection() throws {
        if named == nil { throw ValidationError("Name the connection: --connection <name>.") }
    }

    /// Sends the entry, prints what came back, and ends with the status that says so.
    func run(_ source: EntrySource, _ change: (inout EntryOrder) throws -> Void) async throws {
        try requireConnection()
        var order = EntryOrder(body: try body(source), connection: connection)
        order.isLenient = handling.map { $0 == .lenient }
        order.rounding = rounding.flatMap { Rounding(rawValue: $0.rawValue) }
        try change(&order)
        // Whoever sent the entry must hear that it is recorded, also where nobody reads standard output any more.
        if !order.isPlan { BrokenPipes.ignore() }
        let answer: EntryAnswer
        if order.isPlan {
            answer = try await perform(order)
        } else {
            let patience = WritePatience(isLocal: server == nil, key: order.idempotencyKey)
            answer = try await patience.wait { try await perform(order) }
        }
        var shown = answer
        if output == .table { shown.adviseInFlags() }
        let exit = EntryPrinter(format: output, connection: connection).print(shown)
        guard exit == .done else { throw exit.exit }
    }

    private func perform(_ order: EntryOrder) async throws -> EntryAnswer {
        if let server { return try await send(order, to: server) }
        return try await runHere(order)
    }

    func body(_ source: EntrySource) throws -> [UInt8] {
        do throws(EntrySource.Fault) {
            return try source.body()
        } catch {
            switch error {
            case .usage(let fault): throw fault
            case .unreadable(let message):
                Output.words.line(message)
                throw ExitStatus.refused.exit
            }
        }
    }

    // MARK: - Through a server

    private func send(_ order: EntryOrder, to server: String) async throws -> EntryAnswer {
        let gateway = try RemoteGateway.open(server, keyEnv: keyEnv)
        defer { gateway.caller.shutdown() }
        return await gateway.create(order)
    }

    // MARK: - In this process

    private func runHere(_ order: EntryOrder) async throws -> EntryAnswer {
        let (gateway, caller) = try localGateway(showsLog: order.isTraced)
        defer { gateway.shutdown() }
        var answer = await gateway.create(order, as: caller)
        if self.caller == nil { answer.adviseToNameKey(gateway.configuration.callers.keys.sorted()) }
        return answer
    }

    func localGateway(showsLog: Bool = false) throws -> (LocalGateway, Caller) {
        let option = ConfigurationOption.with(config: config, plugins: plugins)
        let configuration = try option.read(for: .connection(connection))
        if let problem = configuration.problem(ofConnection: connection) {
            let answer = EntryAnswer(problem)
            EntryPrinter(format: output, connection: connection).print(answer)
            throw answer.exit.exit
        }
        return (try LocalGateway(configuration, showsLog: showsLog), try configuration.caller(named: caller))
    }
}

extension ConfigurationOption {
    static func with(config: String?, plugins: String?) -> ConfigurationOption {
        var option = ConfigurationOption()
        option.config = config ?? "timegate.yaml"
        option.plugins = plugins
        return option
    }
}
