import Foundation
import JSON
import Testing

@Suite("Entries from the command line", .serialized, .timeLimit(.minutes(2)))
struct EntryTests {
    static let productive = ["--config", "timegate.yaml", "--connection", "acme-productive", "--as", "jane"]

    @Test("An entry in a file is created, shown as a table, and counted in the words")
    func createFromFile() async throws {
        try await Vendors.withQuickstart { vendors in
            let ended = try await vendors.timegate(
                "entry",
                "create",
                "hoursmith.json",
                "--connection",
                "acme-hoursmith",
                "--as",
                "jane"
            )
            #expect(ended.status == 0, "\(ended.words)")
            #expect(ended.output.contains("duration_seconds"))
            #expect(ended.output.contains("4500"))
            #expect(ended.words.hasPrefix("Created "))
            #expect(try await vendors.ledger("hoursmith").contains("4500"))
        }
    }

    @Test("An entry on standard input is created, and -o json prints what the HTTP API answers")
    func createFromInput() async throws {
        try await Vendors.withQuickstart { vendors in
            let entry = vendors.scratch.read("productive.json")
            let ended = try await TimegateBinary.run(
                ["entry", "create", "-", "-o", "json", "--include", "money"] + Self.productive,
                environment: try vendors.environment(),
                input: entry,
                in: vendors.directory
            )
            #expect(ended.status == 0, "\(ended.words)")
            let answer = try JSONValue(parsing: ended.output)
            #expect(answer["data"]?["duration_seconds"] == 7200)
            #expect(answer["data"]?["user"]?["id"] == "8160")
            #expect(answer["data"]?["money"]?.array?.isEmpty == false)
            #expect(answer["mapping"]?["defaulted"]?.array?.isEmpty == false)
        }
    }

    @Test("A plan shows the exact request with its secrets hidden, and nothing is sent")
    func plan() async throws {
        try await Vendors.withQuickstart { vendors in
            let ended = try await TimegateBinary.run(
                ["plan", "productive.json"] + Self.productive,
                environment: try vendors.environment(),
                in: vendors.directory
            )
            #expect(ended.status == 0, "\(ended.words)")
            #expect(ended.output.hasPrefix("POST /api/v2/time_entries HTTP/1.1\nHost: 127.0.0.1:"))
            #expect(ended.output.contains("\nX-Auth-Token: ***\n"))
            #expect(ended.output.contains("\nX-Organization-Id: 2055\n"))
            #expect(ended.output.contains("\n      \"time\": 120"))
            let token = try #require(try vendors.environment()["PRODUCTIVE_TOKEN"])
            #expect(!ended.output.contains(token))
            #expect(try await !vendors.ledger("productive").contains("time_entries"))
            let dryRun = try await TimegateBinary.run(
                ["entry", "create", "productive.json", "--dry-run"] + Self.productive,
                environment: try vendors.environment(),
                in: vendors.directory
            )
            #expect(dryRun.output == ended.output)
            #expect(dryRun.status == 0)
        }
    }

    @Test("A duration that the vendor cannot hold: 3 in strict handling, 2 for a lenient plan, 0 for a lenient create")
    func rounding() async throws {
        try await Vendors.withQuickstart { vendors in
            let flags = ["--date", "2026-11-20", "--duration", "100s", "--service", "1192"] + Self.productive
            let environment = try vendors.environment()
            let strict = try await TimegateBinary.run(["plan"] + flags, environment: environment, in: vendors.directory)
            #expect(strict.status == 3)
            #expect(strict.words.contains("unrepresentable"))
            #expect(strict.words.contains("→ "))
            let lenient = ["--handling", "lenient", "--rounding", "up"]
            let plan = try await TimegateBinary.run(
                ["plan"] + flags + lenient,
                environment: environment,
                in: vendors.directory
            )
            #expect(plan.status == 2)
            #expect(plan.output.contains("rounded"))
            let created = try await TimegateBinary.run(
                ["entry", "create", "-o", "json"] + flags + lenient,
                environment: environment,
                in: vendors.directory
            )
            #expect(created.status == 0, "\(created.words)")
            #expect(try JSONValue(parsing: created.output)["data"]?["duration_seconds"] == 120)
            #expect(!created.words.contains("rounded"))
            // Formats that hold the entry alone: the loss is said beside it.
            for format in ["csv", "jsonl"] {
                let created = try await TimegateBinary.run(
                    ["entry", "create", "-o", format] + flags + lenient,
                    environment: environment,
                    in: vendors.directory
                )
                #expect(created.status == 0, "\(created.words)")
                #expect(created.words.contains("rounded"), "\(created.words)")
                #expect(!created.words.contains("derived"), "\(created.words)")
                #expect(!created.output.contains("rounded"))
            }
        }
    }

    // MARK: - Refusals

    @Test("A problem shows title, detail, field and remedy on standard error, and its JSON only with -o json")
    func problem() async throws {
        try await Vendors.withQuickstart { vendors in
            let body = "{\"work_date\": \"2026-11-20\", \"duration\": \"1h\", \"projekt\": \"1\"}"
            let table = try await TimegateBinary.run(
                ["plan", "-"] + Self.productive,
                environment: try vendors.environment(),
                input: body,
                in: vendors.directory
            )
            #expect(table.status == 3)
            #expect(table.output.isEmpty)
            #expect(table.words.contains("A member is not known  unknown_member 422"))
            #expect(table.words.contains("• projekt"))
            #expect(table.words.contains("Nothing was sent."))
            let json = try await TimegateBinary.run(
                ["plan", "-", "-o", "json"] + Self.productive,
                environment: try vendors.environment(),
                input: body,
                in: vendors.directory
            )
            #expect(json.status == 3)
            #expect(try JSONValue(parsing: json.output)["code"] == "unknown_member")
        }
    }

    @Test("A key without a scope, and somebody else's time without write:others, end with 4")
    func denied() async throws {
        try await Vendors.withQuickstart { vendors in
            let reader = vendors.scratch.read("timegate.yaml").replacingOccurrences(
                of: "scopes: [read, write, approve]",
                with: "scopes: [read]"
            )
            try vendors.scratch.write("reader.yaml", reader)
            let ended = try await vendors.timegate(
                "entry",
                "create",
                "hoursmith.json",
                "--config",
                "reader.yaml",
                "--connection",
                "acme-hoursmith",
                "--as",
                "jane"
            )
            #expect(ended.status == 4)
            #expect(ended.words.contains("scope_missing"))
            let other = try await TimegateBinary.run(
                ["plan", "--date", "2026-11-20", "--duration", "1h", "--service", "1", "--user", "1"] + Self.productive,
                environment: try vendors.environment(),
                in: vendors.directory
            )
            #expect(other.status == 4)
            #expect(other.words.contains("write:others"))
        }
    }

    @Test("awork's rules ask who is calling: the operator is told to name a key")
    func operatorWithoutIdentity() async throws {
        try await Vendors.withQuickstart { vendors in
            let ended = try await vendors.timegate(
                "entry",
                "create",
                "awork.json",
                "--connection",
                "acme-awork",
                "--user",
                "2c4a230c-5085-4924-a3e1-25fb4fc5965b"
            )
            #expect(ended.status == 64)
            let plan = try await vendors.timegate(
                "plan",
                "--connection",
                "acme-awork",
                "--user",
                "2c4a230c-5085-4924-a3e1-25fb4fc5965b",
                "--activity-id",
                "b1f9c9b5-3d5d-4b0e-8f2e-4a3c5d6e7f80",
                "--date",
                "2026-11-20",
                "--duration",
                "1h",
                "--time-zone",
                "Europe/Berlin"
            )
            #expect(plan.status == 4)
            #expect(plan.words.contains("no_identity"))
            #expect(plan.words.contains("--as"))
        }
    }

    @Test(
        "What the vendor does decides the exit status",
        arguments: [
            (#"{"kind": "status", "status": 422, "body": {"errors": []}}"#, Int32(5)),
            (#"{"kind": "rate_limited", "retry_after_seconds": 70}"#, 9),
            (#"{"kind": "close_before_answer"}"#, 8), (#"{"kind": "status", "status": 403, "body": ""}"#, 4),
        ]
    )
    func vendorFails(fault: String, status: Int32) async throws {
        try await Vendors.withQuickstart { vendors in
            try await vendors.fail("productive", fault)
            let ended = try await TimegateBinary.run(
                ["entry", "create", "productive.json"] + Self.productive,
                environment: try vendors.environment(),
                in: vendors.directory
            )
            #expect(ended.status == status, "\(ended.words)")
            #expect(ended.output.isEmpty)
        }
    }

    @Test("A vendor that cannot be reached ends with 6, and nothing was sent")
    func unreachable() async throws {
        try await Vendors.withQuickstart { vendors in
            let origin = try #require(vendors.origins["productive"])
            // A port that was the simulator's, and is nobody's once the simulators have stopped.
            _ = await vendors.simulators.stop()
            let ended = try await TimegateBinary.run(
                ["entry", "create", "productive.json"] + Self.productive,
                environment: try vendors.environment(),
                in: vendors.directory
            )
            #expect(ended.status == 6, "\(origin): \(ended.words)")
            #expect(ended.words.contains("Nothing was sent."))
        }
    }

    @Test("A connection, a key or a file that is not there ends with 3 and says what there is")
    func notThere() async throws {
        try await Vendors.withQuickstart { vendors in
            let connection = try await vendors.timegate("plan", "productive.json", "--connection", "acme-productiv")
            #expect(connection.status == 3)
            #expect(connection.words.contains("Did you mean \"acme-productive\"?"))
            let key = try await vendors.timegate(
                "plan",
                "productive.json",
                "--connection",
                "acme-productive",
                "--as",
                "jan"
            )
            #expect(key.status == 3)
            #expect(key.words.contains("Did you mean \"jane\"?"))
            let file = try await vendors.timegate("plan", "none.json", "--connection", "acme-productive")
            #expect(file.status == 3)
            #expect(file.words.contains("none.json cannot be read"))
            let configuration = try await vendors.timegate(
                "plan",
                "productive.json",
                "--config",
                "none.yaml",
                "--connection",
                "a"
            )
            #expect(configuration.status == 3)
            #expect(configuration.words.contains("none.yaml: The file cannot be read"))
        }
    }
}
