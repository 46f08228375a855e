import GatewayCore
import JSON
import Testing

@testable import PluginHost

@Suite("A plugin's functions")
struct ScriptHostTests {
    // MARK: - Allowing and denying

    @Test("authorize that returns true allows")
    func allows() async throws {
        try await TestScripts("authorize = function() return true end,").authorize()
    }

    @Test(
        "authorize that returns nothing, nil or false denies",
        arguments: ["", "return", "return nil", "return false", "return nil, nil"]
    )
    func deniesByDefault(body: String) async throws {
        let problem = try await TestScripts("authorize = function() \(body) end,").refusal()
        #expect(problem.code == .permissionDenied)
        #expect(problem.origin == .plugin)
        #expect(problem.sent == .no)
        #expect(!problem.detail.isEmpty)
    }

    @Test(
        "authorize that returns something else has failed, and denies",
        arguments: [
            ("return 1", "a number"), ("return \"yes\"", "a string"), ("return {}", "a table"),
            ("return json.null", "json.null"),
        ]
    )
    func wrongAnswer(body: String, kind: String) async throws {
        let problem = try await TestScripts("authorize = function() \(body) end,").refusal()
        #expect(problem.code == .pluginFailed)
        #expect(
            problem.detail
                == "plugins/acme/plugin.lua:33: authorize must return true, or nil and a refusal; it returned \(kind)."
        )
        #expect(problem.place?.function == "authorize")
    }

    @Test("a refusal says code, field, message, rule and source")
    func refusal() async throws {
        let problem = try await TestScripts(
            """
            authorize = function() return nil, { code = "no_identity", field = "user.id", message = "Who?",
              rule = "owner", source = "page", hint = "Ask." } end,
            """
        ).refusal()
        #expect(problem.code == .noIdentity)
        #expect(problem.detail == "Who?")
        #expect(problem.rule == "owner")
        #expect(problem.source == "page")
        #expect(
            problem.errors.map { [$0.code, $0.field, $0.message, $0.hint] } == [
                ["no_identity", "user.id", "Who?", "Ask."]
            ]
        )
    }

    @Test("a refusal with a code that is not in the catalogue, or without any, takes the function's own")
    func refusalCode() async throws {
        for table in ["{ code = \"nope\", message = \"m\" }", "{ message = \"m\" }"] {
            let scripts = try TestScripts(
                "authorize = function() return nil, \(table) end, validate = function() return nil, \(table) end,"
            )
            #expect(try await scripts.refusal().code == .permissionDenied)
            #expect(try await scripts.invalidity().code == .refusedByPlugin)
        }
    }

    @Test(
        "what nothing reads in a refusal is told with the function's line and what is meant, and it is refused",
        arguments: [
            ("mesage = \"m\"", "\"mesage\"", "Did you mean \"message\"?"),
            ("message = \"m\", feild = \"note\"", "\"feild\"", "Did you mean \"field\"?"),
            ("message = \"m\", code = \"requird\"", "the code \"requird\"", "Did you mean \"required\"?"),
            ("message = \"m\", field = \"nte\"", "the field \"nte\"", "Did you mean \"note\"?"),
        ]
    )
    func misspelt(table: String, what: String, meant: String) async throws {
        let problem = try await TestScripts("validate = function() return nil, { \(table) } end,").invalidity()
        let mistake = try #require(problem.extra["plugin_mistake"]?.string)
        #expect(mistake.hasPrefix("plugins/acme/plugin.lua:33: validate refuses with \(what)"))
        #expect(mistake.contains(meant))
        let right = "message = \"m\", code = \"required\", field = \"vendor_fields.x\", hint = \"h\""
        let good = try await TestScripts("validate = function() return nil, { \(right) } end,").invalidity()
        #expect(good.extra["plugin_mistake"] == nil)
    }

    @Test("validate that returns nothing or true lets the entry pass", arguments: ["", "return nil", "return true"])
    func valid(body: String) async throws {
        try await TestScripts("validate = function() \(body) end,").validate()
    }

    @Test("validate that returns a list refuses with all of it")
    func severalRefusals() async throws {
        let problem = try await TestScripts(
            """
            validate = function() return nil, { { field = "note", message = "a" }, { code = "required", field = "title",
              message = "b" }, { message = "c" } } end,
            """
        ).invalidity()
        #expect(problem.code == .refusedByPlugin)
        #expect(problem.detail.hasPrefix("3 faults: a"))
        #expect(problem.errors.map { "\($0.code) \($0.field ?? "")" } == ["refused_by_plugin note", "required title"])
    }

    @Test(
        "validate that says no in another way than the contract's has failed, and never passes",
        arguments: [
            "return false", "return 0", "return \"bad\"", "return {}", "return nil, \"bad\"", "return nil, { 1 }",
        ]
    )
    func wrongValidity(body: String) async throws {
        let problem = try await TestScripts("validate = function() \(body) end,").invalidity()
        #expect(problem.code == .pluginFailed)
        #expect(problem.sent == .no)
    }

    // MARK: - Values

    @Test("values go through a script and come back as they were, digit for digit")
    func values() async throws {
        let scripts = try TestScripts(
            "to_vendor = function(request, entry) request.entry = entry return request end,"
        ).scripts
        let request = try JSONValue(
            parsing: #"""
                {"a":[],"b":{},"c":null,"d":9007199254740993,"e":-9223372036854775808,"f":0.1,"g":1.10,
                 "h":12345678901234567890.5,"i":[1,[null,{}]],"j":"\u0000é😀","k":true,"l":""}
                """#
        )
        let entry: JSONValue = ["x": 1]
        var expected = request.object ?? JSONObject()
        expected["entry"] = entry
        let result = try await scripts.toVendor(request, entry, TestCall.call())
        #expect(result.isEquivalent(to: .object(expected)), "\(result)")
        #expect(result["d"] == 9_007_199_254_740_993)
        #expect(result["h"]?.numberText == "12345678901234567890.5")
        #expect(result["a"] == .array([]))
        #expect(result["c"] == .some(.null))
    }

    @Test(
        "a function that must return a table and does not has failed",
        arguments: [
            ("", "nothing"), ("return 5", "a number"), ("return {1, 2}", "a list"), ("return json.null", "json.null"),
        ]
    )
    func noTable(body: String, kind: String) async throws {
        let scripts = try TestScripts(
            """
            to_vendor = function() \(body) end, from_vendor = function() \(body) end,
            read_request = function() \(body) end, write_answer = function() \(body) end,
            """
        ).scripts
        let call = TestCall.call()
        for (name, run) in [
            ("to_vendor", { try await scripts.toVendor([:], [:], call) }),
            ("from_vendor", { try await scripts.fromVendor([:], [:], call) }),
            ("read_request", { try await scripts.readRequest([:], [:], call) }),
            ("write_answer", { try await scripts.writeAnswer([:], [:], call) }),
        ] as [(String, () async throws -> JSONValue)] {
            let problem = try await #require(throws: Problem.self) { _ = try await run() }
            #expect(problem.code == .pluginFailed)
            #expect(
                problem.detail.contains(
                    "\(name) must return a table with named fields, { name = value }; it returned \(kind)."
                )
            )
        }
    }

    @Test("to_vendor can refuse like validate")
    func toVendorRefuses() async throws {
        let scripts = try TestScripts(
            "to_vendor = function() return nil, { field = \"note\", message = \"no\" } end,"
        ).scripts
        let problem = try await #require(throws: Problem.self) {
            _ = try await scripts.toVendor([:], [:], TestCall.call())
        }
        #expect(problem.code == .refusedByPlugin)
        #expect(problem.errors.map(\.field) == ["note"])
    }

    @Test("problem reads a refusal, or leaves it to the rules")
    func problem() async throws {
        let scripts = try TestScripts(
            """
            problem = function(answer, call)
              if answer.status ~= 409 then return nil end
              return { kind = "locked", message = answer.body.text, field = "work_date" }
            end,
            """
        ).scripts
        let call = TestCall.call()
        #expect(try await scripts.problem(400, [:], call) == nil)
        let read = try await scripts.problem(409, ["text": "Sealed"], call)
        #expect(read == ScriptProblem(kind: .locked, message: "Sealed", field: "work_date"))
    }

    @Test(
        "problem with a kind that is none has failed, and is told those there are",
        arguments: [
            "return { kind = \"odd\" }", "return {}", "return \"conflict\"", "return true",
        ]
    )
    func wrongProblem(body: String) async throws {
        let scripts = try TestScripts("problem = function() \(body) end,").scripts
        let problem = try await #require(throws: Problem.self) {
            _ = try await scripts.problem(409, [:], TestCall.call())
        }
        #expect(problem.code == .pluginFailed)
        #expect(problem.detail.contains("reference_not_found"))
    }

    // MARK: - The call

    @Test("a script is told about the call, and sets are asked by an index")
    func call() async throws {
        let scripts = try TestScripts(
            """
            to_vendor = function(request, entry, call)
              local me = call.caller.identity
              return {
                id = call.id, operation = call.operation, connection = call.connection, now = call.now,
                region = call.settings.region, lenient = call.handling.lenient, rounding = call.handling.rounding,
                caller = call.caller.name, others = call.caller.scopes["write:others"] == true,
                approve = call.caller.scopes.approve == nil, user = me.user_id, manager = me.roles.manager,
                permission = me.permissions["time-tracking"], task = me.tasks["t-1"],
              }
            end,
            """
        ).scripts
        let told = try await scripts.toVendor([:], [:], TestCall.call(settings: ["region": "eu"]))
        let expected: JSONValue = [
            "id": "call-1", "operation": "create", "connection": "acme-main", "now": "2026-11-20T09:00:00Z",
            "region": "eu", "lenient": true, "rounding": "up", "caller": "jane", "others": true, "approve": true,
            "user": "7", "manager": true, "permission": "write", "task": true,
        ]
        #expect(told.isEquivalent(to: expected), "\(told)")
    }

    @Test("a caller without an identity has none, and no rounding is none")
    func bareCall() async throws {
        let scripts = try TestScripts(
            "authorize = function(e, call) return call.caller.identity == nil and call.handling.rounding == nil end,"
        )
        try await scripts.authorize([:], TestCall.call(identity: nil, handling: .strict))
    }

    @Test("what a script logs is told with its plugin")
    func log() async throws {
        let scripts = try TestScripts("authorize = function(e, call) call.log(\"one\") log(\"two\") return true end,")
        try await scripts.authorize()
        #expect(scripts.log.map(\.text) == ["one", "two"])
        #expect(scripts.log.map(\.plugin) == ["acme", "acme"])
    }

    // MARK: - Failing

    @Test("an error is told with its line, its function and the lines around")
    func error() async throws {
        let problem = try await TestScripts("authorize = function(entry)\n    return entry.user.id\n  end,").refusal()
        #expect(problem.code == .pluginFailed)
        #expect(problem.origin == .plugin)
        #expect(problem.sent == .no)
        #expect(problem.place?.function == "authorize")
        #expect(problem.place?.place.hasPrefix("plugins/acme/plugin.lua:") == true)
        #expect(problem.place?.excerpt?.contains("return entry.user.id") == true)
        #expect(problem.extra["reason"] == "runtime")
    }

    @Test(
        "whatever is raised is told, and is no refusal",
        arguments: [
            "error(\"out of luck\")", "error({ code = \"permission_denied\", message = \"m\" })", "error()",
            "error(nil)",
            "assert(false, \"out of luck\")", "local x = 1 + {}", "undeclared = 1", "return string.rep",
        ]
    )
    func raised(body: String) async throws {
        let problem = try await TestScripts("authorize = function() \(body) end,").refusal()
        #expect(problem.code == .pluginFailed)
        #expect(!problem.detail.isEmpty)
    }

    @Test("a call that never ends is stopped, and the next one works")
    func endless() async throws {
        let scripts = try TestScripts(
            "authorize = function(entry)\n    if entry.note then while true do end end\n    return true\n  end,"
        )
        for _ in 0..<3 {
            let problem = try await scripts.refusal(["note": "loop"])
            #expect(problem.code == .pluginFailed)
            #expect(problem.extra["reason"] == "instructions")
            #expect(problem.place?.function == "authorize")
            #expect(problem.place?.excerpt?.contains("while true do end") == true)
            try await scripts.authorize()
        }
    }

    @Test("a call that takes all memory is stopped, and the next one works")
    func memory() async throws {
        let scripts = try TestScripts(
            """
            authorize = function(entry)
              local t, s = {}, ("x"):rep(1000000)
              while entry.note do t[#t + 1] = s .. #t end
              return true
            end,
            """
        )
        let problem = try await scripts.refusal(["note": "bomb"])
        #expect(problem.extra["reason"] == "memory")
        try await scripts.authorize()
    }

    @Test("pcall does not hold off the end")
    func caught() async throws {
        let scripts = try TestScripts(
            """
            authorize = function(entry)
              while entry.note do pcall(function() while true do end end) end
              return true
            end,
            """
        )
        #expect(try await scripts.refusal(["note": "loop"]).extra["reason"] == "instructions")
        try await scripts.authorize()
    }

    @Test("what a stopped call left behind is gone")
    func remade() async throws {
        let scripts = try TestScripts(
            """
            authorize = function(entry)
              seen = seen + 1
              while entry.note do end
              return seen == 1
            end,
            """,
            before: "local seen = 0"
        )
        try await scripts.authorize()
        #expect(try await scripts.refusal().code == .permissionDenied)
        _ = try await scripts.refusal(["note": "loop"])
        try await scripts.authorize()
    }

    // MARK: - Apart from each other

    @Test("the scripts of two plugins see nothing of each other")
    func twoPlugins() async throws {
        let one = try TestScripts(
            "authorize = function() return shared == 1 end,",
            before: "shared = 1\nlocal count = 0"
        )
        let two = try TestScripts(
            "authorize = function() return pcall(function() return shared end) == false end,",
            named: "other"
        )
        try await one.authorize()
        try await two.authorize()
    }

    @Test("two hosts of one plugin, for two event loops, share nothing")
    func twoHosts() async throws {
        let functions = "authorize = function() n = n + 1 return n == 1 end,"
        let source = TemporaryPlugin.good(with: functions, before: "local n = 0")
        let plugin = try TemporaryPlugin(source).load()
        for _ in 0..<2 {
            let scripts = try #require(try plugin.makeScripts(limits: .unhurried) { _ in })
            try await scripts.judge([:], TestCall.call(), authorizes: true)
        }
    }

    @Test(
        "globals cannot be set once the file has run, nor the library changed",
        arguments: [
            "total = 1", "string.upper = nil", "_G = {}", "json.null = 1", "math.pi = 3", "table.insert = nil",
        ]
    )
    func readOnly(body: String) async throws {
        let problem = try await TestScripts("authorize = function() \(body) return true end,").refusal()
        #expect(problem.code == .pluginFailed)
    }

    @Test("the gateway's own deadline stops a call too")
    func deadline() async throws {
        let scripts = try TestScripts("authorize = function() while true do end end,", deadline: true)
        let reason = try await scripts.refusal().extra["reason"]
        #expect(reason == "instructions" || reason == "deadline")
    }
}
