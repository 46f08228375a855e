import Testing

@testable import PluginHost

@Suite("A vendor that rounds the length of its own start and end")
struct CoarseLengthTests {
    private static let source = TemporaryPlugin.good
        .replacing(
            "{ \"seconds\", \"duration_seconds\", \"seconds\" }",
            with: "{ \"hours\", \"duration_seconds\", \"hours\", forms = { \"date_duration\" } }"
        )
        .replacing("{ \"colour\", \"vendor_fields\" }", with: "{ \"till\", \"ended_at\", \"rfc3339\" }")
        .replacing("\"start_duration\", \"date_duration\"", with: "\"interval\", \"date_duration\"")

    private static func failures(till: String, hours: String, seconds: Int, mapping: String) async throws -> [String] {
        let text = #"""
            {"about": "An entry.", "direction": "read_answer",
             "given": {"status": 200, "body": {"data": {"id": "1", "from": "2026-11-20T13:00:00+01:00",
                       "till": "2026-11-20T\#(till)+01:00", "hours": \#(hours), "day": "2026-11-20"}}},
             "expect": {"entry": {"id": "1", "work_date": "2026-11-20", "started_at": "2026-11-20T13:00:00+01:00",
                                  "ended_at": "2026-11-20T\#(till)+01:00", "duration_seconds": \#(seconds)},
                        "mapping": \#(mapping)}}
            """#
        return try await CaseRunnerTests.failures(text, source: source)
    }

    @Test(
        "start and end count where the length agrees with them as far as it goes, and a difference is told",
        arguments: [
            ("13:20:00", "0.33", 1_200, #"{"derived": ["duration_seconds"]}"#), ("13:30:00", "0.5", 1_800, "{}"),
            ("13:20:00", "0.34", 1_200, #"{"derived": ["duration_seconds"]}"#),
            ("13:20:00", "0.4", 1_440, #"{"inconsistent": ["duration_seconds"]}"#),
        ]
    )
    func rounded(till: String, hours: String, seconds: Int, mapping: String) async throws {
        let failures = try await Self.failures(till: till, hours: hours, seconds: seconds, mapping: mapping)
        #expect(failures == [], "\(failures)")
    }
}
