import LuaRuntime
import Testing

// L1 to L4 of the table of threats: what a script can reach and leave behind.

@Suite("L1 bytecode") struct BytecodeTests {
    @Test func compiledChunkIsRefusedAtLoad() throws {
        let error = try loadFailure([0x1B] + Array("LuaT".utf8) + [UInt8](repeating: 0, count: 64))
        #expect(error.kind == .syntax)
        #expect(error.message.contains("compiled Lua"))
    }

    @Test(arguments: ["load", "loadfile", "dofile"])
    func loadingFunctionIsAbsent(name: String) throws {
        let error = try failure("return \(name)")
        #expect(error.message.contains("global '\(name)' is not available to scripts"))
    }

    @Test func stringDumpIsAbsent() throws {
        #expect(try evaluate("return string.dump == nil, ('').dump == nil, string.pack == nil") == [true, true, true])
    }
}

@Suite("L2 libraries") struct LibraryTests {
    @Test(arguments: [
        "io", "os", "package", "require", "debug", "collectgarbage", "coroutine", "setmetatable", "getmetatable",
        "rawget", "rawset", "rawequal", "rawlen", "print", "xpcall", "_G", "unpack",
    ])
    func nameIsNotThere(name: String) throws {
        let error = try failure("return \(name)")
        #expect(error.kind == .runtime)
        #expect(error.message.contains("'\(name)' is not available"))
        #expect(error.line == 2)
    }

    @Test func randomAndSetlocaleAreNotThere() throws {
        #expect(try evaluate("return math.random == nil, math.randomseed == nil") == [true, true])
    }
}

@Suite("L3 tampering") struct TamperingTests {
    @Test func repeatedStringMethodHitsTheCap() throws {
        #expect(try failure("return ('x'):rep(1e9)").message == "string would be longer than 1048576 bytes")
    }

    @Test(arguments: ["string", "table", "math", "utf8", "json"])
    func writingALibraryFails(name: String) throws {
        let error = try failure("\(name).x = 1")
        #expect(error.message == "attempt to write 'x' in a library, which is read-only")
        #expect(error.line == 2)
    }

    @Test func writingALibraryFailsWhileLoadingToo() throws {
        #expect(try loadFailure("string.rep = function() end\nreturn {}").message.contains("read-only"))
    }

    @Test func libraryFunctionsThatWriteRefuseLibraries() throws {
        for body in [
            "table.insert(string, 1)", "table.sort(math)", "table.remove(table)", "table.move({1}, 1, 1, 1, utf8)",
            "table.insert(_ENV, 1)", "json.array(string)",
        ] {
            #expect(try failure(body).message.contains("read-only"))
        }
    }

    @Test func stringsHaveNoOtherWayOut() throws {
        #expect(try failure("local s = 'x'; s.y = 1").message.contains("attempt to index a string value"))
        #expect(try evaluate("return ('x').rep == string.rep, ('x').nothing") == [true, .nil])
    }
}

@Suite("L4 leaks between calls and states") struct LeakTests {
    @Test func writingAGlobalAfterLoadFailsWithFileAndLine() throws {
        let script = try Script(
            "return {a = function()\n seen = 'secret'\nend, b = function() return pcall(function() return seen end) end}"
        )
        let error = try script.fails("a")
        #expect(error.message == "attempt to write global 'seen': globals are read-only once the script has loaded")
        #expect(error.chunk == "plugins/test/plugin.lua")
        #expect(error.line == 2)
        #expect(try script.returns("b").first == false)
    }

    @Test func globalDefinedWhileLoadingIsThereLater() throws {
        let script = try Script("function helper(x) return x * 2 end\nreturn {f = function(x) return helper(x) end}")
        #expect(try script.returns("f", 21) == [42])
    }

    @Test func twoStatesDoNotSeeEachOther() throws {
        let source = "mine = ...\nreturn {f = function() return pcall(function() return other end) end}"
        let a = try Script("other = 'of a'\n" + source)
        let b = try Script(source)
        #expect(try a.returns() == [true, "of a"])
        #expect(try b.returns().first == false)
    }

    @Test func fileLevelTableIsReadOnlyAfterLoad() throws {
        let script = try Script(
            """
            local cache = {kept = {}}
            cache.early = true
            return {f = function(entry)
                cache.last = entry
            end, g = function(entry)
                cache.kept.last = entry
            end, h = function() return cache.early, #cache, cache.last end}
            """
        )
        for name in ["f", "g"] {
            let error = try script.fails(name, "secret")
            #expect(error.message == "attempt to write 'last' in a table that is read-only since the script has loaded")
        }
        #expect(try script.returns("h") == [true, 0, .nil])
    }

    @Test func definitionIsReadOnlyAfterLoad() throws {
        let script = try Script("local t = {list = {}}; t.f = function() table.insert(t.list, 1) end; return t")
        #expect(try script.fails().message.contains("read-only since the script has loaded"))
    }

    @Test func tableHeldByAFunctionInsideAFunctionIsReadOnly() throws {
        let script = try Script(
            """
            local function make() local memory = {}; return function(x) memory[1] = x end end
            local keep = {inner = {make()}}
            return {f = function(x) keep.inner[1](x) end}
            """
        )
        #expect(try script.fails("f", "secret").message.contains("read-only"))
    }

    @Test func readOnlyTableReadsAsBefore() throws {
        let script = try Script(
            """
            local names = {"one", "two", "three", key = "value"}
            return {f = function()
                local seen = {}
                for i, v in ipairs(names) do seen[#seen + 1] = i .. v end
                for k, v in pairs(names) do seen[#seen + 1] = k .. v end
                return #names, table.concat(seen, " "), next(names), table.concat(names, ","), select("#", table.unpack(names)),
                    type(names), names.missing
            end}
            """
        )
        #expect(
            try script.returns() == [
                3, "1one 2two 3three 1one 2two 3three keyvalue", 1, "one,two,three", 3, "table", .nil,
            ]
        )
    }

    @Test func tableOfTheCallIsFreeToChange() throws {
        #expect(
            try evaluate("local t = ...; t.x = 1; t.list[1] = 2; return t", ["list": []]) == [
                ["list": [2], "x": 1]
            ]
        )
    }

    @Test func assignedUpvalueIsWarnedOfAtLoad() throws {
        let script = try Script(
            """
            local last, fine = nil, 0
            local function remember(x)
                last = x
            end
            fine = 1
            return {f = function(x)
                local sum = 0
                local add = function(y) sum = sum + y end
                add(x) remember(x)
                return sum + fine
            end}
            """
        )
        #expect(script.state.warnings.count == 1)
        #expect(script.state.warnings.first?.hasPrefix("the function at line 2 assigns to 'last'") == true)
    }
}
