import JSON
import Testing

@Suite struct ViewTests {
    let document: JSONDocument
    var root: JSONView { document.root }

    init() throws {
        document = try JSONDocument(
            parsing: #"""
                { "null": null, "true": true, "false": false, "int": -42, "num": 1.50, "str": "plain",
                  "esc": "a\"b\\c\/d\b\f\n\r\t\u0041\u00e9\u20AC\uD834\uDD1E\u0000", "é": "ü€𝄞",
                  "arr": [ 1, [ 2, {} ], { "x": [] }, "s" ], "obj": { "int": 7, "a\u0062c": 8 }, "empty": {}, "": [] }
                """#
        )
    }

    @Test func everyKindIsTold() {
        #expect(root.kind == .object)
        #expect(root["null"]?.kind == .null)
        #expect(root["true"]?.kind == .bool)
        #expect(root["int"]?.kind == .integer)
        #expect(root["num"]?.kind == .number)
        #expect(root["str"]?.kind == .string)
        #expect(root["arr"]?.kind == .array)
        #expect(root["obj"]?.kind == .object)
    }

    @Test func accessorsGiveTheValueOfTheirKindOnly() {
        #expect(root["null"]?.isNull == true)
        #expect(root["true"]?.bool == true)
        #expect(root["false"]?.bool == false)
        #expect(root["int"]?.int64 == -42)
        #expect(root["int"]?.numberText == "-42")
        #expect(root["num"]?.numberText == "1.50")
        #expect(root["str"]?.string == "plain")
        for name in ["null", "true", "int", "num", "arr", "obj"] {
            #expect(root[name]?.string == nil)
            #expect(root[name]?.withUTF8 { $0.count } == nil)
        }
        for name in ["null", "int", "num", "str", "arr", "obj"] { #expect(root[name]?.bool == nil) }
        for name in ["null", "true", "num", "str", "arr", "obj"] { #expect(root[name]?.int64 == nil) }
        for name in ["null", "true", "str", "arr", "obj"] { #expect(root[name]?.numberText == nil) }
        for name in ["false", "int", "num", "str", "arr", "obj"] { #expect(root[name]?.isNull == false) }
        for name in ["null", "int", "num", "str"] {
            #expect(root[name]?.count == 0)
            #expect(root[name]?["a"] == nil)
            #expect(root[name]?[0] == nil)
            #expect(Array(root[name]!.elements).isEmpty)
            #expect(Array(root[name]!.members).isEmpty)
        }
    }

    @Test func stringsAreUnescaped() {
        let expected = "a\"b\\c/d\u{8}\u{C}\n\r\tAé€𝄞\0"
        #expect(root["esc"]?.string == expected)
        #expect(root["esc"]?.withUTF8 { Array($0) } == Array(expected.utf8))
        #expect(root["é"]?.string == "ü€𝄞")
        #expect(root["é"]?.withUTF8 { Array($0) } == Array("ü€𝄞".utf8))
    }

    @Test func equalsComparesTheUnescapedContent() {
        #expect(root["str"]?.equals("plain") == true)
        #expect(root["str"]?.equals("plain ") == false)
        #expect(root["str"]?.equals("plaim") == false)
        #expect(root["str"]?.equals("") == false)
        #expect(root["esc"]?.equals("a\"b\\c/d\u{8}\u{C}\n\r\tAé€𝄞\0") == true)
        #expect(root["é"]?.equals("ü€𝄞") == true)
        #expect(root["int"]?.equals("-42") == false)
        #expect(root["null"]?.equals("") == false)
    }

    @Test func membersAreFoundByNameAndElementsByPosition() {
        #expect(root["obj"]?["int"]?.int64 == 7)
        #expect(root["obj"]?["abc"]?.int64 == 8)
        #expect(root["obj"]?["a\\u0062c"] == nil)
        #expect(root["abc"] == nil)
        #expect(root["x"] == nil)
        #expect(root[""]?.count == 0)
        #expect(root["e\u{301}"] == nil)
        let array = root["arr"]
        #expect(array?.count == 4)
        #expect(array?[0]?.int64 == 1)
        #expect(array?[1]?[0]?.int64 == 2)
        #expect(array?[1]?[1]?.kind == .object)
        #expect(array?[2]?["x"]?.kind == .array)
        #expect(array?[3]?.string == "s")
        #expect(array?[4] == nil)
        #expect(array?[-1] == nil)
        #expect(root[0] == nil)
        #expect(array?["x"] == nil)
    }

    @Test func membersComeInSourceOrderWithTheirNames() {
        let names = root.members.map(\.key.string)
        #expect(names == ["null", "true", "false", "int", "num", "str", "esc", "é", "arr", "obj", "empty", ""])
        #expect(root["obj"]!.members.map { $0.key.string } == ["int", "abc"])
        #expect(root["obj"]!.members.map { $0.value.int64 } == [7, 8])
        #expect(root["arr"]!.elements.map(\.kind) == [.integer, .array, .object, .string])
        #expect(root.members.underestimatedCount == 12)
        for (key, _) in root["obj"]!.members where key.equals("abc") {
            #expect(key.withUTF8 { Array($0) } == Array("abc".utf8))
            return
        }
        Issue.record("no member abc")
    }

    @Test func sourceIsTheValuesOwnBytes() {
        func source(_ view: JSONView?) -> String? {
            view.map { String(decoding: $0.source, as: UTF8.self) }
        }
        #expect(source(root["null"]) == "null")
        #expect(source(root["num"]) == "1.50")
        #expect(source(root["str"]) == "\"plain\"")
        #expect(source(root["esc"]) == #""a\"b\\c\/d\b\f\n\r\t\u0041\u00e9\u20AC\uD834\uDD1E\u0000""#)
        #expect(source(root["arr"]) == #"[ 1, [ 2, {} ], { "x": [] }, "s" ]"#)
        #expect(source(root["empty"]) == "{}")
        #expect(root.withSource { Array($0) } == document.bytes)
        #expect(root["arr"]?[1]?.withSource { String(decoding: $0, as: UTF8.self) } == "[ 2, {} ]")
    }

    @Test func viewKeepsItsDocumentAlive() throws {
        func element() throws -> JSONView { try JSONDocument(parsing: "[[\"kept\"]]").root[0]![0]! }
        #expect(try element().string == "kept")
    }

    @Test func errorThrownByABodyPassesThrough() {
        struct Stop: Error {}
        #expect(throws: Stop.self) { try root["str"]!.withUTF8 { _ throws(Stop) in throw Stop() } }
        #expect(throws: Stop.self) { try root["esc"]!.withUTF8 { _ throws(Stop) in throw Stop() } }
        #expect(throws: Stop.self) { try root["str"]!.withSource { _ throws(Stop) in throw Stop() } }
    }
}
