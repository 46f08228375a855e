import GatewayCore
import JSON
import Testing

@testable import PluginHost

@Suite("The path of a list")
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
}
