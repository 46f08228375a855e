import JSON
import Testing

@testable import GatewayCore

@Suite("Secrets")
struct SecretsTests {
    static let secret = #"hsk_9f/"é+="#

    static func create(_ status: Int, _ body: String, secrets: [String] = [secret]) throws -> TestCreate {
        let template = HeaderTemplate(name: "Authorization", parts: [.text("Bearer "), .secret("token")])
        let header = template.filled(settings: Settings(), secrets: ["token": secrets[0]])
        var create = TestCreate(
            try TestVendor.vendor {
                $0.errors.messages = [["message"]]
                $0.errors.code = ["code"]
                $0.errors.fields = .map(["fields"])
                $0.errors.keep = [ErrorRules.Kept(path: ["trace"], name: "trace")]
            },
            try TestVendor.connection(headers: [header], secrets: secrets)
        )
        create.upstream = RecordingUpstream(status: status, body: body)
        return create
    }

    static let entry = #"{"work_date":"2026-11-20","duration":"1h","subjects":{"project":{"id":"p"}}}"#

    /// The secret as a vendor may spell it in JSON.
    static let spellings = [
        #"hsk_9f/\"é+="#, #"hsk_9f\/\"\u00e9+="#, #"\u0068sk_9f/\u0022\u00E9+="#,
    ]

    @Test("a secret that the vendor repeats is nowhere in the problem, however it is escaped", arguments: spellings)
    func repeated(spelling: String) async throws {
        let create = try Self.create(
            401,
            #"""
            {"message":"Bearer \#(spelling) is unknown","code":"\#(spelling)","fields":{"minutes":"see \#(spelling)"},
             "trace":["\#(spelling)"],"\#(spelling)":{"deep":["x \#(spelling)"]}}
            """#
        )
        let problem = try await create.refusal(Self.entry)
        #expect(create.upstream.requests.first?.headers.first?.value == "Bearer " + Self.secret)
        #expect(problem.detail == "Acme: Bearer *** is unknown")
        #expect(problem.errors.map(\.message) == ["see ***"])
        #expect(problem.extra["trace"] == ["***"])
        #expect(problem.extra["vendor_code"] == "***")
        #expect(try !Self.holds(problem.json, Self.secret))
        #expect(try problem.json["vendor"]?["body"]?["***"] == ["deep": ["x ***"]])
    }

    @Test("a secret in an answer that is no JSON is hidden, and none of it is left where the text is cut")
    func cut() async throws {
        for length in [0, 8180, 8188, 8192, 20_000] {
            let text = String(repeating: "x", count: length) + Self.secret + "!"
            let problem = try await Self.create(502, text).refusal(Self.entry)
            let shown = try #require(problem.vendor?.body.string)
            #expect(shown.utf8.count <= 8192)
            #expect(!shown.contains("hsk"))
            let json = try await Self.create(
                422,
                #"{"message":"m","a":"\#(String(repeating: "x", count: length))\#(Self.spellings[0])"}"#
            )
            .refusal(Self.entry)
            #expect(try !Self.holds(json.json, "hsk"))
        }
    }

    @Test("a secret in an answer that could not be read is hidden too")
    func unreadable() async throws {
        for (status, body) in [
            (201, "<html>\(Self.secret)</html>"), (201, #"["\#(Self.spellings[1])"]"#),
            (201, #"{"note":"\#(Self.spellings[1])"}"#),
        ] {
            let problem = try await Self.create(status, body).refusal(Self.entry)
            #expect(problem.sent != .no)
            #expect(problem.vendor != nil)
            #expect(try !Self.holds(problem.json, "hsk"))
        }
    }

    @Test("a secret that begins with another is hidden whole, whichever was named first")
    func overlapping() throws {
        for secrets in [["tok", "token-2"], ["token-2", "tok"]] {
            let connection = try TestVendor.connection(secrets: secrets + [""])
            #expect(connection.hidingSecrets("tok token-2 to") == "*** *** to")
        }
    }

    @Test("a plan shows which headers hold a secret, and not the secret")
    func plan() async throws {
        let create = try Self.create(201, "{}")
        let plan = try await create.plan(Self.entry)
        let header = try #require(plan.request.headers.first { $0.name == "Authorization" })
        #expect(header.value == "Bearer " + Self.secret)
        #expect(header.shown == "Bearer ***")
        for header in plan.request.headers { #expect(!header.shown.contains("hsk")) }
        #expect(!plan.request.url.contains("hsk"))
        #expect(!Self.holds(plan.body, "hsk"))
        #expect(!Self.holds(plan.entry.json, "hsk"))
    }

    @Test("scripts are told nothing that holds a secret")
    func scripts() async throws {
        var create = try Self.create(422, #"{"message":"\#(Self.spellings[1])"}"#)
        create.vendor = try TestVendor.vendor { $0.functions = Set(PluginFunction.allCases) }
        let scripts = RecordingScripts()
        create.scripts = scripts
        _ = try await create.refusal(Self.entry)
        for function in PluginFunction.allCases {
            for argument in scripts.arguments(of: function) { #expect(!Self.holds(argument, "hsk"), "\(function)") }
        }
        #expect(scripts.arguments(of: .problem) == [422, ["message": "***"]])
    }

    private static func holds(_ value: JSONValue, _ text: String) -> Bool {
        switch value {
        case .string(let string): string.contains(text)
        case .array(let elements): elements.contains { holds($0, text) }
        case .object(let object): object.contains { $0.key.contains(text) || holds($0.value, text) }
        default: false
        }
    }
}
