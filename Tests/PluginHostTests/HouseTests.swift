import Foundation
import PluginHost
import Testing

@Suite("The house: what may know what")
struct HouseTests {
    /// What each target may import of ours and of packages. Imports go down only.
    static let allowed: [String: Set<String>] = [
        "JSON": [],
        "LuaRuntime": ["CLuaShims"],
        "CurlClient": ["CCurl"],
        "GatewayCore": ["JSON"],
        "PluginHost": ["GatewayCore", "LuaRuntime", "JSON"],
        "GatewayStore": ["GatewayCore", "GRDB", "GRDBSQLite"],
        "GatewayServer": [
            "GatewayCore", "PluginHost", "CurlClient", "JSON", "NIOCore", "NIOPosix", "NIOHTTP1", "Logging", "Crypto",
        ],
        "VendorSimulators": ["JSON", "NIOCore", "NIOPosix", "NIOHTTP1"],
    ]

    /// What comes with the language and the system, Foundation left out.
    static let system: Set<String> = ["Swift", "Synchronization", "Glibc", "Musl", "Darwin"]

    /// The targets of C, and the roof, which knows all.
    static let unlisted: Set<String> = ["CLua", "CLuaShims", "CCurl", "CJemalloc", "timegate"]

    @Test("a target imports what is below it and nothing else", arguments: allowed.keys.sorted())
    func imports(target: String) throws {
        let files = House.swiftFiles(in: House.sources.appendingPathComponent(target))
        #expect(!files.isEmpty)
        let known = try #require(Self.allowed[target]).union(Self.system)
        for file in files {
            for module in try Self.imports(of: String(contentsOf: file, encoding: .utf8)) where !known.contains(module)
            {
                Issue.record("\(target)/\(file.lastPathComponent) imports \(module)")
            }
        }
    }

    @Test("the roof leaves Foundation out too")
    func roof() throws {
        for file in House.swiftFiles(in: House.sources.appendingPathComponent("timegate")) {
            let modules = try Self.imports(of: String(contentsOf: file, encoding: .utf8))
            #expect(!modules.contains { $0.hasPrefix("Foundation") }, "\(file.lastPathComponent)")
        }
    }

    @Test("every target is in the table")
    func targets() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: House.sources.path).filter {
            !$0.hasPrefix(".")
        }
        #expect(Set(folders) == Set(Self.allowed.keys).union(Self.unlisted))
    }

    @Test("an import is found however it is written")
    func importForms() {
        let text = """
            import A
            public import B
            @testable import C
              internal import struct D.Thing
            @preconcurrency public import E.F
            #if canImport(G)
                import G
            #endif
            // import H
            let important = 1
            """
        #expect(Self.imports(of: text) == ["A", "B", "C", "D", "E", "G"])
    }

    @Test("no Swift file but the simulators knows a vendor by name")
    func vendors() throws {
        let names = PluginLoader.names(in: House.plugins)
        #expect(!names.isEmpty)
        let simulators = House.sources.appendingPathComponent("VendorSimulators").path
        for file in House.swiftFiles(in: House.sources) where !file.path.hasPrefix(simulators + "/") {
            let lines = try String(contentsOf: file, encoding: .utf8).lowercased().split(
                separator: "\n",
                omittingEmptySubsequences: false
            )
            for (index, line) in lines.enumerated() {
                for name in names where line.contains(name) {
                    let path = file.path.dropFirst(House.root.path.count + 1)
                    Issue.record("\(path):\(index + 1) names \(name): \(line.trimmingCharacters(in: .whitespaces))")
                }
            }
        }
    }

    private static func imports(of text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            var words = line.split(separator: " ").map(String.init)
            while let first = words.first,
                first.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(first)
            {
                words.removeFirst()
            }
            guard words.first == "import", words.count > 1 else { return nil }
            let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            let module = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
            return module.split(separator: ".").first.map(String.init)
        }
    }
}
