import LuaRuntime
import Testing

// L7 to L9 and L12 to L14 of the table of threats: what would crash Lua or its host.

@Suite("L7 L8 L9 coroutines, finalizers, closing") struct LifecycleTests {
    @Test(arguments: ["__gc", "__close", "__mode", "__index", "__name", "__metatable", "__tostring"])
    func metamethodNamesInATableMeanNothing(name: String) throws {
        #expect(
            try evaluate(
                """
                local t = {\(name) = function() error('ran') end}
                pcall(function() setmetatable(t, t) end)
                return tostring(t), t.missing
                """
            ) == ["table", .nil]
        )
    }

    @Test func closingAValueThatCannotBeClosedIsAnError() throws {
        let body = "local t = {} pcall(function() setmetatable(t, {__close = function() end}) end) local x <close> = t"
        #expect(try failure(body).message.contains("variable 'x' got a non-closable value"))
        #expect(try evaluate("local x <close> = nil; local y <const> = 1; return y") == [1])
    }

    @Test func fullStateClosesFast() throws {
        var script: Script? = try Script(
            body: """
                local t = {} for i = 1, 50000 do t[i] = {i} end
                -- Closing would have to wait for it: no hook fires in a finalizer.
                pcall(function() setmetatable(t, {__gc = function() for i = 1, 1e9 do end end}) end)
                return #t
                """,
            limits: .instructionsOnly
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
                let state = try LuaState(limits: .instructionsOnly, log: { _ in }, failingAllocations: failing)
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
        let results = try evaluate(
            "local function f(n) local ok, m = pcall(f, n + 1) return ok and m or n end return f(1)"
        )
        #expect(results.first?.integer ?? 0 > 100)
    }
}

@Suite("L13 L14 errors and Swift frames") struct FrameTests {
    @Test func memoryThatRunsOutWhileArgumentsCrossIsAnError() throws {
        let script = try Script(
            body: "return 1",
            limits: LuaLimits.instructionsOnly.with { $0.memoryBytes = 256 << 10 }
        )
        let many = LuaValue.array((0..<20_000).map { .string("number \($0)") })
        #expect(try script.fails("f", many).kind == .memory)
    }

    @Test func errorsUnderAndAboveTheLogLeakNothing() throws {
        let lines = LogLines()
        let script = try Script(
            body: "local text = ... pcall(function() log(text) error({}) end) log(text) error('again')",
            limits: LuaLimits.instructionsOnly.with { $0.logLines = 10 },
            log: lines.receive
        )
        let text = LuaValue.string(String(repeating: "x", count: 1000))
        for _ in 0..<100 { _ = try script.fails("f", text) }
        lines.clear()
        script.state.collect()
        let memory = script.state.memoryInUse
        let growth = try leastGrowth {
            for _ in 0..<5_000 {
                _ = try script.fails("f", text)
                #expect(lines.all.count == 2)
                lines.clear()
            }
            script.state.collect()
            #expect(script.state.memoryInUse <= memory + 1024)
        }
        // The lines of such a round have 10 MB.
        #expect(growth < 6 << 20)
    }

    @Test func errorsThatTheHostRaisesLeakNothing() throws {
        let body = "local get = ... for i = 1, 1000 do pcall(get, i) end return get()"
        let script = try Script(body: body, limits: .instructionsOnly)
        /// A thousand errors that the script catches, and one that ends it.
        func round() throws {
            var step = try script.step("f", .hostFunction("get"))
            for _ in 0..<1000 { step = try step.suspension().resume(throwing: "vendor said no") }
            let error = try step.suspension().resume(throwing: "vendor said no").error()
            #expect(error.message == "vendor said no")
        }
        for _ in 0..<5 { try round() }
        script.state.collect()
        let memory = script.state.memoryInUse
        let growth = try leastGrowth {
            for _ in 0..<20 { try round() }
            script.state.collect()
            #expect(script.state.memoryInUse <= memory + 1024)
        }
        // That is less than 320 bytes for each of twenty thousand errors.
        #expect(growth < 6 << 20)
    }

    @Test func keptArgumentIsAnArgumentLikeAnyOther() throws {
        let source = "return {f = function(entry, get) entry.self = entry.self or 'x' get() entry.late = true end}"
        let script = try Script(source, limits: .instructionsOnly)
        var writer = LuaMessageWriter()
        writer.value(["a": 1])
        writer.value(.hostFunction("get"))
        let step = script.state.call(try script.function(), named: "f", message: writer.finish(), keepsArgument: true)
        let results = try step.suspension().resume(returning: .nil).results()
        #expect(results == [["a": 1, "late": true, "self": "x"]])
        var cyclic = LuaMessageWriter()
        cyclic.value([:])
        let loop = try Script("return {f = function(entry) entry.own = entry end}", limits: .instructionsOnly)
        let error = try loop.state.call(
            loop.function(),
            named: "f",
            message: cyclic.finish(),
            keepsArgument: true
        ).error()
        #expect(error.kind == .badResult)
    }

    static let keptArguments: [(String, LuaValue)] = [
        ("", .nil), ("entry.b = entry.b", .nil), ("local n = entry.a entry.a = 5 entry.a = n", .nil),
        ("entry.c.d = nil entry.c.d = true", .nil), ("get() entry.c.d = true", .nil),
        ("entry.a = 2", ["a": 2, "b": ["x"], "c": ["d": true]]), ("entry.c = nil", ["a": 1, "b": ["x"]]),
        ("entry.a = 1.5", ["a": 1.5, "b": ["x"], "c": ["d": true]]),
    ]

    @Test(arguments: keptArguments)
    func keptArgumentIsNotHandedBackWhereItIsAsItWas(body: String, expected: LuaValue) throws {
        let script = try Script("return {f = function(entry, get) \(body) return 7 end}", limits: .instructionsOnly)
        // Twice: the thread of the first call is used again.
        for _ in 0..<2 {
            var writer = LuaMessageWriter()
            writer.value(["c": ["d": true], "b": ["x"], "a": 1])
            writer.value(.hostFunction("get"))
            var step = script.state.call(
                try script.function(),
                named: "f",
                message: writer.finish(),
                keepsArgument: true
            )
            if case .suspended(let suspension) = step { step = suspension.resume(returning: .nil) }
            #expect(try step.results() == [expected, 7])
        }
    }
}
