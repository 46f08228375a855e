import Foundation
import GatewayCore
import Testing

@testable import PluginHost

/// A plugin in a folder of its own, which goes when the value does.
final class TemporaryPlugin {
    let folder: String
    private let base: URL

    init(_ bytes: [UInt8], named name: String = "acme", cases: [String: String] = [:]) throws {
        base = FileManager.default.temporaryDirectory.appendingPathComponent("plugins-\(UUID().uuidString)")
        let folder = base.appendingPathComponent(name)
        self.folder = folder.path
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("cases"),
            withIntermediateDirectories: true
        )
        try Data(bytes).write(to: folder.appendingPathComponent("plugin.lua"))
        for (file, text) in cases {
            try Data(text.utf8).write(to: folder.appendingPathComponent("cases").appendingPathComponent(file))
        }
    }

    convenience init(_ source: String, named name: String = "acme", cases: [String: String] = [:]) throws {
        try self.init(Array(source.utf8), named: name, cases: cases)
    }

    deinit { try? FileManager.default.removeItem(at: base) }

    func load() throws -> LoadedPlugin { try PluginLoader.load(folder: folder) }

    /// The faults that the plugin is refused with.
    func faults(sourceLocation: SourceLocation = #_sourceLocation) throws -> [PluginFault.Fault] {
        let fault = try #require(throws: PluginFault.self, sourceLocation: sourceLocation) { _ = try load() }
        return fault.faults
    }

    /// The results of the plugin's cases, in the order in which they ran. The folder stays as long as they run.
    func run() async throws -> [CaseResult] {
        let results = await CaseRunner.run(try load(), zones: .system)
        return withExtendedLifetime(self) { results }
    }

    /// The results of the plugin's cases, by file.
    func results() async throws -> [String: CaseResult] {
        Dictionary(uniqueKeysWithValues: try await run().map { ($0.file, $0) })
    }

    /// A plugin without a mistake, which the tests put one into.
    static let good = #"""
        -- Acme: the page "projectId" and "seconds" of docs.acme.example.

        local helper = 1

        return {
          api = 1,
          id = "acme",
          title = "Acme",
          docs = "https://docs.acme.example",
          origin = "https://api.acme.example",

          secrets = { token = { help = "A token." } },
          settings = {
            user_id = { help = "The user of the token." },
            begin = { format = "time_of_day", help = "When days begin." },
          },
          headers = { Authorization = "Bearer ${secret.token}" },

          times = { accepts = { "start_duration", "date_duration" }, assumed_start = "settings.begin" },
          user = { implied = "settings.user_id" },

          fields = {
            { "projectId", "subjects.project.id", "id", required = true },
            { "day", "work_date", "date" },
            { "seconds", "duration_seconds", "seconds" },
            { "from", "started_at", "rfc3339" },
            { "state", "billing.state", "enum", values = { { 1, "billed" }, { 0, "none" } } },
            { "text", "note", "text", joins = { "title" } },
            { "id", "id", "id", only = "answer" },
            { "colour", "vendor_fields" },
          },

          operations = {
            create = { "POST /entries", entry = "data" },
          },

          errors = {
            message = "message",
            kinds = { busy = "conflict" },
            statuses = { [422] = "invalid" },
          },
        }
        """#

    /// The plugin without a mistake, with functions.
    static func good(with functions: String, before: String = "") -> String {
        good.replacing("local helper = 1", with: before).replacing(
            "  operations = {",
            with: functions + "\n  operations = {"
        )
    }
}
