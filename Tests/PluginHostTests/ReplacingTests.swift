import Testing

@testable import PluginHost

@Suite("An update that replaces the whole entry")
struct ReplacingTests {
    static func failures(
        _ body: String,
        given: String = #"{"note": "new"}"#,
        fields: String,
        expect: String
    ) async throws -> [String] {
        let source = TemporaryPlugin.good
            .replacing("{ \"from\", \"started_at\", \"rfc3339\" },", with: fields)
            .replacing(
                "create = {",
                with: "get = { \"GET /entries/{id}\" }, update = { \"PUT /entries/{id}\", replaces = true }, create = {"
            )
        let text = #"""
            {"about": "A change.", "direction": "exchange", "operation": "update",
             "connection": {"settings": {"user_id": "7"}}, "given": {"id": "1", "entry": \#(given)},
             "answers": [{"status": 200, "body": \#(body)}, {"status": 200, "body": {"id": "1", "text": "new"}}],
             "expect": {\#(expect)}}
            """#
        return try await CaseRunnerTests.failures(text, source: source)
    }

    @Test("what the vendor shows in another place than it takes it is written where it is taken")
    func elsewhere() async throws {
        let failures = try await Self.failures(
            #"{"id": "1", "projectId": "p", "span": {"from": "2026-11-20T08:00:00Z"}, "seconds": 60, "text": "old"}"#,
            fields: "{ \"from\", \"started_at\", \"rfc3339\", also = { \"span.from\" } },",
            expect: #"""
                "requests": [{"method": "GET"}, {"method": "PUT", "body":
                  {"projectId": "p", "seconds": 60, "from": "2026-11-20T08:00:00Z", "text": "new"}}]
                """#
        )
        #expect(failures == [])
    }

    @Test("a line that is only read and one that is only written are the same member")
    func twoLines() async throws {
        let failures = try await Self.failures(
            #"{"id": "1", "projectId": "p", "shown": 1795161600, "seconds": 60, "text": "old"}"#,
            fields:
                "{ \"from\", \"started_at\", \"rfc3339_utc\", only = \"request\" }, { \"shown\", \"started_at\", \"unix_seconds\", only = \"answer\" },",
            expect: #"""
                "requests": [{"method": "GET"}, {"method": "PUT", "body":
                  {"projectId": "p", "seconds": 60, "from": "2026-11-20T08:00:00Z", "text": "new"}}]
                """#
        )
        #expect(failures == [])
    }

    @Test("a field that no line names is reported as dropped, and one with a line of its own is sent back")
    func unnamed() async throws {
        let failures = try await Self.failures(
            #"""
            {"id": "1", "projectId": "p", "from": "2026-11-20T08:00:00Z", "seconds": 60, "text": "old", "colour": "red",
             "mood": "good", "extra": {"a": 1}, "nothing": null}
            """#,
            fields: "{ \"from\", \"started_at\", \"rfc3339\" },",
            expect: #"""
                "requests": [{"method": "GET"}, {"method": "PUT", "body":
                  {"projectId": "p", "seconds": 60, "from": "2026-11-20T08:00:00Z", "text": "new", "colour": "red"}}],
                "mapping": {"dropped": ["vendor_fields.extra", "vendor_fields.mood"], "echoed": ["subjects.project.id"]}
                """#
        )
        #expect(failures == [])
    }
}
