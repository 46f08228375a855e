import LuaRuntime
import Testing

@Suite("L17 values that cross") struct LuaValueTests {
    static let plain: [LuaValue] = [
        .nil, .null, true, false, 0, -1, .integer(.max), .integer(.min), .integer(1 << 53 + 1), 0.5, 3.0,
        .number(-0.0), .number(.greatestFiniteMagnitude), .number(.leastNonzeroMagnitude),
        .decimal("0.1000000000000000055511151231257827"), .decimal("12345678901234567890"), "", "text", "a\0b",
        "ümläut 🕐 \u{7FF}\u{800}\u{FFFF}\u{10FFFF}", [], [:], [[]], [[:]], [1, "two", 3.5, .null, [4]],
        ["a": 1, "b": ["c": [.null, [:], []]]], .array(Array(repeating: 7, count: 1000)),
        .object(LuaObject((0..<100).map { .init(name: "k\(1000 + $0)", value: .integer(Int64($0))) })),
        .string(String(repeating: "long ", count: 10_000)),
    ]

    @Test(arguments: plain)
    func valueComesBackAsItWent(value: LuaValue) throws {
        let script = try Script(body: "return ...")
        #expect(try script.returns("f", value) == [value])
    }

    @Test func zeroKeepsItsSign() throws {
        let result = try evaluate("return ...", .number(-0.0))
        guard case .number(let zero) = result.first else { throw UnexpectedStep(description: "\(result)") }
        #expect(zero.sign == .minus)
    }

    @Test func kindsOfNumbersStay() throws {
        #expect(
            try evaluate(
                "local i, f, d = ... return math.type(i), math.type(f), type(d), i + 1, f + 1",
                1,
                1.0,
                .decimal("1.5")
            )
                == ["integer", "float", "userdata", 2, 2.0]
        )
        #expect(
            try evaluate("return 9007199254740993, 2^53, 7 // 2, 7 / 2") == [
                .integer(9_007_199_254_740_993), .number(9_007_199_254_740_992), 3, 3.5,
            ]
        )
    }

    @Test func decimalsCompareByValueAndShowTheirDigits() throws {
        let body = "local a, b, c, d = ... return a == b, a == c, c == d, tostring(a), a ~= nil"
        #expect(
            try evaluate(body, .decimal("1.10e1"), .decimal("11.000"), .decimal("-0.00"), .decimal("0e5"))
                == [true, false, true, "1.10e1", true]
        )
    }

    @Test func arithmeticOnADecimalIsAnErrorThatNamesIt() throws {
        #expect(try failure("return (...) + 1", .decimal("1.5")).message.contains("a decimal value"))
    }

    @Test func nullIsOneValueOfItsOwn() throws {
        #expect(
            try evaluate("local t = ... return t.x == json.null, t.y == nil, tostring(t.x), t.x == false", ["x": .null])
                == [true, true, "null", false]
        )
    }

    @Test func arraysAndObjectsDiffer() throws {
        #expect(
            try evaluate("return {}, json.array(), json.array{}, json.array{1}, {1}, {{}}, {a = json.array()}")
                == [[:], [], [], [1], [1], [[:]], ["a": []]]
        )
    }

    @Test func arrayStaysOneWhenItsElementsGo() throws {
        #expect(try evaluate("local t = ... table.remove(t.tags) return t", ["tags": ["x"]]) == [["tags": []]])
    }

    @Test func membersComeSortedByName() throws {
        let result = try evaluate("return {b = 1, a = 2, ['B'] = 3, ['aa'] = 4, ['\\u{e4}'] = 5}")
        #expect(result.first?.object?.members.map(\.name) == ["B", "a", "aa", "b", "ä"])
    }

    @Test func severalResultsAndNilsAmongThem() throws {
        #expect(try evaluate("return nil, {code = 'no'}, nil") == [.nil, ["code": "no"], .nil])
        #expect(try evaluate("") == [])
        #expect(try evaluate("return select('#', ...)", .nil, .nil) == [2])
    }

    @Test func notFiniteNumberIsRefusedOnTheWayIn() throws {
        for value in [Double.nan, .infinity, -.infinity] {
            let error = try failure("return 1", ["x": .number(value)])
            #expect(error.kind == .refusedValue)
            #expect(error.message == "value handed to the script: a number is not finite")
        }
    }

    @Test func badTextIsRefusedOnTheWayIn() throws {
        let script = try Script(body: "return 1")
        for bytes: [UInt8] in [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x61, 0xE2, 0x82],
        ] {
            var writer = LuaMessageWriter()
            bytes.withUnsafeBufferPointer { writer.string(utf8: $0) }
            let error = try script.state.call(script.function(), named: "f", message: writer.finish()).error()
            #expect(error.kind == .refusedValue)
            #expect(error.message.contains("not UTF-8"))
        }
    }

    @Test(arguments: ["", "abc", "1.", ".5", "1e", "--1", "1 ", "0x10", String(repeating: "1", count: 600)])
    func decimalThatIsNoNumberIsRefused(digits: String) throws {
        #expect(try failure("return 1", .decimal(digits)).kind == .refusedValue)
    }

    @Test func deepArgumentsCrossToTheVendorsDepthAndNoFurther() throws {
        var value: LuaValue = 1
        for _ in 0..<63 { value = ["x": value] }
        #expect(
            try evaluate("local t, n = ..., 0 while type(t) == 'table' do t = t.x n = n + 1 end return n", value) == [
                63
            ]
        )
        for _ in 0..<10 { value = ["x": value] }
        #expect(try failure("return 1", value).message == "value handed to the script: nested too deeply")
    }

    @Test func unknownFunctionAndBuiltinAreRefused() throws {
        #expect(try failure("return 1", .builtin("io")).kind == .refusedValue)
        let other = try Script("return {f = function() end}")
        let script = try Script("return {g = function() end}")
        let error = try script.state.call(other.function(), named: "f", []).error()
        #expect(error.kind == .refusedValue)
        #expect(error.message == "this function belongs to another script")
    }

    @Test func builtinIsTheEnvironmentsOwn() throws {
        #expect(
            try evaluate(
                "local call = ... return call.log == log, call.json == json",
                [
                    "log": .builtin("log"), "json": .builtin("json"),
                ]
            ) == [true, true]
        )
    }

    @Test func functionCrossesAsAnArgument() throws {
        let script = try Script(
            "return {twice = function(g, x) return g(g(x)) end, add = function(x) return x + 1 end}"
        )
        #expect(try script.returns("twice", .function(script.function("add")), 1) == [3])
    }

    @Test func hostFunctionOfOneNameIsOneValue() throws {
        #expect(
            try evaluate(
                "local a, b, c = ... return a == b, a == c",
                .hostFunction("x"),
                .hostFunction("x"),
                .hostFunction("y")
            )
                == [true, false]
        )
    }
}
