import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// What a caller gets for a request that is wrong whatever entry it brings.
struct RequestMistakeTests {
    private let entry = Sample.entry(.productive)

    @Test func requestWithoutAKeyIsRefused() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", entry, key: nil)
            #expect(answer.status == 401)
            #expect(answer.code == "unauthenticated")
            #expect(answer.header("www-authenticate") == "Bearer realm=\"timegate\"")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func unknownKeyIsRefused() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", entry, key: "nobody")
            #expect(answer.status == 401)
            #expect(answer.header("www-authenticate") == "Bearer realm=\"timegate\"")
            // Nobody learns which connections there are without a key.
            let unknown = try await gateway.create("nowhere", entry, key: "nobody")
            #expect(unknown.status == 401)
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test(arguments: ["Basic amFuZQ==", "Bearer", "Bearer ", "bearer_x y"])
    func authorizationThatIsNoBearerTokenIsRefused(value: String) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", entry, key: nil, headers: ["Authorization": value])
            #expect(answer.status == 401)
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func keyWithoutTheConnectionIsRefused() async throws {
        var plan = try GatewayPlan(.productive, .plannr)
        plan.keys.append(GatewayPlan.Key(name: "joe", connections: ["plannr"]))
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("productive", entry, key: "joe")
            #expect(answer.status == 403)
            #expect(answer.code == "connection_forbidden")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func keyWithoutTheScopeIsRefused() async throws {
        var plan = try GatewayPlan(.productive)
        plan.keys[0].scopes = [.read, .approve]
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == 403)
            #expect(answer.code == "scope_missing")
            #expect(answer.detail.contains("write"))
            let plan = try await gateway.create("productive", entry, query: "?dry_run=true")
            #expect(plan.status == 403)
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func keyOverItsLimitIsToldWhenToComeBack() async throws {
        var plan = try GatewayPlan(.productive)
        plan.keys[0].limit = RateLimit(count: 2, seconds: 3600)
        plan.keys.append(
            GatewayPlan.Key(
                name: "joe",
                connections: ["productive"],
                identities: ["productive": Identity(userID: "8161")]
            )
        )
        try await withGateway(plan) { gateway in
            for _ in 0..<2 { #expect(try await gateway.create("productive", entry).status == 201) }
            let answer = try await gateway.create("productive", entry)
            #expect(answer.status == 429)
            #expect(answer.code == "rate_limited")
            #expect(answer["origin"] == "gateway")
            #expect(answer["retry"] == "after")
            let wait = try #require(answer.header("retry-after").flatMap { Int64($0) })
            #expect((1...1800).contains(wait))
            #expect(answer["retry_after"] == .integer(wait))
            // The limit is the key's own.
            #expect(try await gateway.create("productive", entry, key: "joe").status == 201)
            #expect(gateway.ledger(.productive).count == 3)
        }
    }

    @Test func unknownConnectionIsRefusedWithThoseThatTheKeySees() async throws {
        var plan = try GatewayPlan(.productive, .plannr, .awork)
        plan.keys[0].connections = ["productive", "plannr"]
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("productiv", entry)
            #expect(answer.status == 404)
            #expect(answer.code == "unknown_connection")
            #expect(answer["connections"] == ["plannr", "productive"])
            #expect(answer.detail.contains("Did you mean \"productive\"?"), "\(answer.detail)")
            #expect(!answer.body.contains("awork"))
        }
    }

    @Test(arguments: ["/", "/v2/productive/time-entries", "/v1/productive", "/v1/productive/time-entries/1/2"])
    func unknownAddressIsNotFound(path: String) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.get(path)
            #expect(answer.status == 404)
            #expect(answer.code == "not_found")
        }
    }

    @Test func operationThatIsNotOfferedIsNamedWithThoseThatAre() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.post("/v1/productive/time-entries/227/pause", "{}")
            #expect(answer.status == 501)
            #expect(answer.code == "unsupported_operation")
            let offered = answer["operations"]?.array?.compactMap(\.string) ?? []
            #expect(offered.contains("create"))
            #expect(!offered.contains("pause"))
        }
    }

    @Test func wrongMethodIsRefusedWithTheRightOnes() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.post("/v1/productive/time-entries/227", "{}")
            #expect(answer.status == 405)
            #expect(answer.code == "method_not_allowed")
            #expect(answer.header("allow") == "GET, HEAD, PATCH, PUT, DELETE")
        }
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/json-patch+json"])
    func bodyOfAnotherTypeIsRefused(type: String) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", entry, headers: ["Content-Type": type])
            #expect(answer.status == 415)
            #expect(answer.code == "unsupported_media_type")
            #expect(answer.detail.contains(type))
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test(
        "a body in a coding is refused by its name, and not as JSON that cannot be read",
        arguments: ["gzip", "br, gzip"]
    )
    func codedBodyIsRefused(coding: String) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let headers: KeyValuePairs<String, String> = ["Content-Encoding": coding]
            let answer = try await gateway.create("productive", entry, headers: headers)
            #expect(answer.status == 415)
            #expect(answer.code == "unsupported_media_type")
            #expect(answer.detail.contains("The Content-Encoding is \(coding)"))
            #expect(answer["hint"]?.string?.contains("without a Content-Encoding") == true)
            #expect(gateway.ledger(.productive).isEmpty)
            let plain = try await gateway.create("productive", entry, headers: ["Content-Encoding": "identity"])
            #expect(plain.status == 201)
        }
    }

    @Test("another charset is refused: its bytes would be other letters", arguments: ["iso-8859-1", "\"UTF-16\""])
    func otherCharsetIsRefused(charset: String) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let headers: KeyValuePairs<String, String> = ["Content-Type": "application/json; charset=\(charset)"]
            let answer = try await gateway.create("productive", entry, headers: headers)
            #expect(answer.status == 415)
            #expect(answer.detail.contains("JSON is UTF-8"))
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func charsetBesideTheTypeIsTaken() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create(
                "productive",
                entry,
                headers: ["Content-Type": "Application/JSON; charset=utf-8"]
            )
            #expect(answer.status == 201)
        }
    }

    @Test(arguments: [
        ("?dryrun=true", "Did you mean \"dry_run\"?"), ("?dry_run=yes", "true, reads or false"),
        ("?include=cash", "money"),
        ("?dry_run=true&x=1", "\"x\""), ("?dry_run=true&dry_run=false", "more than once"),
        ("?dry_run=false&dry%5Frun=true", "more than once"),
    ])
    func unknownQueryParameterIsRefused(query: String, words: String) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", entry, query: query)
            #expect(answer.status == 422)
            #expect(answer.code == "unknown_parameter")
            #expect(answer.detail.contains(words), "\(answer.detail)")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func escapesInTheQueryAreUndone() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let planned = try await gateway.create("productive", entry, query: "?dry%5Frun=%74rue")
            #expect(planned.status == 200)
            #expect(gateway.ledger(.productive).isEmpty)
            let both = try await gateway.create("productive", entry, query: "?include=money%2Craw")
            #expect(both.status == 201)
            #expect(both["data.money"] != nil)
            #expect(both["data.raw"] != nil)
        }
    }

    @Test(arguments: ["?dry_run=%", "?dry_run=%4", "?dry_run=%zz", "?%ff=1"])
    func brokenEscapeInTheQueryIsRefused(query: String) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", entry, query: query)
            #expect(answer.status == 400)
            #expect(answer.code == "malformed_request")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func bodyBeyondTheLimitIsRefused() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let note = JSONValue.string(String(repeating: "n", count: 1 << 20))
            let answer = try await gateway.create("productive", entry.with(["note": note]))
            #expect(answer.status == 413)
            #expect(answer.code == "body_too_large")
            #expect(answer.sent == "no")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func connectionsOfTheKeyAreListed() async throws {
        var plan = try GatewayPlan(.productive, .plannr, .awork)
        plan.keys[0].connections = ["plannr", "productive", "gone"]
        try await withGateway(plan) { gateway in
            let answer = try await gateway.get("/v1/connections")
            #expect(answer.status == 200)
            let list = answer["data"]?.array ?? []
            #expect(list.map { $0["name"] } == ["plannr", "productive"])
            #expect(list.map { $0["vendor"] } == ["plannr", "productive"])
            #expect(list.allSatisfy { $0["state"] == "ready" && $0["operations"]?.array?.contains("create") == true })
            #expect(try await gateway.get("/v1/connections", key: nil).status == 401)
        }
    }
}
