import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// Connections are names: several may lead to one account, and one may come to lead elsewhere.
struct SharedAccountTests {
    private let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    private var keyed: KeyValuePairs<String, String> { ["Idempotency-Key": key] }

    @Test("an entry that was made through another connection to the account is not taken for one that was lost")
    func twoConnections() async throws {
        var plan = try GatewayPlan.settling(.productive)
        plan.add(try GatewayPlan.link("second", to: .productive), identity: Sample.identity(.productive))
        try await withGateway(plan) { gateway in
            let entry = Sample.entry(.productive)
            let other = try #require(try await gateway.create("second", entry)["data.id"]?.string)
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true)))
            let lost = try await gateway.create("productive", entry, headers: keyed)
            #expect(lost.code == "outcome_unknown")
            let row = try #require(try await gateway.settledRow())
            #expect(row.scope.connection == "productive")
            #expect(row.state == .needsOperator, "\(row.reason ?? "")")
            let taken = try await gateway.adminPost("/journal/\(row.id)", #"{"recorded":"\#(other)","by":"olga"}"#)
            #expect(taken.status == 422)
            #expect(taken.detail.contains("is that of the write"))
            #expect(taken["errors.0.hint"]?.string?.contains("--other-account") == true)
            // Accounts that only their credentials tell apart may give the same identifiers.
            let word = #"{"recorded":"\#(other)","other_account":true,"by":"olga"}"#
            #expect(try await gateway.adminPost("/journal/\(row.id)", word).status == 200)
        }
    }

    @Test("a write that went to another origin than the connection leads to now is a person's, and nothing is read")
    func anotherOrigin() async throws {
        let plan = try GatewayPlan.settling(.productive)
        try await withGateway(plan) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))"
            // No look succeeds before the connection is changed.
            gateway.simulator(.productive).inject(Fault(.closeBeforeAnswer(reset: true), count: nil))
            let lost = try await gateway.send("DELETE", path, headers: keyed)
            #expect(lost.code == "outcome_unknown", "\(lost.body)")
            await gateway.server.adopt(try plan.setup(origins: [.productive: "http://127.0.0.1:9"]))
            let row = try #require(try await gateway.settledRow(of: .delete))
            #expect(row.state == .needsOperator)
            #expect(row.reason?.contains("leads to http://127.0.0.1:9 now") == true, "\(row.reason ?? "")")
        }
    }
}
