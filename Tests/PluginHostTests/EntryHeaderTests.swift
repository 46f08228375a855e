import GatewayCore
import Testing

@testable import PluginHost

@Suite("A new entry that is named in a header")
struct EntryHeaderTests {
    private static func source(id: String = "id") -> String {
        TemporaryPlugin.good
            .replacing("\"id\", \"id\", \"id\", only", with: "\"id\", \"id\", \"\(id)\", only")
            .replacing(
                "{ \"POST /entries\", entry = \"data\" }",
                with: #"""
                    { "POST /entries", entry = "data", success = { 201, 204 }, id_header = "Location",
                      completeness = "id_only" }
                    """#
            )
    }

    /// - Parameter answer: after the status.
    private static func exchange(_ answer: String, status: Int = 201, expect: String) -> String {
        #"""
        {"about": "A create.", "direction": "exchange", "operation": "create",
         "connection": {"settings": {"user_id": "7"}},
         "given": {"entry": {"work_date": "2026-11-20", "duration": "1m", "subjects": {"project": {"id": "p"}}}},
         "answers": [{"status": \#(status), \#(answer)}], "expect": {\#(expect)}}
        """#
    }

    @Test(
        "its id is the last segment of an address, the key in brackets of an OData one, or the header itself",
        arguments: [
            ("https://api.acme.example/entries/4711", "4711"), ("/entries/4711/", "4711"),
            ("entries/4711?v=2#top", "4711"),
            ("4711", "4711"), ("https://acme.example/odata/TimeEntries(4711)", "4711"),
            ("https://acme.example/odata/TimeEntries('a%2Fb')", "a/b"),
            ("/entries/0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"),
        ]
    )
    func named(header: String, id: String) async throws {
        for status in [201, 204] {
            let text = Self.exchange(
                #""headers": {"location": "\#(header)"}"#,
                status: status,
                expect: #""entry": {"id": "\#(id)", "duration_seconds": 60, "completeness": "id_only"}"#
            )
            #expect(try await CaseRunnerTests.failures(text, source: Self.source()) == [])
        }
    }

    @Test("an answer with a body is read as ever, and one without either is not taken for a yes")
    func others() async throws {
        let body = Self.exchange(
            #""headers": {"Location": "/entries/9"}, "body": {"data": {"id": "8", "seconds": 60}}"#,
            expect: #""entry": {"id": "8"}"#
        )
        #expect(try await CaseRunnerTests.failures(body, source: Self.source()) == [])
        for answer in [
            #""headers": {}"#, #""headers": {"Location": "/"}"#, #""headers": {"Location": "/entries/%zz"}"#,
        ] {
            let none = Self.exchange(answer, expect: #""problem": {"code": "outcome_unknown", "sent": "maybe"}"#)
            #expect(try await CaseRunnerTests.failures(none, source: Self.source()) == [])
        }
    }

    @Test("an id that is a number at the vendor is one that is a number")
    func numbers() async throws {
        let source = Self.source(id: "integer_id")
        let right = Self.exchange(#""headers": {"Location": "/entries/4711"}"#, expect: #""entry": {"id": "4711"}"#)
        #expect(try await CaseRunnerTests.failures(right, source: source) == [])
        let wrong = Self.exchange(
            #""headers": {"Location": "/entries/new"}"#,
            expect: #""problem": {"code": "outcome_unknown", "sent": "maybe"}"#
        )
        #expect(try await CaseRunnerTests.failures(wrong, source: source) == [])
    }

    @Test("a vendor's own client gets the answer as it came, and the entry is known")
    func proxied() async throws {
        let text = #"""
            {"about": "A client's create.", "direction": "proxy", "connection": {"settings": {"user_id": "7"}},
             "hooks": {"on_answer": {"note": "changed"}},
             "given": {"method": "POST", "path": "/entries",
                       "text": "{\"projectId\": \"p\", \"day\": \"2026-11-20\", \"seconds\": 60}"},
             "answers": [{"status": 201, "headers": {"Location": "/entries/4711"}, "text": ""}],
             "expect": {"recognised": "create", "answer": {"text": ""},
                        "entries": [{"id": "4711", "connection": "case", "vendor": "acme", "work_date": "2026-11-20",
                                     "duration_seconds": 60, "subjects": {"project": {"id": "p"}},
                                     "completeness": "id_only"}]}}
            """#
        #expect(try await CaseRunnerTests.failures(text, source: Self.source()) == [])
    }

    @Test("what is no name of a header is refused with the plugin")
    func mistake() throws {
        let faults = try TemporaryPlugin(Self.source().replacing("\"Location\"", with: "\"Loca tion\"")).faults()
        #expect(
            faults.map(\.message).contains { $0.contains("operations.create.id_header must be the name of a header") }
        )
    }
}
