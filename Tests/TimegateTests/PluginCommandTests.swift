import Foundation
import JSON
import Testing

@Suite("The commands for authors", .timeLimit(.minutes(2)))
struct PluginCommandTests {
    @Test("plugin new writes a folder that passes check and test, and writes over nothing")
    func new() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let made = try await TimegateBinary.run(["plugin", "new", "acme", "--plugins", "."], in: scratch.path)
        #expect(made.status == 0, "\(made.words)")
        for command in ["check", "test"] {
            let flag = command == "check" ? "--strict" : "--covered"
            let ended = try await TimegateBinary.run(["plugin", command, flag, "./acme"], in: scratch.path)
            #expect(ended.status == 0, "\(ended.output)\(ended.words)")
        }
        try scratch.write("acme/README.md", "mine")
        let again = try await TimegateBinary.run(["plugin", "new", "acme", "--plugins", "."], in: scratch.path)
        #expect(again.status == 3)
        #expect(scratch.read("acme/README.md") == "mine")
        #expect(
            try await TimegateBinary.run(["plugin", "new", "Acme", "--plugins", "."], in: scratch.path).status == 64
        )
    }

    @Test("a plugin is checked in its own folder, and says nothing of what is untouched where only some tests ran")
    func ownFolder() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        _ = try await TimegateBinary.run(["plugin", "new", "acme", "--plugins", "."], in: scratch.path)
        for command in [["check", "."], ["test", "."], ["show", "."], ["check", "../acme/."]] {
            let ended = try await TimegateBinary.run(["plugin"] + command, in: scratch.path + "/acme")
            #expect(ended.status == 0, "\(ended.output)\(ended.words)")
        }
        let part = try await TimegateBinary.run(
            ["plugin", "test", "acme", "--plugins", ".", "--only", "create"],
            in: scratch.path
        )
        #expect(part.status == 0, "\(part.output)")
        #expect(!part.output.contains("declared"), "\(part.output)")

        let sentence = try #require(
            try JSONValue(parsing: Array(scratch.read("acme/cases/create.json").utf8))["about"]?.string
        )
        let about = try await TimegateBinary.run(
            ["plugin", "test", "acme", "--plugins", ".", "--only", String(sentence.suffix(12))],
            in: scratch.path
        )
        #expect(about.status == 0, "\(about.output)")
        #expect(about.output.contains("create.json"))
        let none = try await TimegateBinary.run(
            ["plugin", "test", "acme", "--plugins", ".", "--only", "nosuch"],
            in: scratch.path
        )
        #expect(none.status == 7)
        #expect(none.output.contains("There are: cases/answer.json, cases/create.json"))
        #expect(!none.output.contains("Write a first case"))

        // Of several plugins, those without such a test are passed over.
        _ = try await TimegateBinary.run(["plugin", "new", "beta", "--plugins", "."], in: scratch.path)
        try scratch.write("acme/cases/special.json", scratch.read("acme/cases/create.json"))
        for (text, status) in [("special", 0), ("nosuch", 7)] as [(String, Int32)] {
            let several = try await TimegateBinary.run(
                ["plugin", "test", "--plugins", ".", "--only", text],
                in: scratch.path
            )
            #expect(several.status == status, "\(several.output)")
            #expect(!several.output.contains("beta"), "\(several.output)")
        }
    }

    @Test(
        "a setting that no path can have is a fault of the configuration, and a function's log is shown with the trace"
    )
    func pathSetting() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        _ = try await TimegateBinary.run(["plugin", "new", "acme", "--plugins", "."], in: scratch.path)
        let text = scratch.read("acme/plugin.lua")
        try scratch.write(
            "acme/plugin.lua",
            text.replacingOccurrences(of: "\"POST /v1/", with: "\"POST /v1/{settings.place}/")
                .replacingOccurrences(
                    of: "\n  fields = {",
                    with: "\n  settings = { place = { required = true, help = \"Where.\" } },\n"
                        + "  validate = function() log(\"looked\") end,\n  fields = {"
                )
        )
        func run(_ place: String, _ arguments: String...) async throws -> TimegateBinary.Ended {
            try scratch.write(
                "timegate.yaml",
                "plugins: .\nstate: none\nconnections:\n  x:\n    plugin: acme\n    settings: { place: \"\(place)\" }\n"
                    + "    secrets: { token: { env: ACME_TOKEN } }\n"
            )
            return try await TimegateBinary.run(
                arguments,
                environment: ["ACME_TOKEN": "token-of-acme"],
                in: scratch.path
            )
        }
        for place in ["a b", "..", "a/b ?c"] {
            let ended = try await run(place, "check")
            #expect(ended.status == 3, "\(ended.output)\(ended.words)")
            #expect((ended.output + ended.words).contains("cannot stand in the path of a request"))
        }
        let plan = try await run(
            "a/b",
            "plan",
            "--trace",
            "--connection",
            "x",
            "--project",
            "1",
            "--user",
            "2",
            "--date",
            "2026-11-20",
            "--duration",
            "1h"
        )
        #expect(plan.status == 0, "\(plan.output)\(plan.words)")
        #expect(plan.output.contains("/v1/a%2Fb/"), "\(plan.output)")
        #expect(plan.words.contains("log  acme: looked"), "\(plan.words)")
    }

    @Test("plugin test --watch runs again when a file changes")
    func watch() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        _ = try await TimegateBinary.run(["plugin", "new", "acme", "--plugins", "."], in: scratch.path)
        let running = try await RunningTimegate.start(
            ["plugin", "test", "./acme", "--watch", "-q"],
            until: "Waiting for changes",
            in: scratch.path
        )
        let text = scratch.read("acme/plugin.lua")
        try scratch.write(
            "acme/plugin.lua",
            text.replacingOccurrences(of: "\"seconds\", \"duration", with: "\"secs\", \"duration")
        )
        #expect(
            try await running.wait { $0.output.contains("/request/body/secs: not expected, found 5400") },
            "\(running.output)"
        )
        try scratch.write("acme/plugin.lua", text)
        #expect(try await running.wait { $0.output.components(separatedBy: "good ").count >= 3 }, "\(running.output)")
        _ = await running.stop()
    }

    @Test("plugin types writes both files, and --verify tells when they are not up to date")
    func types() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        _ = try await TimegateBinary.run(["plugin", "new", "acme", "--plugins", "pl"], in: scratch.path)
        func types(_ arguments: String...) async throws -> TimegateBinary.Ended {
            try await TimegateBinary.run(["plugin", "types", "--plugins", "pl"] + arguments, in: scratch.path)
        }
        let missing = try await types("--verify")
        #expect(missing.status == 2)
        let written = try await types()
        #expect(written.status == 0)
        #expect(scratch.read(".luarc.json").contains("pl/_meta"))
        let right = try await types("--verify")
        #expect(right.status == 0 && right.output.isEmpty)
    }

    @Test("problems says what a code means, and knows the nearest to one that is none")
    func problems() async throws {
        let known = try await TimegateBinary.run(["problems", "outcome_unknown"])
        #expect(known.status == 0)
        #expect(known.output.contains("→ "))
        let unknown = try await TimegateBinary.run(["problems", "outcome_unknwon"])
        #expect(unknown.status == 3)
        #expect(unknown.words.contains("Did you mean \"outcome_unknown\"?"))
    }

    @Test("explain shows a call's steps, with the key through the gateway and through the admin listener")
    func explain() async throws {
        try await Vendors.withQuickstart { vendors in
            let gateway = try await RunningTimegate.start(
                ["serve", "--config", "timegate.yaml", "--event-loops", "2"],
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            let url = try #require(gateway.word(after: "Listening on "))
            let admin = try #require(gateway.word(after: "Admin on "))
            let line = """
                curl -s -D - -o /dev/null -H "Authorization: Bearer $TIMEGATE_KEY" -H 'Content-Type: application/json' \
                --data @awork.json \(url)/v1/acme-awork/time-entries
                """
            let head = try await TimegateBinary.shell(
                line,
                environment: try vendors.environment(),
                in: vendors.directory
            )
            let id = try #require(
                head.output.components(separatedBy: "X-Request-Id: ").last?.prefix { $0.isLetter || $0.isNumber }
            )
            let own = try await vendors.timegate("explain", String(id), "--server", url)
            #expect(own.status == 0, "\(own.words)")
            #expect(own.output.contains("authorize"))
            #expect(own.output.contains("POST /v1/acme-awork/time-entries"))
            let any = try await vendors.timegate("explain", String(id), "--admin", admin, "-o", "json")
            #expect(try JSONValue(parsing: any.output)["id"]?.string == String(id))
            let none = try await vendors.timegate("explain", "nothing", "--server", url)
            #expect(none.status == 3)
            #expect(await gateway.stop() == 0)
        }
    }
}
