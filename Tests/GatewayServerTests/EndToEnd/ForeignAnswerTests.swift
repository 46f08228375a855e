import GatewayCore
import JSON
import Testing
import VendorSimulators

/// A 2xx that is no answer of the vendor's, as of a log-in page in between, tells nothing of a deletion or an action: it is of
/// unknown outcome, is never made twice, and is settled by what the vendor has.
struct ForeignAnswerTests {
    private let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    private static let page = "<html>Login please</html>"
    private static let kind = Fault.Kind.status(200, contentType: "text/html", body: page)

    struct Write: Sendable, CustomTestStringConvertible {
        var vendor: SimulatedVendor
        var method: String
        var path: String
        var testDescription: String { "\(vendor) \(method) \(path)" }
    }

    static let writes = [
        Write(vendor: .plannr, method: "DELETE", path: ""),
        Write(vendor: .productive, method: "DELETE", path: ""),
        Write(vendor: .productive, method: "POST", path: "/approve"),
        Write(vendor: .productive, method: "POST", path: "/stop"),
    ]

    private func plan(_ vendor: SimulatedVendor) throws -> GatewayPlan {
        try GatewayPlan.unrestricted(vendor)
    }

    private func path(_ id: String, _ write: Write) -> String { "/v1/\(write.vendor)/time-entries/\(id)\(write.path)" }

    @Test(arguments: writes, [Fault.Moment.beforeCommit, .afterCommit])
    func pageLeavesTheOutcomeUnknown(write: Write, moment: Fault.Moment) async throws {
        try await withGateway(try plan(write.vendor)) { gateway in
            let created = try await gateway.create(write.vendor.rawValue, Sample.entry(write.vendor))
            let id = try #require(created["data.id"]?.string)
            let simulator = gateway.simulator(write.vendor)
            simulator.clearLedger()
            simulator.inject(Fault(Self.kind, moment: moment))
            let body = write.method == "POST" ? "{}" : nil
            let answer = try await gateway.send(
                write.method,
                path(id, write),
                body,
                headers: ["Idempotency-Key": key]
            )
            #expect(answer.status == 502, "\(answer.body)")
            #expect(answer.code == "outcome_unknown")
            #expect(answer.sent == "maybe")
            #expect(answer["vendor.body"]?.string == Self.page)
            #expect(try await gateway.journalled().last?.state == .unknown)
            let again = try await gateway.send(write.method, path(id, write), body, headers: ["Idempotency-Key": key])
            #expect(again.code == "idempotency_outcome_unknown")
            #expect(simulator.ledger().count == 1)
        }
    }

    @Test func ofSeveralEntriesEachIsUnknown() async throws {
        try await withGateway(try plan(.productive)) { gateway in
            var ids: [String] = []
            for note in ["1", "2"] {
                let created = try await gateway.create("productive", Sample.entry(.productive, note: note))
                ids.append(try #require(created["data.id"]?.string))
            }
            gateway.simulator(.productive).inject(Fault(Self.kind, moment: .afterCommit))
            let body = JSONValue.object(["ids": .array(ids.map { .string($0) })]).serialized(.compact)
            let path = "/v1/productive/time-entries/actions/approve"
            let answer = try await gateway.send("POST", path, body, headers: ["Idempotency-Key": key])
            let items = answer["data"]?.array ?? []
            #expect(items.map { $0["problem"]?["code"] } == ["outcome_unknown", "outcome_unknown"], "\(answer.body)")
            #expect(items.map { $0["problem"]?["sent"] } == ["maybe", "maybe"])
            #expect(try await gateway.journalled().last?.state == .unknown)
            let again = try await gateway.send("POST", path, body, headers: ["Idempotency-Key": key])
            #expect(again.code == "idempotency_outcome_unknown")
        }
    }

    @Test func deletionIsSettledByALook() async throws {
        var plan = try plan(.hoursmith)
        plan.settleAtOnce(.hoursmith)
        try await withGateway(plan) { gateway in
            for moment in [Fault.Moment.beforeCommit, .afterCommit] {
                let created = try await gateway.create("hoursmith", Sample.entry(.hoursmith))
                let id = try #require(created["data.id"]?.string)
                // The plugin's rules read the entry before.
                gateway.simulator(.hoursmith).inject(Fault(Self.kind, moment: moment, skip: 1))
                let deleted = try await gateway.send("DELETE", "/v1/hoursmith/time-entries/\(id)")
                #expect(deleted.code == "outcome_unknown")
                let row = try await gateway.settledRow()
                if moment == .afterCommit {
                    #expect(row?.state == .done)
                    #expect(row?.settledBy == "reconciled")
                    #expect(row?.reply?.status == 204)
                } else {
                    // It is there still, so the key is free.
                    #expect(row?.scope.operation == .delete)
                    #expect(row?.state == .notRecorded)
                    #expect(row?.reason == "Two reads show that it was not done.")
                }
            }
        }
    }

    @Test(arguments: ["", " \r\n"])
    func emptyBodySaysYesToADeletion(body: String) async throws {
        try await withGateway(try plan(.plannr)) { gateway in
            let created = try await gateway.create("plannr", Sample.entry(.plannr))
            let id = try #require(created["data.id"]?.string)
            gateway.simulator(.plannr).inject(Fault(.notJSON(contentType: "text/plain", body: body)))
            #expect(try await gateway.send("DELETE", "/v1/plannr/time-entries/\(id)").status == 204)
            #expect(try await gateway.journalled().last?.state == .done)
        }
    }

    @Test(
        "through the proxy the client has the page, and the row is open",
        arguments: [
            ("PATCH", "/approve", ""), ("PATCH", "/bulk_approve", #"{"ids":[ID]}"#), ("DELETE", "", ""),
            ("PATCH", "/stop", ""),
        ]
    )
    func native(method: String, action: String, body: String) async throws {
        var plan = try GatewayPlan(proxying: [.productive])
        plan.keys[0].scopes = Set(Scope.allCases)
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let id = try #require(try await client.send()["data.id"]?.string)
            gateway.simulator(.productive).inject(Fault(Self.kind, moment: .afterCommit))
            let target = client.target + (action.hasPrefix("/bulk") ? action : "/\(id)\(action)")
            let text = body.replacing("ID", with: id)
            let answer = try await client.send(key, method: method, target: target, text: text)
            #expect(answer.status == 200)
            #expect(answer.body == Self.page)
            #expect(try await gateway.journalled().last?.state == .unknown)
            let again = try await client.send(key, method: method, target: target, text: text)
            #expect(again.isRefusal("idempotency_outcome_unknown", of: .productive), "\(again.body)")
        }
    }

    // MARK: - Without an id

    private static let nameless = Fault(
        .notJSON(contentType: "application/json", body: #"{"data":{"id":"","type":"time_entries"}}"#)
    )

    @Test func emptyIDIsNone() async throws {
        try await withGateway(try plan(.productive)) { gateway in
            gateway.simulator(.productive).inject(Self.nameless)
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 502)
            #expect(answer.code == "recorded_but_unmapped")
            #expect(answer.sent == "yes")
            #expect(answer.detail.contains("no id"))
            #expect(answer.header("location") == nil)
        }
    }

    @Test func emptyIDOfANativeCreateLeavesTheOutcomeUnknown() async throws {
        try await withGateway(GatewayPlan(proxying: [.productive])) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            gateway.simulator(.productive).inject(Self.nameless)
            #expect(try await client.send(key).status == 201)
            let row = try await gateway.journalled().last
            #expect(row?.state == .unknown)
            #expect(row?.vendorEntryID == nil)
        }
    }

    // MARK: - What cannot be read

    @Test func answerThatCannotBeReadIsListedAndSettledByAPerson() async throws {
        var plan = try plan(.productive)
        plan.keys.append(GatewayPlan.Key(name: "joe", connections: ["productive"]))
        try await withGateway(plan) { gateway in
            for isRecorded in [true, false] {
                gateway.simulator(.productive).inject(Self.nameless)
                let headers: KeyValuePairs = ["Idempotency-Key": isRecorded ? key : key.replacing("0198", with: "0199")]
                let answer = try await gateway.create("productive", Sample.entry(.productive), headers: headers)
                #expect(answer.code == "recorded_but_unmapped")
                let row = try #require(try await gateway.journalled().last)
                #expect(row.state == .answered)
                let own = try await gateway.get("/v1/outcomes?state=unknown")
                #expect(own["data"]?.array?.count == 1, "\(own.body)")
                #expect(own["data.0.state"] == "answered")
                #expect(own["data.0.sent"] == "yes")
                #expect(own["data.0.reason"]?.string?.contains("holds no id") == true)
                #expect(try await gateway.get("/v1/outcomes?state=unknown", key: "joe")["data"] == [])
                let listed = try await gateway.admin("/journal?state=unknown")
                #expect(listed["data.0.number"]?.int64 == row.id)
                let word = isRecorded ? #"{"recorded":"227","by":"olga"}"# : #"{"not_recorded":true,"by":"olga"}"#
                let settled = try await gateway.adminPost("/journal/\(row.id)", word)
                #expect(settled.status == 200, "\(settled.body)")
                #expect(settled["data.state"]?.string == (isRecorded ? "done" : "not_recorded"))
                #expect(try await gateway.get("/v1/outcomes?state=unknown")["data"] == [])
                let again = try await gateway.create("productive", Sample.entry(.productive), headers: headers)
                #expect(again.status == 201)
                #expect(again["data.id"]?.string != "")
                #expect((again["data.id"] == "227" && again.header("idempotent-replayed") == "true") == isRecorded)
            }
        }
    }
}
