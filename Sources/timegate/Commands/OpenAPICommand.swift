import ArgumentParser
import GatewayServer
import Glibc
import JSON

struct OpenAPICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi",
        abstract: "Print the HTTP API as an OpenAPI 3.1 document.",
        discussion: "It is what a gateway serves at /openapi.json, and needs neither one nor a configuration."
    )

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write it to this file instead of standard output.", valueName: "file")
    )
    var output: String?

    func run() throws {
        let text = OpenAPI.document.serialized(.pretty) + "\n"
        guard let output else { return Output.data.write(text) }
        do throws(FileContent.Failure) {
            let file = try FileWriter(creating: output, mode: 0o644)
            try file.write(text)
            try file.close()
        } catch {
            Output.words.line("\(output) cannot be written: \(error.reason).")
            throw ExitStatus.fault.exit
        }
    }
}
