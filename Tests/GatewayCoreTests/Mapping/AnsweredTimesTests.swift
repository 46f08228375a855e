import JSON
import Testing

@testable import GatewayCore

@Suite("Times that a vendor answers otherwise than they were sent")
struct AnsweredTimesTests {
    private static let sent =
        #"{"started_at":"2026-11-20T09:00:00Z","ended_at":"2026-11-20T10:00:00Z","duration_seconds":3600}"#

    private static func recorded(_ answer: String, running: [Member: Value] = [:]) async throws -> RecordedEntry {
        var create = try TimeFittingTests.create(TimeRules(accepts: [.interval], running: running))
        create.upstream = RecordingUpstream(status: 201, body: answer)
        return try await create.recorded(sent)
    }

    @Test("a start and an end that are left out beside another length are told to be unknown, and not echoed")
    func anotherLength() async throws {
        let recorded = try await Self.recorded(#"{"seconds":7200}"#)
        #expect(recorded.entry[.durationSeconds] == .integer(7200))
        #expect(!recorded.entry.has(.startedAt))
        #expect(!recorded.entry.has(.endedAt))
        for field in ["started_at", "ended_at", "duration_seconds"] {
            #expect(recorded.report.note(.inconsistent, field) != nil, "\(recorded.report.lines)")
        }
        #expect(recorded.entry[.completeness] == .string("partial"))
    }

    @Test("beside the same length they are echoed")
    func sameLength() async throws {
        let recorded = try await Self.recorded(#"{"seconds":3600}"#)
        #expect(recorded.report.note(.echoed, "started_at") != nil)
        #expect(recorded.report.note(.echoed, "ended_at") != nil)
        #expect(recorded.report.notes.allSatisfy { $0.kind != .inconsistent }, "\(recorded.report.lines)")
    }

    @Test("an interval that is answered as a running timer is told, and gets no end of our own making")
    func leftRunning() async throws {
        let recorded = try await Self.recorded(
            #"{"start":"2026-11-20T09:00:00Z","seconds":0}"#,
            running: [.durationSeconds: .integer(0)]
        )
        #expect(recorded.entry.timerState == "running")
        #expect(!recorded.entry.has(.endedAt))
        #expect(recorded.report.note(.inconsistent, "timer_state")?.sent == .string("running"))
        #expect(recorded.entry[.completeness] == .string("partial"))
    }
}
