import JSON
import Testing
import VendorSimulators

/// Stopping while calls are under way.
struct ShutdownTests {
    @Test func callInFlightIsAnsweredWithinTheGracePeriod() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            gateway.simulator(.productive).inject(Fault(.latency(milliseconds: 300)))
            async let answering = gateway.create("productive", Sample.entry(.productive))
            // The request is in the ledger when it has arrived; its answer is under way.
            let hasArrived = try await soon { gateway.ledger(.productive).count == 1 }
            #expect(hasArrived)
            await gateway.stop(graceSeconds: 20)
            let answer = try await answering
            #expect(answer.status == 201)
            #expect(answer["data.id"] == "227")
            #expect(answer.header("connection") == "close")
            let isDeaf = (try? await gateway.get("/livez")) == nil
            #expect(isDeaf)
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
