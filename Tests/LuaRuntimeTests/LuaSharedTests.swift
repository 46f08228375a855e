import LuaRuntime
import Testing

/// What calls have in common is made once. No script may notice, and above all none may see what another call did to it.
@Suite("What calls share") struct LuaSharedTests {
    private static let base: LuaValue = [
        "name": "jane", "settings": ["days": 3, "list": [1, 2, 3]], "caller": ["scopes": ["read": true], "tasks": []],
    ]

    /// Calls with one argument that stands on the base.
    private func call(
        _ script: Script,
        _ base: LuaValue = base,
        more: LuaValue = ["id": "c-1"],
        name: String = "f"
    ) throws -> LuaStep {
        let object = LuaObjectBase { $0.value(base) }
        var writer = LuaMessageWriter()
        writer.beginObject(on: object)
        for member in more.object?.members ?? [] {
            writer.name(text: member.name)
            writer.value(member.value)
        }
        writer.endObject()
        writer.hostFunction("get")
        return script.state.call(try script.function(name), named: name, message: writer.finish())
    }

    private func value(_ text: String, after first: String, _ times: Int = 6) throws -> [[LuaValue]] {
        let script = try Script("return {f = function(t)\n\(first)\nreturn \(text) end}")
        return try (0..<times).map { _ in try call(script).results() }
    }

    @Test func objectHasTheMembersOfItsBaseAndItsOwn() throws {
        let script = try Script(body: "return (...)")
        for _ in 0..<4 {
            let expected: LuaValue = [
                "caller": ["scopes": ["read": true], "tasks": []], "id": "c-1", "name": "jane",
                "settings": ["days": 3, "list": [1, 2, 3]],
            ]
            #expect(try call(script).results() == [expected])
        }
    }

    @Test(
        arguments: [
            ("t.settings.days", "t.settings.days = t.settings.days + 1", LuaValue.integer(4)),
            ("t.settings.more", "t.settings.more = (t.settings.more or 0) + 1", 1),
            ("t.settings", "t.settings.days = nil t.settings.list = nil", [:]),
            ("t.caller.scopes", "t.caller.scopes['write:others'] = true", ["read": true, "write:others": true]),
            ("t.settings.list", "table.insert(t.settings.list, 4)", [1, 2, 3, 4]),
            ("t.settings.list", "t.settings.list[#t.settings.list + 1] = 4", [1, 2, 3, 4]),
            ("t.settings.list", "table.remove(t.settings.list, 1)", [2, 3]),
            ("t.settings.list", "table.sort(t.settings.list, function(a, b) return a > b end)", [3, 2, 1]),
            ("t.settings.list", "table.move(t.settings.list, 1, 2, 2)", [1, 1, 2]),
            ("t.caller.tasks", "table.insert(t.caller.tasks, 'x')", ["x"]),
            ("t.caller.scopes", "json.array(t.caller.tasks) t.caller.scopes = json.array(t.caller.tasks)", []),
            ("t.settings.days", "for k in pairs(t.settings) do t.settings[k] = 9 end", 9),
            ("t.name", "t.name = t.name .. '!'", "jane!"),
            ("t.id", "t.id = t.id .. '!' t.settings = nil t.caller = nil", "c-1!"),
            ("t.caller.scopes.read", "t.caller = {scopes = {read = t.caller.scopes.read and 1}}", 1),
            (
                "#t.settings.list",
                "pcall(function() t.settings.list[1] = nil t.settings.list[3] = nil error('x') end)", 2
            ),
        ] as [(String, String, LuaValue)]
    )
    func noCallSeesWhatAnotherWrote(text: String, change: String, expected: LuaValue) throws {
        // Each of many calls sees its own change only: the first two make the tables, the others find them.
        for results in try value(text, after: change) { #expect(results == [expected]) }
    }

    @Test func changeShowsInIterationsThatAreUnderWay() throws {
        let change = """
            local seen = {}
            for k, v in pairs(t.settings.list) do
              seen[#seen + 1] = v
              if k == 1 then t.settings.list[2] = 20 t.settings.list[3] = nil end
            end
            """
        for results in try value("table.unpack(seen)", after: change) { #expect(results == [1, 20]) }
    }

    @Test func readsAreAsOfAnyTable() throws {
        let change = """
            local keys, sum = {}, 0
            for k in pairs(t.caller) do keys[#keys + 1] = k end
            for _, v in ipairs(t.settings.list) do sum = sum + v end
            """
        let text =
            "table.concat(keys, ','), sum, #t.settings.list, next(t.caller.scopes), t.settings.none, type(t.settings), "
            + "table.concat(t.settings.list, '-'), select('#', table.unpack(t.settings.list)), tostring(t.settings), "
            + "json.array(t.caller.tasks) == t.caller.tasks, t.settings"
        for results in try value(text, after: change) {
            #expect(
                results == [
                    "scopes,tasks", 6, 3, "read", .nil, "table", "1-2-3", 3, "table", true,
                    ["days": 3, "list": [1, 2, 3]],
                ]
            )
        }
    }

    @Test(arguments: [("t.settings[nil] = 1", "table index is nil"), ("t.settings[0/0] = 1", "table index is NaN")])
    func wrongKeysAreRefusedAsInAnyTable(body: String, message: String) throws {
        let script = try Script("return {f = function(t) \(body) end}")
        for _ in 0..<4 {
            let error = try call(script).error()
            #expect(error.message == message)
            #expect(error.line == 1)
        }
    }

    @Test func suspendedCallAndTheOnesMeanwhileDoNotMeet() throws {
        let script = try Script(
            """
            return {f = function(t, get)
                local before = t.settings.days
                get()
                local between = t.settings.days
                t.settings.days = 100
                return before, between
            end, g = function(t) t.settings.days = t.settings.days + 40 return t.settings.days end}
            """
        )
        for _ in 0..<3 { _ = try call(script, name: "g").results() }
        let first = try call(script).suspension()
        let second = try call(script).suspension()
        #expect(try call(script, name: "g").results() == [43])
        #expect(try first.resume(returning: .nil).results() == [3, 3])
        #expect(try call(script, name: "g").results() == [43])
        #expect(try second.resume(returning: .nil).results() == [3, 3])
        #expect(try call(script, name: "g").results() == [43])
    }

    @Test func tableThatAScriptKeptIsNoWayIntoALaterCall() throws {
        let script = try Script(
            """
            local kept
            return {f = function(t)
                if kept then kept.days = 99 kept.list[1] = 99 end
                kept = t.settings
                return t.settings.days, t.settings.list[1]
            end, g = function(t) return t.settings.days, t.settings.list[1] end}
            """
        )
        for _ in 0..<3 { #expect(try call(script, name: "g").results() == [3, 1]) }
        _ = try call(script).results()
        for _ in 0..<3 {
            _ = try call(script).results()
            for _ in 0..<3 { #expect(try call(script, name: "g").results() == [3, 1]) }
        }
    }

    @Test func otherBasesHaveOtherTables() throws {
        let script = try Script("return {f = function(t) return t.number, t.inner.number end}")
        for _ in 0..<3 {
            for number in 0..<200 as Range<Int64> {
                let base: LuaValue = ["number": .integer(number), "inner": ["number": .integer(number)]]
                #expect(try call(script, base).results() == [.integer(number), .integer(number)])
            }
        }
    }

    @Test func whatIsKeptStaysSmall() throws {
        let script = try Script("return {f = function(t) return #t.list end}")
        func round() throws {
            for number in 0..<100 {
                let list = LuaValue.array((0..<100).map { .string("text \(number) \($0)") })
                for _ in 0..<3 { _ = try call(script, ["list": list]).results() }
            }
            script.state.collect()
        }
        try round()
        let before = script.state.memoryInUse
        for _ in 0..<5 { try round() }
        #expect(script.state.memoryInUse < before + (64 << 10))
        #expect(script.state.memoryInUse < 1 << 20)
    }

    @Test func memoryThatRunsOutWhileTablesAreSharedIsAnError() throws {
        for failing in 1...120 as ClosedRange<UInt64> {
            let probe = try LuaState(limits: .instructionsOnly, log: nil, failingAllocations: 0..<0)
            let source = Array("return {f = function(t) return t.name, t.settings.days end}".utf8)
            let definition = try probe.load(source: source, chunkName: "x")
            let start = probe.allocations
            _ = definition
            let state = try LuaState(
                limits: .instructionsOnly,
                log: nil,
                failingAllocations: (start + failing)..<(start + failing + 2)
            )
            let function = try #require(try state.load(source: source, chunkName: "x").table?["f"]?.function)
            for _ in 0..<4 {
                let object = LuaObjectBase { $0.value(Self.base) }
                var writer = LuaMessageWriter()
                writer.beginObject(on: object)
                writer.endObject()
                switch state.call(function, named: "f", message: writer.finish()) {
                case .returned(let values, _): #expect(values == ["jane", 3])
                case .failed(let error, _): #expect([.memory, .dead].contains(error.kind), "\(error)")
                case .suspended: Issue.record("it does not wait")
                }
            }
        }
    }
}
