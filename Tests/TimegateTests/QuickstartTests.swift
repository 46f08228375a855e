import Foundation
import Testing

@Suite("The quickstart", .serialized, .timeLimit(.minutes(2)))
struct QuickstartTests {
    /// A line of the README that is run, and the status that it says it ends with.
    struct Line {
        let text: String
        let status: Int32

        init(_ text: String) {
            let parts = text.components(separatedBy: " # ends with ")
            self.text = parts[0]
            status = parts.count == 2 ? Int32(parts[1]) ?? -1 : 0
        }
    }

    static func lines() throws -> [Line] {
        let text = try String(contentsOfFile: "\(TimegateBinary.root)/examples/quickstart/README.md", encoding: .utf8)
        var lines: [Line] = []
        var isShell = false
        for line in text.components(separatedBy: "\n") {
            if line.hasPrefix("```") { isShell = line == "```sh" } else if isShell { lines.append(Line(line)) }
        }
        return lines
    }

    @Test("Every command line of the README does what it says, in its order")
    func everyLine() async throws {
        let lines = try Self.lines()
        try #require(lines.count >= 15)
        try await Vendors.withQuickstart { vendors in
            let environment = try vendors.environment()
            var gateway: RunningTimegate?
            for line in lines {
                switch line.text {
                case "timegate simulate", ". ./environment.sh": continue
                case "timegate serve --config timegate.yaml":
                    gateway = try await RunningTimegate.start(
                        ["serve", "--config", "timegate.yaml"],
                        until: "Listening on ",
                        environment: environment,
                        in: vendors.directory
                    )
                default:
                    let url = gateway?.word(after: "Listening on ") ?? "http://127.0.0.1:8080"
                    let text = vendors.turned(line.text).replacingOccurrences(of: "http://127.0.0.1:8080", with: url)
                    let ended = try await TimegateBinary.shell(text, environment: environment, in: vendors.directory)
                    #expect(ended.status == line.status, "\(line.text)\n\(ended.output)\(ended.words)")
                    if text.hasPrefix("curl"), text.contains("/v1/") {
                        #expect(ended.output.contains("\"data\":"), "\(ended.output)")
                    }
                }
            }
            #expect(await gateway?.stop() == 0)
        }
    }

    @Test("Every file of the folder is named in the README or in a file that is")
    func everyFile() throws {
        let folder = "\(TimegateBinary.root)/examples/quickstart"
        let text = try String(contentsOfFile: "\(folder)/README.md", encoding: .utf8)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name != "README.md" {
            #expect(text.contains(name), "\(name)")
        }
    }
}
