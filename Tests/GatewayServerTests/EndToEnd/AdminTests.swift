import GatewayServer
import JSON
import Testing
import VendorSimulators

/// Readiness and metrics.
struct AdminTests {
    private let fault = ConfiguredConnection(
        name: "typo",
        state: .disabled(vendor: "typo", reason: "plugins/typo/plugin.lua:7: unexpected symbol")
    )

    @Test func gatewayIsReadyWhileAllConnectionsAre() async throws {
        try await withGateway(GatewayPlan(.productive, .plannr)) { gateway in
            let answer = try await gateway.admin("/readyz")
            #expect(answer.status == 200)
            #expect(answer["status"] == "ready")
            #expect(answer["connections"]?.array?.map { $0["name"] } == ["productive", "plannr"])
            #expect(try await gateway.admin("/livez").body == "ok\n")
            #expect(try await gateway.get("/livez", key: nil).body == "ok\n")
        }
    }

    @Test func gatewayIsDegradedWhileAConnectionIsDisabled() async throws {
        var plan = try GatewayPlan(.productive)
        plan.disabled = [fault]
        try await withGateway(plan) { gateway in
            let answer = try await gateway.admin("/readyz")
            #expect(answer.status == 200)
            #expect(answer["status"] == "degraded")
            #expect(answer["connections.1.state"] == "disabled")
            #expect(answer["connections.1.reason"] == "plugins/typo/plugin.lua:7: unexpected symbol")
        }
    }

    @Test func gatewayIsNotReadyWhileNoConnectionWorks() async throws {
        var plan = try GatewayPlan()
        plan.disabled = [fault]
        try await withGateway(plan) { gateway in
            let answer = try await gateway.admin("/readyz")
            #expect(answer.status == 503)
            #expect(answer["status"] == "not_ready")
        }
    }

    @Test func adminListenerHasNothingElseAndTakesOnlyReads() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            #expect(try await gateway.admin("/v1/connections").status == 404)
            let answer = try await gateway.admin("/readyz", method: "POST")
            #expect(answer.status == 405)
            #expect(answer.header("allow") == "GET, HEAD")
        }
    }

    @Test(
        "A web page in a browser of the same machine neither reloads, nor decides on writes, nor reads records",
        arguments: [
            ("POST", "/reload", "Host: 127.0.0.1\r\nOrigin: https://page.example\r\n"),
            ("POST", "/reload", "Host: 127.0.0.1\r\nOrigin: null\r\n"),
            ("POST", "/reload", "Host: 127.0.0.1\r\nSec-Fetch-Site: cross-site\r\n"),
            ("POST", "/reload", "Host: page.example:8081\r\n"),
            ("POST", "/journal/1", "Host: localhost\r\nOrigin: http://localhost:3000\r\n"),
            ("GET", "/journal", "Host: page.example\r\n"), ("GET", "/calls/1", "Host: page.example\r\n"),
            ("GET", "/journal", "Host: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"),
        ]
    )
    func webPageIsRefused(method: String, path: String, headers: String) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let refused = try await gateway.admin(path, method: method, headers: headers)
            #expect(refused.status == 403)
            #expect(refused["code"] == "browser_refused")
            #expect(try await gateway.admin("/readyz", headers: "Host: monitoring\r\n").status == 200)
        }
    }

    @Test(
        "Other clients may, by whatever address the listener has",
        arguments: ["127.0.0.1:8081", "localhost", "LOCALHOST:1", "[::1]:8081", "127.0.0.1"]
    )
    func otherClientsAreServed(host: String) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            for (method, path) in [("POST", "/reload"), ("GET", "/journal"), ("GET", "/calls/1")] {
                let answer = try await gateway.admin(path, method: method, headers: "Host: \(host)\r\n")
                #expect(answer.status != 403, "\(method) \(path)")
            }
        }
    }

    @Test(arguments: ["/readyz", "/metrics"])
    func adminPagesAreNotOnThePublicListener(path: String) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.get(path)
            #expect(answer.status == 404)
        }
    }

    @Test func metricsCountWhatWasAnswered() async throws {
        var plan = try GatewayPlan(.productive, .plannr)
        plan.eventLoops = 2
        try await withGateway(plan) { gateway in
            for _ in 0..<5 { #expect(try await gateway.create("productive", Sample.entry(.productive)).status == 201) }
            for _ in 0..<2 {
                _ = try await gateway.create("productive", Sample.entry(.productive), query: "?dry_run=true")
            }
            for _ in 0..<3 { _ = try await gateway.create("productive", ["note": 7]) }
            gateway.simulator(.plannr).inject(Fault(.rateLimited(retryAfterSeconds: 70, form: .seconds)))
            _ = try await gateway.create("plannr", Sample.entry(.plannr))
            _ = try await gateway.create("plannr", Sample.entry(.plannr), key: nil)

            let answer = try await gateway.admin("/metrics")
            #expect(answer.status == 200)
            #expect(answer.header("content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
            let lines = Set(answer.body.split(separator: "\n"))
            for line in [
                #"timegate_calls_total{connection="productive",operation="create",status="201"} 5"#,
                #"timegate_calls_total{connection="productive",operation="create",status="200"} 2"#,
                #"timegate_calls_total{connection="productive",operation="create",status="422"} 3"#,
                #"timegate_calls_total{connection="plannr",operation="create",status="429"} 1"#,
                #"timegate_calls_total{connection="-",operation="-",status="401"} 1"#,
                #"timegate_problems_total{code="wrong_type"} 3"#,
                #"timegate_problems_total{code="vendor_limit"} 1"#,
                #"timegate_problems_total{code="unauthenticated"} 1"#,
                "timegate_request_duration_seconds_count 12",
                #"timegate_request_duration_seconds_bucket{le="+Inf"} 12"#,
            ] { #expect(lines.contains(line[...]), "\(line) is missing in \(answer.body)") }
        }
    }
}
