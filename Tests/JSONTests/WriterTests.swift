import JSON
import Testing

@Suite struct WriterTests {
    @Test func commasAndNestingAreRight() {
        var writer = JSONWriter(reserving: 0)
        writer.beginObject()
        writer.name("empty")
        writer.beginObject()
        writer.endObject()
        writer.name("array")
        writer.beginArray()
        writer.integer(1)
        writer.beginArray()
        writer.endArray()
        writer.null()
        writer.bool(true)
        writer.bool(false)
        writer.string("s")
        writer.beginObject()
        writer.name("x")
        writer.number(text: "1.50")
        writer.endObject()
        writer.endArray()
        writer.name("last" as String)
        writer.string(String(repeating: "y", count: 3))
        writer.endObject()
        let expected = #"{"empty":{},"array":[1,[],null,true,false,"s",{"x":1.50}],"last":"yyy"}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
        #expect(String(decoding: writer.finish(), as: UTF8.self) == expected)
    }

    @Test(arguments: [0, 1, 10, 64])
    func plainStringHasWhatWasWrittenAndNoMore(length: Int) {
        var writer = JSONWriter(reserving: 0)
        writer.beginArray()
        for _ in 0..<2 {
            writer.plainString(atMost: 64) { target in
                for index in 0..<64 { target[index] = UInt8(ascii: "x") }
                return length
            }
        }
        writer.endArray()
        let text = "\"" + String(repeating: "x", count: length) + "\""
        #expect(String(decoding: writer.finish(), as: UTF8.self) == "[\(text),\(text)]")
    }

    @Test func everyControlCharacterQuoteAndBackslashIsEscapedAndNothingElse() throws {
        let short: [UInt32: String] = [8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 0x22: "\\\"", 0x5C: "\\\\"]
        for value: UInt32 in Array(0...0x100) + [0x2028, 0x2029, 0xD7FF, 0xFEFF, 0xFFFF, 0x1D11E, 0x10FFFF] {
            let scalar = Unicode.Scalar(value)!
            let digits = String(value, radix: 16)
            let expected =
                short[value]
                ?? (value < 0x20 ? "\\u00" + (digits.count < 2 ? "0" : "") + digits : String(Character(scalar)))
            #expect(JSONValue.string(String(Character(scalar))).serialized() == "\"" + expected + "\"")
        }
    }

    @Test(arguments: 0...34)
    func escapeIsWrittenWhereverItStandsInAStringOfAnyLength(length: Int) throws {
        let plain = String("abcdefghijklmnopqrstuvwxyz0123456789".prefix(length))
        #expect(JSONValue.string(plain).serialized() == "\"\(plain)\"")
        for position in 0...length {
            let head = String(plain.prefix(position))
            let tail = String(plain.dropFirst(position))
            #expect(JSONValue.string(head + "\"" + tail).serialized() == "\"\(head)\\\"\(tail)\"")
            #expect(JSONValue.string(head + "é" + tail).serialized() == "\"\(head)é\(tail)\"")
            #expect(JSONValue.string(head + "\n\u{1F}" + tail).serialized() == "\"\(head)\\n\\u001f\(tail)\"")
        }
    }

    @Test(
        "an integer is written in decimal",
        arguments: [
            0, 1, -1, 9, 10, -10, 99, 100, 12345, Int64.max, Int64.min, Int64.max - 1, -999_999_999_999_999_999,
        ]
    )
    func integerIsWrittenInDecimal(value: Int64) {
        var writer = JSONWriter(reserving: 1)
        writer.beginArray()
        writer.integer(value)
        writer.integer(value)
        writer.endArray()
        #expect(String(decoding: writer.finish(), as: UTF8.self) == "[\(value),\(value)]")
    }

    @Test func rawBytesAndViewsAreCopiedAsTheyAre() throws {
        let document = try JSONDocument(parsing: #"{"a": [1.0, "\u0041"], "b\n": "x\/y"}"#)
        var writer = JSONWriter()
        writer.beginArray()
        writer.raw(Array("{ }".utf8))
        writer.raw("[ ]".utf8)
        writer.raw([0x31, 0x32].lazy.map { $0 as UInt8 })
        writer.value(document.root["a"]!)
        writer.value(document.root["b\n"]!)
        writer.beginObject()
        for (key, value) in document.root.members {
            writer.name(key)
            writer.value(value)
        }
        writer.endObject()
        writer.value(["k": [true]] as JSONValue)
        writer.endArray()
        #expect(
            String(decoding: writer.finish(), as: UTF8.self)
                == #"[{ },[ ],12,[1.0, "\u0041"],"x\/y",{"a":[1.0, "\u0041"],"b\n":"x\/y"},{"k":[true]}]"#
        )
    }

    @Test func namesAreEscapedWhereTheyMustBe() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("a\"b" as String)
        writer.null()
        writer.name("")
        writer.null()
        writer.name("\n" as String)
        writer.null()
        writer.name("größe")
        writer.null()
        writer.endObject()
        #expect(String(decoding: writer.finish(), as: UTF8.self) == #"{"a\"b":null,"":null,"\n":null,"größe":null}"#)
    }

    @Test func longTextGrowsTheBuffer() throws {
        let text = String(repeating: "0123456789\"\u{1}é", count: 10_000)
        #expect(try JSONValue(parsing: JSONValue.string(text).serialized()).string == text)
    }

    @Test func nestingDeeperThanTheChecksReachIsWritten() {
        var writer = JSONWriter()
        for _ in 0..<100 {
            writer.beginObject()
            writer.name("a")
            writer.beginArray()
        }
        for _ in 0..<100 {
            writer.endArray()
            writer.endObject()
        }
        let text = String(repeating: "{\"a\":[", count: 100) + String(repeating: "]}", count: 100)
        #expect(String(decoding: writer.finish(), as: UTF8.self) == text)
    }

    #if DEBUG
        @Test func misuseTrapsInDebugBuilds() async {
            await #expect(processExitsWith: .failure) {
                var writer = JSONWriter()
                writer.beginObject()
                writer.null()
            }
            await #expect(processExitsWith: .failure) {
                var writer = JSONWriter()
                writer.beginArray()
                writer.name("a")
            }
            await #expect(processExitsWith: .failure) {
                var writer = JSONWriter()
                writer.beginArray()
                writer.endObject()
            }
            await #expect(processExitsWith: .failure) {
                var writer = JSONWriter()
                writer.beginObject()
                writer.name("a\"b")
            }
            await #expect(processExitsWith: .failure) {
                var writer = JSONWriter()
                writer.beginObject()
                _ = writer.finish()
            }
            await #expect(processExitsWith: .failure) {
                var writer = JSONWriter()
                writer.number(text: "NaN")
            }
        }
    #endif
}
