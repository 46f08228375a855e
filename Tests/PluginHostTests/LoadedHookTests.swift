import Foundation
import GatewayCore
import Testing

@testable import PluginHost

@Suite("A hook's file")
struct LoadedHookTests {
    private func load(_ source: String) throws -> LoadedHook {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("hook-\(UUID().uuidString).lua")
        defer { try? FileManager.default.removeItem(at: file) }
        try source.write(to: file, atomically: false, encoding: .utf8)
        return try LoadedHook.load(file.path, shownAs: "hooks/a.lua")
    }

    @Test("says what it does, when it is called, and what the configuration gives it")
    func loads() throws {
        let hook = try load(
            """
            return {
              about = "Does it.",
              settings = { days = { type = "integer", required = true, help = "How many." } },
              on_entry = function() end,
              on_done = function() end,
            }
            """
        )
        #expect(hook.name == "hooks/a.lua")
        #expect(hook.about == "Does it.")
        #expect(hook.events == [.onEntry, .onDone])
        #expect(
            hook.settings == [SettingDeclaration(name: "days", kind: .integer, isRequired: true, help: "How many.")]
        )
    }

    @Test(
        "that is wrong is refused with its place",
        arguments: [
            ("return {", "hooks/a.lua:1", "expected"),
            ("return 5", "hooks/a.lua", "must return one table"),
            ("return {}", "hooks/a.lua", "would do nothing"),
            ("return {\n  on_entri = function() end,\n}", "hooks/a.lua:2", "Did you mean \"on_entry\"?"),
            ("return {\n  on_done = 5,\n}", "hooks/a.lua:2", "on_done must be a function"),
            ("local x = io.open\nreturn {}", "hooks/a.lua:1", "io"),
            ("error('no')", "hooks/a.lua:1", "no"),
            ("while true do end", "hooks/a.lua:1", "stopped"),
            (
                "return {\n  settings = { a = { type = 'list', help = 'x' } },\n  on_done = function() end,\n}",
                "hooks/a.lua:2", "string, boolean, integer or map"
            ),
            (
                "return {\n  settings = { a = {} },\n  on_done = function() end,\n}", "hooks/a.lua:2",
                "settings.a.help is missing"
            ),
        ]
    )
    func faults(source: String, place: String, message: String) throws {
        let fault = try #require(throws: PluginFault.self) { _ = try load(source) }
        let first = try #require(fault.faults.first)
        #expect(first.place == place, "\(fault)")
        #expect(first.message.contains(message), "\(fault)")
    }

    @Test("that is a link, or is not there, is not read")
    func links() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hooks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let real = folder.appendingPathComponent("real.lua")
        try "return { on_done = function() end }".write(to: real, atomically: false, encoding: .utf8)
        let link = folder.appendingPathComponent("link.lua")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
        #expect(throws: PluginFault.self) { _ = try LoadedHook.load(link.path, shownAs: "link.lua") }
        #expect(throws: PluginFault.self) { _ = try LoadedHook.load(folder.path, shownAs: "folder") }
        #expect(throws: PluginFault.self) { _ = try LoadedHook.load("\(folder.path)/none.lua", shownAs: "none") }
        #expect(try LoadedHook.load(real.path, shownAs: "real.lua").events == [.onDone])
    }
}
