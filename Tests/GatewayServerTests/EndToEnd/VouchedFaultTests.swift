import Foundation
import GatewayCore
import JSON
import Testing
import VendorSimulators

/// A plugin says that a fault of its vendor's is a refusal, and nothing was recorded then. It may be wrong.
struct VouchedFaultTests {
    @Test func whatThePluginVouchesForIsAnsweredAgainAndNothingIsSentTwice() async throws {
        var plan = try GatewayPlan(.productive)
        let source = try String(contentsOfFile: "\(Plugins.folder)/productive/plugin.lua", encoding: .utf8).replacing(
            "errors = {",
            with: """
                problem = function(answer) if answer.status == 500 then return { kind = "invalid" } end end,
                errors = {
                """
        )
        let plugin = try Plugins.load(id: "productive", source: source)
        plan.change("productive") { $0.plugin = plugin }
        try await withGateway(plan) { gateway in
            let fault = Fault(.status(500, contentType: "application/json", body: "{}"), moment: .afterCommit)
            gateway.simulator(.productive).inject(fault)
            let keyed: KeyValuePairs = ["Idempotency-Key": "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"]
            let answer = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(answer.status == 422, "\(answer.body)")
            #expect(answer.code == "vendor_invalid")
            let again = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(again.body == answer.body)
            #expect(again.header("idempotent-replayed") == "true")
            #expect(gateway.creations(.productive) == 1)
            #expect(try await gateway.journalled().first?.state == .done)
        }
    }
}
