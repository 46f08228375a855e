import LuaRuntime
import Testing

/// Arguments of any values and shapes: what is kept of them from one call to the next is never seen.
@Suite("Arguments of any shape") struct LuaFormValuesTests {
    /// Values of few shapes and many kinds, from a seed.
    private struct Values {
        var random: UInt64
        private var shapes: [LuaValue] = []

        init(seed: UInt64) {
            random = seed
            shapes = (0..<12).map { _ in shape(0) }
        }

        mutating func number(below limit: UInt64) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((random >> 33) % limit)
        }

        private mutating func shape(_ depth: Int) -> LuaValue {
            let count = number(below: 6)
            switch number(below: depth > 2 ? 1 : 4) {
            case 1: return .array((0..<count).map { _ in shape(depth + 1) })
            case 2:
                return .object(LuaObject((0..<count).map { LuaObject.Member(name: "m\($0)", value: shape(depth + 1)) }))
            default: return depth == 0 ? ["only": shape(1), "leaf": 0] : 0
            }
        }

        private mutating func leaf() -> LuaValue {
            switch number(below: 8) {
            case 0: .null
            case 1: .bool(true)
            case 2: .bool(false)
            case 3: .integer(Int64(number(below: 4)))
            case 4: .number(Double(number(below: 4)) + 0.5)
            case 5: .decimal("0.\(number(below: 4))000000000000000000001")
            default: .string(String(repeating: "a", count: number(below: 5)) + "\(number(below: 3))")
            }
        }

        private mutating func filled(_ shape: LuaValue) -> LuaValue {
            switch shape {
            case .array(let elements): return .array(elements.map { filled($0) })
            case .object(let object):
                let members = object.members.map { LuaObject.Member(name: $0.name, value: filled($0.value)) }
                return .object(LuaObject(members))
            default: return leaf()
            }
        }

        mutating func arguments(_ window: Int) -> [LuaValue] {
            (0...number(below: 3)).map { _ in filled(shapes[(window + number(below: 3)) % shapes.count]) }
        }
    }

    /// Beside a state that keeps nothing, because its script could hold on to what it is handed.
    @Test(arguments: 1...6 as ClosedRange<UInt64>) func keptArgumentsAreAsThoseThatAreMadeAnew(seed: UInt64) throws {
        let body = """
            return {
                f = function(...) return ... end,
                g = function(a, b, c)
                    if b then b[1] = 'new' end
                    for k, v in pairs(a) do if type(v) == 'table' then a[k] = c end end
                    return a, b, c
                end,
                h = function(a) pcall(function() a.m0 = nil a[1] = nil error('x') end) return a end,
            }
            """
        let keeping = try Script(body)
        let plain = try Script("local held local function hold(value) held = value end \(body)")
        var values = Values(seed: seed)
        for round in 0..<1500 {
            let arguments = values.arguments(round / 60)
            var writer = LuaMessageWriter()
            for argument in arguments { writer.value(argument) }
            let message = writer.finish(number: values.number(below: 4) > 0 ? UInt64(round) + 1 : 0)
            // The same message for one function after the other, as a host does.
            for _ in 0...values.number(below: 3) {
                let name = values.number(below: 30) > 0 ? "f" : values.number(below: 2) > 0 ? "g" : "h"
                let found = Result { try keeping.call(name, message).results() }
                let expected = Result { try plain.call(name, message).results() }
                switch (found, expected) {
                case (.success(let found), .success(let expected)): #expect(found == expected, "round \(round)")
                case (.failure(let found), .failure(let expected)):
                    #expect((found as? LuaError)?.message == (expected as? LuaError)?.message)
                default: Issue.record("round \(round): \(found) instead of \(expected)")
                }
            }
        }
    }
}
