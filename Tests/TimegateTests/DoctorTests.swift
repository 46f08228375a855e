import Foundation
import JSON
import Testing

@Suite("The doctor", .serialized, .timeLimit(.minutes(2)))
struct DoctorTests {
    private func findings(_ ended: TimegateBinary.Ended) throws -> [JSONValue] {
        try #require(try JSONValue(parsing: ended.output)["findings"]?.array)
    }

    /// The findings of one subject, as `severity code`.
    private func kinds(_ ended: TimegateBinary.Ended, _ subject: String) throws -> [String] {
        try findings(ended).filter { $0["subject"]?.string == subject }.map {
            "\($0["severity"]?.string ?? "") \($0["code"]?.string ?? "")"
        }
    }

    /// The quickstart with one text of its configuration replaced.
    private func change(_ vendors: Vendors, _ old: String, _ new: String) throws {
        let text = vendors.scratch.read("timegate.yaml")
        let changed = text.replacingOccurrences(of: old, with: new)
        try #require(changed != text)
        try vendors.scratch.write("timegate.yaml", changed)
    }

    @Test("A good configuration ends with 0; what cannot be asked, and a key without identity, are warnings")
    func good() async throws {
        try await Vendors.withQuickstart { vendors in
            let ended = try await vendors.timegate("doctor", "-o", "json")
            #expect(ended.status == 0, "\(ended.output)\(ended.words)")
            for name in ["sonderplan", "awork", "hoursmith", "productive"] {
                #expect(try kinds(ended, "acme-\(name)") == ["ok ok"])
            }
            #expect(try kinds(ended, "acme-plannr") == ["warning not_checked"])
            #expect(try kinds(ended, "key jane") == ["warning no_identity"])
            for name in Vendors.names {
                #expect(try await !vendors.ledger(name).contains("\"POST\""), "\(name) was written at")
            }
            let table = try await vendors.timegate("doctor", "acme-awork")
            #expect(table.output.hasPrefix("ok       acme-awork\n"))
            #expect(table.words.contains("1 account in order"))
            #expect(!table.output.contains("acme-hoursmith"))
        }
    }

    @Test("A vendor that holds local times needs a zone")
    func localTimes() async throws {
        try await Vendors.withQuickstart { vendors in
            try vendors.scratch.write(
                "plugins/clock/plugin.lua",
                """
                return {
                  api = 1, id = "clock", title = "Clock", docs = "https://clock.example/docs",
                  origin = "https://clock.example",
                  times = { accepts = { "start_duration" } },
                  fields = {
                    { "begin", "started_at", "local_datetime" },
                    { "seconds", "duration_seconds" },
                    { "id", "id", only = "answer" },
                  },
                  operations = { create = { "POST /entries" } },
                  errors = { message = "message" },
                }
                """
            )
            try vendors.scratch.write("timegate.yaml", "plugins: ./plugins\nconnections:\n  clock: { plugin: clock }\n")
            let ended = try await vendors.timegate("doctor", "-o", "json")
            #expect(try kinds(ended, "clock").contains("warning no_time_zone"), "\(ended.output)\(ended.words)")
            #expect(ended.output.contains("Nothing can be read there"), "\(ended.output)")
            try change(vendors, "{ plugin: clock }", "{ plugin: clock, time_zone: Europe/Zagreb }")
            let zoned = try await vendors.timegate("doctor", "-o", "json")
            #expect(try !kinds(zoned, "clock").contains("warning no_time_zone"), "\(zoned.output)\(zoned.words)")
        }
    }

    @Test("A journal without a folder is a warning of check and a fault for doctor, and nothing is made")
    func journalWithoutFolder() async throws {
        try await Vendors.withQuickstart { vendors in
            let text = vendors.scratch.read("timegate.yaml")
            try vendors.scratch.write("timegate.yaml", text + "state: ./nosuch/timegate.db\n")
            let line = text.split(separator: "\n", omittingEmptySubsequences: false).count
            let checked = try await vendors.timegate("check")
            #expect(checked.status == 0)
            #expect(checked.words.contains("timegate.yaml:\(line): warning: "))
            #expect(checked.words.contains("./nosuch is not there (No such file or directory)"))
            let ended = try await vendors.timegate("doctor", "-o", "json")
            #expect(ended.status == 3)
            #expect(try kinds(ended, "timegate.yaml:\(line)") == ["error configuration"])
            #expect(!FileManager.default.fileExists(atPath: vendors.directory + "/nosuch"))

            try vendors.scratch.write("timegate.yaml", text + "state: ./timegate.yaml/timegate.db\n")
            let inFile = try await vendors.timegate("check")
            #expect(inFile.status == 0)
            #expect(inFile.words.contains("./timegate.yaml is no folder"))
        }
    }

    @Test("A token that the vendor refuses ends with 4, and the remedy names the secret; the others are asked too")
    func wrongToken() async throws {
        try await Vendors.withQuickstart { vendors in
            var environment = try vendors.environment()
            environment["AWORK_TOKEN"] = "awork-no-token-of-theirs"
            let ended = try await TimegateBinary.run(
                ["doctor", "-o", "json"],
                environment: environment,
                in: vendors.directory
            )
            #expect(ended.status == 4)
            #expect(try kinds(ended, "acme-awork") == ["error vendor_auth"])
            #expect(try kinds(ended, "acme-productive") == ["ok ok"])
            let remedies = try findings(ended).compactMap { $0["remedy"]?.string }
            #expect(remedies.contains { $0.contains("connections.acme-awork.secrets (token)") })
            #expect(!ended.output.contains("awork-no-token-of-theirs"))
        }
    }

    @Test("A dead port ends with 6, and a host name that is none is told apart from it")
    func unreachable() async throws {
        try await Vendors.withQuickstart { vendors in
            let awork = try #require(vendors.origins["awork"])
            let productive = try #require(vendors.origins["productive"])
            // Port 9 is discard, which nobody serves here.
            try change(vendors, awork, "http://127.0.0.1:9")
            try change(vendors, productive, "https://no-such-host.invalid")
            let ended = try await vendors.timegate("doctor", "-o", "json")
            #expect(ended.status == 6)
            #expect(try kinds(ended, "acme-awork") == ["error vendor_unreachable"])
            #expect(try kinds(ended, "acme-productive") == ["error vendor_unreachable"])
            #expect(try kinds(ended, "acme-hoursmith") == ["ok ok"])
            let remedies = try findings(ended).compactMap { $0["remedy"]?.string }
            #expect(remedies.contains { $0.contains("curl -v http://127.0.0.1:9") })
            #expect(remedies.contains { $0.contains("getent hosts no-such-host.invalid") })
        }
    }

    @Test(
        "What the vendor answers decides the finding and the exit status",
        arguments: [
            (#"{"kind": "status", "status": 403, "body": {}}"#, "vendor_permission", Int32(4)),
            (#"{"kind": "rate_limited", "retry_after_seconds": 70}"#, "vendor_limit", 9),
            (#"{"kind": "not_json"}"#, "vendor_answer_invalid", 5),
        ]
    )
    func answers(fault: String, code: String, status: Int32) async throws {
        try await Vendors.withQuickstart { vendors in
            try await vendors.fail("productive", fault)
            let ended = try await vendors.timegate("doctor", "acme-productive", "-o", "json")
            #expect(ended.status == status)
            #expect(try kinds(ended, "acme-productive") == ["error \(code)"])
        }
    }

    @Test("A plugin that does not load ends with 7 and names the place")
    func disabledPlugin() async throws {
        try await Vendors.withQuickstart { vendors in
            for name in Vendors.names {
                let source = try String(contentsOfFile: "\(TimegateBinary.plugins)/\(name)/plugin.lua", encoding: .utf8)
                let text = name == "awork" ? "return {\n  api = 1,\n  id = = 2,\n}\n" : source
                try vendors.scratch.write("plugins/\(name)/plugin.lua", text)
            }
            let text = vendors.scratch.read("timegate.yaml") + "\nplugins: plugins\n"
            try vendors.scratch.write("timegate.yaml", text)
            let ended = try await vendors.timegate("doctor", "-o", "json")
            #expect(ended.status == 7)
            #expect(try kinds(ended, "acme-awork") == ["error connection_disabled"])
            #expect(ended.output.contains("plugins/awork/plugin.lua:3"))
            #expect(try kinds(ended, "acme-productive") == ["ok ok"])
        }
    }

    @Test("A secret that is not set ends with 3, and hides no other connection")
    func missingSecret() async throws {
        try await Vendors.withQuickstart { vendors in
            var environment = try vendors.environment()
            environment["PRODUCTIVE_TOKEN"] = nil
            let ended = try await TimegateBinary.run(
                ["doctor", "-o", "json"],
                environment: environment,
                in: vendors.directory
            )
            #expect(ended.status == 3)
            let faults = try findings(ended).filter { $0["code"] == "configuration" }
            #expect(faults.count == 1)
            #expect(faults.first?["remedy"]?.string?.contains("export PRODUCTIVE_TOKEN") == true)
            #expect(try kinds(ended, "acme-productive").isEmpty)
            #expect(try kinds(ended, "acme-awork") == ["ok ok"])
            #expect(try kinds(ended, "key jane") == ["warning no_identity"])
        }
    }

    @Test("Keys that can do nothing, and plain http to elsewhere, are warnings")
    func warnings() async throws {
        try await Vendors.withQuickstart { vendors in
            let text = vendors.scratch.read("timegate.yaml")
            let idle = "\n  - { name: idle, token: { env: IDLE_KEY }, connections: [], scopes: [read] }\n"
            try vendors.scratch.write("timegate.yaml", text + idle)
            // 192.0.2.0/24 is for examples and leads nowhere (RFC 5737).
            try change(vendors, try #require(vendors.origins["awork"]), "http://192.0.2.1:1")
            let environment = try vendors.environment().merging(["IDLE_KEY": "tgk_0123456789abcdef"]) { $1 }
            let ended = try await TimegateBinary.run(
                ["doctor", "-o", "json"],
                environment: environment,
                in: vendors.directory
            )
            #expect(ended.status == 6)
            #expect(try kinds(ended, "key idle") == ["warning key_without_connections"])
            #expect(try kinds(ended, "acme-awork").first == "warning plaintext")
        }
    }

    @Test("A connection that is not there ends with 3 and names those that are")
    func unknown() async throws {
        try await Vendors.withQuickstart { vendors in
            let ended = try await vendors.timegate("doctor", "acme-awrk")
            #expect(ended.status == 3)
            #expect(ended.output.contains("Did you mean \"acme-awork\"?"))
        }
    }
}
