import Foundation
import GatewayCore
import JSON
import Testing

/// A real gateway whose wall clock is set while it serves.
@Suite(
    "Clock jumps",
    .serialized,
    .timeLimit(.minutes(2)),
    .enabled(if: SetClock.isUsable, Comment(rawValue: SetClock.reason))
)
struct ClockJumpTests {
    private static let hour: Int64 = 3_600

    private func outcome(_ entry: ChaosEntry, _ gateway: ChaosGateway) async -> String? {
        await gateway.get("/v1/outcomes/\(entry.key)")?.json["data"]?[0]?["state"]?.string
    }

    @Test(
        "a jump in the middle of a call neither ends it nor has it sent again, and its key answers",
        arguments: [hour, -hour, 25 * hour, -25 * hour]
    )
    func inACall(jump: Int64) async throws {
        let clock = try await SetClock()
        try await ChaosGateway.with { gateway in
            try await gateway.start(under: clock.command)
            // Before the vendor acts, and after it.
            for (number, when) in ["before_commit", "after_commit"].enumerated() {
                try await gateway.vendors.fail(
                    "productive",
                    #"{"kind": "latency", "milliseconds": 400, "when": "\#(when)"}"#
                )
                let entry = ChaosEntry("productive", number)
                async let asking = gateway.create(entry)
                try await Task.sleep(for: .milliseconds(150))
                try clock.set(ahead: number == 0 ? jump : 0)
                let answer = try #require(await asking)
                #expect(answer.status == 201, "\(answer.json)")
                let again = try #require(await gateway.create(entry))
                #expect(again.id == answer.id)
                #expect(again.head.contains("Idempotent-Replayed: true"))
            }
            #expect(try await gateway.recorded(at: "productive").count == 2)
        }
    }

    @Test("what is not known stays listed while what is done expires, and a clock that is set back brings nothing back")
    func sweep() async throws {
        let clock = try await SetClock()
        try await ChaosGateway.with { gateway in
            try await gateway.start(under: clock.command)
            let done = ChaosEntry("productive", 1)
            #expect(await gateway.create(done)?.status == 201)
            // Sonderplan cannot be asked what it has.
            try await gateway.vendors.fail("sonderplan", #"{"kind": "close_before_answer", "when": "after_commit"}"#)
            let lost = ChaosEntry("sonderplan", 2)
            #expect(await gateway.create(lost)?.code == "outcome_unknown")

            try clock.set(ahead: 25 * Self.hour)
            for _ in 0..<400 where await outcome(done, gateway) != "expired" {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(await outcome(done, gateway) == "expired")
            let open = try #require(await outcome(lost, gateway))
            #expect(["unknown", "needs_operator"].contains(open))
            let again = try #require(await gateway.create(lost))
            #expect(again.code == "idempotency_outcome_unknown")

            try clock.set(ahead: -25 * Self.hour)
            #expect(await outcome(done, gateway) == "expired")
            #expect(await gateway.create(lost)?.code == "idempotency_outcome_unknown")
            #expect(await gateway.create(ChaosEntry("productive", 3))?.status == 201)
            #expect(try await gateway.recorded(at: "sonderplan").count == 1)
        }
    }
}
