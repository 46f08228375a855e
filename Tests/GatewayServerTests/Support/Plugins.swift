import Foundation
import PluginHost
import Synchronization

/// The plugins of this repository, and plugins that a test writes itself.
enum Plugins {
    /// The repository's `plugins` folder.
    static let folder: String = {
        let file = URL(fileURLWithPath: #filePath)
        // …/Tests/GatewayServerTests/Support/Plugins.swift
        return file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("plugins").path
    }()

    private static let cache = Mutex<[String: LoadedPlugin]>([:])

    /// A vendor's plugin, loaded once in the process.
    static func vendor(_ id: String) throws -> LoadedPlugin {
        try cache.withLock { cache in
            if let plugin = cache[id] { return plugin }
            let plugin = try PluginLoader.load(folder: "\(folder)/\(id)")
            cache[id] = plugin
            return plugin
        }
    }

    /// Loads a plugin from text, out of a folder that is gone afterwards.
    ///
    /// - Throws: `PluginFault` where the text is no plugin.
    static func load(id: String, source: String) throws -> LoadedPlugin {
        let parent = FileManager.default.temporaryDirectory.appendingPathComponent(
            "timegate-tests-\(UUID().uuidString)"
        )
        let own = parent.appendingPathComponent(id)
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: parent) }
        try source.write(to: own.appendingPathComponent("plugin.lua"), atomically: false, encoding: .utf8)
        return try PluginLoader.load(folder: own.path)
    }

    /// Loads a hook from text, out of a file that is gone afterwards.
    static func hook(_ source: String, named name: String = "hooks/test.lua") throws -> LoadedHook {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("hook-\(UUID().uuidString).lua")
        defer { try? FileManager.default.removeItem(at: file) }
        try source.write(to: file, atomically: false, encoding: .utf8)
        return try LoadedHook.load(file.path, shownAs: name)
    }

    /// A hook of `examples/hooks`, from its own file.
    static func exampleHook(_ name: String) throws -> LoadedHook {
        let folder = URL(fileURLWithPath: Plugins.folder).deletingLastPathComponent()
        let file = folder.appendingPathComponent("examples/hooks/\(name).lua")
        return try LoadedHook.load(file.path, shownAs: "hooks/\(name).lua")
    }

    /// Sonderplan's plugin under another name, with `functions` as its last members.
    static func sonderplan(as id: String, with functions: String) throws -> String {
        var source = try String(contentsOfFile: "\(folder)/sonderplan/plugin.lua", encoding: .utf8)
        source = source.replacingOccurrences(of: "id = \"sonderplan\"", with: "id = \"\(id)\"")
        guard let end = source.lastIndex(of: "}") else { return source }
        return source[..<end] + functions + "\n}\n"
    }

    /// A vendor's plugin that takes an entry which its list does not show for one that was not recorded.
    static func consistent(_ id: String) throws -> LoadedPlugin {
        let source = try String(contentsOfFile: "\(folder)/\(id)/plugin.lua", encoding: .utf8)
        return try load(
            id: id,
            source: source.replacingOccurrences(of: "reconcile = {", with: "reconcile = { consistent = true,")
        )
    }

    /// The 1-based line of the first occurrence of `text`.
    static func line(of text: String, in source: String) -> Int? {
        guard let range = source.range(of: text) else { return nil }
        return source[..<range.lowerBound].count { $0 == "\n" } + 1
    }
}
