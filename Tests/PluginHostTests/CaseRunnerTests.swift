import Foundation
import GatewayCore
import JSON
import Testing

@testable import PluginHost

@Suite("Golden cases")
struct CaseRunnerTests {
    static let request = #"""
        {"about": "An entry goes out.", "direction": "write_request",
         "given": {"user": {"id": "7"}, "subjects": {"project": {"id": "p"}},
           "work_date": "2026-11-20", "duration": "1m"},
         "connection": {"settings": {"user_id": "7"}},
         "expect": {"request": {"method": "POST", "path": "/entries", "headers": {"Authorization": "Bearer ***"},
           "body": {"projectId": "p", "day": "2026-11-20", "seconds": 60}}, "mapping": {}}}
        """#
    static let expectation = #"""
        "expect": {"entry": {"id": "1", "duration_seconds": 60, "vendor_fields": {"colour": "red"}}, "mapping": {}}
        """#
    static let answer = #"""
        {"about": "An answer comes in.", "direction": "read_answer",
         "given": {"status": 200, "body": {"data": {"id": "1", "seconds": 60, "colour": "red"}}},
         \#(expectation)}
        """#
    static let refusal = #"""
        {"about": "A refusal is understood.", "direction": "read_refusal",
         "given": {"status": 422, "body": {"message": "no"}},
         "expect": {"problem": {"code": "vendor_invalid", "detail": "Acme: no"}}}
        """#

    static func failures(_ text: String, source: String = TemporaryPlugin.good) async throws -> [String] {
        let results = try await TemporaryPlugin(source, cases: ["case.json": text]).results()
        return try #require(results["case.json"]).failures
    }

    @Test("a case that is right passes", arguments: [request, answer, refusal])
    func passes(text: String) async throws {
        #expect(try await Self.failures(text) == [])
    }

    @Test("a result says which case it is")
    func result() async throws {
        let results = try await TemporaryPlugin(TemporaryPlugin.good, cases: ["a.json": Self.answer]).results()
        let result = try #require(results["a.json"])
        #expect(result.about == "An answer comes in.")
        #expect(result.direction == "read_answer")
    }

    @Test(
        "a wrong expectation is told field by field",
        arguments: [
            (request, #""seconds": 60"#, #""seconds": 61"#, ["/request/body/seconds: expected 61, found 60"]),
            (request, #""projectId": "p", "#, "", [#"/request/body/projectId: not expected, found "p""#]),
            (
                request, #""seconds": 60}"#, #""seconds": 60, "more": [1]}"#,
                ["/request/body/more: missing, expected [1]"]
            ),
            (request, "POST", "PUT", [#"/request/method: expected "PUT", found "POST""#]),
            (
                request, "Bearer ***", "Bearer x",
                [#"/request/headers/Authorization: expected "Bearer x", found "Bearer ***""#]
            ),
            (
                request, #""Authorization""#, #""X-Other""#,
                [#"/request/headers/X-Other: missing, expected "Bearer ***""#]
            ),
            (
                request, #""mapping": {}"#, #""mapping": {"dropped": ["note"]}"#,
                [#"/mapping/dropped: missing, expected ["note"]"#]
            ),
            (
                request, #""mapping": {}"#, #""maping": {}"#,
                [#"/maping: nothing was found, expected {}. Did you mean "mapping"?"#]
            ),
            (
                answer, #""duration_seconds": 60"#, #""duration_seconds": "60""#,
                [#"/entry/duration_seconds: expected "60", found 60"#]
            ),
            (
                answer, #"{"colour": "red"}"#, #"{"colour": "blue"}"#,
                [#"/entry/vendor_fields/colour: expected "blue", found "red""#]
            ),
            (
                answer, #""id": "1", "duration"#, #""id": "2", "note": "x", "duration"#,
                [#"/entry/id: expected "2", found "1""#, #"/entry/note: missing, expected "x""#]
            ),
            (
                refusal, "vendor_invalid", "vendor_limit",
                [#"/problem/code: expected "vendor_limit", found "vendor_invalid""#]
            ),
            (refusal, #""detail": "Acme: no""#, #""hints": 1"#, ["/problem/hints: missing, expected 1"]),
            (refusal, #"{"problem""#, #"{"entry": {}, "problem""#, ["/entry: nothing was found, expected {}"]),
        ]
    )
    func differences(text: String, old: String, new: String, lines: [String]) async throws {
        let changed = text.replacing(old, with: new, maxReplacements: old == #""id": "1", "duration"# ? 1 : .max)
        #expect(changed != text)
        #expect(try await Self.failures(changed) == lines)
    }

    @Test("a problem where none was expected fails, and so does a request where a problem was")
    func problems() async throws {
        let lines = try await Self.failures(Self.request.replacing(#""duration": "1m""#, with: #""note": 5"#))
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix("a problem was not expected: "))
        #expect(lines[0].contains("wrong_type"))
        let text = Self.request.replacing(
            #"{"request": {"method""#,
            with: #"{"problem": {"code": "required"}, "request": {"method""#
        )
        #expect(try await Self.failures(text) == [#"/problem: nothing was found, expected {"code":"required"}"#])
    }

    @Test(
        "a case that cannot check what it says fails, and says why",
        arguments: [
            (
                #""expect": {"entry""#, #""expects": {"entry""#,
                #"There is no "expects" in a case. Did you mean "expect"?"#
            ),
            (
                expectation,
                #""expect": {}"#, "expect is missing or empty: a case that expects nothing cannot fail."
            ),
            (
                expectation,
                #""now": "2026-11-20T09:00:00Z""#,
                "expect is missing or empty: a case that expects nothing cannot fail."
            ),
            (
                #""about": "An answer comes in.""#, #""about": """#,
                "about is missing: a sentence that says what the case shows."
            ),
            (#""read_answer""#, #""read_anwser""#, #"direction is "read_anwser"; it must be one of "#),
            (#""given": {"#, #""operation": "crate", "given": {"#, #"operation is "crate"; it must be one of"#),
            (
                #""given": {"#, #""include": ["mony"], "given": {"#,
                #"include is "mony"; it must be one of money, raw. Did you mean "money"?"#
            ),
            (#""given": {"#, #""now": "today", "given": {"#, "now must be a time in RFC 3339."),
            (
                #""given": {"#, #""connection": {"zone": "UTC"}, "given": {"#,
                #"There is no "connection.zone" in a case."#
            ),
            (#""given": {"#, #""connection": {"time_zone": "Mars/Base"}, "given": {"#, "connection.time_zone: "),
            (
                #""given": {"#, #""connection": {"handling": "lenent"}, "given": {"#,
                #"connection.handling is "lenent"; it must be one of lenient, strict. Did you mean "lenient"?"#
            ),
            (#""given": {"#, #""connection": {"rounding": "half"}, "given": {"#, #"connection.rounding is "half""#),
            (
                #""given": {"#, #""connection": {"settings": {"user": "7"}}, "given": {"#,
                #"There is no "connection.settings.user" in a case."#
            ),
            (
                #""given": {"#, #""caller": {"scope": []}, "given": {"#,
                #"There is no "caller.scope" in a case. Did you mean "scopes"?"#
            ),
            (
                #""given": {"#, #""caller": {"scopes": ["write:other"]}, "given": {"#,
                #"caller.scopes is "write:other"; it must be one of read, write, approve, read:others, write:others, proxy."#
            ),
            (
                #""given": {"#, #""caller": {"identity": {"userid": "7"}}, "given": {"#,
                #"There is no "caller.identity.userid" in a case. Did you mean "user_id"?"#
            ),
        ]
    )
    func mistakes(old: String, new: String, line: String) async throws {
        let text = Self.answer.replacing(old, with: new)
        #expect(text != Self.answer)
        let lines = try await Self.failures(text)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix(line) == true, "\(lines)")
    }

    @Test("a case that is no JSON fails with its place")
    func invalidJSON() async throws {
        let lines = try await Self.failures("{\n  \"about\": \"x\",\n  \"direction\": }")
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix("plugins/acme/cases/case.json:3:16: "))
        #expect(try await Self.failures("[]") == ["A case must be a JSON object."])
        #expect(try await Self.failures("").count == 1)
    }

    @Test("a case without a direction says so, and one that is misspelt what is meant")
    func direction() async throws {
        let without = try await Self.failures(Self.answer.replacing(#""direction": "read_answer","#, with: ""))
        #expect(without.first?.hasPrefix("direction is missing: one of write_request") == true)
        let misspelt = try await Self.failures(Self.answer.replacing("read_answer", with: "read_anwser"))
        #expect(misspelt.first?.hasSuffix(#"Did you mean "read_answer"?"#) == true)
    }

    @Test("a kind of report and a code that are none are named with what is meant")
    func expectations() async throws {
        let kind = try await Self.failures(
            Self.request.replacing(#""mapping": {}"#, with: #""mapping": {"droped": ["note"]}"#)
        )
        #expect(kind == [#"There is no "expect.mapping.droped" in a case. Did you mean "dropped"?"#])
        let other = try await Self.failures(
            Self.request.replacing(#""mapping": {}"#, with: #""mapping": {"lost": ["note"]}"#)
        )
        #expect(other.first?.contains("There are: converted, derived") == true, "\(other)")
        let code = try await Self.failures(Self.refusal.replacing("vendor_invalid", with: "vendor_invalyd"))
        #expect(code.first?.hasSuffix(#"does not have. Did you mean "vendor_invalid"?"#) == true, "\(code)")
    }

    @Test("answers that nobody asked for fail an exchange, and the names of headers have no case")
    func exchange() async throws {
        let text = #"""
            {"about": "One read.", "direction": "exchange", "operation": "get", "given": {"id": "1"},
             "connection": {"settings": {"user_id": "7"}},
             "answers": [{"status": 200, "body": {"id": "1"}}],
             "expect": {"requests": [{"headers": {"authorization": "Bearer ***"}}]}}
            """#
        let source = TemporaryPlugin.good.replacing("create = {", with: "get = { \"GET /entries/{id}\" }, create = {")
        #expect(try await Self.failures(text, source: source) == [])
        let more = text.replacing("}}],", with: #"}}, {"status": 500}],"#)
        #expect(
            try await Self.failures(more, source: source) == [
                "/answers: 1 of 2 were never asked for (1 request was sent): take away what is not needed."
            ]
        )
    }

    @Test("a folder of cases that cannot be read is no folder without cases")
    func unreadableFolder() async throws {
        let plugin = try TemporaryPlugin(TemporaryPlugin.good)
        try FileManager.default.removeItem(atPath: plugin.folder + "/cases")
        try FileManager.default.createSymbolicLink(atPath: plugin.folder + "/cases", withDestinationPath: "cases")
        #expect(try await plugin.run().first?.failures.first?.contains("cases cannot be read") == true)
    }

    @Test("one case that fails keeps no other from passing, and the results are in the order of the names")
    func several() async throws {
        let plugin = try TemporaryPlugin(
            TemporaryPlugin.good,
            cases: [
                "c.json": Self.request, "a.json": "{", "b.json": Self.answer, "notes.txt": "no case",
                "d.json": Self.refusal,
            ]
        )
        let results = try await plugin.run()
        #expect(results.map(\.file) == ["a.json", "b.json", "c.json", "d.json"])
        #expect(results.map(\.failures.isEmpty) == [false, true, true, true])
    }

    @Test("a plugin without cases has no results")
    func none() async throws {
        #expect(try await TemporaryPlugin(TemporaryPlugin.good).results().isEmpty)
    }

    @Test("cases run the plugin's functions, each in a state of its own")
    func functions() async throws {
        let source = TemporaryPlugin.good(
            with: "to_vendor = function(r) n = n + 1 r.seconds = n return r end,",
            before: "local n = 0"
        )
        let text = Self.request.replacing(#""seconds": 60"#, with: #""seconds": 1"#)
        let results = try await TemporaryPlugin(source, cases: ["a.json": text, "b.json": text]).results()
        #expect(results.values.map(\.failures) == [[], []])
    }

    @Test("a function that fails in a case fails the case with its place")
    func failingFunction() async throws {
        let source = TemporaryPlugin.good(with: "to_vendor = function(r)\n    return r.a.b\n  end,")
        let lines = try await Self.failures(Self.request, source: source)
        #expect(lines.count == 1)
        #expect(lines[0].contains("plugin_failed"))
        #expect(lines[0].contains("plugins/acme/plugin.lua:"))
    }

    @Test("from_vendor may find the id that the table does not", arguments: [true, false])
    func fromVendorsID(finds: Bool) async throws {
        let body = finds ? "entry.id = answer.ids[1]" : ""
        let source = TemporaryPlugin.good(with: "from_vendor = function(entry, answer) \(body) return entry end,")
            .replacing("create = { \"POST /entries\", entry = \"data\" }", with: "create = { \"POST /entries\" }")
        let expect =
            finds ? #""entry": {"id": "99"}"# : #""problem": {"status": 502, "code": "recorded_but_unmapped"}"#
        let text = #"""
            {"about": "A create.", "direction": "exchange", "connection": {"settings": {"user_id": "7"}},
             "given": {"entry": {"subjects": {"project": {"id": "p"}}, "work_date": "2026-11-20", "duration": "1m"}},
             "answers": [{"status": 201, "body": {"ids": ["99"]}}],
             "expect": {\#(expect)}}
            """#
        #expect(try await Self.failures(text, source: source) == [])
    }

    @Test("an answer that is read goes through from_vendor, and what fails there fails the case with its line")
    func fromVendor() async throws {
        let source = TemporaryPlugin.good(
            with:
                "from_vendor = function(entry, answer)\n    entry.note = answer.data.id .. \"!\"\n    return entry\n  end,"
        )
        let text = Self.answer.replacing(
            #""id": "1", "duration_seconds""#,
            with: #""id": "1", "note": "1!", "duration_seconds""#
        )
        #expect(try await Self.failures(text, source: source) == [])
        let broken = source.replacing("answer.data.id", with: "answer.data.id.x.y")
        for direction in [Self.answer, Self.sentAnswer] {
            let lines = try await Self.failures(direction, source: broken)
            #expect(lines.first?.contains("plugins/acme/plugin.lua:34: ") == true, "\(lines)")
            #expect(lines.first?.contains("> 34 |") == true, "\(lines)")
        }
    }

    /// The answer to an entry that was sent, which a call goes on with where a function fails.
    static let sentAnswer = answer.replacing(
        #""given": {"#,
        with:
            #""sent": {"user": {"id": "7"}, "subjects": {"project": {"id": "p"}}, "work_date": "2026-11-20", "duration": "1m"}, "connection": {"settings": {"user_id": "7"}}, "given": {"#
    )

    @Test("a refusal that is read goes through problem")
    func problemFunction() async throws {
        let source = TemporaryPlugin.good(
            with:
                "problem = function(answer)\n    return { kind = \"locked\", message = answer.body.message .. \"!\" }\n  end,"
        )
        let text = Self.refusal.replacing(
            #""code": "vendor_invalid", "detail": "Acme: no""#,
            with: #""code": "vendor_locked", "detail": "Acme: no!""#
        )
        #expect(try await Self.failures(text, source: source) == [])
    }
}

@Suite("JSONDifference")
struct JSONDifferenceTests {
    @Test("values that say the same do not differ: members in any order, numbers by value")
    func same() throws {
        let left = try JSONValue(parsing: #"{"a":1,"b":[1.50,{"c":null}]}"#)
        let right = try JSONValue(parsing: #"{"b":[1.5,{"c":null}],"a":1}"#)
        #expect(JSONDifference.lines(expected: left, found: right).isEmpty)
    }

    @Test("each place that differs is a line of its own")
    func places() throws {
        let expected = try JSONValue(parsing: #"{"a":[1,2,3],"b":{"c":1,"d":2},"e":null}"#)
        let found = try JSONValue(parsing: #"{"a":[1,5],"b":{"c":"1","x":0},"e":false}"#)
        #expect(
            JSONDifference.lines(expected: expected, found: found) == [
                "/a/1: expected 2, found 5", "/a/2: missing, expected 3", #"/b/c: expected 1, found "1""#,
                "/b/d: missing, expected 2", "/b/x: not expected, found 0", "/e: expected null, found false",
            ]
        )
        #expect(JSONDifference.lines(expected: 1, found: 2) == ["/: expected 1, found 2"])
        #expect(JSONDifference.lines(expected: .array([]), found: .object([:])) == ["/: expected [], found {}"])
    }

    @Test("a long value is cut in its line")
    func long() {
        let lines = JSONDifference.lines(expected: .string(String(repeating: "x", count: 5000)), found: 1)
        #expect(lines[0].count < 220)
    }
}
