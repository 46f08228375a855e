import JSON
import Testing

@Suite("Edits of a document leave every other byte alone")
struct EditorTests {
    private func edited(_ text: String, _ edit: (inout JSONEditor, JSONView) -> Void) throws -> String {
        let document = try JSONDocument(parsing: text)
        var editor = JSONEditor(document)
        edit(&editor, document.root)
        return String(decoding: editor.finish(), as: UTF8.self)
    }

    @Test("a value is replaced where it stands")
    func replaces() throws {
        let text = "{ \"a\" : 1.50 ,\n\t\"b\":\"\\u0041\", \"c\":[1 , 2] }"
        let found = try edited(text) { $0.set(7, at: ["b"], in: $1) }
        #expect(found == text.replacing("\"\\u0041\"", with: "7"))
    }

    @Test("a new member stands behind the last one, spaced like it")
    func adds() throws {
        let text = "{\n  \"a\": 1,\n  \"b\": { }\n}"
        let found = try edited(text) {
            $0.set("x", at: ["c\""], in: $1)
            $0.set(nil, at: ["b", "inner", "deep"], in: $1)
        }
        #expect(found == "{\n  \"a\": 1,\n  \"b\": {\"inner\":{\"deep\":null} },\n  \"c\\\"\": \"x\"\n}")
    }

    @Test("what is no object and stands in the way of a path is replaced by one")
    func replacesNull() throws {
        #expect(
            try edited("{\"a\":null,\"b\":1}") { $0.set(1, at: ["a", "b"], in: $1) } == "{\"a\":{\"b\":1},\"b\":1}"
        )
    }

    @Test(
        "a member goes with one comma",
        arguments: [
            (["a"], "{ \"b\":2 , \"c\":3 }"), (["b"], "{ \"a\":1 , \"c\":3 }"), (["c"], "{ \"a\":1 , \"b\":2 }"),
            (["a", "b"], "{ \"c\":3 }"), (["b", "c"], "{ \"a\":1 }"), (["a", "c"], "{ \"b\":2 }"),
            (["a", "b", "c"], "{  }"), (["z"], "{ \"a\":1 , \"b\":2 , \"c\":3 }"),
        ]
    )
    func removes(names: [String], expected: String) throws {
        let found = try edited("{ \"a\":1 , \"b\":2 , \"c\":3 }") { editor, root in
            for name in names { editor.remove(at: [name], in: root) }
        }
        #expect(found == expected)
    }

    @Test("members come and go in one object at once")
    func removesAndAdds() throws {
        let text = "{\"a\":1,\"b\":2}"
        #expect(
            try edited(text) {
                $0.remove(at: ["a"], in: $1)
                $0.remove(at: ["b"], in: $1)
                $0.set(3, at: ["c"], in: $1)
            } == "{\"c\":3}"
        )
        #expect(
            try edited(text) {
                $0.remove(at: ["b"], in: $1)
                $0.set(3, at: ["c"], in: $1)
            } == "{\"a\":1,\"c\":3}"
        )
    }

    @Test("of two edits of one place the later counts")
    func laterCounts() throws {
        let text = "{\"a\":{\"b\":1}}"
        #expect(
            try edited(text) {
                $0.remove(at: ["a"], in: $1)
                $0.set(2, at: ["a"], in: $1)
            } == "{\"a\":2}"
        )
        #expect(
            try edited(text) {
                $0.set(2, at: ["a", "b"], in: $1)
                $0.remove(at: ["a"], in: $1)
            } == "{}"
        )
        #expect(
            try edited(text) {
                $0.set(["x": 1], at: ["a"], in: $1)
                $0.set(2, at: ["a", "y"], in: $1)
                $0.remove(at: ["a", "x"], in: $1)
            } == "{\"a\":{\"y\":2}}"
        )
        #expect(
            try edited(text) {
                $0.set(1, at: ["n", "m"], in: $1)
                $0.remove(at: ["n", "m"], in: $1)
            } == "{\"a\":{\"b\":1},\"n\":{}}"
        )
    }

    @Test("an edit inside what is replaced goes with it")
    func nested() throws {
        let found = try edited("{\"a\":{\"b\":1},\"c\":2}") { editor, root in
            editor.set(9, at: ["a", "b"], in: root)
            editor.set(8, at: ["a", "x"], in: root)
            editor.replace(root["a"]!, with: 5)
        }
        #expect(found == "{\"a\":5,\"c\":2}")
    }

    @Test("without an edit the bytes are the same")
    func nothing() throws {
        let text = " {\"a\" :1e5}\r\n"
        let document = try JSONDocument(parsing: text)
        let editor = JSONEditor(document)
        #expect(editor.isEmpty)
        #expect(editor.finish() == Array(text.utf8))
    }

    // MARK: - For all documents

    @Test("one edit changes its own span, and the document says what it should", arguments: 0..<400)
    func oneEdit(seed: Int) throws {
        var random = RandomJSON(seed: UInt64(seed))
        var object = JSONObject()
        for index in 0..<Int.random(in: 1..<6, using: &random.generator) {
            object["m\(index)"] = random.value(depth: 3)
        }
        let text = random.text(of: .object(object))
        let document = try JSONDocument(parsing: text)
        let members = document.root.members.map { ($0.key.string, $0.value) }
        let chosen = members.randomElement(using: &random.generator)!
        let value = random.value(depth: 4)
        let bytes = document.bytes

        var editor = JSONEditor(document)
        var expected = object
        let kind = Int.random(in: 0..<3, using: &random.generator)
        switch kind {
        case 0:
            editor.set(value, at: [chosen.0], in: document.root)
            expected[chosen.0] = value
        case 1:
            editor.remove(at: [chosen.0], in: document.root)
            expected[chosen.0] = Optional.none
        default:
            editor.set(value, at: ["new"], in: document.root)
            expected["new"] = value
        }
        let found = editor.finish()
        let parsed = try JSONDocument(parsing: found)
        #expect(parsed.root.value == .object(expected))
        // Every other member stands as it stood, to the byte.
        for (name, view) in members where name != chosen.0 || kind == 2 {
            #expect(parsed.root[name]?.source.elementsEqual(view.source) == true)
        }
        // Before and behind the one place nothing differs.
        let span = chosen.1.sourceRange
        switch kind {
        case 0:
            #expect(found.starts(with: bytes[..<span.lowerBound]))
            #expect(found.suffix(bytes.count - span.upperBound).elementsEqual(bytes[span.upperBound...]))
        case 1: #expect(found.count < bytes.count)
        default:
            let end = members.last!.1.sourceRange.upperBound
            #expect(found.starts(with: bytes[..<end]))
            #expect(found.suffix(bytes.count - end).elementsEqual(bytes[end...]))
        }
    }

    @Test("a document becomes any other by a merge, and equal parts keep their bytes", arguments: 0..<300)
    func merge(seed: Int) throws {
        var random = RandomJSON(seed: UInt64(seed) &+ 10_000)
        var old = JSONObject()
        for index in 0..<6 { old["m\(index)"] = random.value(depth: 3) }
        var new = old
        for index in 0..<6 where Bool.random(using: &random.generator) {
            switch Int.random(in: 0..<3, using: &random.generator) {
            case 0: new["m\(index)"] = Optional.none
            case 1: new["m\(index)"] = random.value(depth: 3)
            default: new["n\(index)"] = random.value(depth: 3)
            }
        }
        let document = try JSONDocument(parsing: random.text(of: .object(old)))
        var editor = JSONEditor(document)
        editor.merge(.object(new), into: document.root)
        let parsed = try JSONDocument(parsing: editor.finish())
        #expect(parsed.root.value.isEquivalent(to: .object(new)))
        for (key, view) in document.root.members {
            guard let kept = new[key.string], kept == old[key.string] else { continue }
            #expect(parsed.root[key.string]?.source.elementsEqual(view.source) == true)
        }
    }
}
