import ArgumentParser
import JSON

struct ConnectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connections",
        abstract: "Show what a key may use, and what can be done through one connection.",
        discussion: """
            With a name: its operations, forms of time, fields, filters and sorts, as the HTTP API tells them. Nothing \
            is asked of a vendor.
            """
    )

    @Argument(help: "One connection, with what it can do.") var name: String?

    @OptionGroup var place: GatewayPlace

    @Option(name: .shortAndLong, help: "A table for people, or the JSON of the HTTP API.") var output = DocumentFormat
        .table

    func validate() throws {
        if let name, let fault = ConnectionName.fault(in: name) { throw ValidationError(fault.message) }
    }

    func run() async throws {
        let order = APIOrder(method: "GET", place: ["connections"] + (name.map { [$0] } ?? []))
        let answer = try await answer(order)
        if answer.isProblem {
            EntryPrinter(format: output == .json ? .json : .table, connection: "").print(answer)
            throw answer.exit.exit
        }
        let data = Output.data
        switch output {
        case .json: data.line(answer.body.printed(.pretty))
        case .table:
            data.write(CapabilitiesText(style: data.style, width: data.width).text(answer.body["data"] ?? .null))
        }
    }

    private func answer(_ order: APIOrder) async throws -> EntryAnswer {
        if let server = place.server {
            let remote = try RemoteGateway.open(server, keyEnv: place.keyEnv)
            defer { remote.caller.shutdown() }
            return await remote.perform(order)
        }
        let option = ConfigurationOption.with(config: place.config, plugins: place.plugins)
        let configuration = try option.read(for: name.map { .connection($0) } ?? .everything)
        if let name, let problem = configuration.problem(ofConnection: name) { return EntryAnswer(problem) }
        let gateway = try LocalGateway(configuration)
        defer { gateway.shutdown() }
        return await gateway.perform(order, as: try configuration.caller(named: place.caller))
    }
}

/// A running gateway, or a configuration to be one with.
struct GatewayPlace: ParsableArguments {
    @Option(
        name: [.customShort("c"), .long],
        help: ArgumentHelp("Without a server: the configuration to use. (default: timegate.yaml)", valueName: "file")
    )
    var config: String?

    @Option(help: ArgumentHelp("The directory of the plugins, where the configuration names none.", valueName: "dir"))
    var plugins: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Without a server: as this key of the configuration sees it.", valueName: "key")
    )
    var caller: String?

    @Option(help: ArgumentHelp("A running gateway: http://127.0.0.1:8080.", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp("With --server: the environment variable that holds the gateway key.", valueName: "variable")
    )
    var keyEnv = "TIMEGATE_KEY"

    func validate() throws {
        if server != nil, config != nil || caller != nil || plugins != nil {
            throw ValidationError(
                "--server asks a running gateway: --config, --plugins and --as are for use without one."
            )
        }
    }
}
