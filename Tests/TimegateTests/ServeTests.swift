import Foundation
import JSON
import Testing

@Suite("Serving", .serialized, .timeLimit(.minutes(2)))
struct ServeTests {
    @Test("serve says where it listens and what is ready, answers over HTTP, and ends with 0 on SIGTERM")
    func serve() async throws {
        try await Vendors.withQuickstart { vendors in
            let gateway = try await RunningTimegate.start(
                ["serve", "--config", "timegate.yaml", "--event-loops", "1"],
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            let url = try #require(gateway.word(after: "Listening on "))
            let admin = try #require(gateway.word(after: "Admin on "))
            for vendor in Vendors.names { #expect(gateway.words.contains("acme-\(vendor)")) }
            #expect(gateway.words.components(separatedBy: "ready ").count == 6)
            #expect(gateway.output.isEmpty)
            #expect(try await TimegateBinary.shell("curl -sSf \(url)/livez").status == 0)
            #expect(try await TimegateBinary.shell("curl -sSf \(admin)/readyz").status == 0)

            for (vendor, file) in Vendors.names.map({ ($0, "\($0).json") }) {
                let ended = try await vendors.timegate(
                    "entry",
                    "create",
                    file,
                    "--server",
                    url,
                    "--key-env",
                    "TIMEGATE_KEY",
                    "--connection",
                    "acme-\(vendor)",
                    "-o",
                    "json"
                )
                #expect(ended.status == 0, "\(vendor): \(ended.words)")
                #expect(try JSONValue(parsing: ended.output)["data"]?["vendor"] == .string(vendor))
            }

            let plan = try await vendors.timegate(
                "plan",
                "productive.json",
                "--server",
                url,
                "--connection",
                "acme-productive"
            )
            #expect(plan.status == 0, "\(plan.words)")
            #expect(plan.output.contains("X-Auth-Token: ***"))

            let wrongKey = try await TimegateBinary.run(
                ["plan", "productive.json", "--server", url, "--connection", "acme-productive"],
                environment: ["TIMEGATE_KEY": "tgk_wrong-key-wrong-key-wrong"],
                in: vendors.directory
            )
            #expect(wrongKey.status == 4)
            let noKey = try await TimegateBinary.run(
                ["plan", "productive.json", "--server", url, "--connection", "acme-productive"],
                in: vendors.directory
            )
            #expect(noKey.status == 4)
            #expect(noKey.words.contains("TIMEGATE_KEY is not set"))

            #expect(await gateway.stop() == 0)
            let gone = try await vendors.timegate(
                "plan",
                "productive.json",
                "--server",
                url,
                "--connection",
                "acme-productive"
            )
            #expect(gone.status == 6)
        }
    }

    @Test("A call in flight is answered before serve ends on SIGTERM")
    func drain() async throws {
        try await Vendors.withQuickstart { vendors in
            let gateway = try await RunningTimegate.start(
                ["serve", "--config", "timegate.yaml", "--event-loops", "1"],
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            let url = try #require(gateway.word(after: "Listening on "))
            try await vendors.fail("productive", #"{"kind": "latency", "milliseconds": 700}"#)
            async let answer = vendors.timegate(
                "entry",
                "create",
                "productive.json",
                "--server",
                url,
                "--connection",
                "acme-productive"
            )
            // The call is at the vendor once its ledger shows it.
            for _ in 0..<200 {
                if try await vendors.ledger("productive").contains("time_entries") { break }
                try await Task.sleep(for: .milliseconds(5))
            }
            let status = await gateway.stop()
            let ended = try await answer
            #expect(ended.status == 0, "\(ended.words)")
            #expect(status == 0)
        }
    }

    @Test("A plugin that does not load disables its own connections; the others work")
    func brokenPlugin() async throws {
        try await Vendors.withQuickstart { vendors in
            for name in Vendors.names {
                let source = try String(contentsOfFile: "\(TimegateBinary.plugins)/\(name)/plugin.lua", encoding: .utf8)
                let text = name == "awork" ? "return {\n  api = 1,\n  id = = 2,\n}\n" : source
                try vendors.scratch.write("plugins/\(name)/plugin.lua", text)
            }
            let configuration = vendors.scratch.read("timegate.yaml") + "\nplugins: plugins\n"
            try vendors.scratch.write("timegate.yaml", configuration)

            let check = try await vendors.timegate("check", "--config", "timegate.yaml")
            #expect(check.status == 7)
            #expect(check.output.contains("plugins/awork/plugin.lua:3: "))

            let direct = try await vendors.timegate(
                "entry",
                "create",
                "awork.json",
                "--connection",
                "acme-awork",
                "--as",
                "jane"
            )
            #expect(direct.status == 7)

            let gateway = try await RunningTimegate.start(
                ["serve", "--config", "timegate.yaml", "--event-loops", "1"],
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            let url = try #require(gateway.word(after: "Listening on "))
            #expect(gateway.words.contains("disabled  acme-awork"))
            let broken = try await vendors.timegate(
                "entry",
                "create",
                "awork.json",
                "--server",
                url,
                "--connection",
                "acme-awork"
            )
            #expect(broken.status == 7)
            #expect(broken.words.contains("connection_disabled 503"))
            let whole = try await vendors.timegate(
                "entry",
                "create",
                "productive.json",
                "--server",
                url,
                "--connection",
                "acme-productive"
            )
            #expect(whole.status == 0, "\(whole.words)")
            #expect(await gateway.stop() == 0)
        }
    }

    @Test("Every fault of a configuration is printed with its line, and nothing starts", arguments: ["serve", "check"])
    func badConfiguration(command: String) async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try scratch.write(
            "bad.yaml",
            """
            listn: 127.0.0.1:0
            hooks: [no_such.lua]
            connections:
              acme:
                plugin: productive
                origin: http://api.productive.io
                secrets: { token: { env: NOT_SET } }

            """
        )
        let ended = try await TimegateBinary.run([command, "--config", "bad.yaml"], in: scratch.path)
        #expect(ended.status == 3)
        #expect(ended.output.isEmpty)
        for line in [
            "bad.yaml:1: Unknown key \"listn\". Did you mean \"listen\"?", "bad.yaml:2: There is no file ",
            "bad.yaml:4: connections.acme.settings has no organization_id",
            "bad.yaml:6: connections.acme.origin is plain http",
            "bad.yaml:7: connections.acme.secrets.token: the environment variable NOT_SET is not set",
            "5 faults in bad.yaml",
        ] {
            #expect(ended.words.contains(line), "\(line)\n\(ended.words)")
        }
    }

    @Test("A port that is taken ends serve with 1 and names the address")
    func portTaken() async throws {
        try await Vendors.withQuickstart { vendors in
            let origin = try #require(vendors.origins["productive"])
            let taken = origin.replacingOccurrences(of: "http://", with: "")
            let text = vendors.scratch.read("timegate.yaml").replacingOccurrences(
                of: "listen: 127.0.0.1:0",
                with: "listen: \(taken)"
            )
            try vendors.scratch.write("taken.yaml", text)
            let ended = try await vendors.timegate("serve", "--config", "taken.yaml")
            #expect(ended.status == 1)
            #expect(ended.words.contains("cannot listen on \(taken)"))
        }
    }

    @Test("simulate lists an origin, a ledger and a place for faults for each vendor, and ends with 0 on SIGTERM")
    func simulate() async throws {
        let simulators = try await RunningTimegate.start(["simulate", "--ports", "any"], until: "productive")
        for vendor in Vendors.names {
            let origin = try #require(simulators.word(after: "\(vendor) "))
            #expect(simulators.output.contains("\(origin)/_faults"))
            #expect(try await TimegateBinary.shell("curl -sSf \(origin)/_ledger").status == 0)
        }
        #expect(await simulators.stop() == 0)
    }
}
