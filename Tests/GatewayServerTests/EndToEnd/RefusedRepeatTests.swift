import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// A repeat that the gateway refuses before it looks into the journal: of it nothing was sent, but of the request before it.
struct RefusedRepeatTests {
    private static let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"

    private func plan() throws -> GatewayPlan {
        var plan = try GatewayPlan(.sonderplan)
        plan.vendorTimeoutMilliseconds = 300
        plan.keys[0].limit = RateLimit(count: 2, seconds: 3_600)
        plan.keys.append(GatewayPlan.Key(name: "other", connections: ["sonderplan"]))
        return plan
    }

    private func create(_ gateway: TestGateway, _ body: String? = nil, key: String = "jane") async throws -> Answer {
        try await gateway.send(
            "POST",
            "/v1/sonderplan/time-entries",
            body ?? Sample.entry(.sonderplan).serialized(.compact),
            key: key,
            headers: ["Idempotency-Key": RefusedRepeatTests.key]
        )
    }

    @Test("a repeat at the limit of its key, and one whose body is broken, are not told that nothing was sent")
    func unknown() async throws {
        try await withGateway(try plan()) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit))
            #expect(try await create(gateway).code == "outcome_unknown")
            let broken = try await create(gateway, "{")
            #expect(broken.code == "malformed_json")
            #expect(broken.sent == "maybe", "\(broken.body)")
            let limited = try await create(gateway)
            #expect(limited.code == "rate_limited")
            #expect(limited.sent == "maybe", "\(limited.body)")
            #expect(limited["outcome"]?.string == "/v1/outcomes/\(RefusedRepeatTests.key)")
            #expect(limited["idempotency_key"]?.string == RefusedRepeatTests.key)
            #expect(gateway.ledger(.sonderplan).count == 1)
        }
    }

    @Test("so is one whose connection is disabled, or gone", arguments: [true, false])
    func connection(isDisabled: Bool) async throws {
        try await withGateway(try plan()) { gateway in
            #expect(try await create(gateway).status == 201)
            var setup = gateway.setup
            if isDisabled {
                setup.connections[0].state = .disabled(vendor: "sonderplan", reason: "its plugin did not load")
            } else {
                setup.connections.removeAll()
            }
            _ = await gateway.server.adopt(setup)
            let refused = try await create(gateway)
            #expect(refused.code == (isDisabled ? "connection_disabled" : "unknown_connection"))
            #expect(refused.sent == "yes", "\(refused.body)")
        }
    }

    @Test("who sent nothing under the key is told so")
    func nothing() async throws {
        try await withGateway(try plan()) { gateway in
            let broken = try await create(gateway, "{")
            #expect(broken.sent == "no")
            #expect(broken["outcome"] == nil)
            #expect(try await create(gateway).status == 201)
            // Under another caller's key the same text is another key.
            let others = try await create(gateway, "{", key: "other")
            #expect(others.sent == "no", "\(others.body)")
        }
    }
}
