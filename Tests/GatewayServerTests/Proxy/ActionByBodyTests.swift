import Foundation
import GatewayCore
import GatewayServer
import Testing
import VendorSimulators

/// A vendor that approves by a change with a certain body: the client's own request is held to the rules of an approval.
@Suite("Actions of vendors' own clients that only their body tells")
struct ActionByBodyTests {
    private static let approval = #"{"data":{"type":"time_entries","attributes":{"note":"approve"}}}"#

    private func plan(_ rules: ProxyRules, _ scopes: Set<Scope>) throws -> GatewayPlan {
        var plan = try GatewayPlan(proxying: [.productive], rules)
        plan.keys[0].scopes = scopes
        let source = try String(contentsOfFile: "\(Plugins.folder)/productive/plugin.lua", encoding: .utf8).replacing(
            "\"PATCH /api/v2/time_entries/{id}/approve\",",
            with: "\"PATCH /api/v2/time_entries/{id}\", body = { attributes = { note = \"approve\" } },"
        )
        let plugin = try Plugins.load(id: "productive", source: source)
        plan.change("productive") { $0.plugin = plugin }
        return plan
    }

    private func patch(_ body: String, _ client: NativeClient, _ id: String = "343") async throws -> Answer {
        try await client.send(method: "PATCH", target: "/api/v2/time_entries/\(id)", text: body)
    }

    @Test func approvalIsOneInTheJournalAndAChangeIsAChange() async throws {
        let plan = try plan(ProxyRules(credentials: .connection), Set(Scope.allCases))
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let id = try #require(created["data.id"]?.string)
            for (body, operation) in [
                (Self.approval, "approve"), (Self.approval.replacing("approve", with: "Workshop"), "update"),
            ] {
                let answer = try await patch(body, client, id)
                #expect(answer.status == 200, "\(answer.body)")
                let key = try #require(answer.header("idempotency-key"))
                let row = try await gateway.journalled().first { $0.scope.key == key }
                #expect(row?.scope.operation.rawValue == operation)
                #expect(row?.state == .done)
            }
        }
    }

    @Test func scopeOfAChangeIsNotEnough() async throws {
        let scopes = Set(Scope.allCases).subtracting([.approve])
        try await withGateway(try plan(ProxyRules(credentials: .connection), scopes)) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let answer = try await patch(Self.approval, client)
            #expect(answer.status == 403, "\(answer.body)")
            #expect(answer.isRefusal("scope_missing", of: .productive), "\(answer.head)\(answer.body)")
            let both = try await patch(
                Self.approval.replacing(#""note":"approve""#, with: #""note":"approve","time":60"#),
                client
            )
            #expect(both.isRefusal("malformed_request", of: .productive), "\(both.head)\(both.body)")
            #expect(both.body.contains("approve the entry, and more"))
            #expect(!gateway.ledger(.productive).contains { $0.method == "PATCH" })
        }
    }

    @Test func whereUnreadableRequestsPassTheVendorDecides() async throws {
        let rules = ProxyRules(credentials: .client, unreadable: .pass)
        try await withGateway(try plan(rules, Set(Scope.allCases))) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway).withCredentials()
            let both = Self.approval.replacing(#""note":"approve""#, with: #""note":"approve","time":60"#)
            _ = try await patch(both, client)
            #expect(gateway.ledger(.productive).contains { $0.method == "PATCH" })
        }
    }
}
