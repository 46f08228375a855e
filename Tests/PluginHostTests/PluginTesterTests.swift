import Foundation
import GatewayCore
import Testing

@testable import PluginHost

@Suite("Plugin tests")
struct PluginTesterTests {
    /// Runs what a plugin's folder holds.
    static func run(
        _ source: String = TemporaryPlugin.good,
        cases: [String: String] = [:],
        tests: [String: String] = [:],
        seed: UInt64 = 1
    ) async throws -> TestRun {
        let plugin = try TemporaryPlugin(source, cases: cases)
        let folder = "\(plugin.folder)/tests"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (file, text) in tests { try text.write(toFile: "\(folder)/\(file)", atomically: false, encoding: .utf8) }
        let run = try await PluginTester.run(try plugin.load(), zones: .system, seed: seed)
        return withExtendedLifetime(plugin) { run }
    }

    static func test(_ body: String) -> String { "return { [\"it holds\"] = function(t)\n\(body)\nend }" }

    static let question = """
        local result = t.run({
          direction = "write_request",
          given = { subjects = { project = { id = "p" } }, work_date = "2026-11-20", duration = "1m" },
          connection = { settings = { user_id = "7" } },
        })
        """

    @Test("golden cases and Lua tests that are right pass in every order", arguments: [1, 2, 3] as [UInt64])
    func passes(seed: UInt64) async throws {
        let run = try await Self.run(
            cases: ["a.json": CaseRunnerTests.request, "b.json": CaseRunnerTests.answer],
            tests: ["t.lua": Self.test(Self.question + "\nt.equal(60, result.request.body.seconds)")],
            seed: seed
        )
        #expect(run.results.map(\.failures) == [[], [], []])
        #expect(run.results.map(\.file) == ["a.json", "b.json", "tests/t.lua"])
    }

    @Test(
        "a Lua test that fails says its line, the pointer, what was expected and what was found",
        arguments: [
            (
                question + "\nt.equal({ seconds = 61 }, { seconds = result.request.body.seconds })",
                "t.lua:7: /seconds: expected 61, found 60"
            ),
            (
                question + "\nt.contains({ body = { day = \"x\" } }, result.request)",
                "t.lua:7: /body/day: expected \"x\", found \"2026-11-20\""
            ),
            ("t.fail(\"no\")", "t.lua:2: no"),
            ("assert(1 == 2, \"they differ\")", "t.lua:2: they differ"),
            ("local x = nil\nreturn x.y", "t.lua:3: attempt to index a nil value"),
            ("t.run({ direction = \"sideways\" })", "t.lua:2: t.run: direction is \"sideways\""),
            ("while true do end", "t.lua:2: "), ("os.exit(1)", "t.lua:2: "),
        ]
    )
    func failing(body: String, line: String) async throws {
        let run = try await Self.run(tests: ["t.lua": Self.test(body)])
        let failures = try #require(run.results.first).failures
        #expect(failures.first?.contains("plugins/acme/tests/\(line)") == true, "\(failures)")
    }

    @Test("what a test wanted of a request that was refused is the refusal, and no nil")
    func refused() async throws {
        let run = try await Self.run(
            tests: [
                "t.lua": Self.test(
                    "local result = t.run({ direction = \"write_request\", given = { note = 5 } })\n"
                        + "t.equal(60, result.request.body.seconds)"
                )
            ]
        )
        let failure = try #require(run.results.first?.failures.first)
        #expect(failure.contains("t.lua:3: t.run came to a problem: wrong_type"), "\(failure)")
        #expect(!failure.contains("nil"))
    }

    @Test("what a function logs stands beside its test")
    func logged() async throws {
        let source = TemporaryPlugin.good(with: "to_vendor = function(r) log(\"seconds \" .. r.seconds) return r end,")
        let run = try await Self.run(source, cases: ["a.json": CaseRunnerTests.request])
        #expect(run.results.map(\.log) == [["seconds 60"]])
    }

    @Test("every place where two tables differ is a line of its own")
    func allPlaces() async throws {
        let run = try await Self.run(tests: ["t.lua": Self.test("t.equal({ a = 1, b = 2 }, { a = 2, b = 3 })")])
        #expect(try #require(run.results.first).failures.count == 2)
    }

    @Test("a test file that does not load is a test that fails with its line")
    func doesNotLoad() async throws {
        for text in ["return {", "return 1", "return { a = 1 }"] {
            let run = try await Self.run(tests: ["t.lua": text])
            #expect(run.failed == 1)
            #expect(run.results.first?.failures.first?.contains("plugins/acme/tests/t.lua") == true)
        }
    }

    @Test("a plugin that keeps something from one call to the next is found out, and the order can be had again")
    func keepsState() async throws {
        let source = TemporaryPlugin.good(
            with: "to_vendor = function(r)\n    seen[1] = (seen[1] or 0) + 1\n    return r\n  end,",
            before: "local seen = {}"
        )
        let cases = ["a.json": CaseRunnerTests.request]
        let run = try await Self.run(source, cases: cases)
        // A table that a function holds on to is read-only once the file has run.
        #expect(run.failed == 1)
        let counting = TemporaryPlugin.good(
            with: "to_vendor = function(r)\n    n = n + 1\n    r.seconds = 59 + n\n    return r\n  end,",
            before: "local n = 0"
        )
        let files = (1...6).map { ("\($0).json", CaseRunnerTests.request) }
        let counted = try await Self.run(counting, cases: Dictionary(uniqueKeysWithValues: files))
        let failures = counted.results.flatMap(\.failures)
        #expect(
            failures.contains { $0.contains("--seed 1") && $0.contains("from one call to the next") },
            "\(failures)"
        )
    }

    @Test("what the table declares and no test touches is listed with its line")
    func coverage() async throws {
        let bare = try await Self.run(cases: ["a.json": CaseRunnerTests.request])
        func names(_ kind: Uncovered.Kind) -> [String] { bare.uncovered.filter { $0.kind == kind }.map(\.name) }
        #expect(names(.field).contains("id → id"))
        #expect(names(.field).contains("from → started_at"))
        #expect(names(.status) == ["422"])
        #expect(names(.code) == ["busy"])
        #expect(names(.operation) == [])
        let project = try #require(bare.uncovered.first { $0.name == "projectId → subjects.project.id" })
        #expect(project.what == "in an answer")
        #expect(project.line == 22 || project.line == 23 || project.line == 21, "\(project)")

        let more = try await Self.run(
            cases: ["a.json": CaseRunnerTests.request, "r.json": CaseRunnerTests.refusal],
            tests: [
                "t.lua": Self.test(
                    "t.run({ direction = \"read_refusal\", given = { status = 409, body = { code = \"busy\" } } })"
                )
            ]
        )
        #expect(!more.uncovered.contains { $0.kind == .status })
    }

    @Test(
        "a code that is a number is one, whichever way the plugin and the answer write it",
        arguments: ["[501]", "[\"501\"]"]
    )
    func numericCodes(key: String) async throws {
        let source = TemporaryPlugin.good.replacing(
            "kinds = { busy = \"conflict\" }",
            with: "code = \"code\", kinds = { \(key) = \"conflict\" }"
        )
        let refusal = """
            {"about": "Busy.", "direction": "read_refusal", "given": {"status": 422, "body": {"code": 501}},
             "expect": {"problem": {"code": "vendor_conflict"}}}
            """
        let run = try await Self.run(source, cases: ["a.json": refusal])
        #expect(run.results.map(\.failures) == [[]])
        #expect(!run.uncovered.contains { $0.kind == .code })
    }

    /// The refusal of a month, under a status and with a code.
    private static func month(_ status: Int, _ code: String) -> String {
        """
        {"about": "Closed.", "direction": "read_refusal", "given": {"status": \(status), "body": {"code": "\(code)"}},
         "expect": {"problem": {"code": "vendor_conflict", "vendor": {"status": \(status)}}}}
        """
    }

    @Test(
        "a refusal under 2xx is one only where the plugin says so, and then only with a code that it knows",
        arguments: [
            ("", "busy", "errors.in_success = true"), ("in_success = true, ", "busy", ""),
            ("in_success = true, ", "OK", "errors.kinds does not know the body's code"),
        ]
    )
    func refusalInSuccess(option: String, code: String, fault: String) async throws {
        let source = TemporaryPlugin.good.replacing(
            "kinds = { busy = \"conflict\" }",
            with: "code = \"code\", \(option)kinds = { busy = \"conflict\" }"
        )
        let exchange = """
            {"about": "Closed.", "direction": "exchange", "connection": {"settings": {"user_id": "7"}},
             "given": {"entry": {"user": {"id": "7"}, "subjects": {"project": {"id": "p"}}, "work_date": "2026-11-20",
               "duration": "1m"}},
             "answers": [{"status": 200, "body": {"code": "\(code)"}}],
             "expect": {"problem": {"code": "\(fault.isEmpty ? "vendor_conflict" : "recorded_but_unmapped")"}}}
            """
        let run = try await Self.run(source, cases: ["a.json": Self.month(200, code), "b.json": exchange])
        #expect(run.results.count == 2)
        let failures = run.results.map { $0.failures.joined(separator: " ") }
        if fault.isEmpty {
            #expect(failures == ["", ""])
        } else {
            #expect(failures.contains { $0.contains(fault) }, "\(failures)")
            #expect(failures.contains(""), "\(failures)")
        }
    }

    @Test("editors are told what the check takes: kinds of settings and filters, forms of time")
    func kinds() {
        let types = ContractTypes.text
        for kind in FilterRule.kinds.map(\.name) { #expect(types.contains("---| '\"\(kind)\"'"), "\(kind)") }
        #expect(types.contains("\"string\"|\"boolean\"|\"integer\"|\"map\""))
        let accepted = types.components(separatedBy: "---@alias timegate.AcceptedForm\n").last?.components(
            separatedBy: "\n\n"
        ).first
        #expect(accepted?.contains("interval") == true && accepted?.contains("running") == false)
    }

    @Test("call has exactly the members that editors are told of")
    func callMembers() async throws {
        let source = TemporaryPlugin.good(
            with: """
                validate = function(entry, call)
                    local names = {}
                    for name in pairs(call) do names[#names + 1] = name end
                    return nil, { code = "invalid_value", message = table.concat(names, " ") }
                  end,
                """
        )
        let told = ContractTypes.callMembers.map(\.name).sorted().joined(separator: " ")
        let run = try await Self.run(
            source,
            tests: ["t.lua": Self.test(Self.question + "\nt.equal(\"\(told)\", result.problem.detail)")]
        )
        #expect(run.results.first?.failures == [])
    }
}

@Suite("New plugins")
struct PluginTemplateTests {
    @Test(
        "a new plugin loads without a finding, passes its tests, and they touch all of it",
        arguments: ["acme", "big-tracker_2"]
    )
    func template(id: String) async throws {
        let files = PluginTemplate.files(id: id)
        let text = try #require(files.first { $0.path == "plugin.lua" }).text
        let plugin = try TemporaryPlugin(text, named: id)
        for file in files {
            let path = URL(fileURLWithPath: "\(plugin.folder)/\(file.path)")
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try file.text.write(to: path, atomically: false, encoding: .utf8)
        }
        let loaded = try plugin.load()
        #expect(PluginLint.findings(loaded) == [])
        let run = try await PluginTester.run(loaded, zones: .system, seed: 7)
        #expect(run.results.count == 5)
        #expect(run.results.flatMap(\.failures) == [])
        #expect(run.uncovered == [])
        withExtendedLifetime(plugin) {}
    }

    @Test("a name that is no folder's is refused", arguments: ["", "Acme", "1st", "a/b", "..", "a b", "_meta"])
    func names(name: String) { #expect(!PluginTemplate.isName(name)) }
}

@Suite("Annotations")
struct ContractTypesTests {
    @Test("the committed annotations are what the tables give: `timegate plugin types` writes them")
    func committed() throws {
        let root = House.root
        let types = try String(contentsOf: root.appendingPathComponent("plugins/_meta/timegate.lua"), encoding: .utf8)
        #expect(types == ContractTypes.text)
        let settings = try String(contentsOf: root.appendingPathComponent(".luarc.json"), encoding: .utf8)
        #expect(settings == ContractTypes.settings(plugins: "plugins"))
    }

    @Test("every name that a table is read with has a sentence and a type")
    func sentences() {
        for table in Contract.tables + Operation.allCases.map({ Contract.operation($0) }) {
            #expect(Set(table.names).count == table.names.count, "\(table.name)")
            for key in table.keys { #expect(!key.about.isEmpty && !key.type.isEmpty, "\(table.name).\(key.name)") }
        }
    }
}
