import ArgumentParser
import GatewayServer

struct ProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Look into the HTTP proxy.",
        subcommands: [ProxyExplainCommand.self]
    )
}

struct ProxyExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what the proxy would do with a request, and why; nothing is sent.",
        discussion: """
            The URL is one of the gateway's own (/proxy/acme/api/v2/x, http://127.0.0.1:8080/proxy/acme/…), or a vendor's, as a client \
            with an HTTP proxy asks for it; with --method CONNECT a host and a port. Ends with 3 if the request would be refused.
            """
    )

    @Argument(help: "The URL, or a path on the gateway.") var url: String

    @Option(help: ArgumentHelp("The request's method.", valueName: "method")) var method = "GET"

    @OptionGroup var configuration: ConfigurationOption

    func run() async throws {
        let configuration = try configuration.read()
        let explanation = ProxyExplanation(url: url, method: method, setup: configuration.setup)
        let width = explanation.lines.map(\.label.count).max() ?? 0
        for (label, text) in explanation.lines {
            Output.data.line(label + String(repeating: " ", count: width - label.count + 2) + text)
        }
        if !explanation.isForwarded { throw ExitStatus.refused.exit }
    }
}
