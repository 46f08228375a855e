import LuaRuntime
import Testing

@Suite("Suspended calls") struct LuaSuspensionTests {
    @Test func hostFunctionReadsLikeAPlainCall() throws {
        let script = try Script(
            """
            return {f = function(id, call)
                local task = call.get {path = "/api/v1/tasks/{id}", id = id}
                return task.name, call.get {path = "/other"}
            end}
            """
        )
        let first = try script.step("f", "t1", ["get": .hostFunction("get")]).suspension()
        #expect(first.name == "get")
        #expect(first.function == "f")
        #expect(first.arguments == [["id": "t1", "path": "/api/v1/tasks/{id}"]])
        let second = try first.resume(returning: ["name": "Task"]).suspension()
        #expect(second.arguments == [["path": "/other"]])
        #expect(try second.resume(returning: 1, 2).results() == ["Task", 1, 2])
    }

    @Test func errorOfTheHostIsRaisedAtTheScriptsLine() throws {
        let script = try Script(body: "local get = ...\nlocal x =\n  get()\nreturn x")
        let error = try script.step("f", .hostFunction("get")).suspension().resume(throwing: "vendor said 404").error()
        #expect(error.kind == .runtime)
        #expect(error.message == "vendor said 404")
        #expect(error.line == 4)
        #expect(error.traceback == ["plugins/test/plugin.lua:4: in function defined at line 1"])
        #expect(!script.state.isDead)
    }

    @Test func worksThroughProtectedCalls() throws {
        let script = try Script(
            body: """
                local get = ...
                local ok, value = pcall(function() return get(1) + get(2) end)
                local ok2, message = pcall(get, 3)
                local ok3, message3 = pcall(pcall, function() get(4) error("after", 0) end)
                return ok, value, ok2, message, ok3, message3
                """
        )
        var step = try script.step("f", .hostFunction("get"))
        var seen: [[LuaValue]] = []
        for answer in [10, 20] {
            let suspension = try step.suspension()
            seen.append(suspension.arguments)
            step = suspension.resume(returning: .integer(Int64(answer)))
        }
        step = try step.suspension().resume(throwing: "no")
        step = try step.suspension().resume(returning: .nil)
        #expect(seen == [[1], [2]])
        #expect(try step.results() == [true, 30, false, "plugins/test/plugin.lua:4: no", true, false])
    }

    @Test func worksInLoopsAndIterators() throws {
        let script = try Script(
            body: """
                local get, sum = ..., 0
                for i = 1, 3 do sum = sum + get(i) end
                for k, v in pairs({a = 1, b = 2}) do sum = sum + get(v) end
                for w in ("x y"):gmatch("%a") do sum = sum + get(w) end
                for v in get do sum = sum + v end
                return sum
                """
        )
        var step = try script.step("f", .hostFunction("get"))
        for _ in 0..<8 { step = try step.suspension().resume(returning: 1) }
        #expect(try step.suspension().resume(returning: .nil).results() == [8])
    }

    @Test(arguments: [
        (
            "table.sort({2, 1}, function(a, b) return get(a) end)",
            "attempt to call 'get' inside a comparison function of table.sort, which cannot wait; call it before"
        ),
        (
            "return (('x'):gsub('x', function(w) return pcall(pcall, get, w) and get(w) end))",
            "attempt to call 'get' inside a replacement function of string.gsub, which cannot wait; call it before"
        ),
        (
            "return (('x'):gsub('x', get))",
            "attempt to call 'get' inside a replacement function of string.gsub, which cannot wait; call it before"
        ),
    ])
    func waitingInsideALibraryFunctionIsANamedError(body: String, message: String) throws {
        let error = try failure("local get = ...\n\(body)", .hostFunction("get"))
        #expect(error.kind == .runtime)
        #expect(error.message == message)
        #expect(error.line == 3)
    }

    @Test func argumentsThatDoNotCrossAreAnErrorOfTheScript() throws {
        let error = try failure("local get = ...\nget({a = {function() end}})", .hostFunction("get"))
        #expect(error.kind == .runtime)
        #expect(error.message == "argument 1.a[1]: a function")
        #expect(error.line == 3)
    }

    @Test func limitsCountOverTheWholeCall() throws {
        let script = try Script(
            body: "local get = ... while true do get() for i = 1, 100000 do end end",
            limits: .instructionsOnly
        )
        var step = try script.step("f", .hostFunction("get"))
        var resumptions = 0
        while case .suspended(let suspension) = step, resumptions < 100 {
            resumptions += 1
            step = suspension.resume(returning: .nil)
        }
        #expect(try step.error().kind == .instructions)
        #expect(resumptions == 10)
    }

    @Test func timeSuspendedDoesNotCount() throws {
        let limits = LuaLimits.instructionsOnly.with {
            $0.softDeadlineNanoseconds = 150_000_000; $0.instructionsPerCall = .max
        }
        let script = try Script(body: "local get = ... get() for i = 1, 10000 do end return 1", limits: limits)
        let suspension = try script.step("f", .hostFunction("get")).suspension()
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .milliseconds(200) {}
        let step = suspension.resume(returning: .nil)
        #expect(try step.results() == [1])
        #expect(step.usage.nanoseconds < 200_000_000)
    }

    @Test func callsInterleave() throws {
        let script = try Script(body: "local get, name = ... local a = get(name) local b = get(name) return name, a, b")
        let one = try script.step("f", .hostFunction("get"), "one").suspension()
        let two = try script.step("f", .hostFunction("get"), "two").suspension()
        let oneAgain = try one.resume(returning: 1).suspension()
        let twoAgain = try two.resume(returning: 2).suspension()
        #expect(try script.step("f", .hostFunction("get"), "three").suspension().arguments == ["three"])
        #expect(try twoAgain.resume(returning: 22).results() == ["two", 2, 22])
        #expect(try oneAgain.resume(returning: 11).results() == ["one", 1, 11])
    }

    @Test func suspensionIsResumedOnce() throws {
        let script = try Script(body: "local get = ... return get()")
        let suspension = try script.step("f", .hostFunction("get")).suspension()
        #expect(try suspension.resume(returning: 1).results() == [1])
        let error = try suspension.resume(returning: 2).error()
        #expect(error.kind == .refusedValue)
        #expect(error.message == "a suspended call was resumed a second time")
    }

    @Test func suspensionsLetGoAreGivenUp() throws {
        let script = try Script(body: "local get = ... local t = {} for i = 1, 1000 do t[i] = {} end get() return 1")
        _ = try script.step("f", .hostFunction("get")).suspension()
        script.state.collect()
        let before = script.state.memoryInUse
        for _ in 0..<200 { _ = try script.step("f", .hostFunction("get")).suspension() }
        script.state.collect()
        #expect(script.state.memoryInUse < before + 4096)
    }

    @Test func suspensionOutlivesEveryOtherReferenceToItsState() throws {
        var suspension: LuaSuspension? = try {
            let script = try Script(body: "local get = ... return get() + 1")
            return try script.step("f", .hostFunction("get")).suspension()
        }()
        #expect(try suspension?.resume(returning: 1).results() == [2])
        suspension = nil
    }
}
