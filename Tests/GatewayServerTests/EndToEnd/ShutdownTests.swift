import JSON
import Synchronization
import Testing
import VendorSimulators

/// Stopping while calls are under way.
struct ShutdownTests {
    @Test func callInFlightIsAnsweredWithinTheGracePeriod() async throws {
        let vendor = try ListeningSocket()
        var plan = try GatewayPlan(.sonderplan)
        plan.change("sonderplan") { $0.upstream = .origin("http://127.0.0.1:\(vendor.port)") }
        try await withGateway(plan) { gateway in
            let hasArrived = Mutex(false)
            async let answering = gateway.create("sonderplan", Sample.entry(.sonderplan))
            async let serving = gateway.blocking {
                let body = #"{"success":{"id":7}}"#
                return try vendor.answerOnce("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n\(body)") {
                    hasArrived.withLock { $0 = true }
                    // The vendor takes its time until the gateway has stopped listening.
                    for _ in 0..<2000 where (try? RawClient(port: gateway.port)) != nil { pause(milliseconds: 5) }
                }
            }
            let isInFlight = try await soon { hasArrived.withLock { $0 } }
            #expect(isInFlight)
            await gateway.stop(graceSeconds: 20)
            let answer = try await answering
            #expect(answer.status == 201)
            #expect(answer["data.id"] == "7")
            let request = try await serving
            #expect(String(decoding: request, as: UTF8.self).hasPrefix("POST /v2/time-entry "))
        }
    }

    @Test func callThatOutlastsTheGracePeriodDoesNotHoldUpTheEnd() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            gateway.simulator(.productive).inject(Fault(.hang))
            async let answering = gateway.create("productive", Sample.entry(.productive))
            let hasArrived = try await soon { gateway.ledger(.productive).count == 1 }
            #expect(hasArrived)
            let took = await ContinuousClock().measure { await gateway.stop(graceSeconds: 0) }
            // The vendor would have ten seconds.
            #expect(took < .seconds(8))
            let answer = try await answering
            #expect(answer.status == 0)
        }
    }
}
