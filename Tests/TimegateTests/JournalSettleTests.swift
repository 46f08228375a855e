import Foundation
import JSON
import Testing

@Suite("Settling from the command line", .timeLimit(.minutes(2)))
struct JournalSettleTests {
    /// Loses the answer to a create at Productive.
    private func lose(_ vendors: Vendors) async throws {
        try BatchTests.keepJournal(vendors)
        try await vendors.fail("productive", #"{"kind": "close_before_answer", "when": "after_commit"}"#)
        let lost = try await vendors.timegate(
            "entry",
            "create",
            "productive.json",
            "--connection",
            "acme-productive",
            "--as",
            "jane"
        )
        #expect(lost.status == 8, "\(lost.words)")
        #expect(lost.words.contains("a minute from now timegate journal settle finds out"), "\(lost.words)")
    }

    @Test(
        "A create whose answer was lost is found at the vendor a minute later, and not before",
        .enabled(if: SetClock.isUsable, Comment(rawValue: SetClock.reason))
    )
    func found() async throws {
        let clock = try await SetClock()
        try await Vendors.withQuickstart { vendors in
            try await lose(vendors)
            let hasty = try await vendors.timegate("journal", "resolve", "1", "--not-recorded")
            #expect(hasty.status == 3, "\(hasty.words)")
            #expect(hasty.words.contains("The request may still arrive"), "\(hasty.words)")
            let early = try await vendors.timegate("journal", "settle", "--within", "0")
            #expect(early.status == 8)
            #expect(early.words.contains("0 of 1 write is settled."), "\(early.words)")
            #expect(early.words.contains("run this again for the rest"))

            try clock.set(ahead: 61)
            let environment = try vendors.environment().merging(clock.environment) { first, _ in first }
            let settled = try await TimegateBinary.run(
                ["journal", "settle", "--within", "20", "-o", "json"],
                environment: environment,
                in: vendors.directory
            )
            #expect(settled.status == 0, "\(settled.words)")
            #expect(settled.words.contains("1 of 1 write is settled."))
            let outcome = try JSONValue(parsing: settled.output)["data"]?[0]
            #expect(outcome?["state"] == "done")
            #expect(outcome?["entry_id"]?.string?.isEmpty == false)
            #expect(try await vendors.timegate("journal", "settle").words.contains("Every write is settled."))
        }
    }

    @Test("A change with a key is made once, and a refusal names the key under which it may be tried again")
    func keyedChange() async throws {
        let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
        try await Vendors.withQuickstart { vendors in
            try BatchTests.keepJournal(vendors)
            let place = ["--connection", "acme-productive", "-o", "json"]
            let created = try await timegate(["entry", "create", "productive.json", "--as", "jane"] + place, vendors)
            let id = try #require(try JSONValue(parsing: created.output)["data"]?["id"]?.string)
            let change = ["entry", "update", id, "--duration", "3h", "--idempotency-key", key] + place
            #expect(try await timegate(change, vendors).words.contains("nothing was sent now") == false)
            let again = try await timegate(change, vendors)
            #expect(again.status == 0)
            #expect(again.words.contains("That was before, under the same idempotency key: nothing was sent now."))
            #expect(try await changes(vendors) == 1)
            let other = try await timegate(["entry", "update", id, "--duration", "4h"] + change[5...], vendors)
            #expect(other.status == 3)
            #expect(other.output.contains("idempotency_key_reused"), "\(other.output)")

            // Without one the write has a key that the refusal names.
            try await vendors.fail("productive", #"{"kind": "close_before_answer", "when": "after_commit", "skip": 1}"#)
            let lost = try await vendors.timegate(
                "entry",
                "update",
                id,
                "--duration",
                "5h",
                "--connection",
                "acme-productive"
            )
            #expect(lost.status == 8, "\(lost.words)")
            let row = try await timegate(["journal", "-o", "json"], vendors)
            let given = try #require(try JSONValue(parsing: row.output)["data"]?[0]?["key"]?.string)
            #expect(lost.words.contains("as the same caller, with the same idempotency key: \(given)"), "\(lost.words)")
        }
    }

    private func timegate(_ arguments: [String], _ vendors: Vendors) async throws -> TimegateBinary.Ended {
        try await TimegateBinary.run(arguments, environment: try vendors.environment(), in: vendors.directory)
    }

    /// How many changes the vendor got.
    private func changes(_ vendors: Vendors) async throws -> Int {
        try await vendors.ledger("productive").components(separatedBy: #""method":"PATCH""#).count - 1
    }

    @Test("A gateway that runs has the journal, and settles by itself")
    func besideAGateway() async throws {
        try await Vendors.withQuickstart { vendors in
            try BatchTests.keepJournal(vendors)
            let gateway = try await RunningTimegate.start(
                ["serve", "--config", "timegate.yaml", "--event-loops", "1"],
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            let refused = try await vendors.timegate("journal", "settle")
            #expect(await gateway.stop() == 0)
            #expect(refused.status == 1)
            #expect(refused.words.contains("That gateway settles by itself"), "\(refused.words)")
        }
    }

    @Test("While it waits, others have the journal, and a key that a refusal names finds its write")
    func besideACommand() async throws {
        try await Vendors.withQuickstart { vendors in
            try await lose(vendors)
            let row = try await timegate(["journal", "-o", "json"], vendors)
            let key = try #require(try JSONValue(parsing: row.output)["data"]?[0]?["key"]?.string)
            async let settling = timegate(["journal", "settle", "--within", "8"], vendors)
            for _ in 0..<3 {
                let created = try await vendors.timegate(
                    "entry",
                    "create",
                    "hoursmith.json",
                    "--connection",
                    "acme-hoursmith"
                )
                #expect(created.status == 0, "\(created.words)")
                #expect(!created.words.contains("Not in the journal"), "\(created.words)")
            }
            #expect(try await timegate(["journal", "show", key], vendors).output.contains(key))
            #expect(try await settling.status == 8)
            let all = try await timegate(["journal", "list", "--state", "done", "-o", "json"], vendors)
            #expect(try JSONValue(parsing: all.output)["data"]?.array?.count == 3)
        }
    }

    @Test("Without a journal, and with a limit that is none, it says so")
    func mistakes() async throws {
        try await Vendors.withQuickstart { vendors in
            let configuration = vendors.scratch.read("timegate.yaml")
            try vendors.scratch.write("timegate.yaml", configuration + "\nstate: none\n")
            let off = try await vendors.timegate("journal", "settle")
            #expect(off.status == 1)
            #expect(off.words.contains("state: none"))
            #expect(try await vendors.timegate("journal", "settle", "--within", "-1").status == 64)
        }
    }
}
