import JSON
import Testing

@Suite struct ErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var code: JSONError.Code
        var offset: Int
        var line: Int
        var column: Int
        var pointer: String
        var testDescription: String { text }

        init(
            _ text: String,
            _ code: JSONError.Code,
            offset: Int,
            line: Int = 1,
            column: Int? = nil,
            pointer: String = ""
        ) {
            self.text = text
            self.code = code
            self.offset = offset
            self.line = line
            self.column = column ?? offset + 1
            self.pointer = pointer
        }
    }

    @Test(
        "an error tells offset, line, column and pointer",
        arguments: [
            Case("", .unexpectedEnd, offset: 0),
            Case("  ", .unexpectedEnd, offset: 2),
            Case("x", .unexpectedByte, offset: 0),
            Case("nuLl", .unexpectedByte, offset: 2),
            Case("[", .unexpectedEnd, offset: 1),
            Case("[x]", .unexpectedByte, offset: 1, pointer: "/0"),
            Case("[1,x]", .unexpectedByte, offset: 3, pointer: "/1"),
            Case("[1,2 3]", .unexpectedByte, offset: 5),
            Case("[1,", .unexpectedEnd, offset: 3, pointer: "/1"),
            Case("[[],[1,[]],[1,[x]]]", .unexpectedByte, offset: 15, pointer: "/2/1/0"),
            Case("[[],[1,[]],[1,[1}]]", .unexpectedByte, offset: 16, pointer: "/2/1"),
            Case("{\"a\":x}", .unexpectedByte, offset: 5, pointer: "/a"),
            Case("{\"a\" x}", .unexpectedByte, offset: 5, pointer: "/a"),
            Case("{\"a\"", .unexpectedEnd, offset: 4, pointer: "/a"),
            Case("{\"a\":1 x}", .unexpectedByte, offset: 7),
            Case("{\"a\":1,x}", .unexpectedByte, offset: 7),
            Case("{\"a\":1,}", .unexpectedByte, offset: 7),
            Case("{\"a\":[1,{\"b\":01}]}", .invalidNumber, offset: 13, pointer: "/a/1/b"),
            Case("{\"a\":{\"b\":{}},\"c\":{\"d\":-}}", .invalidNumber, offset: 24, pointer: "/c/d"),
            Case("{\"a/b\":{\"m~n\":{\"\":x}}}", .unexpectedByte, offset: 18, pointer: "/a~1b/m~0n/"),
            Case("{\"\\u00e9\\n\":[x]}", .unexpectedByte, offset: 13, pointer: "/é\n/0"),
            Case("{\"a\":1,\"b\":2,\"a\":3}", .duplicateName, offset: 13, pointer: "/a"),
            Case("[{\"x\":{\"a\":[1],\"b\":{},\"b\":3}}]", .duplicateName, offset: 22, pointer: "/0/x/b"),
            Case("{\"a\":\"x\\q\"}", .invalidEscape, offset: 7, pointer: "/a"),
            Case("{\"a\":\"\\uD83D\"}", .invalidEscape, offset: 6, pointer: "/a"),
            Case("{\"a\":\"\\uD83D\\uD83D\"}", .invalidEscape, offset: 6, pointer: "/a"),
            Case("{\"b\":1,\"a\\q\":1}", .invalidEscape, offset: 9),
            Case("{\"a\":\"tab\there\"}", .controlCharacter, offset: 9, pointer: "/a"),
            Case("[1] [2]", .trailingContent, offset: 4),
            Case(
                "{\n  \"a\": 1,\n  \"b\": [\n    tru\n  ]\n}",
                .unexpectedByte,
                offset: 28,
                line: 4,
                column: 8,
                pointer: "/b/0"
            ),
            Case("[\r\n1,\r\n x]", .unexpectedByte, offset: 8, line: 3, column: 2, pointer: "/1"),
            Case("{\"ключ\":\n\"ы\" x}", .unexpectedByte, offset: 18, line: 2, column: 6),
            Case("\u{FEFF}[]", .unexpectedByte, offset: 0),
            Case("[\n\"a\n\"]", .controlCharacter, offset: 4, line: 2, column: 3, pointer: "/0"),
        ]
    )
    func errorTellsItsPlace(_ expected: Case) {
        do {
            _ = try JSONDocument(parsing: expected.text)
            Issue.record("accepted")
        } catch {
            #expect(error.code == expected.code)
            #expect(error.offset == expected.offset)
            #expect(error.line == expected.line)
            #expect(error.column == expected.column)
            #expect(error.pointer == expected.pointer)
        }
    }

    @Test(
        "a message says what was found and what was expected",
        arguments: [
            ("", "The text is empty where a JSON value was expected."),
            ("[", "The text ends where a value or ']' was expected."),
            ("[1,", "The text ends where a value was expected."),
            ("[}", "Found '}' where a value was expected."),
            ("[1 2]", "Found '2' where ',' or ']' was expected."),
            ("{\"a\":1 2}", "Found '2' where ',' or '}' was expected."),
            ("{1}", "Found '1' where a name in double quotes or '}' was expected."),
            ("{\"a\":1,}", "Found '}' where a name in double quotes was expected."),
            ("{\"a\" 1}", "Found '1' where ':' was expected."),
            ("trUe", "Found 'U' where the rest of true, false or null was expected."),
            ("'a'", "Found \"'\" where a value was expected."),
            ("[] \u{1B}", "Found byte 0x1B where the end of the text was expected."),
            ("-", "The text ends where a digit was expected."),
            ("1.x", "Found 'x' where a digit was expected."),
            ("007", "The number starts with a zero that is followed by more digits."),
            ("\"\n\"", "The string holds byte 0x0A, a control character that must be escaped."),
            ("\"\\q\"", "Found 'q' after a backslash where one of \" \\ / b f n r t u was expected."),
            ("\"\\u12\"", "Found \\u without the four hexadecimal digits that were expected."),
            ("\"\\uD800\"", "Found half of a surrogate pair where an escape of a whole character was expected."),
            ("\"", "The text ends inside a string, where a closing quote was expected."),
            ("\u{FEFF}1", "The text starts with a byte order mark, which JSON does not allow."),
            ("{\"a\":1,\"a\":1}", "The object has the name \"a\" twice."),
            (DepthTests.nested(65), "Arrays and objects are nested deeper than allowed."),
        ]
    )
    func messageIsASentence(text: String, message: String) {
        do {
            _ = try JSONDocument(parsing: text)
            Issue.record("accepted")
        } catch {
            #expect(error.message == message)
        }
    }

    @Test func invalidUTF8IsNamedByItsByte() {
        do {
            _ = try JSONDocument(parsing: [0x22, 0xC0, 0x80, 0x22])
            Issue.record("accepted")
        } catch {
            #expect(error.message == "Found byte 0xC0 where a valid UTF-8 sequence was expected.")
            #expect(
                error.description
                    == "Found byte 0xC0 where a valid UTF-8 sequence was expected. (line 1, column 2, byte 1)"
            )
        }
    }

    @Test func namesInMessagesAreShortAndEscaped() {
        let name = "x\\u001b[31m\u{202E}" + String(repeating: "y", count: 1000)
        do {
            _ = try JSONDocument(parsing: "{\"\(name)\":1,\"\(name)\":2}")
            Issue.record("accepted")
        } catch {
            #expect(
                error.message
                    == #"The object has the name "x\u{1B}[31m\u{202E}"# + String(repeating: "y", count: 33)
                    + "…\" twice."
            )
            #expect(error.pointer.utf8.count > 1000)
            #expect(error.description.utf8.count < 400)
            #expect(!error.description.unicodeScalars.contains("\u{1B}"))
        }
    }
}
