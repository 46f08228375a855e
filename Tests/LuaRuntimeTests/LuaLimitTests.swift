import LuaRuntime
import Testing

// L5, L6, L10, L11 of the table of threats: endless loops, memory, long calls into C.

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
        let step = try Script(body: "while true do end", limits: .deadlineOnly).step()
        #expect(try step.error().kind == .deadline)
        #expect(step.usage.nanoseconds >= 15_000_000)
        #expect(step.usage.nanoseconds < 3_000_000_000)
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
        let script = try Script(body: body, limits: .instructionsOnly.with { $0.instructionsPerCall = 20_000_000 })
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
        #expect((try? LuaState(limits: LuaLimits.instructionsOnly.with { $0.memoryBytes = 4096 })) == nil)
    }

    @Test func collectingForEverCloseToTheLimitEnds() throws {
        let body = """
            local keep = {}
            for i = 1, 60000 do keep[i] = {i, i} end
            while true do local t = {1, 2, 3, 4, 5, 6, 7, 8} end
            """
        let limits = LuaLimits.unhurried.with {
            $0.memoryBytes = 8 << 20; $0.instructionsPerCall = 1_000_000
        }
        let clock = ContinuousClock()
        var kind: LuaError.Kind?
        let took = try clock.measure { kind = try failure(body, limits: limits).kind }
        #expect(kind == .memory || kind == .instructions)
        #expect(took < .seconds(5))
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
        #expect(step.usage.nanoseconds < 3_000_000_000)
    }

    @Test func deadlineIsSeenInsideOneCall() throws {
        let step = try Script(body: "return ('a'):rep(1000000):find('.-.-.-b')", limits: .deadlineOnly).step()
        #expect(try step.error().kind == .deadline)
        #expect(step.usage.nanoseconds < 3_000_000_000)
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
