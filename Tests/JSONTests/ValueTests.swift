import JSON
import Testing

@Suite struct ValueTests {
    @Test func literalsMakeTheValueTheyLookLike() {
        let value: JSONValue = [
            "null": nil, "bool": true, "integer": -7, "number": 1.5, "string": "text", "array": [1, "two", nil],
            "object": ["a": [:]],
        ]
        #expect(
            value
                == .object(
                    JSONObject([
                        ("null", .null), ("bool", .bool(true)), ("integer", .integer(-7)), ("number", .number("1.5")),
                        ("string", .string("text")), ("array", .array([.integer(1), .string("two"), .null])),
                        ("object", .object(JSONObject([("a", .object(JSONObject()))]))),
                    ])
                )
        )
        let large: JSONValue = 1e300
        #expect(JSONNumber.isValid(large.numberText ?? ""))
        let twice: JSONObject = ["a": 1, "b": 2]
        #expect(twice.keys == ["a", "b"])
    }

    @Test func accessorsGiveTheValueOfTheirKindOnly() {
        #expect(JSONValue.null.isNull)
        #expect(!JSONValue.bool(false).isNull)
        #expect(JSONValue.bool(true).bool == true)
        #expect(JSONValue.integer(1).bool == nil)
        #expect(JSONValue.integer(5).int64 == 5)
        #expect(JSONValue.number("5.0").int64 == nil)
        #expect(JSONValue.number("5.0").numberText == "5.0")
        #expect(JSONValue.integer(5).numberText == "5")
        #expect(JSONValue.string("5").numberText == nil)
        #expect(JSONValue.string("5").string == "5")
        #expect(JSONValue.array([1]).array == [1])
        #expect(JSONValue.null.array == nil)
        #expect(JSONValue.object(["a": 1]).object?.count == 1)
        #expect(JSONValue.null.object == nil)
    }

    @Test func subscriptsReachIntoValues() throws {
        let value = try JSONValue(parsing: #"{"a":[1,{"b":"c"}]}"#)
        #expect(value["a"]?[1]?["b"] == "c")
        #expect(value["b"] == nil)
        #expect(value[0] == nil)
        #expect(value["a"]?["a"] == nil)
        #expect(value["a"]?[2] == nil)
        #expect(value["a"]?[-1] == nil)
    }

    @Test func equalityLooksAtOrderAndDigitsAndEquivalenceDoesNot() throws {
        let left = try JSONValue(parsing: #"{"a":1,"b":[1.0,{"x":1,"y":2}]}"#)
        let right = try JSONValue(parsing: #"{"b":[1,{"y":2.0,"x":10e-1}],"a":1}"#)
        #expect(left != right)
        #expect(left.isEquivalent(to: right))
        #expect(left == left)
        for other in [
            #"{"a":1,"b":[{"x":1,"y":2},1.0]}"#, #"{"a":1,"b":[1.0,{"x":1}]}"#, #"{"a":1}"#,
            #"{"a":1,"c":[1.0,{"x":1,"y":2}]}"#,
            #"{"a":"1","b":[1.0,{"x":1,"y":2}]}"#, #"[1]"#, "null",
        ] {
            #expect(try !left.isEquivalent(to: JSONValue(parsing: other)), "\(other)")
            #expect(try !JSONValue(parsing: other).isEquivalent(to: left), "\(other)")
        }
        #expect(JSONValue.null.isEquivalent(to: .null))
        #expect(!JSONValue.null.isEquivalent(to: .bool(false)))
    }

    @Test func stringsAreComparedByteByByte() {
        #expect("é" == "e\u{301}" as String)
        #expect(JSONValue.string("é") != JSONValue.string("e\u{301}"))
        #expect(!JSONValue.string("é").isEquivalent(to: .string("e\u{301}")))
        #expect(JSONObject([("é", 1)]) != JSONObject([("e\u{301}", 1)]))
        let object: JSONObject = ["é": 1, "e\u{301}": 2]
        #expect(object["é"] == 1)
        #expect(object["e\u{301}"] == 2)
        #expect(object.isEquivalent(to: ["e\u{301}": 2, "é": 1]))
        #expect(!object.isEquivalent(to: ["e\u{301}": 1, "é": 2]))
    }

    @Test func objectKeepsTheOrderOfItsMembers() {
        var object: JSONObject = [:]
        #expect(object.isEmpty)
        object["z"] = 1
        object["a"] = 2
        object.append("m", 3)
        object["z"] = 4
        #expect(object.keys == ["z", "a", "m"])
        #expect(object.map(\.value) == [4, 2, 3])
        object["a"] = nil
        object["none"] = nil
        #expect(object.keys == ["z", "m"])
        object["a"] = .null
        #expect(object.keys == ["z", "m", "a"])
        #expect(object["a"] == .some(.null))
        #expect(object.count == 3)
        #expect(object != ["m": 3, "z": 4, "a": nil])
    }

    @Test func prettyTextHasALineForEveryMember() throws {
        let value = try JSONValue(parsing: #"{"a":[],"b":{},"c":[1,[2,"\n"]],"d":{"e\"":null}}"#)
        #expect(
            value.serialized(.pretty) == """
                {
                  "a": [],
                  "b": {},
                  "c": [
                    1,
                    [
                      2,
                      "\\n"
                    ]
                  ],
                  "d": {
                    "e\\"": null
                  }
                }
                """
        )
        #expect(value.serialized() == #"{"a":[],"b":{},"c":[1,[2,"\n"]],"d":{"e\"":null}}"#)
        #expect(try JSONValue(parsing: value.serialized(.pretty)) == value)
        #expect(value.description == value.serialized())
        #expect(JSONValue.string("x").serialized(.pretty) == "\"x\"")
    }
}
