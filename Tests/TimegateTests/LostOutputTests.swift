import Foundation
import Testing

/// Standard output that takes nothing: what was recorded must be known all the same.
@Suite("Standard output that cannot be written", .serialized, .timeLimit(.minutes(2)))
struct LostOutputTests {
    /// 200 lines, of which line 10 is refused.
    private static var lines: String {
        (1...200).map { BatchTests.entry($0, day: $0 == 10 ? "2026-13-01" : "2026-11-20") + "\n" }.joined()
    }

    private func shell(_ line: String, _ vendors: Vendors) async throws -> TimegateBinary.Ended {
        try await TimegateBinary.shell(line, environment: try vendors.environment(), in: vendors.directory)
    }

    @Test(
        "A batch stops behind the request under way, writes its failures down, and says where to go on",
        arguments: ["> /dev/full", "| true"]
    )
    func batch(place: String) async throws {
        try await Vendors.withQuickstart { vendors in
            try BatchTests.liftLimits(vendors)
            try vendors.scratch.write("entries.ndjson", Self.lines)
            let command =
                "timegate entry batch entries.ndjson --to acme-hoursmith -o jsonl --output-failed failed.ndjson"
            let ended = try await shell("{ sleep 0.3; \(command); echo status $? >&2; } \(place)", vendors)
            #expect(ended.words.contains("status 8"), "\(ended.words)")
            #expect(ended.words.contains("49 of 50 recorded at acme-hoursmith"))
            #expect(ended.words.contains("Standard output cannot be written: "))
            #expect(ended.words.contains("The outcomes of lines 1 to 50 are not all there."))
            #expect(ended.words.contains("Stopped before line 51: go on with --from-line 51."))
            let failed = vendors.scratch.read("failed.ndjson")
            #expect(failed.contains("note 10") && failed.split(separator: "\n").count == 1)
            let rest = try await vendors.timegate(
                "entry",
                "batch",
                "entries.ndjson",
                "--to",
                "acme-hoursmith",
                "--from-line",
                "51"
            )
            #expect(rest.words.contains("150 of 150 recorded"), "\(rest.words)")
        }
    }

    @Test("A batch that is sent whole says so, and one whose first byte cannot be written is not begun")
    func ends() async throws {
        try await Vendors.withQuickstart { vendors in
            try vendors.scratch.write("entries.ndjson", BatchTests.entry(1) + "\n")
            let batch = "timegate entry batch entries.ndjson --to acme-hoursmith"
            let json = try await shell("\(batch) -o json > /dev/full", vendors)
            #expect(json.status == 1)
            #expect(json.words.contains("Nothing was sent."))
            #expect(try await !vendors.ledger("hoursmith").contains("\"POST\""))
            let whole = try await shell("\(batch) -o jsonl > /dev/full", vendors)
            #expect(whole.status == 8)
            #expect(whole.words.contains("All of it was sent: do not send it again."), "\(whole.words)")
        }
    }

    @Test("An entry that is recorded is named, with 8", arguments: ["> /dev/full", "| true"])
    func create(place: String) async throws {
        try await Vendors.withQuickstart { vendors in
            let command = "timegate entry create hoursmith.json --connection acme-hoursmith --as jane"
            let ended = try await shell("{ sleep 0.3; \(command); echo status $? >&2; } \(place)", vendors)
            #expect(ended.words.contains("status 8"), "\(ended.words)")
            let words = /Created (\S+) at acme-hoursmith: this is recorded, so do not send it again\./
            let id = try #require(ended.words.firstMatch(of: words)?.1)
            let entry = try await vendors.timegate("entry", "get", String(id), "--connection", "acme-hoursmith")
            #expect(entry.status == 0, "\(entry.words)")
            let deleted = try await shell(
                "timegate entry delete \(id) --yes --connection acme-hoursmith -o json > /dev/full",
                vendors
            )
            #expect([0, 8].contains(deleted.status), "\(deleted.words)")
            #expect(deleted.words.contains("Deleted \(id) at acme-hoursmith"))
        }
    }

    @Test("A refusal keeps its own status, and what is only read ends with 1")
    func nothingChanged() async throws {
        try await Vendors.withQuickstart { vendors in
            try await vendors.fail("hoursmith", #"{"kind": "status", "status": 403, "body": ""}"#)
            let refused = try await shell(
                "timegate entry create hoursmith.json --connection acme-hoursmith --as jane -o json > /dev/full",
                vendors
            )
            #expect(refused.status == 4, "\(refused.words)")
            #expect(refused.words.contains("403"))
            let plan = try await shell(
                "timegate plan hoursmith.json --connection acme-hoursmith --as jane > /dev/full",
                vendors
            )
            #expect(plan.status == 1)
            #expect(!plan.words.contains("recorded"))
        }
    }
}
