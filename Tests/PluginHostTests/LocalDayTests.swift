import Testing

@testable import PluginHost

@Suite("The day of an entry that a vendor holds in local times")
struct LocalDayTests {
    private static let source = TemporaryPlugin.good
        .replacing("{ \"day\", \"work_date\", \"date\" },", with: "")
        .replacing("\"start_duration\", \"date_duration\"", with: "\"start_duration\"")
        .replacing(
            "{ \"from\", \"started_at\", \"rfc3339\" }",
            with: "{ { \"d\", \"t\" }, \"started_at\", \"local_date_and_time\" }"
        )

    private static func failures(_ given: String, expect: String, source: String = source) async throws -> [String] {
        let text = #"""
            {"about": "An evening in New York.", "direction": "write_request",
             "connection": {"settings": {"user_id": "7"}, "time_zone": "Europe/Berlin"},
             "given": {"subjects": {"project": {"id": "p"}}, "duration": "30m", \#(given)}, "expect": {\#(expect)}}
            """#
        return try await CaseRunnerTests.failures(text, source: source)
    }

    private static let evening = #"""
        "work_date": "2026-11-19", "started_at": "2026-11-19T23:30:00", "time_zone": "America/New_York"
        """#

    private static let inBerlin = #"""
        "request": {"body": {"projectId": "p", "seconds": 1800, "d": "2026-11-20T00:00:00", "t": "05:30:00"}}
        """#

    @Test("it is never another one than the caller names")
    func another() async throws {
        let refused = #""problem": {"status": 422, "code": "unrepresentable"}"#
        #expect(try await Self.failures(Self.evening, expect: refused) == [])
        let unnamed = #""started_at": "2026-11-19T23:30:00", "time_zone": "America/New_York""#
        #expect(try await Self.failures(unnamed, expect: Self.inBerlin) == [])
    }

    @Test("the clocks of the connection's zone, and a vendor that is told the zone or the day, have it as it is")
    func same() async throws {
        let berlin = #""work_date": "2026-11-20", "started_at": "2026-11-20T05:30:00""#
        #expect(try await Self.failures(berlin, expect: Self.inBerlin) == [])
        let zoned = Self.source.replacing(
            "{ \"colour\", \"vendor_fields\" }",
            with: "{ \"zone\", \"time_zone\" }, { \"colour\", \"vendor_fields\" }"
        )
        let told = #"""
            "request": {"body": {"projectId": "p", "seconds": 1800, "d": "2026-11-19T00:00:00", "t": "23:30:00",
                                 "zone": "America/New_York"}}
            """#
        #expect(try await Self.failures(Self.evening, expect: told, source: zoned) == [])
    }
}
