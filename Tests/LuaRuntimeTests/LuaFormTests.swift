import LuaRuntime
import Testing

/// Arguments of one shape are kept from one call to the next, and only what differs is set. No script may notice, and above
/// all none may see what it or another did to those of a call before.
@Suite("Arguments of one shape") struct LuaFormTests {
    private static let base: LuaValue = ["settings": ["days": 3, "list": [1, 2]], "name": "jane"]

    private static func entry(_ number: Int64) -> LuaValue {
        [
            "id": .integer(number), "note": .string("note \(number)"), "user": ["id": "8160"],
            "tags": ["a", .string("b\(number)"), ["deep": [.integer(number)]]], "void": .null,
            "exact": .decimal("0.\(number)000000000000000000001"), "half": .number(Double(number) + 0.5),
            "open": .bool(number % 2 == 0), "empty": [:], "none": [],
        ]
    }

    /// As it comes back: an object without members is one, and names are sorted.
    private static func sorted(_ value: LuaValue) -> LuaValue {
        switch value {
        case .object(let object):
            .object(
                LuaObject(
                    object.members.sorted { $0.name < $1.name }
                        .map { LuaObject.Member(name: $0.name, value: sorted($0.value)) }
                )
            )
        case .array(let elements): .array(elements.map(sorted))
        default: value
        }
    }

    private func step(
        _ script: Script,
        _ entry: LuaValue,
        id: String = "c",
        name: String = "f",
        keepsArgument: Bool = false
    ) throws -> LuaStep {
        script.state.call(
            try script.function(name),
            named: name,
            message: message(entry, id: id),
            keepsArgument: keepsArgument
        )
    }

    private func message(_ entry: LuaValue, id: String, number: UInt64 = 0) -> LuaMessage {
        let base = LuaObjectBase { $0.value(Self.base) }
        var writer = LuaMessageWriter()
        writer.value(entry)
        writer.beginObject(on: base)
        writer.name("id")
        writer.string(id)
        writer.name("get")
        writer.hostFunction("get")
        writer.endObject()
        return writer.finish(number: number)
    }

    @Test func eachCallIsHandedItsOwnValues() throws {
        let script = try Script("return {f = function(entry, call) return entry, call.id, call.settings end}")
        for number in [1, 1, 1, 2, 3, 3, 4, 1, 1, 10, 10, 1] as [Int64] {
            let results = try step(script, Self.entry(number), id: "call \(number)").results()
            #expect(
                results == [
                    Self.sorted(Self.entry(number)), .string("call \(number)"), ["days": 3, "list": [1, 2]],
                ]
            )
        }
    }

    @Test func valuesOfOtherKindsTakeEachOthersPlace() throws {
        let script = try Script("return {f = function(entry) return entry end}")
        let values: [LuaValue] = [
            1, "one", .null, true, 1.5, .decimal("0.1000000000000000055511151231257827"), [1], ["a": 1], [:], [], 1,
            .nil, 1,
        ]
        for _ in 0..<3 {
            for value in values {
                for _ in 0..<2 {
                    let expected: LuaValue =
                        value == .nil ? ["b": [2]] : ["a": value, "b": [2]]
                    #expect(try step(script, ["a": value, "b": [2]]).results() == [expected])
                }
            }
        }
    }

    @Test func shapesInTurnsDoNotMeet() throws {
        let script = try Script("return {f = function(entry) return entry end}")
        for round in 0..<6 as Range<Int64> {
            for members in 0..<12 {
                let entry = LuaValue.object(
                    LuaObject(
                        (0..<members).map { LuaObject.Member(name: "m\($0)", value: .integer(round * 100 + Int64($0))) }
                    )
                )
                #expect(try step(script, entry).results() == [Self.sorted(entry)])
            }
        }
    }

    @Test func argumentsOfOneShapeAreTablesOfTheirOwn() throws {
        let script = try Script(
            body: "local a, b, c = ... local n = a.n a.n = 100 return n, b.n, c.n, a == b or b == c or a == c"
        )
        let reading = try Script(body: "local a, b, c = ... return a.n, b.n, c.n, a == b or b == c or a == c")
        for number in 0..<40 as Range<Int64> {
            for script in [script, reading] {
                #expect(
                    try script.returns("f", ["n": .integer(number)], ["n": .integer(-number)], ["n": 7])
                        == [.integer(number), .integer(-number), 7, false]
                )
            }
        }
    }

    @Test func longValuesAreHandedOverAndNotKept() throws {
        let script = try Script("return {f = function(entry) return #entry.note, entry.id end}")
        let long = String(repeating: "x", count: 300_000)
        for number in 0..<6 as Range<Int64> {
            #expect(try step(script, ["note": "short", "id": .integer(number)]).results() == [5, .integer(number)])
            #expect(
                try step(script, ["note": .string(long), "id": .integer(number)]).results() == [
                    300_000, .integer(number),
                ]
            )
        }
        script.state.collect()
        #expect(script.state.memoryInUse < 128 << 10)
    }

    static let changes = [
        "entry.note = 'mine'", "entry.more = 1", "entry.user.id = nil", "entry.user = entry.tags",
        "entry.tags[3].deep[1] = 0", "table.insert(entry.tags, 'x')", "table.sort(entry.tags[3].deep)",
        "json.array(entry.empty)", "for k in pairs(entry) do entry[k] = nil end", "entry.self = entry",
        "call.id = 'x'", "call.settings.days = 4", "call.settings = nil", "entry.user = call.settings",
        "entry.user.id, entry.note = entry.note, entry.user.id", "pcall(function() entry.note = nil error('x') end)",
        "table.remove(call.settings.list)", "table.move(entry.tags, 1, 2, 2)",
    ]

    @Test(arguments: changes) func noCallSeesWhatAnotherWrote(change: String) throws {
        let script = try Script(
            """
            return {
                f = function(entry, call) return entry, call.id, call.settings end,
                g = function(entry, call) \(change) end,
            }
            """
        )
        for number in 0..<60 as Range<Int64> {
            // Written now and then: between the first calls, and when all is kept again.
            if number % 7 == 3 || (20..<24).contains(number) {
                _ = try step(script, Self.entry(number), name: "g").results()
            }
            let results = try step(script, Self.entry(number / 2), id: "\(number)").results()
            #expect(
                results == [
                    Self.sorted(Self.entry(number / 2)), .string("\(number)"), ["days": 3, "list": [1, 2]],
                ]
            )
        }
    }

    @Test(arguments: changes) func noFunctionSeesWhatAnotherWroteToTheSameMessage(change: String) throws {
        let script = try Script(
            """
            return {
                f = function(entry, call) return entry, call.id, call.settings end,
                g = function(entry, call) \(change) end,
                h = function(entry, call) call.get() end,
            }
            """
        )
        for number in 1..<90 as Range<UInt64> {
            let entry = Self.entry(Int64(number) / 2)
            let message = message(entry, id: "\(number)", number: number)
            let expected: [LuaValue] = [Self.sorted(entry), .string("\(number)"), ["days": 3, "list": [1, 2]]]
            #expect(try script.call("f", message).results() == expected)
            if number % 20 == 0 { _ = try script.call("g", message).results() }
            if number % 20 == 10 { _ = try script.call("h", message).suspension() }
            #expect(try script.call("f", message).results() == expected)
            #expect(try script.call("f", message).results() == expected)
        }
    }

    @Test func argumentThatAFunctionHoldsOnToStaysAsItWas() throws {
        let script = try Script(
            """
            local kept, name
            return {f = function(entry, call)
                local before = kept and kept.note
                local same = kept == entry
                kept, name = entry, call.id
                return before, same
            end}
            """
        )
        for number in 0..<6 as Range<Int64> {
            let results = try step(script, Self.entry(number)).results()
            #expect(results == [number == 0 ? .nil : .string("note \(number - 1)"), false])
        }
    }

    @Test func argumentThatAnInnerFunctionHoldsOnToStaysAsItWas() throws {
        let script = try Script(
            """
            local function cell()
                local held
                return function(value) local last = held held = value return last end
            end
            local swap = cell()
            return {f = function(entry) local last = swap(entry) return last and last.note, last == entry end}
            """
        )
        for number in 0..<6 as Range<Int64> {
            let results = try step(script, Self.entry(number)).results()
            #expect(results == [number == 0 ? .nil : .string("note \(number - 1)"), false])
        }
    }

    @Test func callThatWaitsKeepsItsArguments() throws {
        let script = try Script(
            """
            return {f = function(entry, call)
                local before = entry.note
                call.get()
                return before, entry, call.id
            end, g = function(entry, call) return entry.note end}
            """
        )
        for number in 0..<4 as Range<Int64> { _ = try step(script, Self.entry(number), name: "g").results() }
        let first = try step(script, Self.entry(1), id: "1").suspension()
        let second = try step(script, Self.entry(2), id: "2").suspension()
        #expect(try step(script, Self.entry(3), name: "g").results() == ["note 3"])
        #expect(try step(script, Self.entry(4), name: "g").results() == ["note 4"])
        #expect(try second.resume(returning: .nil).results() == ["note 2", Self.sorted(Self.entry(2)), "2"])
        #expect(try step(script, Self.entry(5), name: "g").results() == ["note 5"])
        #expect(try first.resume(returning: .nil).results() == ["note 1", Self.sorted(Self.entry(1)), "1"])
    }

    @Test func callThatFailsLeavesNothingBehind() throws {
        let script = try Script(
            """
            return {f = function(entry) return entry end,
                g = function(entry) entry.note = nil entry.user.id = {} error('x') end}
            """
        )
        for number in 0..<50 as Range<Int64> {
            if number % 5 == 4 { _ = try step(script, Self.entry(number), name: "g").error() }
            #expect(try step(script, Self.entry(number)).results() == [Self.sorted(Self.entry(number))])
        }
    }

    @Test(
        arguments: [
            ("", false), ("local n = entry.note", false), ("entry.note = 'mine'", true),
            ("entry.user.id = entry.user.id", false), ("entry.tags[2] = 'z'", true), ("call.id = 1", false),
            ("call.get() entry.note = 'late'", true), ("call.get()", false), ("entry.empty.x = 1", true),
            ("entry.note = 1 entry.note = nil entry.note = 'note 5'", false),
        ]
    )
    func keptArgumentTellsWhetherItWasChanged(body: String, isChanged: Bool) throws {
        let script = try Script(
            "return {g = function(entry) return entry.note end, f = function(entry, call) \(body) return 7 end}"
        )
        for round in 0..<20 {
            _ = try step(script, Self.entry(Int64(round)), name: "g").results()
            var step = try step(script, Self.entry(5), keepsArgument: true)
            if case .suspended(let suspension) = step { step = suspension.resume(returning: .nil) }
            let results = try step.results()
            #expect(results.count == 2 && results.last == 7)
            #expect((results.first != .nil) == isChanged)
        }
    }

    @Test func tablesLookLikeAnyOther() throws {
        let script = try Script(
            """
            return {f = function(entry)
                local keys = {}
                for key in pairs(entry) do keys[#keys + 1] = key end
                local tags = {}
                for _, tag in ipairs(entry.tags) do tags[#tags + 1] = type(tag) end
                return table.concat(keys, ','), table.concat(tags, ','), #entry.tags, next(entry.empty), next(entry.user),
                    entry.missing, tostring(entry), type(entry), select('#', table.unpack(entry.tags)), #entry.none,
                    entry.void == json.null, json.array(entry.tags) == entry.tags
            end}
            """
        )
        for number in 0..<4 as Range<Int64> {
            #expect(
                try step(script, Self.entry(number)).results() == [
                    "empty,exact,half,id,none,note,open,tags,user,void", "string,string,table", 3, .nil, "id", .nil,
                    "table", "table", 3, 0, true, true,
                ]
            )
        }
    }

    @Test func whatIsKeptStaysSmall() throws {
        let script = try Script("return {f = function(entry) return #entry.list end}")
        func round() throws {
            for count in [1, 10, 100, 150, 400, 1000] {
                let list = LuaValue.array((0..<count).map { .string("text \($0)") })
                for _ in 0..<3 { _ = try step(script, ["list": list]).results() }
            }
            script.state.collect()
        }
        try round()
        let before = script.state.memoryInUse
        for _ in 0..<20 { try round() }
        #expect(script.state.memoryInUse < before + (16 << 10))
        #expect(script.state.memoryInUse < 256 << 10)
    }

    @Test func memoryThatRunsOutWhileArgumentsAreKeptIsAnError() throws {
        let source = Array("return {f = function(entry, call) return entry.note, call.id end}".utf8)
        let object = LuaObjectBase { $0.value(Self.base) }
        func message(_ number: Int64) -> LuaMessage {
            var writer = LuaMessageWriter()
            writer.value(Self.entry(number))
            writer.beginObject(on: object)
            writer.name("id")
            writer.string("a call with a long identifier, number \(number), which is a string of its own")
            writer.endObject()
            return writer.finish()
        }
        func attempt(_ failing: Range<UInt64>) throws -> (UInt64, UInt64) {
            let state = try LuaState(limits: .instructionsOnly, log: nil, failingAllocations: failing)
            let function = try #require(try state.load(source: source, chunkName: "x").table?["f"]?.function)
            let start = state.allocations
            for number in 1...5 as ClosedRange<Int64> {
                switch state.call(function, named: "f", message: message(number)) {
                case .returned(let values, _):
                    #expect(values.first == .string("note \(number)"))
                case .failed(let error, _): #expect([.memory, .dead].contains(error.kind), "\(error)")
                case .suspended: Issue.record("it does not wait")
                }
            }
            return (start, state.allocations)
        }
        let (start, end) = try attempt(0..<0)
        #expect(end > start + 50)
        for number in start + 1...end {
            _ = try attempt(number..<number + 1)
            _ = try attempt(number..<UInt64(Int.max))
        }
    }
}
