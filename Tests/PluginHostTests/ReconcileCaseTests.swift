import Testing

@testable import PluginHost

/// What the author of a `reconcile` sees of a wrong one: the case says what the gateway makes of it.
@Suite("Golden cases of lost answers")
struct ReconcileCaseTests {
    private static let own = #"{"id": "1", "projectId": "p", "day": "2026-11-20", "seconds": 60}"#
    private static let another = #"{"id": "2", "projectId": "p", "day": "2026-11-19", "seconds": 60}"#

    private static func source(_ body: String) -> String {
        TemporaryPlugin.good(with: "reconcile = function(entry, call)\n\(body)\n  end,").replacing(
            "create = {",
            with: "get = { \"GET /entries/{id}\", entry = \"data\" },\n    create = {"
        )
    }

    /// What a case that expects nothing finds.
    private static func found(_ body: String, _ answers: [String], expect: String = "{}") async throws -> [String] {
        let text = """
            {"about": "An entry is looked for.", "direction": "reconcile",
             "given": {"subjects": {"project": {"id": "p"}}, "work_date": "2026-11-20", "duration_seconds": 60},
             "answers": [\(answers.joined(separator: ", "))], "expect": \(expect)}
            """
        let results = try await TemporaryPlugin(source(body), cases: ["case.json": text]).results()
        return try #require(results["case.json"]).failures
    }

    private static func answer(_ entry: String) -> String { #"{"status": 200, "body": {"data": \#(entry)}}"# }

    private static let looking = """
            local answer = call.get({ path = "/search", query = { day = entry.work_date } })
            return { id = answer.body.data.id }
        """

    @Test("an entry that is the one is found, after it was read")
    func right() async throws {
        let expect = #"{"found": "1", "requests": [{"path": "/search?day=2026-11-20"}, {"path": "/entries/1"}]}"#
        let answers = [Self.answer(Self.own), Self.answer(Self.own)]
        #expect(try await Self.found(Self.looking, answers, expect: expect) == [])
    }

    @Test("an entry that is another one is not taken")
    func wrong() async throws {
        let answers = [Self.answer(Self.another), Self.answer(Self.another)]
        let failures = try await Self.found(Self.looking, answers, expect: #"{"found": "2"}"#)
        #expect(
            failures == [
                #"/found: nothing was found, expected "2""#,
                #"/unclear: not expected, found "reconcile found the entry 2, which is another one than was sent.""#,
            ]
        )
    }

    @Test("an entry that the vendor does not have is not taken")
    func gone() async throws {
        let answers = [Self.answer(Self.own), #"{"status": 404, "body": {}}"#]
        let expect = #"{"unclear": "reconcile found the entry 1, which Acme does not have."}"#
        #expect(try await Self.found(Self.looking, answers, expect: expect) == [])
    }

    @Test(
        "a function that fails is a problem with its place",
        arguments: [
            ("error('no such thing')", "no such thing"),
            ("local t = {} t.own = t return t", "a table inside itself"),
            ("return 7", "reconcile must return { id = … }, false, or nil and a reason { message = … }; it returned"),
            ("return { id = 7 }", "reconcile must return { id = … }"),
            ("while true do end", "instructions"),
        ]
    )
    func failing(body: String, words: String) async throws {
        let failures = try await Self.found(body, [], expect: #"{"found": "1"}"#)
        let problem = try #require(failures.first { $0.hasPrefix("a problem was not expected") })
        #expect(problem.contains("plugin_failed") && problem.contains("plugin.lua"), "\(problem)")
        #expect(problem.contains(words), "\(problem)")
    }
}
