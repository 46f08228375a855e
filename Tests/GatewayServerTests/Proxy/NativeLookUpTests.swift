import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

@Suite("Hooks that read at the vendor for a vendor's own client")
struct NativeLookUpTests {
    private static func plan(_ body: String, _ credentials: ProxyRules.Credentials) throws -> GatewayPlan {
        var plan = try GatewayPlan(proxying: [.sonderplan], ProxyRules(credentials: credentials))
        let hook = try Plugins.hook(HookTests.onEntry(body), named: "hooks/look.lua")
        plan.change("sonderplan") { $0.hooks = [ConfiguredHook(hook)] }
        return plan
    }

    private func client(_ gateway: TestGateway, _ credentials: ProxyRules.Credentials) async throws -> NativeClient {
        let client = try await NativeClient.creating(.sonderplan, on: gateway)
        return credentials == .client ? try client.withCredentials() : client
    }

    @Test("what a hook reads changes the client's request", arguments: ProxyRules.Credentials.allCases)
    func changes(credentials: ProxyRules.Credentials) async throws {
        let plan = try Self.plan("entry.note = \(HookLookUpTests.activities).body.data[1].name", credentials)
        try await withGateway(plan) { gateway in
            let client = try await client(gateway, credentials)
            let answer = try await client.send()
            #expect(answer.status < 300, "\(answer.body)")
            #expect(LookUpTests.paths(gateway) == ["GET /v2/time-activity", "POST /v2/time-entry"])
            #expect(try HookTests.sent(gateway, .sonderplan)["description"] == "Colour Grading")
            let sent = gateway.ledger(.sonderplan)
            #expect(
                sent[0].header("authorization") == sent[1].header("authorization"),
                "with the request's credentials"
            )
            #expect(sent[0].header("authorization")?.hasPrefix("Bearer ") == true)

            let id = try #require(answer.header("timegate-request-id"))
            let steps = try #require(try await gateway.get("/v1/calls/\(id)")["data.steps"]?.array)
            let sends = steps.filter { $0["step"] == "send" }
            #expect(sends.map { $0["request"]?["method"]?.string } == ["GET", "POST"])
            #expect(steps.contains { $0["function"] == "on_entry of hooks/look.lua" })
        }
    }

    @Test("a vendor that refuses the read ends the request in the vendor's shape, with nothing sent")
    func refused() async throws {
        // No pcall turns it into a yes.
        let plan = try Self.plan("pcall(function() \(HookLookUpTests.activities) end)", .client)
        try await withGateway(plan) { gateway in
            let client = try await client(gateway, .client)
            gateway.simulator(.sonderplan).inject(
                Fault(.status(403, contentType: "application/json", body: "{}"), count: nil)
            )
            let answer = try await client.send()
            #expect(answer.header("timegate-error") == "vendor_permission", "\(answer.body)")
            #expect(answer["message"]?.string?.isEmpty == false, "\(answer.body)")
            #expect(!LookUpTests.paths(gateway).contains { $0.hasPrefix("POST") })
        }
    }

    @Test("a hook may not read elsewhere, or do more than read")
    func limits() async throws {
        for body in [
            "call.get({ path = '/v2/x', method = 'DELETE' })", "call.get({ path = 'https://evil.example/x' })",
        ] {
            try await withGateway(Self.plan(body, .connection)) { gateway in
                // A plan made with the hook would fail as well.
                let head =
                    "POST /proxy/sonderplan/v2/time-entry HTTP/1.1\r\nHost: g\r\n"
                    + "Timegate-Key: tg_canary_key_of_jane\r\nContent-Type: application/json\r\n"
                let text = NativeRecognizerTests.body
                let answer = try await gateway.exchange(
                    Array("\(head)Content-Length: \(text.utf8.count)\r\n\r\n\(text)".utf8)
                )
                #expect(answer.header("timegate-error") == "hook_failed", "\(answer.head)\(answer.body)")
                #expect(gateway.ledger(.sonderplan).isEmpty)
            }
        }
    }
}
