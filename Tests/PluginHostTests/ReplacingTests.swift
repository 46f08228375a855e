import Testing

@testable import PluginHost

@Suite("An update that replaces the whole entry")
struct ReplacingTests {
    static func failures(
        _ body: String,
        given: String = #"{"note": "new"}"#,
        fields: String,
        isSent: Bool = true,
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
             "answers": [{"status": 200, "body": \#(body)}\#(isSent ? #", {"status": 200, "body": {"id": "1", "text": "new"}}"# : "")],
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

    @Test("what answers have in the place of a request's field is not sent back for it")
    func sameName() async throws {
        let failures = try await Self.failures(
            #"{"id": "1", "projectId": "p", "seconds": 60, "from": "2026-11-20T08:00:00Z", "text": "old", "tags": {"href": "/t", "values": ["a"]}}"#,
            fields: #"""
                { "from", "started_at", "rfc3339" }, { "tags", "tags", "text_list", only = "request" },
                { "tags.values", "tags", "text_list", only = "answer" },
                """#,
            expect: #"""
                "requests": [{"method": "GET"}, {"method": "PUT", "body":
                  {"projectId": "p", "seconds": 60, "from": "2026-11-20T08:00:00Z", "text": "new", "tags": ["a"]}}]
                """#
        )
        #expect(failures == [], "\(failures)")
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

    @Test("a time that is in no form the plugin knows is not left out of what replaces the entry")
    func unknownForm() async throws {
        let body = #"{"id": "1", "projectId": "p", "from": "2026-11-20T08:00:00+01:00", "text": "old"}"#
        let fields = "{ \"from\", \"started_at\", \"rfc3339\", forms = { \"start_duration\" } },"
        let failures = try await Self.failures(
            body,
            fields: fields,
            isSent: false,
            expect:
                #""requests": [{"method": "GET"}], "problem": {"code": "unrepresentable", "errors": [{"field": "started_at"}]}"#
        )
        #expect(failures == [])
        let named = try await Self.failures(
            body,
            given: #"{"note": "new", "started_at": "2026-11-20T08:00:00+01:00", "duration": "1m"}"#,
            fields: fields,
            expect: #"""
                "requests": [{"method": "GET"}, {"method": "PUT", "body":
                  {"projectId": "p", "day": "2026-11-20", "seconds": 60, "from": "2026-11-20T08:00:00+01:00", "text": "new"}}]
                """#
        )
        #expect(named == [])
    }
}

/// What is read before a change is what the change is worked out from.
struct ChangeBasisTests {
    private static func failures(
        _ answer: String,
        given: String,
        functions: String = "",
        update: String = "\"PATCH /entries/{id}\"",
        answers: String = "",
        expect: String
    ) async throws -> [String] {
        let source = TemporaryPlugin.good(with: functions).replacing(
            "create = {",
            with: "get = { \"GET /entries/{id}\" }, update = { \(update) }, create = {"
        )
        let text = #"""
            {"about": "A change.", "direction": "exchange", "operation": "update",
             "connection": {"settings": {"user_id": "7"}}, "given": {"id": "1", "entry": \#(given)},
             "answers": [{"status": 200, "body": \#(answer)}\#(answers)],
             "expect": {\#(expect)}}
            """#
        return try await CaseRunnerTests.failures(text, source: source)
    }

    private static let entry =
        #"{"id": "1", "projectId": "p", "from": "2026-11-20T08:00:00+01:00", "seconds": 60, "text": "old"}"#

    @Test("a from_vendor that fails lets nothing be changed")
    func failingScript() async throws {
        let failures = try await Self.failures(
            Self.entry,
            given: #"{"duration": "1h"}"#,
            functions: "  from_vendor = function(entry) error('no') end,",
            expect: #""requests": [{"method": "GET"}], "problem": {"code": "plugin_failed", "sent": "no"}"#
        )
        #expect(failures == [])
    }

    @Test("what from_vendor says of the entry counts")
    func script() async throws {
        let failures = try await Self.failures(
            Self.entry.replacing("\"from\"", with: "\"begin\""),
            given: #"{"duration": "1h"}"#,
            functions: "  from_vendor = function(entry, answer) entry.started_at = answer.begin return entry end,",
            answers: #", {"status": 200, "body": {"id": "1", "text": "new"}}"#,
            expect: #"""
                "requests": [{"method": "GET"}, {"method": "PATCH", "body":
                  {"day": "2026-11-20", "seconds": 3600, "from": "2026-11-20T08:00:00+01:00"}}]
                """#
        )
        #expect(failures == [])
    }

    @Test("a start that cannot be read is not left out of a change of the times")
    func unreadableStart() async throws {
        let failures = try await Self.failures(
            Self.entry.replacing("2026-11-20T08:00:00+01:00", with: "at eight"),
            given: #"{"duration": "1h"}"#,
            expect:
                #""requests": [{"method": "GET"}], "problem": {"code": "unrepresentable", "errors": [{"field": "started_at"}]}"#
        )
        #expect(failures == [])
    }

    @Test(
        "an update whose answer has no body is read again",
        arguments: [
            ("\"PATCH /entries/{id}\", success = { 200, 204 }", #"{"status": 204, "text": ""}"#),
            ("\"PATCH /entries/{id}\", entry = false", #"{"status": 200, "body": {"ok": true}}"#),
        ]
    )
    func bodilessAnswer(update: String, answer: String) async throws {
        let failures = try await Self.failures(
            Self.entry,
            given: #"{"note": "new"}"#,
            update: update,
            answers: ", " + answer
                + #", {"status": 200, "body": {"id": "1", "projectId": "p", "seconds": 60, "text": "new"}}"#,
            expect: #"""
                "requests": [{"method": "GET"}, {"method": "PATCH", "body": {"text": "new"}}, {"method": "GET"}],
                "entry": {"id": "1", "note": "new", "duration_seconds": 60}
                """#
        )
        #expect(failures == [])
    }

    @Test("a page of something between is no answer to an update, also where none is looked for")
    func page() async throws {
        let failures = try await Self.failures(
            Self.entry,
            given: #"{"note": "new"}"#,
            update: "\"PATCH /entries/{id}\", entry = false",
            answers: #", {"status": 200, "text": "<html>Log in</html>"}"#,
            expect: #"""
                "requests": [{"method": "GET"}, {"method": "PATCH", "body": {"text": "new"}}],
                "problem": {"code": "outcome_unknown", "sent": "maybe"}
                """#
        )
        #expect(failures == [])
    }
}
