import Foundation
import GatewayCore
import JSON
import PluginHost
import Testing

@Suite("The plugins")
struct PluginTests {
    static let all = PluginLoader.names(in: House.plugins)

    @Test("the five vendors are there")
    func vendors() {
        #expect(Self.all.count == 5)
    }

    @Test("a plugin loads, and all its golden cases pass", arguments: all)
    func golden(name: String) async throws {
        let plugin = try PluginLoader.load(folder: "\(House.plugins)/\(name)")
        #expect(plugin.id == name)
        let results = await CaseRunner.run(plugin, zones: .system)
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(House.plugins)/\(name)/cases")
        #expect(Set(results.map(\.file)) == Set(files))
        for result in results where !result.failures.isEmpty {
            Issue.record("\(name)/cases/\(result.file): \(result.about)\n\(result.failures.joined(separator: "\n"))")
        }
    }

    @Test("a plugin's cases go in all directions", arguments: all)
    func directions(name: String) async throws {
        let plugin = try PluginLoader.load(folder: "\(House.plugins)/\(name)")
        let directions = await Set(CaseRunner.run(plugin, zones: .system).map(\.direction))
        #expect(
            directions == [
                "write_request", "read_answer", "read_refusal", "read_request", "write_answer", "exchange", "proxy",
                "write_refusal",
            ]
        )
    }

    @Test("each operation that a plugin offers has a case that plays it to its end", arguments: all)
    func operations(name: String) async throws {
        let folder = "\(House.plugins)/\(name)"
        let plugin = try PluginLoader.load(folder: folder)
        var played: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder + "/cases") {
            let data = try #require(FileManager.default.contents(atPath: "\(folder)/cases/\(file)"))
            let golden = try JSONValue(parsing: Array(data))
            guard golden["direction"] == "exchange", golden["expect"]?["problem"] == nil else { continue }
            let operation = try #require(golden["operation"]?.string)
            // An action on several is played through the vendor's own bulk request.
            played.insert(golden["given"]?["ids"] == nil ? operation : "bulk_\(operation)")
        }
        let offered = Set(plugin.vendor.manifest.operations.keys.map(\.rawValue)).subtracting(["create"])
        #expect(offered.subtracting(played) == [], "there is no exchange for these")
    }

    @Test("cases depend on neither their order nor a run before", arguments: all)
    func order(name: String) async throws {
        let folder = "\(House.plugins)/\(name)"
        let plugin = try PluginLoader.load(folder: folder)
        let first = await CaseRunner.run(plugin, zones: .system)
        let second = await CaseRunner.run(plugin, zones: .system)
        #expect(first.map(\.file) == second.map(\.file))
        #expect(first.map(\.failures) == second.map(\.failures))

        // The runner goes by the names of the files: other names are another order.
        let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/cases").sorted()
        let source = try String(contentsOfFile: folder + "/plugin.lua", encoding: .utf8)
        var shuffled: [String: String] = [:]
        for file in files {
            let hash = file.utf8.reduce(UInt32(7)) { $0 &* 31 &+ UInt32($1) }
            shuffled["\(hash)-\(file)"] = try String(contentsOfFile: "\(folder)/cases/\(file)", encoding: .utf8)
        }
        let kept = try TemporaryPlugin(source, named: name, cases: shuffled)
        let third = try await kept.run()
        #expect(third.map(\.file) != first.map(\.file))
        #expect(third.count == first.count)
        let failures = Dictionary(
            uniqueKeysWithValues: third.map { ($0.file.drop { $0 != "-" }.dropFirst(), $0.failures) }
        )
        for result in first { #expect(failures[result.file[...]] == result.failures, "\(result.file)") }
    }

    @Test("every secret of a plugin goes into a header, and is hidden in what people see", arguments: all)
    func secrets(name: String) throws {
        let manifest = try PluginLoader.load(folder: "\(House.plugins)/\(name)").vendor.manifest
        #expect(!manifest.secrets.isEmpty)
        let secrets = Dictionary(uniqueKeysWithValues: manifest.secrets.map { ($0.name, "s3cret-\($0.name)") })
        let headers = manifest.headers.map { $0.filled(settings: Settings(), secrets: secrets) }
        for (_, secret) in secrets { #expect(headers.contains { $0.value.contains(secret) }) }
        for header in headers { #expect(!header.shown.contains("s3cret")) }
    }

    @Test("only folders with a plugin.lua are plugins, in the order of their names")
    func folders() throws {
        let plugin = try TemporaryPlugin(TemporaryPlugin.good, named: "zeta")
        let base = (plugin.folder as NSString).deletingLastPathComponent
        for folder in ["alpha", "_meta", ".hidden", "empty"] {
            let path = "\(base)/\(folder)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            if folder != "empty" {
                try "return {}".write(toFile: path + "/plugin.lua", atomically: true, encoding: .utf8)
            }
        }
        #expect(PluginLoader.names(in: base) == ["alpha", "zeta"])
        #expect(PluginLoader.names(in: base + "/nowhere").isEmpty)
        withExtendedLifetime(plugin) {}
    }
}
