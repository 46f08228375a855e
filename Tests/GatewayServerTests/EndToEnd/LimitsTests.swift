import GatewayCore
import JSON
import Testing
import VendorSimulators

/// What a vendor can take, and what a vendor that fails is spared.
struct LimitsTests {
    @Test func answersTellWhatIsLeftOfTheVendorsLimits() async throws {
        var plan = try GatewayPlan(.productive, .plannr)
        plan.change("productive") {
            $0.rateWindows = [(2, 3600), (100, 7200)].compactMap { RateWindow(requests: $0.0, seconds: $0.1) }
        }
        try await withGateway(plan) { gateway in
            let first = try await gateway.create("productive", Sample.entry(.productive))
            #expect(first.status == 201)
            #expect(first.header("ratelimit-policy") == #""productive-1h";q=2;w=3600, "productive-2h";q=100;w=7200"#)
            #expect(first.header("ratelimit")?.hasPrefix(#""productive-1h";r=1;t=36"#) == true)
            _ = try await gateway.create("productive", Sample.entry(.productive))
            // The third would have to wait for an hour: it is not sent, and the vendor's quota is not burnt.
            let third = try await gateway.create("productive", Sample.entry(.productive))
            #expect(third.status == 429)
            #expect(third.code == "vendor_limit")
            #expect(third["origin"] == "gateway")
            #expect(third.sent == "no")
            let wait = try #require(third.header("retry-after").flatMap { Int($0) })
            #expect((3500...3601).contains(wait))
            #expect(third.header("ratelimit")?.hasPrefix(#""productive-1h";r=0;t=3"#) == true)
            #expect(gateway.ledger(.productive).count == 2)
            let ready = try await gateway.admin("/readyz")
            #expect(ready["connections.0.sending.breaker"] == "closed")
            #expect(ready["connections.0.sending.windows.0.requests"]?.int64 == 2)
            #expect(ready["connections.0.sending.windows.0.remaining"]?.int64 == 0)
            #expect(ready["connections.0.sending.windows.1.remaining"]?.int64 == 98)
            // Another connection has its own.
            let other = try await gateway.create("plannr", Sample.entry(.plannr))
            #expect(other.status == 201)
            #expect(other.header("ratelimit") == nil)
        }
    }

    @Test func failingVendorIsLeftAloneAndAskedByAReadBeforeTheNextWrite() async throws {
        try await withGateway(try GatewayPlan(.productive)) { gateway in
            let simulator = gateway.simulator(.productive)
            simulator.inject(Fault(.status(500, contentType: "text/plain", body: "no"), count: 20))
            // At once, since only what fails within ten seconds counts.
            try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await gateway.create("productive", Sample.entry(.productive)).code }
                }
                for try await code in group { #expect(code == "outcome_unknown") }
            }
            // Open: nothing goes.
            let held = try await gateway.create("productive", Sample.entry(.productive))
            #expect(held.status == 503)
            #expect(held.code == "breaker_open")
            #expect(held.sent == "no")
            #expect(gateway.ledger(.productive).count == 20)
            #expect(try await gateway.admin("/readyz")["connections.0.sending.breaker"] == "open")
            let metrics = try await gateway.admin("/metrics").body
            #expect(metrics.contains("timegate_breaker_open{connection=\"productive\"} 1\n"))
            #expect(metrics.contains("timegate_vendor_requests_in_flight{connection=\"productive\"} 0\n"))
            // A batch waits until its time is over. Before its first entry goes, a read shows that the vendor works.
            let entry = Sample.entry(.productive).serialized(.compact)
            let batch = try await gateway.post(
                "/v1/productive/time-entries/batch",
                "[{\"entry\":\(entry)},{\"entry\":\(entry)}]"
            )
            #expect(batch["data"]?.array?.map { $0["status"]?.int64 } == [201, 201])
            let after = gateway.ledger(.productive).dropFirst(20)
            #expect(after.first?.method == "GET")
            #expect(after.dropFirst().map(\.method) == ["POST", "POST"])
        }
    }
}
