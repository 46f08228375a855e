import Foundation
import GatewayCore
import Testing

@testable import timegate

@Suite("What the documents show", .timeLimit(.minutes(3)))
struct DocumentationTests {
    static func document(_ path: String) throws -> String {
        try String(contentsOfFile: "\(TimegateBinary.root)/\(path)", encoding: .utf8)
    }

    /// The text of the first block in a language.
    static func block(_ language: String, in text: String) throws -> String {
        let start = try #require(text.range(of: "```\(language)\n"))
        let end = try #require(text.range(of: "\n```", range: start.upperBound..<text.endIndex))
        return String(text[start.upperBound..<end.lowerBound]) + "\n"
    }

    @Test("The table of the entry's members is the model's own")
    func members() throws {
        let text = try Self.document("docs/entry.md")
        let lines = text.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }
        #expect(lines.count == Member.allCases.count)
        for (line, member) in zip(lines, Member.allCases) {
            #expect(line.hasPrefix("| `\(member.path)` |"), "\(line)")
            #expect(line.contains("| \(member.lossClass.rawValue) | \(member.description.summary) |"), "\(line)")
        }
    }

    @Test("The configuration that the page shows is a right one")
    func configuration() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("timegate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/plugins",
            withDestinationPath: "\(TimegateBinary.root)/plugins"
        )
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/hooks",
            withDestinationPath: "\(TimegateBinary.root)/examples/hooks"
        )
        let yaml = try Self.block("yaml", in: try Self.document("docs/configuration.md"))
        try yaml.write(toFile: "\(folder.path)/timegate.yaml", atomically: true, encoding: .utf8)
        let ended = try await TimegateBinary.shell(
            "timegate check --config timegate.yaml",
            environment: [
                "PRODUCTIVE_TOKEN": "productive-token-of-a-test", "TIMEGATE_KEY_JANE": "tgk_0123456789abcdef0123",
            ],
            in: folder.path
        )
        #expect(ended.status == 0, "\(ended.output)\(ended.words)")
    }

    @Test("The hooks that the page shows load, and their configuration is a right one")
    func hooks() async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let page = try Self.document("docs/hooks.md")
        let blocks = page.components(separatedBy: "```lua\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(blocks.count == 2)
        for (index, block) in blocks.enumerated() { try scratch.write("page-\(index).lua", block) }
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/hooks",
            withDestinationPath: "\(TimegateBinary.root)/examples/hooks"
        )
        let connection =
            "plugin: productive\n    settings: { organization_id: \"2055\" }\n"
            + "    secrets: { token: { env: TOKEN } }\n"
        // The page's own configuration, and one with the page's hooks.
        let shown = try Self.block("yaml", in: page).replacing(
            "  acme-productive:\n",
            with: "  acme-productive:\n    \(connection)"
        )
        try scratch.write("shown.yaml", shown)
        try scratch.write(
            "page.yaml",
            "hooks: [page-1.lua, { file: page-0.lua, settings: { internal_project: \"7\" } }]\n"
                + "connections:\n  acme:\n    \(connection)"
        )
        for file in ["shown.yaml", "page.yaml"] {
            let ended = try await TimegateBinary.run(
                ["check", "--config", file, "--plugins", TimegateBinary.plugins],
                environment: ["TOKEN": "a-token-of-a-test"],
                in: scratch.path
            )
            #expect(ended.status == 0, "\(file): \(ended.output)\(ended.words)")
            #expect(ended.output.contains("ready"))
        }
    }

    @Test("The façade that the page shows can be configured so")
    func facade() throws {
        let yaml = try Self.block("yaml", in: try Self.document("docs/proxy.md"))
        let configuration = try ConfigurationReader(
            environment: { $0 == "HOURSMITH_TOKEN" ? "hsk_test_1" : nil },
            pluginsFlag: TimegateBinary.plugins,
            executable: nil
        ).read(text: yaml, file: "timegate.yaml")
        #expect(configuration.setup.connections.first?.dialect?.id == "productive")
    }

    @Test("The golden case that the contract shows passes")
    func goldenCase() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("timegate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let plugin = "\(folder.path)/productive"
        try FileManager.default.createDirectory(atPath: "\(plugin)/cases", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: "\(TimegateBinary.root)/plugins/productive/plugin.lua",
            toPath: "\(plugin)/plugin.lua"
        )
        // Every block that is a case, and there are several.
        let blocks = try Self.document("plugins/README.md").components(separatedBy: "```json\n").dropFirst()
        let cases = blocks.compactMap { $0.components(separatedBy: "```").first }.filter {
            $0.contains("\"direction\"")
        }
        #expect(cases.count >= 2)
        for (index, json) in cases.enumerated() {
            try json.write(toFile: "\(plugin)/cases/page-\(index).json", atomically: true, encoding: .utf8)
        }
        let ended = try await TimegateBinary.shell(
            "timegate plugin check '\(plugin)'",
            environment: [:],
            in: folder.path
        )
        #expect(ended.status == 0, "\(ended.output)\(ended.words)")
    }
}
