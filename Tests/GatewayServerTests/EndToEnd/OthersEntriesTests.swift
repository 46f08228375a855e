import GatewayCore
import JSON
import Testing
import VendorSimulators

/// Reading, changing and approving what belongs to somebody else.
struct OthersEntriesTests {
    private static let base = "/v1/productive/time-entries"

    /// `jane` books her own time; `joe` is somebody else, with the scopes that a test gives him.
    private func plan(joe scopes: Set<Scope>) throws -> GatewayPlan {
        var plan = try GatewayPlan.unrestricted(.productive)
        plan.keys.append(
            GatewayPlan.Key(
                name: "joe",
                connections: ["productive"],
                scopes: scopes,
                identities: ["productive": Identity(userID: "9999")]
            )
        )
        return plan
    }

    private func create(_ gateway: TestGateway) async throws -> String {
        let answer = try await gateway.create("productive", Sample.entry(.productive))
        return try #require(answer["data.id"]?.string)
    }

    @Test func entryOfSomebodyElseIsNotReadWithoutTheScope() async throws {
        try await withGateway(try plan(joe: [.read, .write, .approve])) { gateway in
            let id = try await create(gateway)
            let answer = try await gateway.get("\(Self.base)/\(id)", key: "joe")
            #expect(answer.status == 403)
            #expect(answer.code == "scope_missing")
            #expect(answer.detail.contains("read:others"), "\(answer.detail)")
            #expect(!answer.body.contains("Second round"))
            #expect(try await gateway.get("\(Self.base)/\(id)").status == 200)
        }
    }

    @Test(arguments: [
        ("PATCH", "", #"{"note":"x"}"#), ("DELETE", "", nil), ("POST", "/approve", "{}"), ("POST", "/reject", "{}"),
    ])
    func entryOfSomebodyElseIsNotChangedWithoutTheScope(method: String, path: String, body: String?) async throws {
        try await withGateway(try plan(joe: [.read, .readOthers, .write, .approve])) { gateway in
            let id = try await create(gateway)
            let before = gateway.ledger(.productive).count
            let answer = try await gateway.send(method, "\(Self.base)/\(id)\(path)", body, key: "joe")
            #expect(answer.status == 403, "\(answer.body)")
            #expect(answer.code == "scope_missing")
            #expect(answer.sent == "no")
            // It was read to know whose it is, and nothing else was sent.
            #expect(gateway.ledger(.productive).dropFirst(before).map(\.method) == ["GET"])
        }
    }

    @Test func entryOfSomebodyElseIsChangedWithTheScope() async throws {
        try await withGateway(try plan(joe: [.read, .write, .writeOthers, .approve])) { gateway in
            let id = try await create(gateway)
            #expect(try await gateway.get("\(Self.base)/\(id)", key: "joe").status == 200)
            let patched = try await gateway.send("PATCH", "\(Self.base)/\(id)", #"{"note":"x"}"#, key: "joe")
            #expect(patched.status == 200, "\(patched.body)")
            #expect(patched["data.user.id"] == "8160")
            let approved = try await gateway.post("\(Self.base)/\(id)/approve", "{}", key: "joe")
            #expect(approved.status == 200, "\(approved.body)")
        }
    }

    @Test func listHoldsOnlyOwnEntriesWithoutTheScope() async throws {
        try await withGateway(try plan(joe: [.read])) { gateway in
            _ = try await create(gateway)
            let answer = try await gateway.get(Self.base, key: "joe")
            #expect(answer.status == 200)
            #expect(answer["data"] == [])
            let asked = gateway.ledger(.productive).last?.target ?? ""
            #expect(asked.contains("9999"), "\(asked)")
            let others = try await gateway.get("\(Self.base)?user=8160", key: "joe")
            #expect(others.status == 403)
            #expect(others.code == "scope_missing")
            let mine = try await gateway.get("\(Self.base)?user=me")
            #expect(mine["data"]?.array?.count == 1)
        }
    }

    @Test func entryIsNotHandedToSomebodyElseWithoutTheScope() async throws {
        var plan = try plan(joe: [])
        plan.keys[0].scopes = [.read, .write]
        try await withGateway(plan) { gateway in
            let id = try await create(gateway)
            let answer = try await gateway.send("PATCH", "\(Self.base)/\(id)", #"{"user":{"id":"9999"}}"#)
            #expect(answer.status == 403)
            #expect(answer.code == "scope_missing")
            #expect(!gateway.ledger(.productive).contains { $0.method == "PATCH" })
        }
    }

    @Test func approvingNeedsItsOwnScope() async throws {
        try await withGateway(try plan(joe: [.read, .write, .writeOthers])) { gateway in
            let id = try await create(gateway)
            let answer = try await gateway.post("\(Self.base)/\(id)/approve", "{}", key: "joe")
            #expect(answer.status == 403)
            #expect(answer.detail.contains("approve"))
        }
    }

    @Test func entriesOfAnUnreadableVendorNeedTheScope() async throws {
        var plan = try GatewayPlan(.plannr)
        plan.keys[0].scopes = [.read, .write]
        try await withGateway(plan) { gateway in
            let created = try await gateway.create("plannr", Sample.entry(.plannr))
            let id = try #require(created["data.id"]?.string)
            let before = gateway.ledger(.plannr).count
            let answer = try await gateway.send("DELETE", "/v1/plannr/time-entries/\(id)")
            #expect(answer.status == 403)
            #expect(answer.code == "scope_missing")
            #expect(gateway.ledger(.plannr).count == before)
        }
    }
}
