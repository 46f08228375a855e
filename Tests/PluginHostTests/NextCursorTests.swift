import Testing

@testable import PluginHost

@Suite("Where a list goes on")
struct NextCursorTests {
    private static func list(_ paging: String) -> String {
        "\"GET /entries\", entries = \"data\", paging = { cursor = \"after\", \(paging), size = \"limit\", max = 1 }"
    }

    /// A list of two pages.
    ///
    /// - Parameters:
    ///   - first: what the first answer holds beside its entry.
    ///   - after: the cursor that is sent for the second.
    private static func failures(
        _ paging: String,
        first: String,
        headers: String = "{}",
        after: String
    ) async throws -> [String] {
        let second = #"{"status": 200, "body": {"data": [{"id": "2"}], "next": null}}"#
        let text = #"""
            {"about": "A list.", "direction": "exchange", "operation": "list", "connection": {"settings": {"user_id": "7"}},
             "given": {"query": {}},
             "answers": [{"status": 200, "headers": \#(headers), "body": {"data": [{"id": "1"}] \#(first)}}, \#(second)],
             "expect": {"requests": [{"path": "/entries?limit=1"}, {"path": "/entries?after=\#(after)&limit=1"}],
                        "entries": [{"id": "1"}, {"id": "2"}], "has_more": false}}
            """#
        return try await CaseRunnerTests.failures(text, source: ListPathTests.plugin(list(paging)))
    }

    @Test(
        "the cursor is a text, a number, or stands in an address",
        arguments: [
            (#"next = "next""#, #""abc==""#, "abc%3D%3D"), (#"next = "next""#, "4711", "4711"),
            (
                #"next = "next", next_is = "address""#, #""https://api.acme.example/entries?limit=1&after=a%2Bb#top""#,
                "a%2Bb"
            ),
            (#"next = "next", next_is = "address""#, #""/entries?after=50""#, "50"),
            (#"next = { "next" }"#, #""abc""#, "abc"),
        ]
    )
    func inBody(paging: String, next: String, after: String) async throws {
        #expect(try await Self.failures(paging, first: ", \"next\": \(next)", after: after) == [])
    }

    @Test(
        "the cursor is in a header of links, or is the header",
        arguments: [
            (#"<https://api.acme.example/entries?after=x>; rel=\"next\""#, "x"),
            (#"</e?after=0>; rel=\"prev first\", </entries?after=y&limit=1>; title=\"a, <b>\"; rel=\"Next\""#, "y"),
            ("</e?after=z>;rel=next,</e?after=1>;rel=last", "z"), ("opaque", "opaque"),
        ]
    )
    func inHeader(link: String, after: String) async throws {
        let failures = try await Self.failures(
            #"next_header = "Link""#,
            first: "",
            headers: "{\"link\": \"\(link)\"}",
            after: after
        )
        #expect(failures == [])
    }

    private static func page(
        _ paging: String,
        _ body: String,
        headers: String = "{}",
        expect: String
    ) async throws -> [String] {
        let text = #"""
            {"about": "A list.", "direction": "exchange", "operation": "list", "connection": {"settings": {"user_id": "7"}},
             "given": {"query": {}},
             "answers": [{"status": 200, "headers": \#(headers), "body": {"data": [{"id": "1"}] \#(body)}}],
             "expect": {\#(expect)}}
            """#
        return try await CaseRunnerTests.failures(text, source: ListPathTests.plugin(list(paging)))
    }

    @Test(
        "the list ends where nothing says how it goes on",
        arguments: [
            (#"next = "next""#, "", "{}"), (#"next = "next""#, #", "next": null"#, "{}"),
            (#"next = "next""#, #", "next": """#, "{}"), (#"next = "next""#, #", "next": false"#, "{}"),
            (#"next_header = "Link""#, "", "{}"),
            (#"next_header = "Link""#, "", #"{"Link": "</e?after=1>; rel=\"last\""}"#),
        ]
    )
    func ends(paging: String, body: String, headers: String) async throws {
        let failures = try await Self.page(
            paging,
            body,
            headers: headers,
            expect: #""entries": [{"id": "1"}], "has_more": false"#
        )
        #expect(failures == [])
    }

    @Test(
        "what is no cursor is said, and is not the end",
        arguments: [
            (#"next = "next""#, #", "next": true"#, "{}"), (#"next = "next""#, #", "next": {"after": "x"}"#, "{}"),
            (#"next = "next", next_is = "address""#, #", "next": "/entries?page=2""#, "{}"),
            (#"next = "next", next_is = "address""#, #", "next": 7"#, "{}"),
            (#"next_header = "Link""#, "", #"{"Link": "</e?page=2>; rel=\"next\""}"#),
        ]
    )
    func broken(paging: String, body: String, headers: String) async throws {
        let failures = try await Self.page(
            paging,
            body,
            headers: headers,
            expect: #""problem": {"code": "vendor_answer_invalid"}"#
        )
        #expect(failures == [])
    }

    @Test("a name may hold a dot")
    func dotted() async throws {
        let failures = try await Self.page(
            #"next = { "@odata.nextLink" }, next_is = "address""#,
            #", "@odata.nextLink": "/entries?page=2""#,
            expect: #""problem": {"code": "vendor_answer_invalid"}"#
        )
        #expect(failures == [])
    }

    @Test(
        "what contradicts itself is refused with the plugin",
        arguments: [
            (#"next = "next", next_header = "Link""#, "next_header and next"),
            (#"next = "@odata.nextLink""#, "is split at its dots: @odata, then nextLink"),
            (#"next = "next", next_is = "url""#, "there is only address"),
            (#"next_header = "Li nk""#, "the name of a header"),
        ]
    )
    func mistakes(paging: String, message: String) throws {
        let faults = try TemporaryPlugin(ListPathTests.plugin(Self.list(paging))).faults()
        #expect(faults.contains { $0.message.contains(message) }, "\(faults)")
    }
}
