import Foundation
import JSON
import Testing

@Suite("Connections, lists over several, and the OpenAPI document", .serialized, .timeLimit(.minutes(2)))
struct ConnectionsTests {
    @Test("openapi prints the document, or writes it to a file")
    func openAPI() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let printed = try await TimegateBinary.run(["openapi"], in: scratch.path)
        #expect(printed.status == 0)
        #expect(try JSONValue(parsing: printed.output)["openapi"] == "3.1.0")
        let written = try await TimegateBinary.run(["openapi", "-o", "openapi.json"], in: scratch.path)
        #expect(written.status == 0)
        #expect(written.output.isEmpty)
        #expect(scratch.read("openapi.json") == printed.output)
        let nowhere = try await TimegateBinary.run(["openapi", "-o", "none/openapi.json"], in: scratch.path)
        #expect(nowhere.status == 1)
        #expect(nowhere.words.contains("cannot be written"))
    }

    @Test("connections says the same of a configuration and of a running gateway")
    func connections() async throws {
        try await Vendors.withQuickstart { vendors in
            let gateway = try await RunningTimegate.start(
                ["serve", "--config", "timegate.yaml", "--event-loops", "1"],
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            let url = try #require(gateway.word(after: "Listening on "))
            for arguments in [["connections"], ["connections", "acme-productive"]] {
                for format in ["table", "json"] {
                    let run = { (place: [String]) in
                        try await TimegateBinary.run(
                            arguments + ["-o", format] + place,
                            environment: try vendors.environment(),
                            in: vendors.directory
                        )
                    }
                    let remote = try await run(["--server", url])
                    let local = try await run(["--as", "jane"])
                    #expect(local.status == 0, "\(local.words)")
                    #expect(local.output == remote.output)
                    if format == "json" { #expect(try JSONValue(parsing: local.output)["data"] != nil) }
                }
            }
            let unknown = try await vendors.timegate("connections", "acme-awrk", "--server", url)
            #expect(unknown.status == 3)

            let merged = try await vendors.timegate(
                "entry",
                "list",
                "--connections",
                "acme-awork,acme-productive",
                "--server",
                url,
                "-o",
                "csv"
            )
            #expect(merged.status == 0, "\(merged.words)")
            #expect(merged.output.hasPrefix("connection,id,work_date,"))
            // The key has no identity there, and may not list what is not its own.
            let incomplete = try await vendors.timegate(
                "entry",
                "list",
                "--connections",
                "acme-awork,acme-hoursmith",
                "--server",
                url
            )
            #expect(incomplete.status == 4)
            #expect(incomplete.words.contains("acme-hoursmith is not in the list"))
            #expect(await gateway.stop() == 0)
        }
    }

    @Test("A key sees its own connections only, and a plugin that does not load is shown as disabled")
    func restricted() async throws {
        try await Vendors.withQuickstart { vendors in
            let text = vendors.scratch.read("timegate.yaml")
            let reader = """

                  - { name: reader, token: { env: TIMEGATE_KEY }, connections: [acme-awork], scopes: [read] }

                """
            let start = try #require(text.range(of: "\nkeys:"))
            try vendors.scratch.write("timegate.yaml", text[..<start.upperBound] + reader + "\nplugins: plugins\n")
            for name in Vendors.names {
                let source = try String(contentsOfFile: "\(TimegateBinary.plugins)/\(name)/plugin.lua", encoding: .utf8)
                try vendors.scratch.write("plugins/\(name)/plugin.lua", name == "awork" ? "return = {}" : source)
            }
            let ended = try await vendors.timegate("connections", "--as", "reader")
            #expect(ended.status == 0, "\(ended.words)")
            #expect(ended.output.hasPrefix("disabled  acme-awork"))
            #expect(!ended.output.contains("acme-productive"))
            let other = try await vendors.timegate("connections", "acme-productive", "--as", "reader")
            #expect(other.status == 4)
            let one = try await vendors.timegate("connections", "acme-awork")
            #expect(one.output.contains("plugins/awork/plugin.lua:1"))
        }
    }

    @Test("A list over several connections without a server is refused, and so is one over none")
    func mergedNeedsServer() async throws {
        let several = try await TimegateBinary.run(["entry", "list", "--connections", "a,b"])
        #expect(several.status == 64)
        #expect(several.words.contains("add --server"))
        let none = try await TimegateBinary.run(["entry", "list"])
        #expect(none.status == 64)
        #expect(none.words.contains("--connection"))
    }
}
