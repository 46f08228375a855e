import Glibc
import LuaRuntime
import Testing

/// One suite per row of the threat table that the runtime answers for.
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
        #expect(try evaluate("local t = ...; t.x = 1; t.list[1] = 2; return t", ["list": []]) == [
            ["list": [2], "x": 1]
        ])
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

@Suite("L5 endless loops") struct LoopTests {
    @Test(arguments: [
        "while true do end", "repeat until false", "for i = 1, math.huge do end", "::a:: goto a",
        "local function f() return f() end f()", "for _ in function() return 1 end do end",
        "while true do local t = {} end", "while true do (function() end)() end",
    ])
    func loopEndsWithinTheBudget(body: String) throws {
        let script = try Script(body: body, limits: .instructionsOnly)
        let step = try script.step()
        #expect(try step.error().kind == .instructions)
        #expect(try step.error().line == 2)
        #expect(step.usage.instructions <= 1_200_000)
        #expect(script.state.isDead)
    }

    @Test func loopEndsAtTheDeadline() throws {
        let limits = LuaLimits().with { $0.instructionsPerCall = .max; $0.softDeadlineNanoseconds = 20_000_000 }
        let step = try Script(body: "while true do end", limits: limits).step()
        #expect(try step.error().kind == .deadline)
        #expect(step.usage.nanoseconds >= 15_000_000)
        #expect(step.usage.nanoseconds < 500_000_000)
    }

    @Test func loopInTheChunkItselfEnds() throws {
        let error = try loadFailure("local x = 1\nwhile true do x = x + 1 end", limits: .instructionsOnly)
        #expect(error.kind == .instructions)
        #expect(error.line == 2)
        #expect(error.function == nil)
    }

    @Test func budgetStartsAnewWithEachCall() throws {
        let script = try Script(body: "for i = 1, 100000 do end", limits: .instructionsOnly)
        for _ in 0..<20 { #expect(try script.returns() == []) }
    }
}

@Suite("L6 sticky limits") struct StickyTests {
    @Test(arguments: [
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(pcall, pcall, function() while true do end end) end",
        "local function f() pcall(f) f() end while true do pcall(f) end",
        "pcall(function() while true do end end) return 'swallowed'",
        "table.sort({3, 2, 1}, function() pcall(function() while true do end end) return true end) return 'swallowed'",
        "return (string.gsub('abc', '.', function() pcall(function() while true do end end) end))",
    ])
    func limitIsNotCaught(body: String) throws {
        let script = try Script(body: body, limits: .instructionsOnly)
        let step = try script.step()
        #expect(try step.error().kind == .instructions)
        #expect(step.usage.instructions <= 1_200_000)
    }

    @Test func memoryLimitIsNotCaught() throws {
        let script = try Script(
            body: "while true do pcall(function() local t = {} for i = 1, 1e7 do t[i] = {} end end) end",
            limits: .instructionsOnly
        )
        #expect(try script.fails().kind == .memory)
        #expect(try script.fails().kind == .dead)
    }

    @Test func deadStateRunsNothingMore() throws {
        let script = try Script("return {loop = function() while true do end end, f = function() return 1 end}")
        #expect(try script.returns("f") == [1])
        _ = try script.fails("loop")
        #expect(try script.fails("f").kind == .dead)
    }

    @Test func suspendedCallOfADeadStateFails() throws {
        let script = try Script(
            "return {wait = function(get) return get() end, loop = function() while true do end end}"
        )
        let suspension = try script.step("wait", .hostFunction("get")).suspension()
        _ = try script.fails("loop")
        #expect(try suspension.resume(returning: 1).error().kind == .dead)
    }
}

@Suite("L7 L8 L9 coroutines, finalizers, closing") struct LifecycleTests {
    @Test(arguments: ["__gc", "__close", "__mode", "__index", "__name", "__metatable", "__tostring"])
    func metamethodNamesInATableMeanNothing(name: String) throws {
        #expect(
            try evaluate("local t = {\(name) = function() error('ran') end}; return tostring(t), t.missing") == [
                "table", .nil,
            ]
        )
    }

    @Test func closingAValueThatCannotBeClosedIsAnError() throws {
        #expect(try failure("local x <close> = {}").message.contains("variable 'x' got a non-closable value"))
        #expect(try evaluate("local x <close> = nil; local y <const> = 1; return y") == [1])
    }

    @Test func fullStateClosesFast() throws {
        var script: Script? = try Script(
            body: "local t = {} for i = 1, 50000 do t[i] = {i} end return #t", limits: .instructionsOnly
        )
        #expect(try script?.returns() == [50000])
        let clock = ContinuousClock()
        let took = clock.measure { script = nil }
        #expect(took < .seconds(1))
    }

    @Test func everyAllocationMayFailWithoutACrash() throws {
        let source = Array(
            """
            local names = {}
            for i = 1, 20 do names[i] = ("name" .. i):rep(3, "-"):upper() end
            function helper(entry) return entry.title:gsub("%w+", function(w) return w:lower() end) end
            return {
                fields = {{"a", "b", required = true}, {"c", "d"}},
                f = function(entry, get)
                    local out = {list = json.array(), names = names}
                    for k, v in pairs(entry) do out[k] = tostring(v) .. string.format("%5.2f|%s", 1.5, k) end
                    table.sort(out.list, function(a, b) return a < b end)
                    local ok, message = pcall(function() return nil + 1 end)
                    local ok2, message2 = pcall(error, {})
                    for word in helper(entry):gmatch("%a+") do out.list[#out.list + 1] = word end
                    log("info", helper(entry))
                    out.answer = get(entry.title)
                    return out, message
                end,
            }
            """.utf8
        )
        let arguments: [LuaValue] = [
            ["title": "Some Words Here", "n": 12, "d": .decimal("0.1000000000000000055511151231257827"), "x": .null],
            .hostFunction("get"),
        ]
        /// Loads, calls, resumes and closes; true if all went well.
        func attempt(failing: Range<UInt64>) -> (Bool, UInt64) {
            do throws(LuaError) {
                let state = try LuaState(limits: LuaLimits(), log: { _ in }, failingAllocations: failing)
                let definition = try state.load(source: source, chunkName: "plugins/test/plugin.lua")
                guard let f = definition.table?["f"]?.function,
                    case .suspended(let suspension) = state.call(f, named: "f", arguments),
                    case .returned = suspension.resume(returning: ["answer": ["deep": [1, 2, 3]]])
                else { return (false, state.allocations) }
                return (true, state.allocations)
            } catch {
                return (false, 0)
            }
        }
        let (worked, total) = attempt(failing: 0..<0)
        #expect(worked)
        #expect(total > 300)
        var failures = 0
        for number in 1...total {
            // Failing once lets the collection that follows succeed; failing from there on does not.
            _ = attempt(failing: number..<number + 1)
            if !attempt(failing: number..<UInt64(Int.max)).0 { failures += 1 }
        }
        #expect(failures == Int(total))
    }
}

@Suite("L10 memory") struct MemoryTests {
    @Test(arguments: [
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = {} end",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local function f() return 1 + f() end return f()",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000000) end",
        "local t = {} while true do t[#t + 1] = tostring(#t) .. 'some more text here to have a long string' end",
    ])
    func bombEndsAsMemory(body: String) throws {
        let before = try residentBytes()
        let script = try Script(body: body, limits: .instructionsOnly.with { $0.instructionsPerCall = 100_000_000 })
        let error = try script.fails()
        #expect(error.kind == .memory)
        #expect(error.message.contains("16384 KiB"))
        #expect(script.state.isDead)
        #expect(script.state.memoryInUse <= 16 << 20)
        #expect(try residentBytes() - before < 256 << 20)
    }

    @Test func endlessRecursionIsNamed() throws {
        let error = try failure("local function f() return 1 + f() end return f()")
        #expect(error.message.contains("look for a function that calls itself without end"))
    }

    @Test func hugeRepetitionIsRefusedBeforeItStarts() throws {
        let error = try failure("return string.rep('x', 1 << 31)")
        #expect(error.kind == .runtime)
        #expect(error.message.contains("string would be longer"))
    }

    @Test func hugeSourceIsRefused() throws {
        let error = try loadFailure("return '" + String(repeating: "x", count: 300_000) + "'")
        #expect(error.message == "the file has more than 256 KiB")
    }

    @Test func stateThatCannotHoldItsEnvironmentIsNotMade() {
        #expect((try? LuaState(limits: LuaLimits().with { $0.memoryBytes = 4096 })) == nil)
    }

    @Test func collectingForEverCloseToTheLimitEnds() throws {
        let body = """
            local keep = {}
            for i = 1, 60000 do keep[i] = {i, i} end
            while true do local t = {1, 2, 3, 4, 5, 6, 7, 8} end
            """
        let limits = LuaLimits.instructionsOnly.with { $0.memoryBytes = 8 << 20 }
        let clock = ContinuousClock()
        var kind: LuaError.Kind?
        let took = try clock.measure { kind = try failure(body, limits: limits).kind }
        #expect(kind == .memory || kind == .instructions)
        #expect(took < .seconds(2))
    }
}

@Suite("L11 long calls into C") struct LongCallTests {
    @Test(arguments: [
        "return ('a'):rep(65536):find('.-b')",
        "return ('a'):rep(300000):find('.-.-.-b')",
        "return ('a'):rep(3000):match('a*a*a*a*b')",
        "return ('a'):rep(100000):find(('a?'):rep(50) .. ('a'):rep(50) .. 'b')",
        "return ('('):rep(1000000):find('%b()%b()x')",
        "return ('a'):rep(100000):gsub('a*b', '')",
        "for w in ('a'):rep(100000):gmatch('.-b') do end",
        "return ('ab'):rep(100000):gsub('%f[a].-%f[c]', '')",
        "local s = ('x'):rep(1000000) while true do s:upper() end",
        "local s = ('x'):rep(1000000) while true do s:find('y', 1, true) end",
        "local s = ('x'):rep(1000000) while true do utf8.len(s) end",
        "local s = ('x'):rep(1000000) while true do local t = s .. s end",
        "local s = ('1'):rep(1000000) while true do tonumber(s, 2) end",
        "local t = {} for i = 1, 50000 do t[i] = i end while true do table.concat(t) end",
        "local t = {} for i = 1, 50000 do t[i] = -i end while true do table.sort(t) end",
        "local t = {} for i = 1, 50000 do t[i] = -i end while true do table.insert(t, 1, 1) table.remove(t) end",
        "table.move({}, 1, 1 << 60, 2)",
        "local t = {} for i = 1, 50000 do t[i] = i end while true do next(t) end",
        "local t = {} for i = 1, 50000 do t[i] = i end while true do pairs(t) end",
        "local t = {} for i = 1, 900 do t[i] = i end while true do select('#', table.unpack(t)) end",
        "while true do string.format('%99.99f', 1e300) end",
        "local s = ('%s'):rep(200) while true do s:gsub('%%s', 'x') end",
    ])
    func workInsideCIsBounded(body: String) throws {
        let script = try Script(body: body, limits: .instructionsOnly)
        let step = try script.step()
        #expect(try step.error().kind == .instructions)
        #expect(step.usage.instructions < 1_200_000)
        #expect(step.usage.nanoseconds < 1_000_000_000)
    }

    @Test func deadlineIsSeenInsideOneCall() throws {
        let limits = LuaLimits().with { $0.instructionsPerCall = .max; $0.softDeadlineNanoseconds = 20_000_000 }
        let step = try Script(body: "return ('a'):rep(1000000):find('.-.-.-b')", limits: limits).step()
        #expect(try step.error().kind == .deadline)
        #expect(step.usage.nanoseconds < 500_000_000)
    }

    @Test(arguments: [
        ("string.rep('', 1e9)", "string would be longer"),
        ("string.rep('x', 1000000, 'y')", "string would be longer"),
        ("string.format('%s%s', ('x'):rep(1000000), ('x'):rep(1000000))", "string would be longer"),
        ("('x'):rep(1000000):gsub('x', 'xx')", "string would be longer"),
        ("table.concat({('x'):rep(1000000), ('x'):rep(1000000)})", "string would be longer"),
        ("table.unpack({}, 1, 1e6)", "more than 1000 results to unpack"),
        ("table.unpack({}, math.mininteger, math.maxinteger)", "more than 1000 results to unpack"),
        ("string.byte(('x'):rep(5000), 1, -1)", "more than 1000 bytes"),
        ("string.format('%100d', 1)", "invalid conversion specification: '%100d'"),
        ("string.format('%.100f', 1)", "invalid conversion"),
        ("string.format('%p', {})", "invalid conversion '%p' to 'format'"),
        ("string.format('%', 1)", "invalid conversion '%' to 'format'"),
        ("string.format('%-+ #0-+ #0d', 1)", "invalid conversion"),
        ("(function() local t = {} for i = 1, 50001 do t[i] = i end table.sort(t) end)()", "more than 50000 elements"),
    ])
    func greatCountIsRefused(call: String, message: String) throws {
        let error = try failure("return \(call)", limits: .instructionsOnly)
        #expect(error.kind == .runtime)
        #expect(error.message.contains(message))
    }
}

@Suite("L12 depth of the C stack") struct StackTests {
    @Test func gmatchIsDeadAfterAnError() throws {
        let body = """
            local next_word = ("abc"):gmatch("(a")
            local ok, first = pcall(next_word)
            local ok2, second = pcall(next_word)
            return ok, first, ok2, second
            """
        #expect(
            try evaluate(body) == [
                false, "unfinished capture", false, "this gmatch iterator ended in an error before",
            ]
        )
    }

    @Test func nestedReplacementsEnd() throws {
        let body = """
            local depth = 0
            local function f() depth = depth + 1 return (("x"):gsub("x", f)) end
            local ok, message = pcall(f)
            return ok, depth > 100, message
            """
        let results = try evaluate(body)
        #expect(results[0...1] == [false, true])
        #expect(results[2].string?.contains("C stack overflow") == true)
    }

    @Test func deepSourceIsAnErrorAndNoCrash() throws {
        func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
        let sources: [String] = [
            "return \(many("(", 100_000))1\(many(")", 100_000))",
            "return \(many("'a'..", 40_000))'a'",
            "return \(many("{", 100_000))\(many("}", 100_000))",
            "return \(many("- ", 100_000))1",
            "\(many("do ", 30_000))\(many("end ", 30_000))",
            "\(many("function f() ", 10_000))\(many("end ", 10_000))",
            "return \(many("not ", 60_000))1",
        ]
        for source in sources {
            #expect(try loadFailure(source, limits: .instructionsOnly).kind == .syntax)
        }
    }

    @Test func tooLongFunctionIsRefused() throws {
        let error = try loadFailure(
            "local t = {}\nlocal function f()\n" + String(repeating: "t.x = 1 ", count: 25_000) + "\nend return {}"
        )
        #expect(error.kind == .syntax)
        #expect(error.line == 2)
        #expect(error.message.contains("function too long"))
    }

    @Test func deepPatternEnds() throws {
        #expect(try failure("return ('a'):rep(500):find(('a?'):rep(300))").message.contains("pattern too complex"))
        #expect(try failure("return ('x'):find(('('):rep(40))").message.contains("too many captures"))
    }

    @Test func deepProtectedCallsEnd() throws {
        let results = try evaluate("local function f(n) local ok, m = pcall(f, n + 1) return ok and m or n end return f(1)")
        #expect(results.first?.integer ?? 0 > 100)
    }
}

@Suite("L13 L14 errors and Swift frames") struct FrameTests {
    @Test func memoryThatRunsOutWhileArgumentsCrossIsAnError() throws {
        let script = try Script(body: "return 1", limits: LuaLimits().with { $0.memoryBytes = 256 << 10 })
        let many = LuaValue.array((0..<20_000).map { .string("number \($0)") })
        #expect(try script.fails("f", many).kind == .memory)
    }

    @Test func errorsUnderAndAboveTheLogLeakNothing() throws {
        let lines = LogLines()
        let script = try Script(
            body: "pcall(function() log('x') error({}) end) log('y') error('again')",
            limits: LuaLimits().with { $0.logLines = 10 },
            log: lines.receive
        )
        for _ in 0..<100 { _ = try script.fails() }
        script.state.collect()
        let before = script.state.memoryInUse
        for _ in 0..<5000 { _ = try script.fails() }
        script.state.collect()
        #expect(script.state.memoryInUse <= before + 1024)
        #expect(lines.all.count == 2 * 5100)
    }
}

@Suite("L15 error objects") struct ErrorObjectTests {
    @Test(arguments: [
        ("error({})", "error raised with a table instead of a message; to refuse, return nil and a table"),
        ("error(nil)", "error raised without a message"),
        ("error()", "error raised without a message"),
        ("error(0/0)", "-nan"),
        ("error(42)", "42"),
        ("error(1.5)", "1.5"),
        ("error(true)", "error raised with a boolean instead of a message; to refuse, return nil and a table"),
        ("error(json.null)", "error raised with a userdata instead of a message; to refuse, return nil and a table"),
        ("error(tostirng(1))", "unknown global 'tostirng'; did you mean 'tostring'?"),
        ("error(function() end)", "error raised with a function instead of a message; to refuse, return nil and a table"),
    ])
    func oddObjectGivesText(body: String, message: String) throws {
        let error = try failure(body)
        #expect(error.kind == .runtime)
        #expect(error.message == message || (message == "-nan" && error.message == "nan"))
        #expect(error.line == 2)
    }

    @Test func longMessageIsCut() throws {
        let error = try failure("error(('ä'):rep(500000))")
        #expect(error.message.utf8.count <= 2048)
        #expect(error.message.utf8.count > 2000)
        #expect(error.message.hasSuffix("…"))
    }

    @Test func badBytesInAMessageAreReplacedAndEscaped() throws {
        let error = try failure("error('a\\xff\\0\\r\\nb\\u{202e}c\\x1b[31m\\u{85}', 0)")
        #expect(error.message == "a\u{FFFD}\\x00\\r\\nb\\xe2\\x80\\xaec\\x1b[31m\\xc2\\x85")
    }
}

@Suite("L16 results that do not fit") struct BadResultTests {
    @Test(arguments: [
        ("local t = {} t.t = t return t", "result.t: a table inside itself"),
        ("local a, b = {}, {} a.b = b b.list = {1, a} return a", "result.b.list[2]: a table inside itself"),
        ("local t = {} for i = 1, 40 do t = {t} end return t", "nested more than 32 deep"),
        ("local t = {} for i = 1, 10001 do t[i] = i end return t", "more than 10000 values"),
        ("local t = {} for i = 1, 10001 do t['k' .. i] = i end return t", "more than 10000 values"),
        ("local t = {} for i = 1, 3 do t[i] = ('x'):rep(500000) end return t", "more than 1048576 bytes in one result"),
        ("return {fields = {1, 2, {name = print_ or function() end}}}", "unknown global"),
        ("return {fields = {1, 2, {name = function() end}}}", "result.fields[3].name: a function"),
        ("return {1, 2, x = 3}", "result: a table with both list elements and named fields"),
        ("return {a = {1, nil, 3}}", "result.a: a list that has no element 2 but others"),
        ("return {[2] = 1}", "result: a list that does not begin at 1"),
        ("return {[1.5] = 1}", "result: a list that does not begin at 1"),
        ("return {[true] = 1}", "result: a table with a boolean as a key"),
        ("return {[{}] = 1}", "result: a table with a table as a key"),
        ("local a = json.array{1} a.x = 2 return a", "result: an array with named fields"),
        ("return 1, {['a b'] = {[\"\\n\"] = 0/0}}", "result 2[\"a b\"][\"\\n\"]: a number that is NaN"),
        ("return {x = 1/0}", "result.x: a number that is infinite"),
        ("return {x = '\\xff'}", "result.x: a string that is not UTF-8"),
        ("return {['\\xff'] = 1}", "a string that is not UTF-8"),
        ("return 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17", "more than 16 results"),
    ])
    func resultIsRefusedWithItsPlace(body: String, message: String) throws {
        let script = try Script(body: body)
        let error = try script.fails()
        #expect(error.kind == (message == "unknown global" ? .runtime : .badResult))
        #expect(error.message.contains(message))
        #expect(!script.state.isDead)
    }

    @Test func sharedTableIsNoCycle() throws {
        #expect(try evaluate("local t = {1} return {a = t, b = t}") == [["a": [1], "b": [1]]])
    }

    @Test func definitionIsRefusedWithItsPlace() throws {
        #expect(try loadFailure("local t = {} t.fields = {t} return t").message == "definition.fields[1]: a table inside itself")
        #expect(try loadFailure("return {[1.5] = 1}").message.contains("a key that is a fraction"))
    }
}

@Suite("L18 addresses") struct AddressTests {
    @Test func nothingShowsAnAddress() throws {
        let results = try evaluate(
            """
            local texts = {}
            local function add(...) for i = 1, select("#", ...) do texts[#texts + 1] = tostring((select(i, ...))) end end
            add({}, add, string, string.rep, json.null, nil, true)
            add(string.format("%s %s %s", {}, add, json.null))
            for _, f in ipairs{
                function() return {} .. "" end, function() return {} < {} end, function() return ("x")() end,
                function() error({}) end, function() return string.rep({}) end, function() return add + 1 end,
                function() return #add end, function() for i = 1, {} do end end, function() table.sort({{}, {}}) end,
                function() table.concat({{}}) end, function() json.array(add) end, function() tonumber({}, 10) end,
                function() ("x"):gsub("x", function() return {} end) end, function() return math.floor({}) end,
                function() return pairs({[{}] = 1}) end, function() json.null.x = 1 end,
            } do add(select(2, pcall(f))) end
            return table.concat(texts, "\\n")
            """
        )
        let text = try #require(results.first?.string)
        #expect(!text.contains("0x"))
        #expect(text.hasPrefix("table\nfunction\ntable\nfunction\nnull\nnil\ntrue\ntable function null\n"))
        #expect(text.contains("attempt to index a null value"))
    }
}

@Suite("L19 same input, same bytes") struct DeterminismTests {
    @Test func pairsHasAFixedOrder() throws {
        let body = """
            local t, order = {}, {}
            for i = 200, 1, -1 do t["key" .. i] = i end
            for i = 50, 1, -3 do t[i] = i t[i + 0.5] = i end
            t[true], t[false], t[-1], t[1 << 53], t[2^53 + 2] = 1, 1, 1, 1, 1
            for k in pairs(t) do order[#order + 1] = tostring(k) end
            local byNext, k = {}, nil
            repeat k = next(t, k) byNext[#byNext + 1] = k ~= nil and tostring(k) or nil until k == nil
            return table.concat(order, " "), table.concat(byNext, " ")
            """
        let first = try evaluate(body, limits: .instructionsOnly)
        #expect(first[0] == first[1])
        #expect(first[0].string?.hasPrefix("-1 2 2.5 5 5.5 8") == true)
        #expect(first[0].string?.hasSuffix("key98 key99 false true") == true)
        for _ in 0..<50 { #expect(try evaluate(body, limits: .instructionsOnly) == first) }
    }

    @Test func keysSetToNilMeanwhileAreLeftOut() throws {
        #expect(
            try evaluate("local t, n = {a = 1, b = 2, c = 3}, 0 for k in pairs(t) do t.b = nil n = n + 1 end return n") == [2]
        )
    }

    @Test func keysWithoutAnOrderAreRefused() throws {
        #expect(
            try failure("for k in pairs({[{}] = 1}) do end").message == "a table with a table as a key has no fixed order"
        )
    }

    @Test func sameCallGivesTheSameMessageAThousandTimes() throws {
        let source = """
            return {f = function(entry)
                local out = {}
                for k, v in pairs(entry) do out[v .. k] = {k, v, tostring(v / 3)} end
                return out, tostring(2^53), string.format("%.17g %a", 0.1, 1 / 3)
            end}
            """
        let entry = LuaValue.object(
            LuaObject((0..<40).map { .init(name: "member\($0 * 7919 % 41)", value: .integer(Int64($0))) })
        )
        let first = try Script(source).returns("f", entry)
        let script = try Script(source)
        for _ in 0..<1000 { #expect(try script.returns("f", entry) == first) }
    }
}

@Suite("L21 log") struct LogTests {
    @Test func floodIsCapped() throws {
        let lines = LogLines()
        let script = try Script(body: "for i = 1, 100000 do log('line') end return true", log: lines.receive)
        let step = try script.step()
        #expect(try step.results() == [true])
        #expect(lines.all.count == 100)
        #expect(step.usage.logLines == 100)
        #expect(step.usage.logLinesDropped == 99_900)
        _ = try script.step()
        #expect(lines.all.count == 200)
    }

    @Test func lineIsEscapedAndCut() throws {
        let lines = LogLines()
        let script = try Script(
            body: """
                log('a\\r\\nb\\0\\u{2028}\\xff')
                log(('x'):rep(5000))
                log('warning', {})
                log(42)
                log(nil)
                log('error', nil)
                """,
            log: lines.receive
        )
        _ = try script.returns()
        let all = lines.all
        #expect(all.map(\.level) == [.info, .info, .warning, .info, .info, .error])
        #expect(all[0].text == "a\\r\\nb\\x00\\xe2\\x80\\xa8\u{FFFD}")
        #expect(all[1].text.utf8.count <= 1024)
        #expect(all[1].text.hasSuffix("x…"))
        #expect(all[2...].map(\.text) == ["table", "42", "nil", "nil"])
    }

    @Test func unknownLevelIsAnErrorAndNothingIsAnError() throws {
        #expect(try failure("log('loud', 'x')").message == "bad argument #1 to 'log' (invalid option 'loud')")
        #expect(try failure("log()").message.contains("value expected"))
    }

    @Test func withoutASinkLinesGoNowhere() throws {
        #expect(try evaluate("log('x') return 1") == [1])
    }
}
