import Testing

@testable import PluginHost

@Suite("Tags that a vendor holds as one text")
struct JoinedListTests {
    private static let source = TemporaryPlugin.good.replacing(
        "{ \"colour\", \"vendor_fields\" }",
        with: "{ \"labels\", \"tags\", \"text_list\", separator = \", \" }, { \"colour\", \"vendor_fields\" }"
    )

    private static func written(_ tags: String, _ expect: String, handling: String = "strict") async throws -> [String]
    {
        let text = #"""
            {"about": "An entry.", "direction": "write_request",
             "connection": {"settings": {"user_id": "7"}, "handling": "\#(handling)"},
             "given": {"subjects": {"project": {"id": "p"}}, "duration": "30m", "work_date": "2026-11-20", "tags": \#(tags)},
             "expect": {\#(expect)}}
            """#
        return try await CaseRunnerTests.failures(text, source: source)
    }

    @Test(
        "they are written with the separator between them",
        arguments: [(#"["design", "code review"]"#, #""design, code review""#), (#"["design"]"#, #""design""#)]
    )
    func written(tags: String, sent: String) async throws {
        let body = #"{"projectId": "p", "seconds": 1800, "day": "2026-11-20", "labels": \#(sent)}"#
        #expect(try await Self.written(tags, #""request": {"body": \#(body)}"#) == [])
    }

    @Test("one that would be read as two, or as another, is refused", arguments: ["a,b", "a, b", " a", ""])
    func refused(tag: String) async throws {
        let refused = #""problem": {"status": 422, "code": "unrepresentable"}"#
        let failures = try await Self.written(#"["design", "\#(tag)"]"#, refused)
        #expect(failures == [])
    }

    @Test("in lenient handling they are left out, and that is told")
    func lenient() async throws {
        let body = #"{"projectId": "p", "seconds": 1800, "day": "2026-11-20"}"#
        let expect = #""request": {"body": \#(body)}, "mapping": {"dropped": ["tags"], "defaulted": ["user.id"]}"#
        let failures = try await Self.written(#"["a,b"]"#, expect, handling: "lenient")
        #expect(failures == [])
    }

    @Test(
        "they are read from one text and from a list",
        arguments: [
            (#""design, code review""#, #"["design", "code review"]"#),
            (#""design,,review ,""#, #"["design", "review"]"#),
            (#""""#, "[]"), (#"["design", "review"]"#, #"["design", "review"]"#),
        ]
    )
    func read(labels: String, tags: String) async throws {
        let text = #"""
            {"about": "An entry.", "direction": "read_answer", "connection": {"settings": {"user_id": "7"}},
             "given": {"status": 200, "body": {"data": {"id": "1", "seconds": 60, "day": "2026-11-20", "labels": \#(labels)}}},
             "expect": {"entry": {"id": "1", "duration_seconds": 60, "work_date": "2026-11-20", "tags": \#(tags)}}}
            """#
        let failures = try await CaseRunnerTests.failures(text, source: Self.source)
        #expect(failures == [])
    }

    @Test("a blank separator is refused")
    func blank() throws {
        let source = Self.source.replacing("separator = \", \"", with: "separator = \" \"")
        let faults = try TemporaryPlugin(source).faults()
        #expect(faults.contains { $0.message.contains("separator is blank") }, "\(faults)")
    }
}
