import JSON
import Testing
import VendorSimulators

/// Dry runs: the exact request, and not a byte on any wire.
struct PlanTests {
    @Test(arguments: SimulatedVendor.allCases)
    func planShowsTheRequestThatIsSentAfterwards(vendor: SimulatedVendor) async throws {
        try await withGateway(GatewayPlan(vendor)) { gateway in
            // With a caller's key, Hoursmith's own key is the same each time.
            let headers: KeyValuePairs<String, String> =
                vendor == .hoursmith ? ["Idempotency-Key": "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"] : [:]
            let entry = Sample.entry(vendor, note: "Say \"hello\" & <good-bye>")
            let planned = try await gateway.create(vendor.rawValue, entry, query: "?dry_run=true", headers: headers)
            #expect(planned.status == 200)
            #expect(planned.header("location") == nil)
            #expect(gateway.ledger(vendor).isEmpty)

            let recorded = try await gateway.create(vendor.rawValue, entry, headers: headers)
            #expect(recorded.status == 201)
            let request = try #require(gateway.ledger(vendor).first)
            #expect(gateway.ledger(vendor).count == 1)

            #expect(planned["plan.method"]?.string == request.method)
            #expect(planned["plan.url"]?.string == gateway.simulator(vendor).baseURL + request.target)
            #expect(planned.body.contains("\"body\":\(request.body)"), "sent: \(request.body)")
            let shown = planned["plan.headers"]?.object ?? [:]
            var secrets = 0
            for (name, value) in shown {
                if value.string?.contains("***") == true {
                    secrets += 1
                } else if name == "Idempotency-Key" {
                    #expect(value == "(one for each write)")
                } else {
                    #expect(request.header(name) == value.string, "\(name)")
                }
            }
            #expect(secrets == 1)
            // What is in the request and not in the plan is the HTTP client's own.
            for header in request.headers
            where !shown.keys.contains(where: { $0.lowercased() == header.name.lowercased() }) {
                #expect(["host", "user-agent", "content-length"].contains(header.name.lowercased()), "\(header.name)")
            }
            // The report tells the same as far as the request goes.
            #expect(planned.mapped("defaulted") == recorded.mapped("defaulted"))
            #expect(Set(planned.mapped("derived")).isSubset(of: recorded.mapped("derived")))
        }
    }

    @Test func planOpensNoSocket() async throws {
        let listener = try ListeningSocket()
        var plan = try GatewayPlan(.productive)
        plan.change("productive") { $0.upstream = .origin("http://127.0.0.1:\(listener.port)") }
        try await withGateway(plan) { gateway in
            for query in ["?dry_run=true", "?dry_run=reads"] {
                let planned = try await gateway.create("productive", Sample.entry(.productive), query: query)
                #expect(planned.status == 200)
                #expect(planned["plan.url"]?.string == "http://127.0.0.1:\(listener.port)/api/v2/time_entries")
            }
            #expect(!listener.wasConnectedTo)
        }
    }

    @Test func planWorksWhileTheVendorIsDown() async throws {
        var plan = try GatewayPlan(.productive)
        let vendor = try ListeningSocket(refuses: true)
        plan.change("productive") { $0.upstream = .origin("http://127.0.0.1:\(vendor.port)") }
        try await withGateway(plan) { gateway in
            let planned = try await gateway.create("productive", Sample.entry(.productive), query: "?dry_run=true")
            #expect(planned.status == 200)
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 502)
            #expect(answer.detail.contains("127.0.0.1:\(vendor.port)"))
        }
    }

    @Test func planIsHeldToTheSameRules() async throws {
        try await withGateway(GatewayPlan(.productive, .awork)) { gateway in
            let loss = Sample.entry(.productive).with(["duration": "100s"])
            #expect(try await gateway.create("productive", loss, query: "?dry_run=true").code == "unrepresentable")
            let lenient = try await gateway.create(
                "productive",
                loss,
                query: "?dry_run=true",
                headers: ["Prefer": "handling=lenient; rounding=up"]
            )
            #expect(lenient.status == 200)
            #expect(lenient["plan.body.data.attributes.time"] == 2)
            #expect(lenient.header("preference-applied") == "handling=lenient, rounding=up")
            let other = Sample.entry(.awork).with(["user": ["id": "00000000-0000-4000-8000-000000000001"]])
            #expect(try await gateway.create("awork", other, query: "?dry_run=true").status == 403)
            #expect(gateway.ledger(.productive).isEmpty)
            #expect(gateway.ledger(.awork).isEmpty)
        }
    }

    @Test func dryRunThatIsFalseSends() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive), query: "?dry_run=false")
            #expect(answer.status == 201)
            #expect(gateway.ledger(.productive).count == 1)
        }
    }
}
