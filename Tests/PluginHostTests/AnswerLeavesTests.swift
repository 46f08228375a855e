import Foundation
import GatewayCore
import JSON
import Testing

@testable import PluginHost

@Suite("Nothing of an answer is lost silently")
struct AnswerLeavesTests {
    @Test(
        "every value of every golden answer is read, kept or reported",
        arguments: PluginLoader.names(in: House.plugins)
    )
    func golden(name: String) throws {
        let plugin = try PluginLoader.load(folder: "\(House.plugins)/\(name)")
        var count = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: plugin.folder + "/cases").sorted() {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(plugin.folder)/cases/\(file)"))
            let golden = try GoldenCase(JSONValue(parsing: Array(bytes)), plugin: plugin, zones: .system)
            guard golden.direction == .readAnswer, let body = golden.given["body"],
                let (leaves, answer) = try Self.read(body, golden, plugin.vendor)
            else { continue }
            count += 1
            for path in leaves.lost(of: answer) { Issue.record("\(name)/cases/\(file): \(path) is lost") }
        }
        #expect(count > 3)
    }

    @Test("the check finds a value that is lost")
    func canFail() throws {
        let plugin = try TemporaryPlugin(TemporaryPlugin.good).load()
        let body: JSONValue = [
            "data": [
                "id": "1", "seconds": 60, "colour": "red", "new": ["a": [1, ["b": nil]]], "state": 7, "text": nil,
                "projectId": "p",
            ]
        ]
        let golden = try GoldenCase(
            ["about": "x", "direction": "read_answer", "given": ["body": body], "expect": ["entry": [:]]],
            plugin: plugin,
            zones: .system
        )
        let (whole, answer) = try #require(try Self.read(body, golden, plugin.vendor))
        #expect(whole.lost(of: answer).isEmpty)

        var entry = whole.entry
        entry[.vendorFields] = nil
        entry[.durationSeconds] = nil
        entry[.subjects] = nil
        let bare = AnswerLeaves(manifest: plugin.vendor.manifest, entry: entry, report: MappingReport())
        #expect(
            bare.lost(of: answer) == [
                "seconds = 60", #"colour = "red""#, "new.a[] = 1", "new.a[].b = null", "state = 7", #"projectId = "p""#,
            ]
        )
    }

    /// The reading of an answer, and the part of it that is the entry.
    private static func read(
        _ body: JSONValue,
        _ golden: GoldenCase,
        _ vendor: Vendor
    ) throws -> (AnswerLeaves, JSONValue)? {
        let document = try JSONDocument(parsing: body.serialized(.compact))
        guard
            let reading = vendor.readAnswer(
                document.root,
                operation: golden.operation,
                zones: .system,
                connection: golden.connection
            )
        else { return nil }
        var answer = body
        for name in vendor.manifest.operations[golden.operation]?.entryPath ?? [] { answer = answer[name] ?? .null }
        guard answer.object != nil else { return nil }
        return (AnswerLeaves(manifest: vendor.manifest, entry: reading.entry, report: reading.report), answer)
    }
}
