import Testing

@testable import PluginHost

@Suite("The order of a vendor's lists")
struct ListOrderTests {
    private static func failures(
        _ sort: String,
        answers: String = #"{"status": 200, "body": []}"#,
        expect: String
    ) async throws -> [String] {
        let text = #"""
            {"about": "A list.", "direction": "exchange", "operation": "list",
             "connection": {"settings": {"user_id": "7"}}, "given": {"query": {\#(sort)}},
             "answers": [\#(answers)], "expect": {\#(expect)}}
            """#
        return try await ListPathTests.failures(
            "\"GET /entries\", paging = false, default_sort = \"-work_date\"",
            text
        )
    }

    @Test("where a vendor has one order, that may be asked for, and nothing is sent for it")
    func fixed() async throws {
        let expect = #""requests": [{"path": "/entries"}]"#
        #expect(try await Self.failures(#""sort": "-work_date""#, expect: expect) == [])
        #expect(try await Self.failures("", expect: expect) == [])
    }

    @Test("another order is refused by name", arguments: ["work_date", "-updated_at", "-work_date,updated_at"])
    func other(sort: String) async throws {
        let expect = #""requests": [], "problem": {"status": 422, "code": "unsupported_sort"}"#
        #expect(try await Self.failures(#""sort": "\#(sort)""#, answers: "", expect: expect) == [])
    }

    private static func faults(_ list: String) throws -> [String] {
        let source = TemporaryPlugin.good.replacing(
            "create = {",
            with: "list = { \"GET /entries\", paging = false, \(list) }, create = {"
        )
        return try TemporaryPlugin(source).faults().map(\.message)
    }

    @Test("an order that the entry has no member for, and one that is none of several, is told")
    func unknown() throws {
        let none = try Self.faults("default_sort = \"-work_day\"")
        #expect(none.contains { $0.contains("has no member \"work_day\"") && $0.contains("work_date") }, "\(none)")
        let other = try Self.faults("default_sort = \"note\", sort = \"s\", sorts = { work_date = \"date\" }")
        #expect(other.contains { $0.contains("default_sort is \"note\", which is none of sorts") }, "\(other)")
    }
}
