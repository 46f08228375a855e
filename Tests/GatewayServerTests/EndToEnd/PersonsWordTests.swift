import GatewayCore
import GatewayServer
import Glibc
import JSON
import Testing
import VendorSimulators

/// What a person says of a write is checked as far as it can be, and does as little harm as it can where it is wrong.
struct PersonsWordTests {
    private let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    private var keyed: KeyValuePairs<String, String> { ["Idempotency-Key": key] }

    @Test("of a request for several entries it is said which were done, and each is answered by itself")
    func severalEntries() async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            var ids: [String] = []
            for _ in 0..<2 {
                let created = try await gateway.create("productive", Sample.entry(.productive))
                ids.append(try #require(created["data.id"]?.string))
            }
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true)))
            let path = "/v1/productive/time-entries/actions/approve"
            let body = #"{"ids":["\#(ids[0])","\#(ids[1])"]}"#
            let lost = try await gateway.send("POST", path, body, headers: keyed)
            #expect(lost["data.0.problem.code"] == "outcome_unknown", "\(lost.body)")
            let row = try #require(try await gateway.settledRow(of: .approve))
            #expect(row.state == .needsOperator)
            let desk = "/journal/\(row.id)"
            for wrong in [#""424242""#, #"["\#(ids[0])","424242"]"#, #"" \#(ids[0])""#, "[]", #"[""]"#, "7"] {
                let refused = try await gateway.adminPost(desk, #"{"recorded":\#(wrong),"by":"olga"}"#)
                #expect(refused.status == 422, "\(wrong): \(refused.body)")
            }
            let said = try await gateway.adminPost(desk, #"{"recorded":["\#(ids[0])"],"by":"olga"}"#)
            #expect(said.status == 200, "\(said.body)")
            let again = try await gateway.send("POST", path, body, headers: keyed)
            #expect(again.status == 207)
            #expect(again.header("idempotent-replayed") == "true")
            #expect(again["data.0.status"]?.int64 == 200)
            #expect(again["data.0.data.id"]?.string == ids[0])
            #expect(again["data.1.problem.code"] == "state_conflict")
            #expect(again["data.1.problem.sent"] == "no")
            #expect(again["data.1.problem.key_is_spent"] == true)
        }
    }

    @Test("an entry that was refused before the others were sent says that its key is spent")
    func refusedBefore() async throws {
        var plan = try GatewayPlan.settling(.productive)
        // Whose entry it is has to be read.
        plan.keys[0].scopes = [.read, .write, .approve]
        try await withGateway(plan) { gateway in
            var ids: [String] = []
            for _ in 0..<2 {
                let created = try await gateway.create("productive", Sample.entry(.productive))
                ids.append(try #require(created["data.id"]?.string))
            }
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true), count: 3))
            let path = "/v1/productive/time-entries/actions/approve"
            let body = #"{"ids":["\#(ids[0])","\#(ids[1])"]}"#
            for _ in 0..<2 {
                let answer = try await gateway.send("POST", path, body, headers: keyed)
                #expect(answer["data.0.problem.sent"] == "no", "\(answer.body)")
                #expect(answer["data.0.problem.key_is_spent"] == true)
                #expect(answer["data.1.status"]?.int64 == 200)
            }
        }
    }

    @Test("that it is not there is believed only once the request can no longer arrive")
    func stillOnItsWay() async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true)))
            _ = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            let row = try #require(try await gateway.journalled().last)
            let refused = try await gateway.adminPost("/journal/\(row.id)", #"{"not_recorded":true,"by":"olga"}"#)
            #expect(refused.status == 409)
            #expect(refused.detail.contains("may still be on its way"))
            #expect(refused["retry_after"]?.int64 ?? 0 > 0)
            // That it is there can be seen at once.
            let said = try await gateway.adminPost("/journal/\(row.id)", #"{"recorded":"9","by":"olga"}"#)
            #expect(said.status == 200, "\(said.body)")
        }
    }

    @Test("a gateway that has another journal than the one that is asked for says so")
    func anotherJournal() async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            let asking = "Host: 127.0.0.1\r\nTimegate-Journal-Process: "
            let other = try await gateway.admin("/journal", headers: "\(asking)1\r\n")
            #expect(other.status == 412)
            #expect(other.detail.contains("has another journal"))
            #expect(try await gateway.admin("/journal", headers: "\(asking)\(getpid())\r\n").status == 200)
        }
    }

    @Test("a vendor with keys removes the double where the word was wrong: the same request has the same vendor key")
    func wrongWord() async throws {
        try await withGateway(GatewayPlan.settling(.hoursmith)) { gateway in
            gateway.simulator(.hoursmith).inject(
                Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit, count: nil)
            )
            let entry = Sample.entry(.hoursmith)
            let lost = try await gateway.create("hoursmith", entry, headers: keyed)
            #expect(lost.code == "outcome_unknown")
            let row = try #require(try await gateway.journalled().last)
            let word = #"{"not_recorded":true,"by":"olga"}"#
            let isSaid = try await soon { try await gateway.adminPost("/journal/\(row.id)", word).status == 200 }
            #expect(isSaid)
            gateway.simulator(.hoursmith).clearFaults()
            var again = try await gateway.create("hoursmith", entry, headers: keyed)
            // The gateway may have sent it so often by itself that its calls are held back for some seconds.
            for _ in 0..<200 where again.code == "breaker_open" {
                try await Task.sleep(for: .milliseconds(100))
                again = try await gateway.create("hoursmith", entry, headers: keyed)
            }
            #expect(again.status == 201, "\(again.body)")
            #expect(gateway.creations(.hoursmith) == 1)
            let keys = Set(try await gateway.journalled().map(\.intent.vendorKey))
            #expect(keys.count == 1)
        }
    }

    @Test("of two words at once that give one entry to two writes, one is refused")
    func wordsAtOnce() async throws {
        var plan = try GatewayPlan.settling(.productive)
        // Both are lost before the vendor is asked about the first.
        plan.settleMilliseconds = 2_000
        try await withGateway(plan) { gateway in
            for number in 0..<2 {
                gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true)))
                let note = "lost \(number)"
                let lost = try await gateway.create("productive", Sample.entry(.productive, note: note))
                #expect(lost.code == "outcome_unknown")
            }
            let areListed = try await soon {
                try await gateway.journalled().allSatisfy { $0.state == .needsOperator }
            }
            try #require(areListed)
            let numbers = try await gateway.journalled().map(\.id)
            let word = #"{"recorded":"4711","by":"olga"}"#
            async let first = gateway.adminPost("/journal/\(numbers[0])", word)
            async let second = gateway.adminPost("/journal/\(numbers[1])", word)
            let answers = try await [first, second]
            #expect(answers.map(\.status).sorted() == [200, 422], "\(answers.map(\.body))")
            #expect(try await gateway.journalled().count { $0.vendorEntryID == "4711" } == 1)
        }
    }

    /// Two creates at a vendor with keys whose answers are lost: the first is recorded, the second is not.
    ///
    /// - Returns: their numbers, and the entry of the first.
    private func loseTwo(
        _ first: JSONValue,
        _ second: JSONValue,
        _ gateway: TestGateway
    ) async throws -> (Int64, Int64, String) {
        let simulator = gateway.simulator(.hoursmith)
        simulator.inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit, count: nil))
        #expect(try await gateway.create("hoursmith", first, headers: keyed).code == "outcome_unknown")
        simulator.clearFaults()
        simulator.inject(Fault(.closeBeforeAnswer(reset: true), count: nil))
        let other: KeyValuePairs<String, String> = ["Idempotency-Key": "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"]
        #expect(try await gateway.create("hoursmith", second, headers: other).code == "outcome_unknown")
        let rows = try await gateway.journalled()
        let made = gateway.ledger(.hoursmith).compactMap(\.stored).filter { $0.operation == "create" }
        #expect(made.count == 1)
        return (try #require(rows.first).id, try #require(rows.last).id, try #require(made.first?.id))
    }

    /// A person's word, given when nothing is being done about the write.
    private func say(_ word: String, of number: Int64, _ gateway: TestGateway) async throws -> Answer {
        while true {
            let answer = try await gateway.adminPost("/journal/\(number)", word)
            if !answer.detail.contains("only one that is not settled"), !answer.detail.contains("has just changed") {
                return answer
            }
            let row = try await gateway.journalled().first { $0.id == number }
            if row?.state.isBeingSettled != true { return answer }
        }
    }

    @Test("of two writes of one entry, a person cannot say whose it is while the vendor will tell by its key")
    func twins() async throws {
        try await withGateway(GatewayPlan.settling(.hoursmith)) { gateway in
            let entry = Sample.entry(.hoursmith)
            let (first, second, id) = try await loseTwo(entry, entry, gateway)
            let said = try await say(#"{"recorded":"\#(id)","by":"olga"}"#, of: second, gateway)
            #expect(said.status == 409, "\(said.body)")
            #expect(said.detail.contains("The write \(first) is for the same entry and not settled either"))
            gateway.simulator(.hoursmith).clearFaults()
            let isSettled = try await soon { try await gateway.journalled().allSatisfy { $0.state == .done } }
            #expect(isSettled)
            let rows = try await gateway.journalled()
            #expect(rows.first?.vendorEntryID == id)
            #expect(rows.last?.vendorEntryID != id)
            #expect(gateway.creations(.hoursmith) == 2)
        }
    }

    @Test(
        "an entry that a person has given to another write, and that the vendor names by its key, is a person's again"
    )
    func contestedWord() async throws {
        try await withGateway(GatewayPlan.settling(.hoursmith)) { gateway in
            let entry = Sample.entry(.hoursmith)
            let other = entry.with(["work_date": "2026-11-17"])
            let (first, second, id) = try await loseTwo(entry, other, gateway)
            let said = try await say(#"{"recorded":"\#(id)","by":"olga"}"#, of: second, gateway)
            #expect(said.status == 200, "\(said.body)")
            gateway.simulator(.hoursmith).clearFaults()
            let isSettled = try await soon {
                try await gateway.journalled().allSatisfy { !$0.state.isBeingSettled }
            }
            #expect(isSettled)
            let row = try await gateway.journalled().first { $0.id == first }
            #expect(row?.state == .needsOperator)
            #expect(row?.vendorEntryID == id)
            #expect(row?.reason?.contains("which olga has said to be that of the write \(second)") == true)
            #expect(gateway.creations(.hoursmith) == 1)
            // The vendor itself has named it for this write.
            let word = try await gateway.adminPost("/journal/\(first)", #"{"recorded":"\#(id)","by":"olga"}"#)
            #expect(word.status == 200, "\(word.body)")
        }
    }
}
