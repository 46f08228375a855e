import Foundation
import JSON
import Testing

@Suite("Hooks in the configuration", .timeLimit(.minutes(2)))
struct HooksTests {
    static let environment = ["TOKEN": "a-token-of-a-test"]
    static let connection = """
            plugin: productive
            settings: { organization_id: "2055" }
            secrets: { token: { env: TOKEN } }

        """

    /// Plans an entry without a note.
    static func plan(_ connection: String, in scratch: Scratch) async throws -> TimegateBinary.Ended {
        try await TimegateBinary.run(
            [
                "plan", "-", "--connection", connection, "--config", "timegate.yaml", "--plugins",
                TimegateBinary.plugins,
            ],
            environment: environment,
            input: #"{"work_date":"2026-11-20","duration":"1h","user":{"id":"1"},"subjects":{"service":{"id":"2"}}}"#,
            in: scratch.path
        )
    }

    static func check(in scratch: Scratch) async throws -> TimegateBinary.Ended {
        try await TimegateBinary.run(
            ["check", "--config", "timegate.yaml", "--plugins", TimegateBinary.plugins],
            environment: environment,
            in: scratch.path
        )
    }

    static let refusal =
        #"return { on_entry = function(e) if not e.note then return nil, { message = "NOTE!" } end end }"#

    @Test("A global hook holds for every connection, also on the command line")
    func global() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try scratch.write("hooks/note.lua", Self.refusal)
        try scratch.write(
            "timegate.yaml",
            "hooks: [hooks/note.lua]\nconnections:\n  one:\n\(Self.connection)  two:\n\(Self.connection)"
        )
        let checked = try await Self.check(in: scratch)
        #expect(checked.status == 0, "\(checked.output)\(checked.words)")
        for name in ["one", "two"] {
            let ended = try await Self.plan(name, in: scratch)
            #expect(ended.status == 3, "\(ended.output)\(ended.words)")
            #expect(ended.words.contains("NOTE!"))
        }
    }

    @Test("A connection's hook holds for that one alone")
    func ofOneConnection() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try scratch.write("hooks/note.lua", Self.refusal)
        try scratch.write(
            "timegate.yaml",
            "connections:\n  one:\n\(Self.connection)    hooks: [hooks/note.lua]\n  two:\n\(Self.connection)"
        )
        #expect(try await Self.plan("one", in: scratch).status == 3)
        let other = try await Self.plan("two", in: scratch)
        #expect(other.status == 0, "\(other.words)")
    }

    @Test("A hook that does not load disables what it stands for, with file and line")
    func broken() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try scratch.write("hooks/broken.lua", "return {\n  on_entry = function() retrun 1 end,\n}\n")
        try scratch.write(
            "timegate.yaml",
            "connections:\n  one:\n\(Self.connection)    hooks: [hooks/broken.lua]\n  two:\n\(Self.connection)"
        )
        let checked = try await Self.check(in: scratch)
        #expect(checked.status == 7)
        #expect(checked.output.contains("disabled"))
        #expect(checked.output.contains("hooks/broken.lua:2"), "\(checked.output)")
        let ended = try await Self.plan("one", in: scratch)
        #expect(ended.status == 7, "\(ended.output)\(ended.words)")
        #expect(ended.words.contains("hooks/broken.lua:2"))
        #expect(try await Self.plan("two", in: scratch).status == 0)
    }

    @Test(
        "Settings are held to what the hook declares",
        arguments: [
            ("{}", "has no days, which hooks/a.lua needs"), ("{ days: many }", "must be a whole number"),
            ("{ days: 1, dais: 2 }", "hooks/a.lua has no setting \"dais\""),
            ("{ days: 1, titles: [a] }", "must be a mapping"), ("{ days: 1, titles: { a: [b] } }", "must be a text"),
        ]
    )
    func settings(settings: String, message: String) async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try scratch.write(
            "hooks/a.lua",
            """
            return {
              settings = {
                days = { type = "integer", required = true, help = "How many." },
                titles = { type = "map", help = "By id." },
              },
              on_done = function() end,
            }
            """
        )
        try scratch.write(
            "timegate.yaml",
            "hooks:\n  - { file: hooks/a.lua, settings: \(settings) }\nconnections:\n  one:\n\(Self.connection)"
        )
        let ended = try await Self.check(in: scratch)
        #expect(ended.status == 3)
        #expect(ended.words.contains("timegate.yaml:2"), "\(ended.words)")
        #expect(ended.words.contains(message), "\(ended.words)")
    }
}
