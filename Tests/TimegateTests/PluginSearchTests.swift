import Testing

@testable import timegate

@Suite("Where plugins are looked for")
struct PluginSearchTests {
    /// A checkout of directories in which every place has plugins, and the search in it.
    static func search(in scratch: Scratch, said: [String: String] = [:]) -> PluginSearch {
        PluginSearch(
            configured: said["configured"].map { "\(scratch.path)/\($0)" },
            flag: said["flag"].map { "\(scratch.path)/\($0)" },
            environment: { $0 == "TIMEGATE_PLUGINS" ? said["environment"].map { "\(scratch.path)/\($0)" } : nil },
            executable: "\(scratch.path)/bin/timegate"
        )
    }

    @Test(
        "What is said counts: the configuration before the flag before the environment, and all before the usual places"
    )
    func order() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        for place in ["a", "b", "c", "bin/plugins", "share/timegate/plugins"] { try scratch.write("\(place)/x", "") }
        var said = ["configured": "a", "flag": "b", "environment": "c"]
        for (key, place) in [("configured", "a"), ("flag", "b"), ("environment", "c")] {
            #expect(try Self.search(in: scratch, said: said).directory() == "\(scratch.path)/\(place)")
            said[key] = nil
        }
        #expect(try Self.search(in: scratch).directory() == "\(scratch.path)/bin/plugins")
    }

    @Test("A binary in bin finds the plugins under its prefix")
    func prefix() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try scratch.write("share/timegate/plugins/x", "")
        #expect(try Self.search(in: scratch).directory() == "\(scratch.path)/share/timegate/plugins")
    }

    @Test(
        "A place that is said and not there is a fault, never another place",
        arguments: ["configured", "flag", "environment"]
    )
    func saidAndNotThere(key: String) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try scratch.write("bin/plugins/x", "")
        let search = Self.search(in: scratch, said: [key: "none"])
        let fault = try #require(throws: PluginSearch.NotFound.self) { _ = try search.directory() }
        #expect(fault.message.contains("\(scratch.path)/none"))
    }
}
