import Foundation
import GatewayCore
import PluginHost
import Testing

@Suite("What is wrong with a plugin")
struct LoaderFaultTests {
    @Test("a mistake is refused at its line, with the line and what to do", arguments: PluginMistake.all)
    func mistake(mistake: PluginMistake) throws {
        #expect(TemporaryPlugin.good.contains(mistake.old))
        let source = TemporaryPlugin.good.replacing(mistake.old, with: mistake.new, maxReplacements: 1)
        let faults = try TemporaryPlugin(source).faults()
        let texts = mistake.message
        let fault = try #require(
            faults.first { fault in texts.allSatisfy { fault.message.contains($0) } },
            "\(faults.map { "\($0.place): \($0.message)" })"
        )
        guard let at = mistake.at else {
            #expect(fault.place.hasPrefix("plugins/acme/plugin.lua"))
            return
        }
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let index = try #require(lines.firstIndex { $0.contains(at) })
        #expect(fault.place == "plugins/acme/plugin.lua:\(index + 1)")
        #expect(fault.excerpt?.contains("> \(index + 1) | \(lines[index])") == true)
    }

    @Test("the good plugin, which the mistakes are put into, has none")
    func good() throws {
        let plugin = try TemporaryPlugin(TemporaryPlugin.good).load()
        #expect(plugin.id == "acme")
        #expect(plugin.vendor.manifest.fields.count == 8)
        #expect(try plugin.makeScripts { _ in } == nil)
    }

    @Test("several mistakes are told at once, each at its own line")
    func several() throws {
        let source = TemporaryPlugin.good
            .replacing("api = 1", with: "api = 3")
            .replacing("\"work_date\", \"date\"", with: "\"work_dat\", \"date\"")
            .replacing("\"rfc3339\" }", with: "\"rfc339\" }")
            .replacing("\"conflict\"", with: "\"conflit\"")
        let fault = try #require(throws: PluginFault.self) { _ = try TemporaryPlugin(source).load() }
        #expect(fault.plugin == "acme")
        #expect(
            Set(fault.faults.map(\.place)) == [
                "plugins/acme/plugin.lua:6", "plugins/acme/plugin.lua:24", "plugins/acme/plugin.lua:26",
                "plugins/acme/plugin.lua:39",
            ]
        )
        for place in fault.faults.map(\.place) { #expect(fault.description.contains(place + ": ")) }
    }

    @Test("a word in a comment is not taken for the place of a mistake")
    func comments() throws {
        let source = TemporaryPlugin.good
            .replacing("local helper = 1", with: "-- titles = \"Acme\" is -- no key\nlocal x = \"--\" -- 'titles'")
            .replacing("title = \"Acme\"", with: "title = \"Acme\", titles = 1")
        let fault = try #require(try TemporaryPlugin(source).faults().first)
        #expect(fault.excerpt?.contains("title = \"Acme\", titles = 1") == true)
        #expect(fault.place == "plugins/acme/plugin.lua:9")
    }

    @Test("of two lines with one path, the one with the mistake is named")
    func samePath() throws {
        let source = TemporaryPlugin.good.replacing(
            "{ \"text\", \"note\",",
            with: "{ \"text\", \"title\", only = \"request\" },\n    { \"text\", \"note\", min = true,"
        )
        let fault = try #require(try TemporaryPlugin(source).faults().first)
        #expect(fault.message.contains("min must be a whole number"))
        let wrongOnly = TemporaryPlugin.good.replacing(
            "{ \"text\", \"note\",",
            with: "{ \"text\", \"title\", only = \"request\" },\n    { \"text\", \"note\", only = \"both\","
        )
        #expect(try TemporaryPlugin(wrongOnly).faults().map(\.place) == ["plugins/acme/plugin.lua:29"])
    }

    // MARK: - The file

    @Test("a file that is no Lua is refused where it stops being so")
    func syntax() throws {
        let source = TemporaryPlugin.good.replacing("title = \"Acme\",", with: "title = = \"Acme\",")
        let faults = try TemporaryPlugin(source).faults()
        #expect(faults.map(\.place) == ["plugins/acme/plugin.lua:8"])
        #expect(faults[0].excerpt?.contains("title = = \"Acme\"") == true)
        #expect(faults[0].hint?.contains("a sign too many") == true)
    }

    @Test(
        "a file that returns no table is refused with what it returned",
        arguments: [
            ("", "nothing"), ("local x = 1", "nothing"), ("return 5", "a number"), ("return \"acme\"", "a string"),
            ("return nil", "nothing"), ("return function() end", "a function"), ("return true", "a boolean"),
        ]
    )
    func noTable(source: String, kind: String) throws {
        let faults = try TemporaryPlugin(source).faults()
        #expect(faults.map(\.message) == ["The file must return one table; it returned \(kind)."])
    }

    @Test("an empty table is refused with everything that is missing")
    func emptyTable() throws {
        let messages = try TemporaryPlugin("return {}").faults().map(\.message)
        for key in ["api", "id", "title", "docs", "origin", "times", "fields", "operations"] {
            #expect(messages.contains { $0.hasPrefix(key) }, "\(key)")
        }
    }

    @Test("bytecode is refused")
    func bytecode() throws {
        let faults = try TemporaryPlugin([0x1B] + Array("Lua".utf8) + [0x54, 0, 0x19, 0x93]).faults()
        #expect(faults.count == 1)
        #expect(faults[0].message.contains("text") || faults[0].message.contains("bytecode"))
    }

    @Test("a file that never ends is stopped, and told so")
    func endless() throws {
        let faults = try TemporaryPlugin("local x = 1\nwhile true do end\nreturn {}").faults()
        #expect(faults.map(\.place) == ["plugins/acme/plugin.lua:2"])
        #expect(faults[0].message.contains("instructions"))
    }

    @Test("a file that takes all memory is stopped, and told so")
    func memory() throws {
        let faults = try TemporaryPlugin(
            "local s = (\"x\"):rep(1000000)\nlocal t = {}\nfor i = 1, 1e6 do t[i] = s .. i end\nreturn {}"
        ).faults()
        #expect(faults.count == 1)
        #expect(faults[0].message.lowercased().contains("memory"))
    }

    @Test("an error of the file's own code is told with its line")
    func runtimeError() throws {
        let faults = try TemporaryPlugin("local t\nlocal x = t.field\nreturn {}").faults()
        #expect(faults.map(\.place) == ["plugins/acme/plugin.lua:2"])
        #expect(faults[0].excerpt?.contains("local x = t.field") == true)
    }

    @Test(
        "what reaches outside the sandbox is not there",
        arguments: [
            "io.open('/etc/passwd')", "os.execute('true')",
            "require('x')", "load('return 1')", "dofile('x')", "setmetatable({}, {})", "coroutine.create(print)",
        ]
    )
    func sandbox(code: String) throws {
        let faults = try TemporaryPlugin("local x = \(code)\nreturn {}").faults()
        #expect(faults.map(\.place) == ["plugins/acme/plugin.lua:1"])
    }

    @Test("a plugin whose file is a link, a folder or a pipe is refused, and the link's target is not read")
    func notAFile() throws {
        let plugin = try TemporaryPlugin(TemporaryPlugin.good)
        let file = plugin.folder + "/plugin.lua"
        let target = plugin.folder + "/other.lua"
        try FileManager.default.moveItem(atPath: file, toPath: target)
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: target)
        #expect(try plugin.faults()[0].message.contains("cannot be read: it is a symbolic link"))
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        #expect(try plugin.faults()[0].message.contains("cannot be read: it is no regular file"))
        try FileManager.default.removeItem(atPath: file)
        #expect(mkfifo(file, 0o600) == 0)
        #expect(try plugin.faults()[0].message.contains("cannot be read: it is no regular file"))
    }

    @Test("a plugin without a file, or with too large a one, is refused")
    func unreadable() throws {
        let missing = try #require(throws: PluginFault.self) { _ = try PluginLoader.load(folder: "/nowhere/acme") }
        #expect(missing.faults[0].place == "plugins/acme/plugin.lua")
        #expect(missing.faults[0].message.contains("cannot be read: it is not there"))
        let large = try TemporaryPlugin("--" + String(repeating: "x", count: 256 << 10)).faults()
        #expect(large[0].message.contains("256 KiB"))
    }
}
