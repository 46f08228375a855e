import LuaRuntime
import Testing

@Suite("Messages") struct LuaMessageTests {
    @Test func writerAndValuesSayTheSame() throws {
        let script = try Script(body: "return ...")
        var writer = LuaMessageWriter(reserving: 1)
        writer.beginObject()
        writer.name("list")
        writer.beginArray()
        writer.integer(-5)
        writer.beginObject()
        writer.endObject()
        writer.null()
        writer.endArray()
        writer.name(text: "text")
        writer.string("ä")
        writer.endObject()
        writer.bool(true)
        writer.number(0.25)
        let results = try script.state.call(script.function(), named: "f", message: writer.finish()).results()
        #expect(results == [["list": [-5, [:], .null], "text": "ä"], true, 0.25])
    }

    @Test(
        arguments: [
            ("0", .integer(0)), ("-0", .number(-0.0)), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .decimal("9223372036854775808")),
            ("9223372036854775809", .decimal("9223372036854775809")), ("1.0", .number(1)), ("0.1", .number(0.1)),
            ("1e3", .number(1000)), ("123456789012345.6", .number(123_456_789_012_345.6)),
            ("0.30000000000000004", .number(0.30000000000000004)),
            ("0.30000000000000005", .decimal("0.30000000000000005")), ("1e400", .decimal("1e400")),
            ("1e-400", .decimal("1e-400")), ("12.50", .number(12.5)), ("100000000000000000000", .number(1e20)),
            ("0.00000000000000000000001", .number(1e-23)), ("5e-324", .number(.leastNonzeroMagnitude)),
        ] as [(String, LuaValue)]
    )
    func numberTextBecomesWhatKeepsItsValue(text: String, value: LuaValue) throws {
        let script = try Script(body: "return ...")
        var writer = LuaMessageWriter()
        writer.number(text: text)
        #expect(try script.state.call(script.function(), named: "f", message: writer.finish()).results() == [value])
    }

    @Test func messageCanBeUsedAgainAndOnAnotherState() throws {
        var writer = LuaMessageWriter()
        writer.value(["x": 1])
        let message = writer.finish()
        for _ in 0..<2 {
            let script = try Script(body: "local t = ... t.x = t.x + 1 return t.x")
            for _ in 0..<3 {
                #expect(try script.state.call(script.function(), named: "f", message: message).results() == [2])
            }
        }
    }
}
