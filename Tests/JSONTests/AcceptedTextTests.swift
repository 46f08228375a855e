import JSON
import Testing

/// Texts that every JSON parser must accept.
@Suite struct AcceptedTextTests {
    @Test(
        "a valid text is accepted",
        arguments: [
            // Structure
            "[]", "{}", "[[]]", "[{}]", "{\"a\":[]}", "{\"a\":{}}", "[[],[[]]]", "[1,2,3]",
            "[null,1,\"a\",{},[],true,false]",
            "{\"a\":1,\"b\":2}", "{\"a\":{\"a\":{\"a\":1}}}", "[{\"a\":1},{\"a\":1}]",
            "{\"a\":[{\"b\":1}],\"b\":[{\"a\":1}]}",
            "{\"\":0}", "{\"a\\u0000b\":0}", "{\"a\":\"a\",\"A\":\"A\"}", "[[[[[[[[[[]]]]]]]]]]",
            // White space
            " []", "[] ", " [ ] ", "\t[\t]\t", "\n[\n]\n", "\r[\r]\r", " { } ", " { \"a\" : 1 , \"b\" : [ 1 , 2 ] } ",
            "\r\n{\r\n\"a\"\r\n:\r\n1\r\n}\r\n", "        1        ",
            // Scalars at the root
            "null", "true", "false", "0", "-0", "1", "-1", "\"\"", "\"a\"", "1.5", "\" \"",
            // Numbers
            "[0]", "[-0]", "[0.0]", "[-0.0]", "[0e0]", "[0E0]", "[0e+0]", "[0e-0]", "[1e1]", "[1E1]", "[1e+1]",
            "[1e-1]",
            "[1.0e1]", "[1.5E+10]", "[123.456e-78]", "[1e400]", "[-1e400]", "[1e-400]", "[0e99999999999999999999]",
            "[10]", "[100]", "[1000000000000000000000000000000]", "[0.00000000000000000000000000000001]",
            "[123456789.123456789]", "[20e1]", "[1.10]",
            // Strings
            "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\u0041\"]", "[\"\\u00e9\"]", "[\"\\uD834\\uDD1E\"]",
            "[\"\\udbff\\udfff\"]",
            "[\"\\uD800\\uDC00\"]", "[\"\\u0000\"]", "[\"\\uFFFF\"]", "[\"\\uFDD0\"]", "[\"\\uD7FF\\uE000\"]",
            "[\"\\\\u0041\"]",
            "[\"\\\\\"]", "[\"\\u005C\\u0022\"]", "[\"\u{7F}\"]", "[\"é\"]", "[\"€\"]", "[\"𝄞\"]", "[\"\u{10FFFF}\"]",
            "[\"\u{FFFE}\"]", "[\"\u{2028}\u{2029}\"]", "[\"\u{FEFF}\"]", "[\"a/*b*/c\"]", "[\"new\u{A0}line\"]",
            "[\"1234567\"]", "[\"12345678\"]", "[\"123456789\"]", "[\"1234567é\"]", "[\"12345678\\n\"]", "\"{}[],:\"",
        ]
    )
    func validTextIsAccepted(text: String) throws {
        let document = try JSONDocument(parsing: text)
        #expect(try ReferenceParser.parse(Array(text.utf8)) == document.root.value)
    }

    @Test(arguments: 0...40)
    func stringOfAnyLengthAtTheEndOfTheTextIsRead(length: Int) throws {
        let content = String("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH".prefix(length))
        #expect(try JSONDocument(parsing: "\"\(content)\"").root.string == content)
        #expect(try JSONDocument(parsing: "{\"\(content)\":null}").root[content]?.isNull == true)
    }

    @Test func everyByteOfAStringMayBeAnyPrintableCharacter() throws {
        for byte in UInt8(0x20)...0x7F where byte != 0x22 && byte != 0x5C {
            for position in 0..<17 {
                var content = [UInt8](repeating: 0x61, count: 17)
                content[position] = byte
                let text = [0x22] + content + [0x22]
                #expect(try JSONDocument(parsing: text).root.string == String(decoding: content, as: UTF8.self))
            }
        }
    }

    @Test func textOfExactlyTheMaximumLengthIsAccepted() throws {
        let limits = JSONLimits(maximumBytes: 7)
        #expect(try JSONDocument(parsing: "[12345]", limits: limits).root.count == 1)
        #expect(throws: JSONError.self) { try JSONDocument(parsing: "[12345] ", limits: limits) }
    }
}
