import JSON
import Testing

@Suite struct NumberTests {
    @Test(
        "an integer that Int64 holds is an integer with that value",
        arguments: [
            ("0", 0), ("1", 1), ("-1", -1), ("10", 10), ("480", 480), ("9007199254740991", 9_007_199_254_740_991),
            ("9007199254740993", 9_007_199_254_740_993), ("-9007199254740993", -9_007_199_254_740_993),
            ("999999999999999999", 999_999_999_999_999_999), ("1000000000000000000", 1_000_000_000_000_000_000),
            ("-999999999999999999", -999_999_999_999_999_999), ("9223372036854775807", Int64.max),
            ("9223372036854775806", Int64.max - 1), ("-9223372036854775808", Int64.min),
            ("-9223372036854775807", Int64.min + 1),
        ] as [(String, Int64)]
    )
    func exactInteger(text: String, value: Int64) throws {
        for (document, view) in try places(of: text) {
            #expect(view.kind == .integer, "\(document)")
            #expect(view.int64 == value)
            #expect(view.numberText == text)
            #expect(view.value == .integer(value))
            #expect(view.value.serialized() == text)
        }
    }

    @Test(
        "any other number keeps its digits",
        arguments: [
            "-0", "9223372036854775808", "-9223372036854775809", "9999999999999999999", "18446744073709551615",
            "18446744073709551616", "18446744073709551617", "27670116110564327424", "100000000000000000000",
            "-100000000000000000000", "123456789012345678901234567890", "1e400", "-1E+400", "1e-400", "0.1", "0.10",
            "1.0",
            "-0.0", "0e0", "1E5", "1.5e+007", "3.141592653589793238462643383279", "0.30000000000000004", "7.50",
        ]
    )
    func digitsAreKept(text: String) throws {
        for (document, view) in try places(of: text) {
            #expect(view.kind == .number, "\(document)")
            #expect(view.int64 == nil)
            #expect(view.numberText == text)
            #expect(view.value == .number(text))
            #expect(view.value.serialized() == text)
        }
    }

    @Test(
        "numbers of the same value are equivalent",
        arguments: [
            ("1", "1.0"), ("1", "10e-1"), ("1", "0.1e1"), ("100", "1e2"), ("1e2", "1E+02"), ("0", "-0"), ("0", "0.000"),
            ("-0.0", "0e99999999999999999999999"), ("1e400", "10e399"), ("1e400", "0.01E402"), ("7.50", "7.5"),
            ("9223372036854775808", "9.223372036854775808e18"), ("-1.5", "-15e-1"), ("1200", "1.2e3"),
            ("0.001", "1e-3"), ("1e99999999999999999999", "1e99999999999999999999"), ("1.50e3", "1500.00"),
        ]
    )
    func sameValue(left: String, right: String) throws {
        #expect(try JSONValue(parsing: left).isEquivalent(to: JSONValue(parsing: right)))
        #expect(try JSONValue(parsing: right).isEquivalent(to: JSONValue(parsing: left)))
    }

    @Test(
        "numbers of different values are not equivalent",
        arguments: [
            ("1", "-1"), ("1", "10"), ("1.0", "10"), ("9007199254740993", "9007199254740992"),
            ("9007199254740993.0", "9007199254740992"), ("1e400", "1e401"), ("0.1", "0.10000000000000000001"),
            ("1", "0"),
            ("1e2", "1e-2"), ("101", "11"), ("1001", "1.01"), ("9223372036854775808", "9223372036854775807"),
        ]
    )
    func differentValue(left: String, right: String) throws {
        #expect(try !JSONValue(parsing: left).isEquivalent(to: JSONValue(parsing: right)))
        #expect(try !JSONValue(parsing: right).isEquivalent(to: JSONValue(parsing: left)))
    }

    @Test func validNumberTextIsTold() {
        for text in ["0", "-0", "1", "-1.5e+10", "1E5", "123456789012345678901234567890"] {
            #expect(JSONNumber.isValid(text))
        }
        for text in [
            "", " 1", "1 ", "01", "+1", ".5", "1.", "nan", "inf", "true", "\"1\"", "1,2", "-", "1e", "1\n", "０",
        ] {
            #expect(!JSONNumber.isValid(text), "\(text)")
        }
    }

    @Test func integerIsReadOnlyInTheOneSpellingThatItIsWrittenIn() {
        for value in [0, 1, -1, 9, 10, 227, -480, 1 << 53, .max, .max - 1, .min, .min + 1] as [Int64] {
            #expect(JSONNumber.integer(String(value)) == value)
        }
        for text in [
            "", "-", "+1", "--1", "1-", "-0", "00", "01", "-01", "1.0", "1e3", " 1", "1 ", "9223372036854775808",
            "-9223372036854775809", "18446744073709551617", "10000000000000000000", "99999999999999999999", "１",
        ] {
            #expect(JSONNumber.integer(text) == nil, "\(text)")
        }
    }

    /// The number as the whole text, in arrays and objects, with and without space.
    private func places(of text: String) throws -> [(String, JSONView)] {
        let last: [(String, (JSONView) -> JSONView?)] = [
            (text, { $0 }),
            (" \(text) ", { $0 }),
            ("[\(text)]", { $0[0] }),
            ("[1,\(text) ,2]", { $0[1] }),
            ("{\"a\":\(text)}", { $0["a"] }),
            ("{\"a\": \(text)\n,\"b\":1}", { $0["a"] }),
        ]
        return try last.map { (document, find) in
            (document, try #require(find(JSONDocument(parsing: document).root)))
        }
    }
}
