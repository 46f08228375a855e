import Foundation
import LuaRuntime
import Testing

@Suite("Environment") struct LuaEnvironmentTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// The golden list is what a script can reach, step by step, through tables, metatables and upvalues. A line more in
    /// it is a decision: see the table of threats before changing the file.
    @Test func everythingReachableIsOnTheGoldenList() throws {
        let state = try LuaState()
        _ = try state.load(source: Array("return nil".utf8), chunkName: "empty.lua")
        let golden = try String(contentsOf: Self.folder.appending(path: "reachable.txt"), encoding: .utf8)
        #expect(state.reachable().sorted() == golden.split(separator: "\n").map(String.init))
    }

    /// What library functions give, line by line; the golden lines are those of Lua 5.4's own libraries. To make them
    /// anew: `lua5.4 library.lua > library.txt`.
    @Test func libraryFunctionsDoWhatLuasDo() throws {
        let source = try String(contentsOf: Self.folder.appending(path: "library.lua"), encoding: .utf8)
        let golden = try String(contentsOf: Self.folder.appending(path: "library.txt"), encoding: .utf8)
        let lines = try #require(Script(source).returns("run").first?.array).map { $0.string ?? "" }
        let expected = golden.split(separator: "\n").map(String.init)
        #expect(expected.count > 150)
        #expect(lines.count == expected.count)
        for (line, wanted) in zip(lines, expected) { #expect(line == wanted) }
    }

    /// Random patterns and subjects, each result folded into a digest; the golden digests are those of Lua 5.4's own
    /// string library. To make them anew: `lua5.4 patterns.lua > patterns.txt`.
    @Test func patternsMatchAsLuasDo() throws {
        let source = try String(contentsOf: Self.folder.appending(path: "patterns.lua"), encoding: .utf8)
        let golden = try String(contentsOf: Self.folder.appending(path: "patterns.txt"), encoding: .utf8)
        let script = try Script(source, limits: .unhurried)
        let lines = golden.split(separator: "\n")
        #expect(lines.count == 100)
        for (index, line) in lines.enumerated() {
            #expect(try script.returns("block", .integer(Int64(index + 1))).first?.string == String(line))
        }
    }
}

@Suite("Many calls") struct LuaStabilityTests {
    @Test func memoryStaysTheSameOverManyCalls() throws {
        let script = try Script(
            """
            local kinds = {"a", "b"}
            return {f = function(entry, get)
                local out = {}
                for k, v in pairs(entry) do out[k] = v end
                out.kind = kinds[1] .. #entry.list
                if entry.n % 7 == 0 then error("sometimes") end
                if entry.n % 5 == 0 then out.got = get(entry.n) end
                return out
            end}
            """
        )
        let function = try script.function()
        let messages = (0..<70).map { number in
            var writer = LuaMessageWriter()
            writer.value(["n": .integer(Int64(number)), "list": [1, 2], "name": .string("name \(number)")])
            writer.hostFunction("get")
            return writer.finish()
        }
        func call(_ number: Int) {
            var step = script.state.call(function, named: "f", message: messages[number % messages.count])
            if case .suspended(let suspension) = step, number % 2 == 0 { step = suspension.resume(returning: 1) }
        }
        for number in 0..<2000 { call(number) }
        script.state.collect()
        let before = script.state.memoryInUse
        for number in 0..<100_000 { call(number) }
        script.state.collect()
        #expect(script.state.memoryInUse <= before + 2048)
    }
}
