import Foundation
import Testing

@Suite("The page on security", .timeLimit(.minutes(3)))
struct SecurityPageTests {
    /// `BytecodeTests/compiledChunkIsRefusedAtLoad` as the page names a test.
    struct NamedTest: Hashable {
        let suite: String
        let function: String
    }

    /// The rows of the table of threats: number and named tests.
    static func rows() throws -> [(number: String, tests: [NamedTest])] {
        try DocumentationTests.document("docs/security.md").components(separatedBy: "\n").compactMap { line in
            guard let match = line.prefixMatch(of: /\| (L\d+) \|/) else { return nil }
            let tests = line.matches(of: /`(\w+)\/(\w+)`/).map {
                NamedTest(suite: String($0.output.1), function: String($0.output.2))
            }
            return (String(match.output.1), tests)
        }
    }

    /// The test functions of the tree, by the type that they stand in.
    static func tests() throws -> Set<NamedTest> {
        var found: Set<NamedTest> = []
        let folder = URL(fileURLWithPath: TimegateBinary.root).appendingPathComponent("Tests").resolvingSymlinksInPath()
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            var suite = ""
            var isTest = false
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                // Most of the tree's lines are indented code, for which an expression is slow.
                if line.utf8.first != UInt8(ascii: " "),
                    let match = line.firstMatch(of: /^(?:@Suite.*\) )?(?:final )?(?:struct|class) (\w+)/)
                {
                    suite = String(match.output.1)
                }
                if line.drop(while: { $0 == " " }).hasPrefix("@Test") { isTest = true }
                if isTest, let match = line.firstMatch(of: /func (\w+)\(/) {
                    found.insert(NamedTest(suite: suite, function: String(match.output.1)))
                    isTest = false
                }
            }
        }
        return found
    }

    @Test("Every row of the table of threats names tests that exist")
    func everyRow() throws {
        let rows = try Self.rows()
        #expect(rows.map(\.number) == (1...23).map { "L\($0)" })
        let known = try Self.tests()
        #expect(known.count > 1000)
        for row in rows {
            #expect(!row.tests.isEmpty, "\(row.number) names no test")
            for test in row.tests where !known.contains(test) {
                Issue.record("\(row.number): there is no test \(test.suite)/\(test.function)")
            }
        }
    }

    @Test("The same entry is planned to the same bytes by two processes")
    func twoProcesses() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        // Whatever order a script could see goes into what is sent.
        try scratch.write(
            "order.lua",
            """
            return { on_entry = function(entry, call)
              local seen = {}
              local function walk(t) for k, v in pairs(t) do
                seen[#seen + 1] = tostring(k)
                if type(v) == "table" then walk(v) else seen[#seen + 1] = tostring(v == call.now or v == call.id or v) end
              end end
              walk(entry) walk(call)
              entry.note = table.concat(seen, " ")
            end }
            """
        )
        try scratch.write("timegate.yaml", "hooks: [order.lua]\nconnections:\n  one:\n\(HooksTests.connection)")
        let entry = """
            {"work_date":"2026-11-20","duration":"1h","user":{"id":"1"},"subjects":{"service":{"id":"2"},"task":{"id":"3"}},
             "external_refs":{"jira":{"issue_id":"A-1","worklog_id":"7"}},"calendar_event_id":"9","billable":null}
            """
        var outputs: Set<String> = []
        for _ in 0..<3 {
            let ended = try await TimegateBinary.run(
                [
                    "plan", "-", "--connection", "one", "--config", "timegate.yaml", "--plugins",
                    TimegateBinary.plugins, "-o", "json",
                ],
                environment: ["TOKEN": "a-token-of-a-test"],
                input: entry,
                in: scratch.path
            )
            #expect(ended.status == 0, "\(ended.output)\(ended.words)")
            outputs.insert(ended.output)
        }
        #expect(outputs.count == 1, "\(outputs)")
    }
}
