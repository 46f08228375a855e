import JSON
import Testing

/// The form in which values are hashed.
struct CanonicalTests {
    private func canonical(_ text: String) throws -> String {
        var bytes: [UInt8] = []
        try JSONDocument(parsing: text).root.appendCanonical(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("what is stored in journals does not change")
    func isAsItWas() throws {
        let text = #"{"b": [1, 1.0, true, null, "x"], "a": {"é": "\u00e9\n", "": "{}"}, "aa": -0}"#
        #expect(try canonical(text) == "{1:a{0:2:{}2:é3:é\n}2:aa-0,1:b[1,1.0,true,null,1:x]}")
        #expect(try canonical("[]") == "[]")
        #expect(try canonical("{}") == "{}")
    }

    @Test("the order of members, white space and escapes do not matter; order of elements and spelling of numbers do")
    func sameAndOther() throws {
        let one = try canonical(#"{"a":1,"b":"\u0041"}"#)
        #expect(try canonical(#" { "b" : "A" , "\u0061" : 1 } "#) == one)
        #expect(try canonical(#"{"a":1.0,"b":"A"}"#) != one)
        #expect(try canonical("[1,2]") != canonical("[2,1]"))
        // Nothing can be taken for the boundary of something else.
        #expect(try canonical(#"{"a":"1:b"}"#) != canonical(#"{"a":"1","b":""}"#))
        #expect(try canonical("[1,2]") != canonical("[12]"))
        #expect(try canonical(#"["ab"]"#) != canonical(#"["a","b"]"#))
    }

    @Test("it is what its description says, for a thousand values of chance")
    func description() throws {
        var random = RandomJSON(seed: 20_261_121)
        for _ in 0..<1_000 {
            let value = random.value()
            var bytes: [UInt8] = []
            try JSONDocument(parsing: Array(value.serialized(.compact).utf8)).root.appendCanonical(to: &bytes)
            #expect(bytes == plain(value))
        }
    }

    @Test("texts of every length", arguments: [0, 9, 10, 99, 100, 101, 999, 1000, 12_345])
    func lengths(length: Int) throws {
        let text = String(repeating: "x", count: length)
        for value in [JSONValue.string(text), .array(Array(repeating: .string(text), count: 60)), [text: [text: ""]]] {
            var bytes: [UInt8] = []
            try JSONDocument(parsing: Array(value.serialized(.compact).utf8)).root.appendCanonical(to: &bytes)
            #expect(bytes == plain(value))
        }
    }

    private func plain(_ value: JSONValue) -> [UInt8] {
        func text(_ text: String) -> [UInt8] { Array("\(text.utf8.count):\(text)".utf8) }
        switch value {
        case .object(let object):
            let members = object.map { ($0.0, $0.1) }
                .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            return Array("{".utf8) + members.flatMap { text($0.0) + plain($0.1) } + Array("}".utf8)
        case .array(let elements): return Array("[".utf8) + elements.flatMap(plain) + Array("]".utf8)
        case .string(let content): return text(content)
        default: return Array((value.serialized(.compact) + ",").utf8)
        }
    }
}
