import Foundation
import JSON
import Testing

@Suite("Commands", .serialized, .timeLimit(.minutes(2)))
struct CommandTests {
    @Test("--version prints the version and nothing else")
    func version() async throws {
        let ended = try await TimegateBinary.run(["--version"])
        #expect(ended.status == 0)
        #expect(ended.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
        #expect(ended.words.isEmpty)
    }

    @Test("Without a command it says what there is")
    func noCommand() async throws {
        let ended = try await TimegateBinary.run([])
        #expect(ended.status == 0)
        for command in [
            "serve", "check", "doctor", "keys", "openapi", "entry", "connections", "plan", "plugin", "demo", "simulate",
        ] {
            #expect(ended.output.contains("\n  \(command) "), "\(command)")
        }
    }

    @Test(
        "Wrong usage ends with 64",
        arguments: [
            ["fly"], ["serve", "--event-loops", "0"], ["simulate", "--ports", "0"], ["plan"],
            ["plan", "--connection", "acme"], ["plan", "-", "--connection", "acme", "--project", "1"],
            ["plan", "--connection", "Acme", "--project", "1"], ["plugin", "show"],
            ["entry", "create", "--connection", "acme", "--project", "1", "--server", "http://x", "--config", "y"],
            ["entry", "create", "--connection", "acme", "--project", "1", "--server", "x"],
            ["entry", "create", "--connection", "acme", "--project", "1", "-o", "xml"],
        ]
    )
    func usage(arguments: [String]) async throws {
        let ended = try await TimegateBinary.run(arguments)
        #expect(ended.status == 64)
        #expect(ended.output.isEmpty)
        #expect(ended.words.contains("Error:"))
    }

    @Test("An argument that is not UTF-8 is refused by every command, and shown", arguments: ["plan --note", "keys"])
    func notUTF8(command: String) async throws {
        let ended = try await TimegateBinary.shell("timegate \(command) \"$(printf 'caf\\351')\"")
        #expect(ended.status == 64)
        #expect(ended.output.isEmpty)
        let flag = command.contains("--note") ? "--note " : ""
        #expect(ended.words.contains("The argument \(flag)$'caf\\xe9' (number"), "\(ended.words)")
        #expect(ended.words.contains("iconv"))
        let good = try await TimegateBinary.shell("timegate keys new 'café'")
        #expect(good.words.contains("'café'"), "\(good.words)")
    }

    @Test("What a command finds wrong while it runs is said with the command's own usage")
    func ownUsage() async throws {
        for (arguments, fault) in [
            (["entry", "list"], "Name the connection"),
            (["entry", "list", "--connection", "acme", "--on", "someday"], "--on someday is no day"),
            (["entry", "list", "--connection", "acme", "--server", "x y"], "--server"),
        ] {
            let ended = try await TimegateBinary.run(arguments)
            #expect(ended.status == 64)
            #expect(ended.words.contains("Error: \(fault)"), "\(ended.words)")
            #expect(ended.words.contains("Usage: timegate entry list <options>"), "\(ended.words)")
            #expect(ended.words.contains("See 'timegate entry list --help'"), "\(ended.words)")
        }
    }

    @Test(
        "A gateway's address without a scheme is refused with the one that works",
        arguments: [
            ("127.0.0.1:8080", "Write http://127.0.0.1:8080."),
            ("gate.example", "Write https://gate.example, or http://"),
            ("http://127.0.0.1:8080/", "Write http://127.0.0.1:8080: timegate adds the path."),
        ]
    )
    func serverAddress(address: String, hint: String) async throws {
        let ended = try await TimegateBinary.run(["connections", "--server", address])
        #expect(ended.status == 64)
        #expect(ended.words.contains(hint), "\(ended.words)")
    }

    @Test("A gateway that is down is not called a vendor, and ends with 6")
    func gatewayDown() async throws {
        // Port 9 is discard, which nobody serves here.
        let ended = try await TimegateBinary.run(
            ["entry", "create", "--connection", "acme", "--project", "1", "--server", "http://127.0.0.1:9"],
            environment: ["TIMEGATE_KEY": "tgk_0123456789abcdefghij"]
        )
        #expect(ended.status == 6, "\(ended.words)")
        #expect(ended.words.hasPrefix("The gateway cannot be reached  gateway_unreachable"))
        #expect(ended.words.contains("Nothing was sent."))
        #expect(!ended.words.contains("vendor"))
    }

    @Test("simulate on ports that are in use says so in words")
    func simulateInUse() async throws {
        let fleet = try await RunningTimegate.start(["simulate", "--ports", "any"], until: "productive")
        let port = try #require(
            fleet.word(after: "sonderplan ").flatMap { $0.split(separator: ":").last }.flatMap { Int($0) }
        )
        let ended = try await TimegateBinary.run(["simulate", "--ports", "\(port)"])
        _ = await fleet.stop()
        #expect(ended.status == 1)
        #expect(ended.words.contains("cannot listen on 127.0.0.1:\(port) to"), "\(ended.words)")
        #expect(ended.words.contains(": Address already in use.\n"), "\(ended.words)")
    }

    @Test(
        "A write that the journal does not have is spoken of by its number, and a journal without a folder by what to do"
    )
    func journalWords() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try scratch.write(
            "timegate.yaml",
            """
            connections:
              acme: { plugin: productive, settings: { organization_id: "1" }, secrets: { token: { env: NOT_SET } } }

            """
        )
        let ended = try await TimegateBinary.run(["journal", "show", "99999"], in: scratch.path)
        #expect(ended.status == 3, "\(ended.words)")
        #expect(ended.words.contains("The journal has no such write"))
        #expect(ended.words.contains("There is no write 99999."))
        #expect(!ended.words.contains("key"))
        #expect(!ended.words.contains("sent"))

        let text = scratch.read("timegate.yaml")
        try scratch.write("timegate.yaml", text + "state: ./nosuch/timegate.db\n")
        let placeless = try await TimegateBinary.run(["journal"], in: scratch.path)
        #expect(placeless.status == 1, "\(placeless.words)")
        #expect(placeless.words.contains("→ Make its folder"), "\(placeless.words)")
        #expect(!placeless.words.contains("/readyz"))
    }

    // MARK: - Keys

    @Test("A new key's hash is what keys hash makes of its token")
    func keys() async throws {
        let made = try await TimegateBinary.run(["keys", "new"])
        #expect(made.status == 0)
        let match = try #require(
            made.output.wholeMatch(of: /token: (tgk_[0-9A-Za-z]{43})\nhash: (sha256:[0-9a-f]{64})\n/)
        )
        let token = String(match.1)
        let hash = String(match.2)

        let fromInput = try await TimegateBinary.run(["keys", "hash"], input: token + "\n")
        #expect(fromInput.output == hash + "\n")
        let fromVariable = try await TimegateBinary.run(["keys", "hash", "--env", "T"], environment: ["T": token])
        #expect(fromVariable.output == hash + "\n")
        let another = try await TimegateBinary.run(["keys", "new"])
        #expect(!another.output.contains(token))
    }

    @Test("The hash is SHA-256: FIPS 180-2's example")
    func knownHash() async throws {
        let ended = try await TimegateBinary.run(["keys", "hash"], input: "abc")
        #expect(ended.output == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n")
    }

    @Test("A token that is empty or not there is refused", arguments: [[], ["--env", "NOT_SET"]])
    func noToken(arguments: [String]) async throws {
        let ended = try await TimegateBinary.run(["keys", "hash"] + arguments)
        #expect(ended.status == 3)
        #expect(ended.output.isEmpty)
    }

    // MARK: - Plugins

    @Test("plugin show prints fields, times, operations, settings, secrets and errors")
    func pluginShow() async throws {
        let ended = try await TimegateBinary.run(["plugin", "show", "productive"])
        #expect(ended.status == 0)
        for word in [
            "Productive", "attributes.time", "duration_seconds", "minutes", "date_duration",
            "POST /api/v2/time_entries",
            "organization_id", "X-Auth-Token", "${secret.token}", "invalid_attribute", "required", "critical",
        ] {
            #expect(ended.output.contains(word), "\(word)")
        }
        #expect(!ended.output.contains("\u{1B}"))
    }

    @Test("plugin show of a plugin that is not there ends with 7", arguments: ["nowhere", "./nowhere"])
    func pluginShowNothing(name: String) async throws {
        let ended = try await TimegateBinary.run(["plugin", "show", name])
        #expect(ended.status == 7)
        #expect(ended.words.contains("cannot be read"))
    }

    @Test("plugin check names the line of a fault and ends with 7")
    func pluginCheckBroken() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try scratch.write("broken/plugin.lua", "return {\n  api = 1,\n  id = = 2,\n}\n")
        let ended = try await TimegateBinary.run(["plugin", "check", scratch.path])
        #expect(ended.status == 7)
        #expect(ended.output.contains("\(scratch.path)/broken/plugin.lua:3: "))
        #expect(ended.output.contains("broken: the plugin does not load"))
    }

    @Test("plugin check shows which part of which golden case fails, and ends with 7")
    func pluginCheckFailingCase() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let source = try String(contentsOfFile: "\(TimegateBinary.plugins)/productive/plugin.lua", encoding: .utf8)
        // The same plugin with one unit wrong, and a case of the right one.
        let broken = source.replacingOccurrences(
            of: "{ \"attributes.time\", \"duration_seconds\", \"minutes\"",
            with: "{ \"attributes.time\", \"duration_seconds\", \"seconds\""
        )
        try #require(broken != source)
        try scratch.write("productive/plugin.lua", broken)
        let name = try #require(try Self.caseOfMinutes())
        let text = try String(contentsOfFile: "\(TimegateBinary.plugins)/productive/cases/\(name)", encoding: .utf8)
        try scratch.write("productive/cases/\(name)", text)
        let ended = try await TimegateBinary.run(["plugin", "check", "-q", "\(scratch.path)/productive"])
        #expect(ended.status == 7)
        #expect(ended.output.contains("FAIL  \(name)"))
        #expect(ended.output.contains("/attributes/time"))
    }

    /// A golden case of a request whose body holds the time.
    private static func caseOfMinutes() throws -> String? {
        let folder = "\(TimegateBinary.plugins)/productive/cases"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().first { name in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            guard let json = try? JSONValue(parsing: Array(bytes)) else { return false }
            return json["expect"]?["request"]?["body"]?["data"]?["attributes"]?["time"] != nil
                || json["request"]?["body"]?["data"]?["attributes"]?["time"] != nil
        }
    }

    @Test("A directory without plugins is said to be one")
    func noPlugins() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let checked = try await TimegateBinary.run(["plugin", "check", scratch.path])
        #expect(checked.status == 7)
        #expect(checked.words.contains("There is no plugin"))
        let shown = try await TimegateBinary.run(
            ["plugin", "show", "productive"],
            environment: ["TIMEGATE_PLUGINS": "\(scratch.path)/none"]
        )
        #expect(shown.status == 3)
        #expect(shown.words.contains("TIMEGATE_PLUGINS"))
    }

    // MARK: - Demo

    @Test("demo --once books an entry at each of the five vendors, loses an answer and not the entry, and ends")
    func demo() async throws {
        let ended = try await TimegateBinary.run(["demo", "--once"])
        #expect(ended.status == 0, "\(ended.output)\(ended.words)")
        for line in [
            "POST /v2/time-entry → 200", "POST /api/v1/time-entry → 200", "POST /api/v1/timeentries → 200",
            "POST /api/v1/time-entries → 201", "POST /api/v2/time_entries → 201", "All 5 recorded.",
            "outcome_unknown, sent: maybe", "409 idempotency_outcome_unknown", "201: recorded as 228", "one new entry",
        ] {
            #expect(ended.output.contains(line), "\(line)")
        }
        #expect(!ended.output.contains("\u{1B}"))
    }

    @Test("demo stays up, shows lines that work, and ends on SIGTERM")
    func demoStaysUp() async throws {
        let demo = try await RunningTimegate.start(["demo"], until: "/_ledger    # what productive")
        let lines = demo.output.components(separatedBy: "Try:\n").last ?? ""
        let script = lines.replacingOccurrences(of: "curl -s ", with: "curl -sS ")
        let tried = try await TimegateBinary.shell(script)
        let status = await demo.stop()
        #expect(tried.status == 0)
        #expect(tried.words.isEmpty, "\(tried.words)")
        #expect(tried.output.contains("\"billable_seconds\":7200"))
        #expect(tried.output.contains("Did you mean"))
        #expect(status == 0)
    }
}
