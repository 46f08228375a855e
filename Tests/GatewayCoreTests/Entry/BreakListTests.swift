import JSON
import Testing

@testable import GatewayCore

@Suite("Breaks that are named one by one")
struct BreakListTests {
    private func parse(_ breaks: String, _ more: String = "") throws -> ParsedEntry {
        let text =
            #"{"started_at":"2026-11-20T09:00:00+01:00","ended_at":"2026-11-20T17:00:00+01:00","breaks":\#(breaks)\#(more)}"#
        return try EntryReader.read(JSONDocument(parsing: Array(text.utf8)).root)
    }

    private static let lunch = #"{"started_at":"2026-11-20T12:00:00+01:00","ended_at":"2026-11-20T12:30:00+01:00"}"#

    @Test(
        "they are added up, so that nobody books them as work",
        arguments: [
            ("[\(lunch)]", 1800), ("[\(lunch), {\"duration_seconds\": 600}]", 2400),
            (
                #"[{"started_at":"2026-11-20T12:00:00+01:00","ended_at":"2026-11-20T11:10:00Z","duration_seconds":600}]"#,
                600
            ),
            (
                #"[{"started_at":"2026-11-20T12:00:00","duration_seconds":900}]"#.replacing(
                    "00:00\",",
                    with: "00:00Z\","
                ), 900
            ),
        ] as [(String, Int64)]
    )
    func total(breaks: String, seconds: Int64) throws {
        var parsed = try parse(breaks)
        #expect(parsed.entry.breakSeconds == seconds)
        #expect(parsed.report.notes.map(\.field) == ["break_seconds"])
        let times = try TimeNormaliser(zones: .system, connectionZone: nil).normalise(&parsed)
        #expect(times.durationSeconds == 8 * 3600 - seconds)
    }

    @Test("no breaks, and breaks beside as many seconds, say nothing new", arguments: ["[]", "null", "[\(lunch)]"])
    func nothingNew(breaks: String) throws {
        let parsed = try parse(breaks, ",\"break_seconds\": 1800")
        #expect(parsed.entry.breakSeconds == 1800)
        #expect(parsed.report.isEmpty)
    }

    @Test(
        "what cannot be added up is refused with its place",
        arguments: [
            (#"[{"foo":1,"duration_seconds":5}]"#, "unknown_member", "breaks[0].foo"),
            (#"[7]"#, "wrong_type", "breaks[0]"), (#"[{}]"#, "missing_time", "breaks[0]"),
            (#"[{"started_at":"2026-11-20T12:00:00+01:00"}]"#, "missing_time", "breaks[0]"),
            (#"[{"duration_seconds":-1}]"#, "wrong_type", "breaks[0].duration_seconds"),
            (#"[{"started_at":"noon","ended_at":"2026-11-20T12:00:00Z"}]"#, "invalid_time", "breaks[0].started_at"),
            (#"[{"started_at":"2026-11-20T12:00:00","duration_seconds":5}]"#, "invalid_time", "breaks[0].started_at"),
            (
                #"[{"started_at":"2026-11-20T12:00:00Z","ended_at":"2026-11-20T11:00:00Z"}]"#, "end_before_start",
                "breaks[0].ended_at"
            ),
            (
                #"[{"started_at":"2026-11-20T12:00:00Z","ended_at":"2026-11-20T13:00:00Z","duration_seconds":1}]"#,
                "contradicting_times", "breaks[0].duration_seconds"
            ),
            (
                #"[{"duration_seconds":9223372036854775807},{"duration_seconds":9223372036854775807}]"#, "out_of_range",
                "breaks"
            ),
            (#"[{"duration_seconds":5}], "break_seconds": 6"#, "contradicting_times", "break_seconds"),
        ]
    )
    func refused(breaks: String, code: String, field: String) throws {
        let problem = try #require(throws: Problem.self) { _ = try parse(breaks) }
        #expect(problem.errors.map { "\($0.code) \($0.field ?? "")" } == ["\(code) \(field)"])
    }
}
