import GatewayCore
import JSON
import Testing

@testable import PluginHost

@Suite("The path and the pages of a list")
struct ListPathTests {
    static func plugin(_ list: String) -> String {
        TemporaryPlugin.good
            .replacing("settings = {", with: "settings = { place = { required = true, help = \"x\" },")
            .replacing("create = {", with: "list = { \(list) }, create = {")
    }

    static func list(_ query: String, answers: String = "", expect: String) -> String {
        #"""
        {"about": "A list.", "direction": "exchange", "operation": "list",
         "connection": {"settings": {"place": "w/1", "user_id": "7"}}, "given": {"query": \#(query)},
         "answers": [\#(answers)], "expect": {\#(expect)}}
        """#
    }

    static func failures(_ list: String, _ text: String) async throws -> [String] {
        try await CaseRunnerTests.failures(text, source: plugin(list))
    }

    @Test("a setting stands in the path of a list, escaped")
    func setting() async throws {
        let text = Self.list(
            "{}",
            answers: #"{"status": 200, "body": []}"#,
            expect: #""requests": [{"path": "/w/w%2F1/entries"}], "has_more": false"#
        )
        #expect(try await Self.failures("\"GET /w/{settings.place}/entries\"", text) == [])
    }

    @Test(
        "a filter in the path is who is asked for, else the caller's own user",
        arguments: [("{}", "7"), (#"{"user": "9"}"#, "9"), (#"{"user": "me"}"#, "7")]
    )
    func user(query: String, id: String) async throws {
        let text = Self.list(
            query,
            answers: #"{"status": 200, "body": []}"#,
            expect: #""requests": [{"path": "/w/w%2F1/users/\#(id)/entries"}]"#
        )
        #expect(try await Self.failures("\"GET /w/{settings.place}/users/{filter.user}/entries\"", text) == [])
    }

    @Test("a subject in the path that nobody names is asked for, and nothing is sent")
    func missing() async throws {
        let text = Self.list(
            "{}",
            expect:
                #""requests": [], "problem": {"code": "unsupported_filter", "detail": "Acme lists the entries of one project: give subject=project:id."}"#
        )
        #expect(try await Self.failures("\"GET /projects/{filter.project}\"", text) == [])
        let named = Self.list(
            #"{"project": "a/b"}"#,
            answers: #"{"status": 200, "body": []}"#,
            expect: #""requests": [{"path": "/projects/a%2Fb"}]"#
        )
        #expect(try await Self.failures("\"GET /projects/{filter.project}\"", named) == [])
    }

    @Test("where the vendor counts nothing, a full page has another behind it and a short one is the last")
    func shortPage() async throws {
        let rule = "\"GET /entries\", paging = { page = \"p\", size = \"s\", max = 2, short_page = true }"
        let full = #"{"status": 200, "body": [{"id": "1"}, {"id": "2"}]}"#
        let text = Self.list(
            #"{"limit": 3}"#,
            answers: full + #", {"status": 200, "body": [{"id": "3"}]}"#,
            expect: #""requests": [{"path": "/entries?p=1&s=2"}, {"path": "/entries?p=2&s=2"}], "has_more": false"#
        )
        #expect(try await Self.failures(rule, text) == [])
        let more = Self.list(#"{"limit": 2}"#, answers: full, expect: #""has_more": true"#)
        #expect(try await Self.failures(rule, more) == [])
    }

    @Test("a vendor that counts entries is told how many come before the page, from none, whatever it gave before")
    func offset() async throws {
        for end in ["total = \"n\"", "short_page = true"] {
            let path = end.hasPrefix("total") ? "entries = \"data\", " : ""
            let rule = "\"GET /entries\", \(path)paging = { offset = \"from\", size = \"s\", max = 2, \(end) }"
            func answer(_ ids: String...) -> String {
                let entries = ids.map { #"{"id": "\#($0)"}"# }.joined(separator: ", ")
                let body = path.isEmpty ? "[\(entries)]" : #"{"data": [\#(entries)], "n": 5}"#
                return #"{"status": 200, "body": \#(body)}"#
            }
            let text = Self.list(
                #"{"limit": 5}"#,
                answers: [answer("1", "2"), answer("3", "4"), answer("5")].joined(separator: ", "),
                expect: #""requests": [{"path": "/entries?from=0&s=2"}, {"path": "/entries?from=2&s=2"}, "#
                    + #"{"path": "/entries?from=4&s=2"}], "has_more": false"#
            )
            #expect(try await Self.failures(rule, text) == [])
        }
    }

    @Test("a list without paging is found, unless the plugin says that one answer holds all")
    func unpaged() throws {
        func messages(_ list: String) throws -> [String] {
            PluginLint.findings(try TemporaryPlugin(Self.plugin(list)).load()).map(\.message)
        }
        #expect(try messages("\"GET /entries\"").contains { $0.contains("operations.list has no paging") })
        #expect(try !messages("\"GET /entries\", paging = false").contains { $0.contains("paging") })
    }
}
