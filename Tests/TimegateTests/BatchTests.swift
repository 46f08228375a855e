import Foundation
import JSON
import Testing

@Suite("Batches from the command line", .serialized, .timeLimit(.minutes(2)))
struct BatchTests {
    static let count = 1200
    /// The line that is no JSON, and the one whose entry is refused. Line 3 is blank.
    static let brokenLine = 100
    static let refusedLine = 700

    static func entry(_ number: Int, day: String = "2026-11-20") -> String {
        let project = "5a8591dd-4039-49df-9202-96385ba3eff8"
        return
            "{\"work_date\": \"\(day)\", \"duration\": \"1h15m\", \"subjects\": {\"project\": {\"id\": \"\(project)\"}}, "
            + "\"note\": \"note \(number)\"}"
    }

    /// 1,200 elements, half of them wrapped, on 1,201 lines.
    static var lines: String {
        var lines = (1...count).map { $0 % 2 == 0 ? entry($0) : "{\"entry\": \(entry($0))}" }
        lines.insert("  ", at: 2)
        lines[brokenLine - 1] = "{\"work_date\": "
        lines[refusedLine - 1] = entry(refusedLine, day: "2026-13-01")
        return lines.joined(separator: "\n") + "\n"
    }

    private func withServer(_ vendors: Vendors, _ body: (String) async throws -> Void) async throws {
        let gateway = try await RunningTimegate.start(
            ["serve", "--config", "timegate.yaml", "--event-loops", "1"],
            until: "Listening on ",
            environment: try vendors.environment(),
            in: vendors.directory
        )
        do {
            try await body(try #require(gateway.word(after: "Listening on ")))
        } catch {
            _ = await gateway.stop()
            throw error
        }
        #expect(await gateway.stop() == 0)
    }

    static func keepJournal(_ vendors: Vendors) throws {
        try vendors.scratch.write("timegate.yaml", vendors.scratch.read("timegate.yaml") + "\nstate: ./journal.db\n")
    }

    /// Takes the vendor's rate windows away, which 1,200 entries would have to wait for.
    static func liftLimits(_ vendors: Vendors) throws {
        let configuration = vendors.scratch.read("timegate.yaml")
            .replacingOccurrences(of: "    allow_private: true", with: "    allow_private: true\n    limits: off")
        try vendors.scratch.write("timegate.yaml", configuration)
    }

    /// Sends the 1,200 and checks every outcome.
    private func checkLong(_ vendors: Vendors, _ place: [String]) async throws {
        try vendors.scratch.write("entries.ndjson", Self.lines)
        let ended = try await TimegateBinary.run(
            [
                "entry", "batch", "entries.ndjson", "--to", "acme-hoursmith", "--output-failed", "failed.ndjson", "-o",
                "jsonl",
            ]
                + place,
            environment: try vendors.environment(),
            in: vendors.directory
        )
        #expect(ended.status == 8, "\(ended.words)")
        let outcomes = try ended.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        try #require(outcomes.count == Self.count)
        for (index, outcome) in outcomes.enumerated() {
            let line = index < 2 ? index + 1 : index + 2
            #expect(outcome["index"] == .integer(Int64(index)))
            #expect(outcome["line"] == .integer(Int64(line)))
            switch line {
            case Self.brokenLine: #expect(outcome["problem"]?["code"] == "malformed_json")
            case Self.refusedLine: #expect(outcome["problem"]?["code"] == "invalid_date")
            default:
                #expect(outcome["status"] == 201)
                #expect(outcome["data"]?["note"] == .string("note \(index < 2 ? line : line - 1)"))
            }
        }
        let failed = vendors.scratch.read("failed.ndjson").split(separator: "\n")
        #expect(failed.count == 1)
        #expect(try JSONValue(parsing: String(failed[0]))["entry"]?["note"] == .string("note \(Self.refusedLine)"))
        #expect(ended.words.contains("1198 of 1200 recorded at acme-hoursmith"))
        #expect(ended.words.contains("1 × invalid_date, 1 × malformed_json"))
        #expect(!ended.words.contains("\u{1B}"))
    }

    @Test("1,200 lines through a server: each outcome in its place, one bad line and one refused entry spoil no other")
    func throughServer() async throws {
        try await Vendors.withQuickstart { vendors in
            try Self.liftLimits(vendors)
            try await withServer(vendors) { try await checkLong(vendors, ["--server", $0]) }
        }
    }

    @Test("1,200 lines without a server come to the same")
    func withConfiguration() async throws {
        try await Vendors.withQuickstart { vendors in
            try Self.liftLimits(vendors)
            try await checkLong(vendors, ["--config", "timegate.yaml"])
        }
    }

    @Test("A JSON list on standard input is a batch; json, csv and table show its outcomes")
    func list() async throws {
        try await Vendors.withQuickstart { vendors in
            let list = "\n [\(Self.entry(1)), {\"entry\": \(Self.entry(2))},\n \(Self.entry(3, day: "never"))]"
            let run = { (format: String) in
                try await vendors.timegate("entry", "batch", "-", "--to", "acme-hoursmith", "-o", format, input: list)
            }
            let json = try await run("json")
            #expect(json.status == 8)
            let outcomes = try #require(try JSONValue(parsing: json.output)["data"]?.array)
            #expect(outcomes.map { $0["status"]?.int64 } == [201, 201, 422])
            #expect(outcomes.allSatisfy { $0["line"] == nil })
            let csv = try await run("csv").output.components(separatedBy: "\r\n")
            #expect(csv.count == 5)
            #expect(csv[0] == "index,line,key,status,id,code,sent,field,message")
            #expect(csv[3].hasPrefix("2,,,422,,invalid_date,no,work_date,"))
            let table = try await run("table")
            #expect(table.output.hasPrefix("element 3: A date is not valid"))
            #expect(table.words.contains("2 of 3 recorded"))
        }
    }

    @Test("What is recorded with a loss is counted by its kind, with how to see it", arguments: ["table", "json"])
    func losses(format: String) async throws {
        try await Vendors.withQuickstart { vendors in
            let lines = [100, 120, 200].map {
                "{\"work_date\": \"2026-11-20\", \"duration\": \"\($0)s\", \"subjects\": {\"service\": {\"id\": \"1192\"}}}"
            }
            let batch = [
                "entry", "batch", "--to", "acme-productive", "--as", "jane", "--handling", "lenient", "--rounding",
                "up", "-o", format,
            ]
            let isJSON = format == "json"
            let ended = try await TimegateBinary.run(
                batch,
                environment: try vendors.environment(),
                input: lines.joined(separator: "\n"),
                in: vendors.directory
            )
            #expect(ended.status == 0, "\(ended.words)")
            #expect(ended.words.contains("3 of 3 recorded"))
            let how =
                isJSON ? "each outcome's mapping says what." : "--dry-run -o json on the same file says what for each."
            #expect(ended.words.contains("2 of them with a loss (2 rounded): \(how)"), "\(ended.words)")
            let plan = try await TimegateBinary.run(
                batch + ["--dry-run"],
                environment: try vendors.environment(),
                input: lines.joined(separator: "\n"),
                in: vendors.directory
            )
            #expect(plan.status == 2)
            #expect(plan.words.contains("2 of them with a loss (2 rounded)"))
        }
    }

    @Test("A dry run sends nothing, and ends with 0, or with 3 where an entry would be refused")
    func dryRun() async throws {
        try await Vendors.withQuickstart { vendors in
            let good = try await vendors.timegate(
                "entry",
                "batch",
                "--connection",
                "acme-hoursmith",
                "--dry-run",
                "--with-keys",
                "-o",
                "jsonl",
                input: Self.entry(1) + "\n" + Self.entry(2)
            )
            #expect(good.status == 0, "\(good.words)")
            let plans = try good.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
            #expect(plans.count == 2)
            let keys = Set(plans.compactMap { $0["key"]?.string })
            #expect(keys.count == 2)
            #expect(plans[0]["plan"]?["method"] == "POST")
            let bad = try await vendors.timegate(
                "entry",
                "batch",
                "--to",
                "acme-hoursmith",
                "--dry-run",
                input: Self.entry(1) + "\n" + Self.entry(2, day: "x")
            )
            #expect(bad.status == 3)
            #expect(try await !vendors.ledger("hoursmith").contains("\"POST\""))
        }
    }

    @Test("What failed in an earlier run is never written over, with a gateway or without")
    func earlierFailures() async throws {
        try await Vendors.withQuickstart { vendors in
            let earlier = Self.entry(7, day: "2026-13-01") + "\n"
            try vendors.scratch.write("failed.ndjson", earlier)
            for place in [[], ["--server", "http://127.0.0.1:9"]] {
                let ended = try await TimegateBinary.run(
                    ["entry", "batch", "--to", "acme-hoursmith", "--output-failed", "failed.ndjson"] + place,
                    environment: try vendors.environment(),
                    input: Self.entry(1, day: "2026-13-01") + "\n",
                    in: vendors.directory
                )
                #expect(ended.status == 3)
                #expect(ended.words.contains("holds something already. Nothing was sent."), "\(ended.words)")
                #expect(ended.words.contains("Name another file with --output-failed"))
                #expect(vendors.scratch.read("failed.ndjson") == earlier)
            }
            #expect(try await !vendors.ledger("hoursmith").contains("\"POST\""))
        }
    }

    @Test("A terminal that is closed lets the request under way finish, whatever becomes of standard error")
    func hangup() async throws {
        try await Vendors.withQuickstart { vendors in
            try Self.liftLimits(vendors)
            // 50 lines are a request. Line 60 is the last that comes, so that the batch waits for more.
            let lines = (1...60).map { Self.entry($0, day: $0 == 10 ? "2026-13-01" : "2026-11-20") + "\n" }.joined()
            try vendors.scratch.write("entries.ndjson", lines)
            let script = """
                mkfifo feed
                timegate entry batch --to acme-hoursmith -o jsonl --output-failed failed.ndjson < feed > outcomes 2> $WORDS &
                exec 3> feed
                cat entries.ndjson >&3
                for try in $(seq 400); do [ $(wc -l < outcomes) -ge 50 ] && break; sleep 0.05; done
                kill -HUP $!; kill -HUP $!
                wait $!; echo status $?
                """
            for words in ["words", "/dev/full"] {
                let ended = try await TimegateBinary.shell(
                    "rm -f feed failed.ndjson\n" + script,
                    environment: try vendors.environment().merging(["WORDS": words]) { $1 },
                    in: vendors.directory
                )
                #expect(ended.output == "status 8\n", "\(ended.words)")
                #expect(vendors.scratch.read("failed.ndjson").contains("note 10"))
            }
            #expect(vendors.scratch.read("words").contains("49 of 50 recorded"))
            #expect(vendors.scratch.read("words").contains("go on with --from-line 51"))
        }
    }

    @Test("A journal of more rows than a page says that there are more, and how to see them")
    func journal() async throws {
        try await Vendors.withQuickstart { vendors in
            try Self.liftLimits(vendors)
            try Self.keepJournal(vendors)
            let batch = try await vendors.timegate(
                "entry",
                "batch",
                "--to",
                "acme-hoursmith",
                "--with-keys",
                input: (1...60).map { Self.entry($0) }.joined(separator: "\n")
            )
            #expect(batch.status == 0, "\(batch.words)")
            let page = try await vendors.timegate("journal", "list", "--state", "all")
            #expect(page.output.split(separator: "\n").count == 51)
            let more =
                /50 writes are shown, and there may be more: --all shows the rest, or go on with --cursor (\d+)\./
            let cursor = try #require(page.words.firstMatch(of: more)?.1, "\(page.words)")
            let rest = try await vendors.timegate("journal", "list", "--state", "all", "--cursor", String(cursor))
            #expect(rest.output.split(separator: "\n").count == 11)
            #expect(rest.words.isEmpty)
            let all = try await vendors.timegate("journal", "list", "--state", "all", "--all", "-o", "json")
            let body = try JSONValue(parsing: all.output)
            #expect(Set(body["data"]?.array?.compactMap { $0["number"]?.int64 } ?? []).count == 60)
            #expect(body["next_cursor"] == nil)
            #expect(all.words.isEmpty)
        }
    }

    @Test("The same file sent again with the same batch key records nothing twice, whatever became of the first run")
    func repeated() async throws {
        try await Vendors.withQuickstart { vendors in
            try Self.liftLimits(vendors)
            try Self.keepJournal(vendors)
            func batch(_ key: String, _ lines: [String]) async throws -> (status: Int32, words: String) {
                let ended = try await vendors.timegate(
                    "entry",
                    "batch",
                    "--to",
                    "acme-hoursmith",
                    "--batch-key",
                    key,
                    input: lines.joined(separator: "\n")
                )
                return (ended.status, ended.words)
            }
            func recorded() async throws -> Int {
                let ledger = try JSONValue(parsing: try await vendors.ledger("hoursmith"))
                let stored = ledger["requests"]?.array?.compactMap { $0["stored"] } ?? []
                return Set(stored.compactMap { $0["id"]?.string }).count
            }
            let lines = (1...9).map { Self.entry($0) } + [Self.entry(9)]
            // The last two are recorded, and their answers are lost, also those of the repetitions.
            let fault = #"{"kind": "close_before_answer", "when": "after_commit", "skip": 8, "count": 4}"#
            try await vendors.fail("hoursmith", fault)
            let first = try await batch("march", lines)
            #expect(first.status == 8)
            #expect(first.words.contains("Send the file again with the same --batch-key"), "\(first.words)")
            #expect(try await recorded() == 10)

            let second = try await batch("march", [Self.entry(0)] + lines)
            #expect(
                second.words.contains("8 of them an earlier request with the same key had recorded"),
                "\(second.words)"
            )
            #expect(try await recorded() == 11)
            let other = try await batch("april", [Self.entry(1)])
            #expect(other.status == 0, "\(other.words)")
            #expect(try await recorded() == 12)
        }
    }

    @Test("Beside a running gateway, which has the journal, a batch with keys is refused as a whole")
    func besideAGateway() async throws {
        try await Vendors.withQuickstart { vendors in
            try Self.keepJournal(vendors)
            try await withServer(vendors) { _ in
                let own = "{\"key\": \"0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b\", \"entry\": \(Self.entry(2))}"
                for (keys, lines) in [(["--batch-key", "march"], Self.entry(1)), ([], own)] {
                    let ended = try await TimegateBinary.run(
                        ["entry", "batch", "--to", "acme-hoursmith"] + keys,
                        environment: try vendors.environment(),
                        input: lines,
                        in: vendors.directory
                    )
                    #expect(ended.status != 0)
                    #expect(ended.words.contains("has this journal"), "\(ended.words)")
                    #expect(ended.words.contains("of which nothing was sent"), "\(ended.words)")
                }
                #expect(try await !vendors.ledger("hoursmith").contains("\"POST\""))
                let keyless = try await vendors.timegate(
                    "entry",
                    "batch",
                    "--to",
                    "acme-hoursmith",
                    input: Self.entry(3)
                )
                #expect(keyless.status == 0)
                #expect(keyless.words.contains("Not in the journal"), "\(keyless.words)")
            }
        }
    }

    @Test("An entry whose outcome is not known ends with 8, is named, and is not in the file of failures")
    func uncertain() async throws {
        try await Vendors.withQuickstart { vendors in
            try await vendors.fail("hoursmith", #"{"kind": "close_before_answer", "when": "after_commit"}"#)
            // Sent twice: the vendor recognises its key.
            try await vendors.fail("hoursmith", #"{"kind": "close_before_answer", "when": "after_commit", "count": 2}"#)
            let ended = try await vendors.timegate(
                "entry",
                "batch",
                "--to",
                "acme-hoursmith",
                "--output-failed",
                "failed.ndjson",
                input: Self.entry(1) + "\n"
            )
            #expect(ended.status == 8)
            #expect(ended.words.contains("line 1 (1). Look at the vendor before you send"))
            #expect(vendors.scratch.read("failed.ndjson").isEmpty)
        }
    }

    @Test(
        "A gateway that is not there, or refuses the key, stops the batch: what is left is named, and the cause is the status"
    )
    func stopped() async throws {
        try await Vendors.withQuickstart { vendors in
            let input = Self.entry(1) + "\n" + Self.entry(2) + "\n"
            let dead = try await vendors.timegate(
                "entry",
                "batch",
                "--to",
                "acme-hoursmith",
                "--server",
                "http://127.0.0.1:9",
                "--from-line",
                "2",
                input: input
            )
            #expect(dead.status == 6)
            #expect(dead.words.contains("go on with --from-line 2"))
            try await withServer(vendors) { url in
                let refused = try await TimegateBinary.run(
                    ["entry", "batch", "--to", "acme-hoursmith", "--server", url],
                    environment: ["TIMEGATE_KEY": "tgk_wrong-key-wrong-key-wrong"],
                    input: input,
                    in: vendors.directory
                )
                #expect(refused.status == 4)
                #expect(refused.words.contains("unauthenticated"))
            }
        }
    }

    @Test(
        "A file that is not there, is no JSON, or would be overwritten by its failures is refused before anything is sent"
    )
    func refused() async throws {
        try await Vendors.withQuickstart { vendors in
            let none = try await vendors.timegate("entry", "batch", "none.ndjson", "--to", "acme-hoursmith")
            #expect(none.status == 3)
            let broken = try await vendors.timegate("entry", "batch", "--to", "acme-hoursmith", input: "[1, ")
            #expect(broken.status == 3)
            try vendors.scratch.write("entries.ndjson", Self.entry(1))
            let same = try await vendors.timegate(
                "entry",
                "batch",
                "entries.ndjson",
                "--to",
                "acme-hoursmith",
                "--output-failed",
                "./entries.ndjson"
            )
            #expect(same.status == 64)
            #expect(vendors.scratch.read("entries.ndjson") == Self.entry(1))
            let fed = try await TimegateBinary.shell(
                "timegate entry batch --to acme-hoursmith --output-failed entries.ndjson < entries.ndjson",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            #expect(fed.status == 64)
            #expect(vendors.scratch.read("entries.ndjson") == Self.entry(1))
            #expect(try await !vendors.ledger("hoursmith").contains("\"POST\""))
        }
    }
}
