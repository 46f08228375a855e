import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// Actions whose answers are lost or say too little: what else was done to the entry meanwhile counts.
struct LostActionTests {
    private let keyed: KeyValuePairs<String, String> = ["Idempotency-Key": "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"]

    private func created(_ gateway: TestGateway, _ count: Int) async throws -> [String] {
        var ids: [String] = []
        for number in 0..<count {
            let answer = try await gateway.create("productive", Sample.entry(.productive, note: "\(number)"))
            ids.append(try #require(answer["data.id"]?.string))
        }
        return ids
    }

    private func body(_ ids: [String]) -> String {
        JSONValue.object(["ids": .array(ids.map { .string($0) })]).serialized(.compact)
    }

    @Test("an approval that a request for several has taken back is a person's, and its key does not do it again")
    func takenBack() async throws {
        var plan = try GatewayPlan.settling(.productive)
        // It is taken back before the vendor is asked about it.
        plan.settleMilliseconds = 2_000
        try await withGateway(plan) { gateway in
            let base = "/v1/productive/time-entries"
            let ids = try await created(gateway, 2)
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit))
            let lost = try await gateway.send("POST", "\(base)/\(ids[0])/approve", "{}", headers: keyed)
            #expect(lost.code == "outcome_unknown", "\(lost.body)")
            let back = try await gateway.post("\(base)/actions/unapprove", body(ids))
            #expect(back["data.0.status"]?.int64 == 200, "\(back.body)")
            let row = try #require(try await gateway.settledRow(of: .approve))
            #expect(row.state == .needsOperator, "\(row.reason ?? "")")
            let again = try await gateway.send("POST", "\(base)/\(ids[0])/approve", "{}", headers: keyed)
            #expect(again.status == 409, "\(again.body)")
            #expect(try await gateway.get("\(base)/\(ids[0])")["data.approval.state"] == "unapproved")
        }
    }

    @Test("a request for several whose answer leaves one out is a person's")
    func leftOut() async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            let base = "/v1/productive/time-entries"
            let ids = try await created(gateway, 2)
            let one = try #require(try await gateway.get("\(base)/\(ids[0])?include=raw")["data.raw.data"])
            let answer = JSONValue.object(["data": [one]]).serialized(.compact)
            gateway.simulator(.productive).inject(
                Fault(.notJSON(contentType: "application/json", body: answer))
            )
            let several = try await gateway.send("POST", "\(base)/actions/approve", body(ids), headers: keyed)
            #expect(several.status == 207, "\(several.body)")
            #expect(several["data.1.problem.code"] == "outcome_unknown", "\(several.body)")
            let row = try #require(try await gateway.settledRow(of: .approve))
            #expect(row.state == .needsOperator, "\(row.reason ?? "")")
            let word = #"{"recorded":["\#(ids[0])","\#(ids[1])"],"by":"olga"}"#
            #expect(try await gateway.adminPost("/journal/\(row.id)", word).status == 200)
            let again = try await gateway.send("POST", "\(base)/actions/approve", body(ids), headers: keyed)
            #expect(again["data.1.status"]?.int64 == 200, "\(again.body)")
        }
    }

    @Test("a write that is lost while the settings change is a person's: they may be those of another account")
    func otherSettings() async throws {
        var plan = try GatewayPlan.settling(.productive)
        try await withGateway(plan) { gateway in
            let id = try await created(gateway, 1)[0]
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true), count: nil))
            let path = "/v1/productive/time-entries/\(id)"
            let lost = try await gateway.send("DELETE", path, headers: keyed)
            #expect(lost.code == "outcome_unknown", "\(lost.body)")
            plan.change("productive") { $0.settings["organization_id"] = "9999" }
            let origin = "http://127.0.0.1:\(gateway.simulator(.productive).port)"
            await gateway.server.adopt(try plan.setup(origins: [.productive: origin]))
            let row = try #require(try await gateway.settledRow(of: .delete))
            #expect(row.state == .needsOperator)
            #expect(row.reason?.contains("settings of the connection productive have changed") == true)
        }
    }

    @Test("what was done to one entry stands under that entry, whatever the answer names")
    func anothersAnswer() async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            let base = "/v1/productive/time-entries"
            let ids = try await created(gateway, 2)
            let other = try await gateway.get("\(base)/\(ids[1])?include=raw")
            let answer = try #require(other["data.raw"]).serialized(.compact)
            gateway.simulator(.productive).inject(Fault(.notJSON(contentType: "application/json", body: answer)))
            _ = try await gateway.send("POST", "\(base)/\(ids[0])/approve", "{}")
            #expect(try await gateway.journalled().last?.vendorEntryID == ids[0])
        }
    }
}
