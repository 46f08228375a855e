import JSON
import Testing

@testable import GatewayCore

@Suite("How a vendor says no")
struct ErrorReaderTests {
    static func rules(_ change: (inout ErrorRules) -> Void = { _ in }) -> ErrorRules {
        var rules = ErrorRules()
        rules.code = ["error", "code"]
        rules.messages = [["error", "message"], ["message"]]
        rules.kinds = [
            "gone": .notFound, "busy": .conflict, "slow_down": .limit, "oops": .broken, "no_plan": .plan,
            "bad": .invalid,
            "token": .vendorAuth, "sealed": .locked,
        ]
        rules.statuses = [418: .permission, 503: .limit]
        change(&rules)
        return rules
    }

    static func problem(
        _ status: Int,
        _ body: String?,
        _ operation: GatewayCore.Operation = .create,
        asked: [Member] = Member.allCases,
        rules: ErrorRules = rules(),
        fields: [FieldLine] = TestVendor.minutes
    ) throws -> Problem {
        let vendor = try TestVendor.vendor(fields) { $0.errors = rules }
        let document = try body.map { try JSONDocument(parsing: $0) }
        return ErrorReader(vendor: vendor, operation: operation, asked: asked).problem(
            status: status,
            body: document?.root,
            shown: document?.root.value ?? .null,
            retryAfter: 9
        )
    }

    // MARK: - Lists of texts

    static let texts = rules { rules in
        rules = ErrorRules()
        rules.list = ["result", "errors"]
    }

    @Test(
        "a list alone is one of texts, and all of them are told",
        arguments: [
            (#"{"result":{"errors":["Hours is invalid"]}}"#, "Hours is invalid"),
            (
                #"{"result":{"errors":["Hours is invalid","","Activity is missing"]}}"#,
                "Hours is invalid; Activity is missing"
            ),
            (#"{"result":{"errors":[]}}"#, "It answered with the status 422."),
            (#"{"result":{"errors":[7,{"message":"x"}]}}"#, "It answered with the status 422."),
            (#"{"result":{"errors":"Hours is invalid"}}"#, "It answered with the status 422."),
        ]
    )
    func listOfTexts(body: String, detail: String) throws {
        let problem = try Self.problem(422, body, rules: Self.texts)
        #expect(problem.code == .vendorInvalid)
        #expect(problem.detail == "Acme: \(detail)")
    }

    @Test("of very many texts some are told")
    func manyTexts() throws {
        let list = (0..<5000).map { "\"e\($0)\"" }.joined(separator: ",")
        let problem = try Self.problem(422, "{\"result\":{\"errors\":[\(list)]}}", rules: Self.texts)
        #expect(problem.detail.hasSuffix("e8; e9; …"))
    }

    @Test("the gateway's own refusals stand in a list of texts as the vendor's do")
    func writtenTexts() throws {
        let vendor = try TestVendor.vendor(TestVendor.minutes) { $0.errors = Self.texts }
        var problem = Problem(.unknownMember, "Two members are wrong.")
        problem.errors = [
            FieldError(.unknownMember, nil, "is not known.", vendorField: "hourz"),
            FieldError(.unknownMember, nil, "Something else."),
        ]
        let refusal = vendor.nativeRefusal(problem, requestID: "r")
        #expect(refusal.status == 422)
        #expect(
            String(decoding: refusal.body, as: UTF8.self)
                == #"{"result":{"errors":["hourz: is not known.","Something else."]}}"#
        )
        let alone = vendor.nativeRefusal(Problem(.permissionDenied, "Not yours."), requestID: "r")
        #expect(String(decoding: alone.body, as: UTF8.self) == #"{"result":{"errors":["Not yours."]}}"#)
        let read = try Self.problem(403, String(decoding: alone.body, as: UTF8.self), rules: Self.texts)
        #expect(read.detail == "Acme: Not yours.")
    }

    // MARK: - Kinds

    @Test(
        "the code decides before the status",
        arguments: [
            ("busy", 400, ProblemCode.vendorConflict), ("slow_down", 403, .vendorLimit), ("no_plan", 403, .vendorPlan),
            ("bad", 409, .vendorInvalid), ("token", 403, .vendorAuth), ("sealed", 422, .vendorLocked),
            ("gone", 400, .referenceNotFound), ("busy", 503, .vendorConflict), ("unheard", 409, .vendorConflict),
            ("unheard", 418, .vendorPermission), ("unheard", 400, .vendorInvalid),
        ]
    )
    func code(code: String, status: Int, expected: ProblemCode) throws {
        let problem = try Self.problem(status, #"{"error":{"code":"\#(code)","message":"m"},"status":200}"#)
        #expect(problem.code == expected)
        #expect(problem.extra["vendor_code"] == .string(code))
        #expect(problem.sent == .yes)
        #expect(problem.origin == .vendor)
    }

    @Test(
        "without a code the status decides, first as the plugin says, then as HTTP does",
        arguments: [
            (400, ProblemCode.vendorInvalid), (401, .vendorAuth), (402, .vendorPlan), (403, .vendorPermission),
            (404, .referenceNotFound), (405, .vendorInvalid), (409, .vendorConflict), (410, .vendorInvalid),
            (415, .vendorInvalid), (418, .vendorPermission), (422, .vendorInvalid), (423, .vendorLocked),
            (429, .vendorLimit),
            (503, .vendorLimit),
        ]
    )
    func status(status: Int, expected: ProblemCode) throws {
        for body in [nil, "{}", "[]", #""text""#, #"{"error":"text"}"#] {
            let problem = try Self.problem(status, body)
            #expect(problem.code == expected)
            #expect(problem.sent == .yes)
            #expect(problem.detail == "Acme: It answered with the status \(status).")
            #expect(problem.vendor?.status == status)
        }
    }

    @Test("not found is a reference on create, and the entry in all else")
    func notFound() throws {
        #expect(try Self.problem(404, nil, .get).code == .vendorNotFound)
        #expect(try Self.problem(404, nil, .update).code == .vendorNotFound)
        #expect(try Self.problem(400, #"{"error":{"code":"gone"}}"#, .delete).code == .vendorNotFound)
        #expect(try Self.problem(404, nil, .create).code == .referenceNotFound)
    }

    @Test("after a server's fault on a write, nobody knows whether it was recorded")
    func brokenWrite() throws {
        for operation in GatewayCore.Operation.allCases where operation != .get && operation != .list {
            for status in [500, 502, 504, 599, 408, 302] {
                let problem = try Self.problem(status, nil, operation)
                #expect(problem.code == .outcomeUnknown)
                #expect(problem.sent == .maybe)
                #expect(problem.retry == .never)
            }
            #expect(try Self.problem(400, #"{"error":{"code":"oops"}}"#, operation).code == .outcomeUnknown)
        }
    }

    @Test("after a server's fault on a read, nothing can have been recorded")
    func brokenRead() throws {
        for operation in [GatewayCore.Operation.get, .list] {
            let problem = try Self.problem(500, nil, operation)
            #expect(problem.code == .vendorError)
            #expect(problem.sent == .yes)
        }
    }

    @Test("a limit says when to come again")
    func limit() throws {
        let problem = try Self.problem(429, nil)
        #expect(problem.retry == .after)
        #expect(problem.retryAfter == 9)
        #expect(try Self.problem(409, nil).retryAfter == nil)
    }

    @Test("the first message that is there is told, and what the plugin keeps goes on")
    func messages() throws {
        let kept = Self.rules { $0.keep = [ErrorRules.Kept(path: ["error", "plan"], name: "required_plan")] }
        let problem = try Self.problem(402, #"{"error":{"message":"","plan":"gold"},"message":"Pay"}"#, rules: kept)
        #expect(problem.detail == "Acme: Pay")
        #expect(problem.extra["required_plan"] == "gold")
        #expect(try Self.problem(402, #"{"error":{"plan":null}}"#, rules: kept).extra["required_plan"] == nil)
    }

    // MARK: - Fields

    @Test("fields in a map become the caller's members, a list of reasons one error each")
    func map() throws {
        let rules = Self.rules { $0.fields = .map(["fields"]) }
        let problem = try Self.problem(
            422,
            #"{"fields":{"project_id":"unknown","minutes":["too short","odd"],"nowhere":5,"meta.colour":"no"}}"#,
            rules: rules
        )
        #expect(problem.code == .vendorInvalid)
        #expect(
            problem.errors.map { [$0.field ?? "-", $0.vendorField ?? "-", $0.message] } == [
                ["subjects.project.id", "project_id", "unknown"], ["duration_seconds", "minutes", "too short"],
                ["duration_seconds", "minutes", "odd"], ["-", "nowhere", "Acme refuses it."],
                ["vendor_fields.meta.colour", "meta.colour", "no"],
            ]
        )
        #expect(problem.errors.allSatisfy { $0.code == "vendor_invalid" })
        #expect(problem.detail == "Acme: unknown")
    }

    @Test("fields in a list are found by name, also in Pascal case")
    func list() throws {
        let rules = Self.rules {
            $0.fields = .list(["errors"], name: ["property"], message: ["text"], isPascalCase: true)
        }
        let problem = try Self.problem(
            400,
            #"{"errors":[{"property":"Minutes","text":"a"},{"property":"Person_id","text":"b"},{}]}"#,
            rules: rules
        )
        #expect(problem.errors.map(\.field) == ["duration_seconds", "user.id", nil])
        #expect(problem.errors.map(\.message) == ["a", "b", "Acme refuses it."])
    }

    @Test("fields as JSON pointers are found in the document, parameters are named")
    func pointers() throws {
        let rules = Self.rules {
            $0.list = ["errors"]
            $0.code = ["code"]
            $0.messages = [["detail"]]
            $0.fields = .pointer(["source", "pointer"], parameter: ["source", "parameter"])
        }
        let problem = try Self.problem(
            422,
            #"""
            {"errors":[{"code":"bad","detail":"a","source":{"pointer":"/meta/colour"}},
             {"code":"c","detail":"b","source":{"parameter":"filter"}},{"detail":"general"},
             {"detail":"d","source":{"pointer":"minutes"}}]}
            """#,
            rules: rules
        )
        #expect(problem.errors.map(\.field) == ["vendor_fields.meta.colour", nil, "duration_seconds"])
        #expect(problem.errors.map(\.vendorField) == ["meta.colour", "filter", "minutes"])
        #expect(problem.errors.map(\.vendorCode) == ["bad", "c", nil])
        #expect(problem.code == .vendorInvalid)
    }

    @Test(
        "the error of a field that was worked out names the member that the caller sent",
        arguments: [
            ("day", [Member.startedAt, .endedAt], "started_at"), ("minutes", [.duration, .workDate], "duration"),
            ("minutes", [.startedAt, .endedAt], "ended_at"), ("text", [.title], "title"),
            ("text", [.note, .title], "note"),
            ("day", [.note], "work_date"),
        ]
    )
    func derived(vendorField: String, asked: [Member], member: String) throws {
        let rules = Self.rules { $0.fields = .map(["fields"]) }
        let problem = try Self.problem(422, #"{"fields":{"\#(vendorField)":"no"}}"#, asked: asked, rules: rules)
        #expect(problem.errors.map(\.field) == [member])
    }

    @Test(
        "a body of another shape than the rules expect breaks nothing",
        arguments: [
            "{}", "[]", "5", #"{"errors":7}"#,
            #"{"fields":[1]}"#, #"{"errors":[1,null,"x"]}"#, #"{"error":{"code":{"a":1},"message":[]}}"#,
        ]
    )
    func oddShapes(body: String) throws {
        for fields in [
            ErrorRules.FieldRule.map(["fields"]), .list(["errors"], name: ["a"], message: ["b"], isPascalCase: true),
            .pointer(["a"], parameter: ["b"]),
        ] {
            let rules = Self.rules {
                $0.fields = fields
                $0.list = ["errors"]
            }
            let problem = try Self.problem(422, body, rules: rules)
            #expect(problem.code == .vendorInvalid)
            #expect(!problem.detail.isEmpty)
        }
    }
}
