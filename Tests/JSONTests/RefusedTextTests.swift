import JSON
import Testing

/// Texts that a strict parser must refuse, by the kind of fault.
@Suite struct RefusedTextTests {
    @Test(
        "a text that ends too early is refused",
        arguments: [
            "", " ", "\n\t ", "[", "[[", "{", "[1", "[1,", "[1, ", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
            "{\"a\": ",
            "\"", "\"a", "\"\\", "\"\\u", "\"\\u00", "\"\\u004", "\"\\\"", "\"12345678", "\"1234567", "-", "1.", "1e",
            "1e+",
            "1.5e-", "n", "nul", "t", "tru", "f", "fals", "[tru", "\"\\uD834", "{\"", "{\"a",
        ]
    )
    func unfinishedTextIsRefused(text: String) {
        expect(text, isRefusedWith: text.hasSuffix("\\uD834") ? .invalidEscape : .unexpectedEnd)
    }

    @Test(
        "a byte in the wrong place is refused",
        arguments: [
            "]", "}", ",", ":", "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "[1}", "{1}", "{\"a\"}", "{\"a\" 1}",
            "{\"a\",1}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "{\"a\":1]", "{\"a\"::1}", "{a:1}",
            "{'a':1}",
            "{1:1}", "{null:1}", "{[]:1}", "['a']", "[a]", "[\"a\"b]", "[}", "[True]",
            "[NULL]", "[nULL]", "[nan]", "[NaN]", "[Infinity]", "[undefined]",
            "[tRue]", "[fals0]", "[nulL]", "[truee]", "[+1]", "[.5]", "[.e1]", "[1a]", "[0x1]", "[1_000]", "[1e1.5]",
            "[1.5.5]", "[１]", "[\u{A0}]", "[\u{2028}]", "[\u{C}]", "[\u{B}]", "[\u{0}]", "[1\u{0}]", "\u{0}",
            "[1,\u{0}2]",
            "\u{FEFF}{}", "\u{FEFF}", "/* */[]", "[/* */]", "[// x]", "#", "<html>", "\\", "[\\n]",
            "é", "{\"a\":é}",
        ]
    )
    func misplacedByteIsRefused(text: String) {
        expect(text, isRefusedWith: .unexpectedByte)
    }

    @Test(
        "a malformed number is refused",
        arguments: [
            "01", "-01", "00", "-00", "[012]", "[-012]", "[0123.5]", "[00.5]", "[-]", "[--1]", "[-a]", "[-.5]", "[- 1]",
            "[1.]", "[1.e1]", "[1.a]", "[1e]", "[1E]", "[1e+]", "[1e-]", "[1ea]", "[1e ]", "[1.5e]", "[0.]", "[-0.]",
            "[0e]",
            "[1e++1]", "[1e+-1]", "[-Infinity]", "[-NaN]", "[1..5]", "[1.-5]",
        ]
    )
    func malformedNumberIsRefused(text: String) {
        expect(text, isRefusedWith: .invalidNumber)
    }

    @Test(
        "content after the value is refused",
        arguments: [
            "[] []", "{}{}", "1 2", "[],", "[]]", "{}}", "null null", "nullx", "\"a\" \"b\"", "\"a\"b", "1a", "0x1",
            "[]\u{0}",
            "[]#", "{}//", "[]\u{FEFF}", "1 ,", "truefalse", "[]é",
        ]
    )
    func trailingContentIsRefused(text: String) {
        expect(text, isRefusedWith: .trailingContent)
    }

    @Test(
        "an escape that is not one is refused",
        arguments: [
            "\"\\a\"", "\"\\x41\"", "\"\\0\"", "\"\\'\"", "\"\\ \"", "\"\\U0041\"", "\"\\é\"", "\"\\\u{0}\"",
            "\"\\\n\"",
            "\"\\u\"", "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\uzzzz\"", "\"\\u 041\"",
            "\"\\u+041\"",
            "\"\\u-041\"", "\"\\u{41}\"", "{\"\\a\":1}", "\"12345678\\q\"",
        ]
    )
    func unknownEscapeIsRefused(text: String) {
        expect(text, isRefusedWith: .invalidEscape)
    }

    @Test(
        "half of a surrogate pair is refused",
        arguments: [
            "\"\\uD800\"", "\"\\uDBFF\"", "\"\\uDC00\"", "\"\\uDFFF\"", "\"\\uD800\\uD800\"", "\"\\uDC00\\uD800\"",
            "\"\\uDC00\\uDC00\"",
            "\"\\uD834\\n\"", "\"\\uD834x\"", "\"\\uD834 \\uDD1E\"", "\"\\uD834\\\\uDD1E\"", "\"\\uD834\\u0041\"",
            "\"\\uD834\\uD834\\uDD1E\"", "\"\\uD834\\uDD1E\\uDD1E\"", "{\"\\uD800\":1}", "\"\\ud800\"",
            "\"\\uD834\\uDD1\"",
        ]
    )
    func loneSurrogateIsRefused(text: String) {
        expect(text, isRefusedWith: .invalidEscape)
    }

    @Test func rawControlCharacterInAStringOrNameIsRefusedWhereverItStands() {
        for byte in UInt8(0)..<0x20 {
            for position in [0, 1, 6, 7, 8, 9, 15, 16] {
                var content = [UInt8](repeating: 0x61, count: 17)
                content[position] = byte
                expect([0x22] + content + [0x22], isRefusedWith: .controlCharacter, at: position + 1)
                expect(
                    Array("{\"".utf8) + content + Array("\":1}".utf8),
                    isRefusedWith: .controlCharacter,
                    at: position + 2
                )
            }
        }
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xC2, 0xC2], [0xDF, 0x7F],
            [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE0, 0xA0], [0xE0, 0xA0, 0x41], [0xE1, 0x80], [0xE1, 0x80, 0xC0],
            [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xED, 0xA0, 0xB4, 0xED, 0xB4, 0x9E], [0xEF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90], [0xF0, 0x90, 0x80],
            [0xF0, 0x90, 0x80, 0x41],
            [0xF0, 0x9D, 0x84], [0xF4, 0x90, 0x80, 0x80], [0xF4, 0xBF, 0xBF, 0xBF], [0xF5, 0x80, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xFF, 0xFE],
            [0xE9], [0xFC, 0x62],
        ] as [[UInt8]]
    )
    func invalidUTF8IsRefused(sequence: [UInt8]) {
        for padding in [0, 1, 5, 7, 8, 12] {
            let before = [UInt8](repeating: 0x61, count: padding)
            expect([0x22] + before + sequence + [0x22], isRefusedWith: .invalidUTF8, at: padding + 1)
            expect([0x22] + before + sequence, isRefusedWith: .invalidUTF8, at: padding + 1)
            expect(Array("[{\"".utf8) + before + sequence, isRefusedWith: .invalidUTF8, at: padding + 3)
            expect(
                Array("{\"".utf8) + before + sequence + Array("\":1}".utf8),
                isRefusedWith: .invalidUTF8,
                at: padding + 2
            )
        }
    }

    @Test func scalarsAtTheEdgesOfUTF8AreAccepted() throws {
        for value: UInt32 in [
            0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x3FFFF, 0x40000, 0x10FFFF,
        ] {
            let text = String(Character(Unicode.Scalar(value)!))
            #expect(try JSONDocument(parsing: "\"\(text)\"").root.string == text)
        }
    }

    @Test func otherEncodingsAreRefused() {
        expect([0xFF, 0xFE, 0x5B, 0x00, 0x5D, 0x00], isRefusedWith: .unexpectedByte, at: 0)
        expect([0x00, 0x5B, 0x00, 0x5D], isRefusedWith: .unexpectedByte, at: 0)
        expect([0xE9], isRefusedWith: .unexpectedByte, at: 0)
    }

    @Test func textBeyondTheMaximumLengthIsRefusedBeforeItIsRead() {
        #expect(throws: JSONError.self) { try JSONDocument(parsing: "    ", limits: JSONLimits(maximumBytes: 3)) }
        do {
            _ = try JSONDocument(parsing: "not JSON", limits: JSONLimits(maximumBytes: 7))
            Issue.record("accepted")
        } catch {
            #expect(error.code == .tooLarge)
            #expect(error.offset == 7)
            #expect(error.message == "The text has 8 bytes where at most 7 are allowed.")
        }
    }
}
