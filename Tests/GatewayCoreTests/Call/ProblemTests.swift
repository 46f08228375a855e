import JSON
import Testing

@testable import GatewayCore

@Suite("Problems")
struct ProblemTests {
    @Test("every code of the catalogue has a status, a title and a hint", arguments: ProblemCode.allCases)
    func catalogue(code: ProblemCode) {
        #expect((400..<600).contains(code.status))
        #expect(!code.title.isEmpty)
        #expect(!code.title.hasSuffix("."))
        #expect(!code.hint.isEmpty)
        #expect(code.hint.hasSuffix("."))
        #expect(
            code.rawValue.utf8.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || $0 == UInt8(ascii: "_") }
        )
    }

    @Test("titles are told apart", arguments: [ProblemCode.allCases])
    func titles(codes: [ProblemCode]) {
        #expect(Set(codes.map(\.title)).count == codes.count)
    }

    @Test("the body is RFC 9457 with what a program decides by", arguments: ProblemCode.allCases)
    func stableMembers(code: ProblemCode) throws {
        let json = try Problem(code, "What happened.", origin: .gateway, sent: .maybe, retry: .sameKey).json
        #expect(
            json.object?.keys == [
                "type", "title", "status", "detail", "code", "origin", "sent", "retry", "hint", "request_id",
            ]
        )
        #expect(json["type"] == .string("urn:timegate:problem:\(code.rawValue)"))
        #expect(json["title"] == .string(code.title))
        #expect(json["status"] == .integer(Int64(code.status)))
        #expect(json["detail"] == "What happened.")
        #expect(json["code"] == .string(code.rawValue))
        #expect(json["origin"] == "gateway")
        #expect(json["sent"] == "maybe")
        #expect(json["retry"] == "same_key")
        #expect(json["request_id"] == "r-1")
    }

    static var full: Problem {
        var problem = Problem(
            .vendorInvalid,
            "\"quoted\"\n\u{0}",
            origin: .vendor,
            sent: .yes,
            retry: .after,
            retryAfter: 30,
            errors: [
                FieldError(.required, "user.id", "m", vendorField: "person", vendorCode: "E1", hint: "h"),
                FieldError(.invalidValue, nil, "n"),
            ]
        )
        problem.rule = "owner"
        problem.source = "page"
        problem.place = Problem.ScriptPlace(
            place: "plugins/acme/plugin.lua:4",
            function: "authorize",
            excerpt: "> 4 | x"
        )
        problem.extra["required_plan"] = "gold"
        problem.vendor = Problem.VendorAnswer(status: 422, body: ["a": [1, nil]])
        return problem
    }

    @Test("everything that a problem can hold is in its body, once")
    func everything() throws {
        let json = try Self.full.json
        #expect(json["retry_after"] == 30)
        #expect(json["rule"] == "owner")
        #expect(json["source"] == "page")
        #expect(json["place"] == "plugins/acme/plugin.lua:4")
        #expect(json["function"] == "authorize")
        #expect(json["excerpt"] == "> 4 | x")
        #expect(json["required_plan"] == "gold")
        #expect(json["detail"] == "\"quoted\"\n\u{0}")
        #expect(json["vendor"] == ["status": 422, "body": ["a": [1, nil]]])
        #expect(
            json["errors"]?[0]
                == [
                    "field": "user.id", "vendor_field": "person", "code": "required", "vendor_code": "E1",
                    "message": "m",
                    "hint": "h",
                ]
        )
        #expect(json["errors"]?[1]?["field"] == .none)
        #expect(json["errors"]?[1]?["hint"] == .string(ProblemCode.invalidValue.hint))
    }

    @Test("a member of a plugin's own never stands twice, nor in the place of one that programs rely on")
    func ownMembers() throws {
        var problem = Self.full
        for name in Problem.members { problem.extra[name] = "mine" }
        let json = try problem.json
        #expect(json["status"] == 422)
        #expect(json["detail"] == "\"quoted\"\n\u{0}")
        #expect(json["required_plan"] == "gold")
        let written = try Self.full.json.object?.keys ?? []
        #expect(written.filter { !Problem.members.contains($0) } == ["required_plan"])
    }

    @Test("faults of one kind keep their code; faults of several become invalid_entry")
    func fromFaults() {
        let one = Problem(faults: [FieldError(.required, "note", "a")])
        #expect(one.code == .required)
        #expect(one.detail == "a")
        let two = Problem(faults: [FieldError(.required, "note", "a"), FieldError(.required, "title", "b")])
        #expect(two.code == .required)
        #expect(two.detail == "2 faults: a; …")
        let mixed = Problem(faults: [FieldError(.required, "note", "a"), FieldError(.invalidDate, "work_date", "b")])
        #expect(mixed.code == .invalidEntry)
        #expect(mixed.sent == .no)
        #expect(mixed.retry == .never)
    }
}
