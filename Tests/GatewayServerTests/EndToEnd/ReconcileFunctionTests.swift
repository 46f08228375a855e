import Foundation
import GatewayCore
import JSON
import PluginHost
import Testing
import VendorSimulators

/// A plugin that looks by itself for an entry whose answer was lost. Whatever it says, nothing is sent again.
struct ReconcileFunctionTests {
    private let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    private var keyed: KeyValuePairs<String, String> { ["Idempotency-Key": key] }

    /// Reads the list of the day, and picks the entry by its note.
    static let looking = """
        local answer = call.get({ path = "/api/v2/time_entries", query = { ["filter[date]"] = entry.work_date } })
            assert(answer.status == 200 and call.operation == "create" and call.sent_at <= call.now)
            for _, item in ipairs(answer.body.data) do
              if item.attributes.note == entry.note then return { id = item.id } end
            end
            return false
        """

    /// Productive with a `reconcile` of that body in place of its data, on the machine's clock.
    static func plan(_ body: String) throws -> GatewayPlan {
        var plan = try GatewayPlan(.productive)
        var source = try String(contentsOfFile: "\(Plugins.folder)/productive/plugin.lua", encoding: .utf8)
        let declared = "reconcile = { filters = { \"user\", \"from\", \"to\" } },"
        try #require(source.contains(declared))
        source = source.replacing(declared, with: "reconcile = function(entry, call)\n    \(body)\n  end,")
        let plugin = try Plugins.load(id: "productive", source: source)
        plan.change("productive") { $0.plugin = plugin }
        plan.settleAtOnce(.productive)
        plan.keys[0].scopes = Set(Scope.allCases)
        return plan
    }

    private func creations(_ gateway: TestGateway) -> Int { gateway.ledger(.productive).count { $0.method == "POST" } }

    /// Books an entry whose answer is lost.
    ///
    /// - Parameter later: what happens to requests after that.
    private func lose(_ fault: Fault, _ gateway: TestGateway, later: Fault? = nil) async throws {
        for fault in [fault, later].compactMap({ $0 }) { gateway.simulator(.productive).inject(fault) }
        let lost = try await gateway.create("productive", Sample.entry(.productive, note: "lost"), headers: keyed)
        #expect(lost.code == "outcome_unknown")
    }

    @Test("what it finds is the answer, and the same request has it")
    func found() async throws {
        try await withGateway(Self.plan(Self.looking)) { gateway in
            #expect(try await gateway.create("productive", Sample.entry(.productive, note: "other")).status == 201)
            try await lose(Fault(.cutAnswer(.body)), gateway)
            let record = try #require(try await gateway.settledRow())
            try #require(record.state == .done, "\(record.reason ?? "")")
            #expect(record.settledBy == "reconciled")
            #expect(record.vendorEntryID == gateway.ledger(.productive).last { $0.stored != nil }?.stored?.id)
            let again = try await gateway.create(
                "productive",
                Sample.entry(.productive, note: "lost"),
                headers: keyed
            )
            #expect(again.status == 201)
            #expect(again["data.id"]?.string == record.vendorEntryID)
            #expect(creations(gateway) == 2)
        }
    }

    @Test("a mark of the write's own key is found again, also where several entries are alike")
    func mark() async throws {
        let body = """
            local answer = call.get({ path = "/api/v2/time_entries", query = { ["filter[date]"] = entry.work_date } })
                for _, item in ipairs(answer.body.data) do
                  if item.attributes.note:find(call.key, 1, true) then return { id = item.id } end
                end
                return false
              end,
              to_vendor = function(request, entry, call)
                request.data.attributes.note = entry.note .. " #" .. call.key
                return request
              end,
              from_vendor = function(entry, answer, call)
                entry.note = entry.note:gsub(" #.*", "")
                return entry
            """
        try await withGateway(Self.plan(body)) { gateway in
            #expect(try await gateway.create("productive", Sample.entry(.productive, note: "lost")).status == 201)
            try await lose(Fault(.cutAnswer(.body)), gateway)
            let record = try #require(try await gateway.settledRow())
            try #require(record.state == .done, "\(record.reason ?? "")")
            #expect(record.vendorEntryID == gateway.ledger(.productive).last { $0.stored != nil }?.stored?.id)
            #expect(creations(gateway) == 2)
        }
    }

    @Test("what it says twice is not there may be booked again by the caller, and is not sent by itself")
    func absent() async throws {
        try await withGateway(Self.plan(Self.looking)) { gateway in
            try await lose(Fault(.closeBeforeAnswer(reset: true)), gateway)
            let isReleased = try await soon {
                let state = try await gateway.journalled().last?.state
                return ![.sending, .unknown, .reconciling].contains(state)
            }
            #expect(isReleased)
            #expect(creations(gateway) == 1)
            // Asked two times, the second one in another look.
            #expect(gateway.ledger(.productive).count { $0.method == "GET" } >= 2)
            let fresh = try await gateway.create(
                "productive",
                Sample.entry(.productive, note: "lost"),
                headers: keyed
            )
            #expect(fresh.status == 201, "\(fresh.body)")
            #expect(gateway.ledger(.productive).count { $0.stored?.operation == "create" } == 1)
        }
    }

    @Test(
        "what it cannot tell, a failure and a wrong result are a person's",
        arguments: [
            ("return nil, { message = \"Two look like it.\" }", "Two look like it."),
            ("return nil", "cannot tell"), ("error(\"odd\")", "odd"), ("while true do end", "instructions"),
            ("local t = {} while true do t[#t + 1] = t .. 1 end", "reconcile"),
            ("return true", "must return { id"), ("return \"343\"", "must return { id"),
            ("return {}", "must return { id"), ("return { id = 7 }", "must return { id"),
            ("for i = 1, 11 do call.get({ path = \"/api/v2/{i}\", i = i }) end", "at most 10 different reads"),
            ("return { id = \"999999\" }", "does not have"),
            ("return { id = \"226\" }", "226"),
        ]
    )
    func personal(body: String, reason: String) async throws {
        try await withGateway(Self.plan(body)) { gateway in
            // The first entry of the simulator, another one.
            let other = try await gateway.create("productive", Sample.entry(.productive, note: "other"))
            #expect(other["data.id"]?.string != nil)
            try await lose(Fault(.cutAnswer(.body)), gateway)
            let record = try #require(try await gateway.settledRow())
            #expect(record.state == .needsOperator, "\(record.state)")
            #expect(record.reason?.contains(reason) == true, "\(record.reason ?? "")")
            #expect(creations(gateway) == 2)
        }
    }

    @Test("an entry that another write has made is not this one's")
    func ownedByAnother() async throws {
        // It takes the first one that it sees.
        let body = Self.looking.replacing("item.attributes.note == entry.note", with: "true")
        try await withGateway(Self.plan(body)) { gateway in
            #expect(try await gateway.create("productive", Sample.entry(.productive, note: "lost")).status == 201)
            try await lose(Fault(.closeBeforeAnswer(reset: true)), gateway)
            let record = try #require(try await gateway.settledRow())
            #expect(record.state == .needsOperator)
            #expect(record.reason?.contains("which another write has made") == true, "\(record.reason ?? "")")
            #expect(gateway.ledger(.productive).count { $0.stored?.operation == "create" } == 1)
        }
    }

    @Test("a vendor that cannot be asked is asked again later")
    func vendorAway() async throws {
        try await withGateway(Self.plan(Self.looking)) { gateway in
            let away = Fault(.status(403, contentType: "application/json", body: "{}"), count: 3)
            try await lose(Fault(.cutAnswer(.body)), gateway, later: away)
            let record = try #require(try await gateway.settledRow())
            #expect(record.state == .done, "\(record.reason ?? "")")
            #expect(gateway.ledger(.productive).count { $0.method == "GET" } > 3)
            #expect(creations(gateway) == 1)
        }
    }

    @Test("capabilities promise what it does")
    func promise() async throws {
        try await withGateway(Self.plan(Self.looking)) { gateway in
            let answer = try await gateway.get("/v1/connections/productive")
            #expect(answer["data.idempotency.class"] == "reconciled")
            #expect(answer["data.functions"]?.array?.contains("reconcile") == true, "\(answer.body)")
        }
    }
}
