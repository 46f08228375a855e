import JSON
import Testing

@testable import GatewayCore

@Suite("What the vendor has and the entry has not")
struct KeptFieldsTests {
    static func read(_ body: String, _ vendor: Vendor? = nil) throws -> Vendor.Reading {
        let vendor = try vendor ?? TestVendor.vendor()
        return try #require(
            vendor.readAnswer(
                JSONDocument(parsing: body).root,
                operation: .create,
                zones: TestZones.database,
                connection: TestVendor.connection()
            )
        )
    }

    static func kept(_ body: String, _ vendor: Vendor? = nil) throws -> String? {
        try read(body, vendor).entry[.vendorFields]?.json.serialized(.compact)
    }

    @Test("members that no line names are kept in their place, at every depth")
    func undeclared() throws {
        let body =
            #"{"id":"1","project_id":"p","new":1,"meta":{"colour":"red","size":2,"deep":{"a":[{"b":null}]}},"z":[]}"#
        #expect(
            try Self.kept(body) == #"{"meta":{"colour":"red","size":2,"deep":{"a":[{"b":null}]}},"new":1,"z":[]}"#
        )
    }

    @Test("an answer that is wholly mapped keeps nothing")
    func nothing() throws {
        #expect(try Self.kept(#"{"id":"1","project_id":"p","day":"2026-11-20","minutes":60,"text":"x"}"#) == nil)
        #expect(try Self.kept("{}") == nil)
    }

    @Test("white space between is left out; white space, escapes and digits inside stay as they came")
    func spellings() throws {
        let body =
            "{ \"a\" : [ 1 , 2.50 , 1e400 , 12345678901234567890.0 ] ,\n\t"
            + "\"b\" : \" x\\u0041 \" , \"c d\":{ \"e\" : -0 } }"
        let kept = try #require(try Self.kept(body))
        #expect(kept == #"{"a":[1,2.50,1e400,12345678901234567890.0],"b":" xA ","c d":{"e":-0}}"#)
        var writer = JSONWriter(reserving: 64)
        try Self.read(body).entry.write(to: &writer)
        let text = String(decoding: writer.finish(), as: UTF8.self)
        #expect(text.contains(#""a":[1,2.50,1e400,12345678901234567890.0]"#))
    }

    @Test("a value that its line cannot read is kept as it came, and reported")
    func unreadable() throws {
        let reading = try Self.read(#"{"minutes":"an hour","day":20261120,"made":"once","charge":"maybe"}"#)
        #expect(
            reading.entry[.vendorFields]?.json
                == ["day": 20261120, "minutes": "an hour", "made": "once", "charge": "maybe"]
        )
        #expect(
            Set(reading.report.notes.filter { $0.kind == .inconsistent }.map(\.field)) == [
                "duration_seconds", "work_date", "created_at", "billable",
            ]
        )
        #expect(!reading.entry.has(.durationSeconds))
    }

    @Test("a value where an object belongs, and an object where a value belongs, are kept")
    func otherKinds() throws {
        #expect(try Self.kept(#"{"meta":"flat"}"#) == #"{"meta":"flat"}"#)
        #expect(try Self.kept(#"{"meta":[{"colour":1}]}"#) == #"{"meta":[{"colour":1}]}"#)
        #expect(try Self.kept(#"{"text":{"html":"x"}}"#) == #"{"text":{"html":"x"}}"#)
    }

    @Test("of lists, what no line takes of each element is kept, element by element")
    func lists() throws {
        let vendor = try TestVendor.vendor([
            TestVendor.line("id", .member(.id), .identifier) { $0.scope = .answer },
            TestVendor.line("jobs[].id", .subject(type: "project", part: .id), .integerIdentifier),
            TestVendor.line("jobs[].name", .keep, .json),
        ])
        let reading = try Self.read(#"{"jobs":[{"id":7,"name":"A"},{"id":8},{"name":"C","extra":1.0}]}"#, vendor)
        #expect(reading.entry.subject("project")?.id == "7")
        #expect(reading.entry[.moreSubjects]?.json == .array([["type": "project", "id": "8"]]))
        #expect(
            reading.entry[.vendorFields]?.json.serialized(.compact)
                == #"{"jobs":[{"name":"A"},{},{"name":"C","extra":1.0}]}"#
        )
        let odd = try Self.read(#"{"jobs":"7"}"#, vendor)
        #expect(odd.entry[.vendorFields]?.json == ["jobs": "7"])
        #expect(odd.report.lines == ["inconsistent subjects.project.id"])
    }

    @Test("what was kept goes back as it came when the entry is sent again")
    func sentBack() async throws {
        let entry = try Self.read(
            #"""
            {"id":"1","project_id":"p","person_id":"7","day":"2026-11-20","minutes":60,"meta":{"colour":[1.10,null]}}
            """#
        ).entry
        let plan = try await TestCreate().plan(entry.json.serialized(.compact))
        let body = String(decoding: try #require(plan.request.body), as: UTF8.self)
        #expect(body.contains(#""meta":{"colour":[1.10,null]}"#))
    }
}
