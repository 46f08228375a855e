import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// `call.get` in an operator's hook: it reads at the vendor of the connection, whichever that is.
struct HookLookUpTests {
    static let activities = "call.get({ path = '/v2/time-activity' })"

    static func plan(_ body: String) throws -> GatewayPlan { try HookTests.plan([HookTests.onEntry(body)]) }

    @Test func hookChangesAnEntryByWhatItReads() async throws {
        let plan = try Self.plan("entry.note = \(Self.activities).body.data[1].name")
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            #expect(answer.status == 201, "\(answer.body)")
            #expect(LookUpTests.paths(gateway) == ["GET /v2/time-activity", "POST /v2/time-entry"])
            #expect(try HookTests.sent(gateway, .sonderplan)["description"] == "Colour Grading")
            #expect(gateway.ledger(.sonderplan)[0].header("authorization")?.hasPrefix("Bearer ") == true)

            // The record shows the read, and what the hook used and changed.
            let record = try await CallRecordTests.record(gateway, answer)
            let steps = try #require(record["data.steps"]?.array)
            let sends = steps.filter { $0["step"] == "send" }
            #expect(sends.map { $0["request"]?["method"]?.string } == ["GET", "POST"])
            let hook = try #require(steps.first { $0["function"] == "on_entry of hooks/1.lua" })
            #expect((hook["instructions"]?.int64 ?? 0) > 0)
            #expect(
                hook["changed"]
                    == [["field": "/note", "before": "Second round", "after": "Colour Grading"]]
            )
        }
    }

    @Test func hooksAndRulesOfACallShareWhatTheyRead() async throws {
        var (plan, _) = try LookUpTests.plan(validate: LookUpTests.activities)
        let hooks = try (1...2).map { try Plugins.hook(HookTests.onEntry(Self.activities), named: "hooks/\($0).lua") }
        plan.change(LookUpTests.id) { $0.hooks = hooks.map { ConfiguredHook($0) } }
        try await withGateway(plan) { gateway in
            let first = try await gateway.create(LookUpTests.id, Sample.entry(.sonderplan))
            #expect(first.status == 201, "\(first.body)")
            #expect(LookUpTests.paths(gateway) == ["GET /v2/time-activity", "POST /v2/time-entry"])
            #expect(try await gateway.create(LookUpTests.id, Sample.entry(.sonderplan)).status == 201)
            #expect(LookUpTests.paths(gateway).count { $0.hasPrefix("GET") } == 2)
        }
    }

    @Test func changeOfAnEntryIsReadFor() async throws {
        let plan = try Self.plan(
            "if call.before then entry.note = 'status ' .. call.get({ path = '/api/v2/{what}', what = 'nothing' }).status end"
        )
        try await withGateway(plan) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))"
            let changed = try await gateway.send("PATCH", path, "{\"duration\":\"3h\"}")
            #expect(changed["data.note"] == "status 404", "\(changed.body)")
        }
    }

    @Test func planOpensNoSocketAndSaysWhatTheHookWouldRead() async throws {
        let listener = try ListeningSocket()
        var plan = try Self.plan("entry.note = \(Self.activities).body.data[1].name")
        plan.change("sonderplan") { $0.upstream = .origin("http://127.0.0.1:\(listener.port)") }
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan), query: "?dry_run=true")
            #expect(answer.status == 200, "\(answer.body)")
            #expect(
                answer["plan.undetermined"] == [
                    .string(
                        "on_entry of hooks/1.lua asks Sonderplan for /v2/time-activity: "
                            + "ask with dry_run=reads to have it answered."
                    )
                ]
            )
            #expect(answer["plan.body.description"] == "Second round")
            #expect(!listener.wasConnectedTo)
        }
    }

    @Test func planWithReadsShowsWhatTheHookMakesOfThem() async throws {
        let plan = try Self.plan("entry.note = \(Self.activities).body.data[1].name")
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan), query: "?dry_run=reads")
            #expect(answer["plan.body.description"] == "Colour Grading", "\(answer.body)")
            #expect(LookUpTests.paths(gateway) == ["GET /v2/time-activity"])
        }
    }

    @Test func vendorThatCannotBeAskedEndsTheCallWithNothingSent() async throws {
        // No pcall turns it into a yes.
        let plan = try Self.plan("pcall(function() \(Self.activities) end)")
        try await withGateway(plan) { gateway in
            gateway.simulator(.sonderplan).inject(
                Fault(.status(403, contentType: "application/json", body: "{}"), count: nil)
            )
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            #expect(answer.code == "vendor_permission", "\(answer.body)")
            #expect(answer.sent == "no")
            #expect(!LookUpTests.paths(gateway).contains { $0.hasPrefix("POST") })
        }
    }

    @Test(arguments: [
        ("for i = 1, 6 do call.get({ path = '/v2/{i}', i = i }) end", "at most 5 different reads"),
        ("call.get({ path = '/v2/x', method = 'DELETE' })", "it reads, and nothing else"),
        ("call.get({ path = 'https://evil.example/x' })", "own origin only"),
    ])
    func limitsAreThoseOfRules(body: String, message: String) async throws {
        try await withGateway(Self.plan(body)) { gateway in
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            #expect(answer.status == 502)
            #expect(answer.code == "hook_failed")
            #expect(answer["place"] == "hooks/1.lua:3")
            #expect(answer.detail.contains(message), "\(answer.detail)")
            #expect(!LookUpTests.paths(gateway).contains { $0.hasPrefix("POST") })
        }
    }

    @Test func waitingHookHoldsUpNobody() async throws {
        var plan = try Self.plan("if entry.note == 'slow' then \(Self.activities) end")
        plan.vendorTimeoutMilliseconds = 1500
        try await withGateway(plan) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.hang))
            async let slow = gateway.create("sonderplan", Sample.entry(.sonderplan, note: "slow"))
            let isWaiting = try await soon { gateway.ledger(.sonderplan).count == 1 }
            #expect(isWaiting)
            // On the one event loop, through the same hook, while it waits for an answer that never comes.
            #expect(try await gateway.create("sonderplan", Sample.entry(.sonderplan)).status == 201)
            let answer = try await slow
            #expect(answer.code == "vendor_timeout")
            #expect(answer.sent == "no")
        }
    }

    @Test func functionsThatLookOnDoNotRead() async throws {
        let hook = "return { on_answer = function(entry, call) \(Self.activities) end }"
        try await withGateway(HookTests.plan([hook])) { gateway in
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            #expect(answer.status == 201)
            let failure = answer["mapping.inconsistent"]?.array?.first { $0["field"] == "id" }?["why"]?.string
            #expect(failure?.contains("on_answer cannot read") == true, "\(answer.body)")
            #expect(LookUpTests.paths(gateway) == ["POST /v2/time-entry"])
        }
    }
}
