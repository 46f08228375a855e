import FaultProxy
import Foundation
import GatewayCore
import Testing

/// Signals to the real gateway while writes are under way.
@Suite("Stopped and paused", .serialized, .timeLimit(.minutes(2)))
struct StopTests {
    private func create(_ count: Int, _ gateway: ChaosGateway) async -> [ChaosAnswer?] {
        await withTaskGroup(of: ChaosAnswer?.self) { group in
            for number in 0..<count {
                group.addTask { await gateway.create(ChaosEntry("productive", number)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func wait(for count: Int, _ gateway: ChaosGateway) async throws {
        for _ in 0..<200 where try await gateway.recorded(at: "productive").count < count {
            try await Task.sleep(for: .milliseconds(40))
        }
    }

    @Test("SIGTERM under load: every call in flight has its answer, and the journal holds it")
    func terminate() async throws {
        try await ChaosGateway.with { gateway in
            try await gateway.start(grace: 20)
            // The vendor has recorded them, and answers the last ones later.
            try await gateway.vendors.fail("productive", #"{"kind": "latency", "milliseconds": 400, "count": 20}"#)
            async let answers = create(20, gateway)
            try await wait(for: 20, gateway)
            #expect(await gateway.stop() == 0)
            #expect(await answers.map { $0?.status } == Array(repeating: 201, count: 20))
            #expect(try await gateway.journal().map(\.state) == Array(repeating: .done, count: 20))
        }
    }

    @Test("SIGTERM with a vendor that hangs: the end comes after the grace, and what was under way is not known")
    func graceRunsOut() async throws {
        try await ChaosGateway.with { gateway in
            try await gateway.start(grace: 1)
            try await gateway.vendors.fail("productive", #"{"kind": "hang", "when": "after_commit", "forever": true}"#)
            async let answers = create(5, gateway)
            try await wait(for: 5, gateway)
            let took = await ContinuousClock().measure { #expect(await gateway.stop() == 0) }
            #expect(took < .seconds(8))
            #expect(await answers.allSatisfy { $0?.status != 201 })
            let rows = try await gateway.journal()
            #expect(rows.map(\.state) == Array(repeating: .unknown, count: 5))
            // Each call said so itself: it was not left for the next start to notice.
            #expect(rows.allSatisfy { $0.reason?.contains("the gateway ended") == false })
        }
    }

    @Test("a second SIGTERM ends it at once, and the rows are there")
    func terminateTwice() async throws {
        try await ChaosGateway.with { gateway in
            try await gateway.start(grace: 60)
            try await gateway.vendors.fail("productive", #"{"kind": "hang", "when": "after_commit", "forever": true}"#)
            async let answers = create(3, gateway)
            try await wait(for: 3, gateway)
            let process = try #require(gateway.identifier)
            kill(process, SIGTERM)
            let isStopping = try await gateway.running?.wait { $0.words.contains("Stopping") }
            #expect(isStopping == true)
            kill(process, SIGTERM)
            await gateway.ended()
            _ = await answers
            #expect(try await gateway.journal().map(\.state) == Array(repeating: .unknown, count: 3))
        }
    }

    @Test("a gateway that stood still while the vendor answered takes the answer, or says that it does not know")
    func pause() async throws {
        try await ChaosGateway.with { gateway in
            try await gateway.start()
            try await gateway.vendors.fail("productive", #"{"kind": "latency", "milliseconds": 300}"#)
            let entry = ChaosEntry("productive", 1)
            async let asking = gateway.create(entry)
            try await wait(for: 1, gateway)
            let process = try #require(gateway.identifier)
            kill(process, SIGSTOP)
            try await Task.sleep(for: .milliseconds(600))
            kill(process, SIGCONT)
            let answer = try #require(await asking)
            #expect(answer.status == 201 || answer.sent == "maybe")
            let again = try #require(await gateway.create(entry))
            #expect(again.status == 201 || again.code == "idempotency_outcome_unknown")
            #expect(try await gateway.recorded(at: "productive").count == 1)
        }
    }
}
