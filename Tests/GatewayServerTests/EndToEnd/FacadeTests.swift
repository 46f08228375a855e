import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// A client of Productive books into the accounts of other vendors, which never learn of it.
struct FacadeTests {
    static let hoursmithUser = "2c4a230c-5085-4924-a3e1-25fb4fc5965b"

    /// The page's first create example.
    static let create = """
        {"data":{"type":"time_entries","attributes":{"note":"test <b>note</b>","date":"2026-11-19","time":480},
        "relationships":{"person":{"data":{"type":"people","id":"8160"}},"service":{"data":{"type":"services","id":"1192"}}}}}
        """

    static var intoHoursmith: FacadeRules {
        var rules = FacadeRules()
        rules.types = ["service": "project"]
        rules.ids["user"] = .table(["8160": hoursmithUser])
        rules.ids["service"] = .table(["1192": Sample.hoursmithProject])
        return rules
    }

    static var intoAwork: FacadeRules {
        var rules = FacadeRules()
        rules.types = ["service": "project"]
        rules.ids["user"] = .table(["8160": Sample.aworkUser])
        rules.ids["service"] = .table(["1192": Sample.aworkProject])
        rules.activity = Sample.aworkActivity
        return rules
    }

    /// What the client gets.
    private func send(
        _ body: String,
        to vendor: SimulatedVendor,
        _ rules: FacadeRules,
        method: String = "POST",
        path: String = "/api/v2/time_entries",
        dialect: String = "productive",
        on gateway: TestGateway
    ) async throws -> (reply: NativeReply, json: JSONValue) {
        let name = vendor.rawValue
        guard
            case .ready(let connection, let plugin)? = gateway.setup.connections.first(where: { $0.name == name })?
                .state
        else { throw Problem(.unknownConnection, name) }
        let facade = try Facade(serving: Plugins.vendor(dialect).vendor, before: plugin.vendor, rules)
        let caller = gateway.setup.keys[0].caller
        let call = Call(
            id: "call-1",
            operation: .create,
            connection: connection,
            caller: caller,
            handling: connection.handling,
            now: Timestamp("2026-11-20T12:00:00Z")!
        )
        let direct = try DirectGateway(gateway.setup)
        defer { direct.shutdown() }
        let request = NativeRequest(
            method: method,
            target: path,
            headers: [Header("Content-Type", "application/vnd.api+json")],
            body: Array(body.utf8)
        )
        let reply = await facade.serve(request, call, zones: .system, scripts: nil) {
            asked throws(Problem) in
            let answer = try await direct.create(body: asked.body, connection: name, caller: caller, isPlan: false)
            let data = (try? JSONValue(parsing: answer.body))?["data"] ?? .null
            return RecordedEntry(entry: try Entry(golden: data), report: MappingReport())
        }
        return (reply, try JSONValue(parsing: reply.body))
    }

    @Test("a create of Productive is recorded at Hoursmith and answered in Productive's words")
    func hoursmith() async throws {
        var plan = try GatewayPlan(.hoursmith)
        plan.change("hoursmith") { $0.settings["user_id"] = .string(Self.hoursmithUser) }
        try await withGateway(plan) { gateway in
            let (reply, json) = try await send(Self.create, to: .hoursmith, Self.intoHoursmith, on: gateway)
            #expect(reply.status == 201, "\(json.serialized())")
            #expect(reply.headers == [Header("Content-Type", "application/vnd.api+json")])
            let data = json["data"]
            #expect(data?["type"] == "time_entries")
            #expect(data?["attributes"]?["date"] == "2026-11-19")
            #expect(data?["attributes"]?["time"] == 480)
            // Productive's notes are HTML, Hoursmith's are text.
            #expect(data?["attributes"]?["note"] == "test note")
            #expect(data?["relationships"]?["person"]?["data"]?["id"] == "8160")
            #expect(data?["relationships"]?["service"]?["data"]?["id"] == "1192")
            let sent = try #require(gateway.ledger(.hoursmith).first)
            #expect(gateway.ledger(.hoursmith).count == 1)
            let body = try JSONValue(parsing: sent.body)
            #expect(
                body.isEquivalent(
                    to: [
                        "projectId": .string(Sample.hoursmithProject), "entryDate": "2026-11-19",
                        "durationSeconds": 28800, "note": "test note",
                    ]
                ),
                "\(body.serialized())"
            )
        }
    }

    @Test("a create of Productive is recorded at awork, with the activity and the zone that the connection tells")
    func awork() async throws {
        try await withGateway(GatewayPlan(.awork)) { gateway in
            let (reply, json) = try await send(Self.create, to: .awork, Self.intoAwork, on: gateway)
            #expect(reply.status == 201, "\(json.serialized())")
            #expect(json["data"]?["attributes"]?["time"] == 480)
            #expect(json["data"]?["attributes"]?["date"] == "2026-11-19")
            #expect(json["data"]?["relationships"]?["person"]?["data"]?["id"] == "8160")
            #expect(json["data"]?["relationships"]?["service"]?["data"]?["id"] == "1192")
            let sent = try JSONValue(parsing: try #require(gateway.ledger(.awork).first).body)
            #expect(sent["typeOfWorkId"] == .string(Sample.aworkActivity))
            #expect(sent["projectId"] == .string(Sample.aworkProject))
            #expect(sent["userId"] == .string(Sample.aworkUser))
            #expect(sent["timezone"] == "Europe/Berlin")
            #expect(sent["duration"] == 28800)
        }
    }

    @Test("a service can stand for the kind of work")
    func serviceIsActivity() async throws {
        var rules = Self.intoAwork
        rules.types = ["service": "activity", "task": "project"]
        rules.ids["service"] = .table(["1192": Sample.aworkActivity])
        rules.ids["task"] = .table(["444": Sample.aworkProject])
        rules.activity = nil
        let body = Self.create.replacing(
            "\"relationships\":{",
            with: "\"relationships\":{\"task\":{\"data\":{\"type\":\"tasks\",\"id\":\"444\"}},"
        )
        try await withGateway(GatewayPlan(.awork)) { gateway in
            let (reply, json) = try await send(body, to: .awork, rules, on: gateway)
            #expect(reply.status == 201, "\(json.serialized())")
            #expect(json["data"]?["relationships"]?["service"]?["data"]?["id"] == "1192")
            #expect(json["data"]?["relationships"]?["task"]?["data"]?["id"] == "444")
            let sent = try JSONValue(parsing: try #require(gateway.ledger(.awork).first).body)
            #expect(sent["typeOfWorkId"] == .string(Sample.aworkActivity))
            #expect(sent["projectId"] == .string(Sample.aworkProject))
        }
    }

    @Test("a day and a length become an interval where the account needs a start, and the answer has the day again")
    func assumedStart() async throws {
        var rules = FacadeRules()
        rules.types = ["service": "client"]
        rules.ids["user"] = .table(["8160": Sample.plannrAccount])
        rules.ids["service"] = .table(["1192": Sample.plannrClient])
        rules.title = "Booked elsewhere"
        rules.zone = try ZoneDatabase.system.zone(named: "Europe/London")
        rules.assumedStart = "09:00"
        try await withGateway(GatewayPlan(.plannr)) { gateway in
            let (reply, json) = try await send(Self.create, to: .plannr, rules, on: gateway)
            #expect(reply.status == 201, "\(json.serialized())")
            let sent = try JSONValue(parsing: try #require(gateway.ledger(.plannr).first).body)
            #expect(sent["start_date"] == "2026-11-19T09:00:00+00:00")
            #expect(sent["end_date"] == "2026-11-19T17:00:00+00:00")
            #expect(sent["name"] == "Booked elsewhere")
            let attributes = json["data"]?["attributes"]
            #expect(attributes?["date"] == "2026-11-19")
            #expect(attributes?["time"] == 480)
            #expect(attributes?["started_at"] == nil)
            #expect(attributes?["note"] == "test note")
        }
        // Without it the account's refusal comes back, in the dialect's words.
        rules.assumedStart = nil
        try await withGateway(GatewayPlan(.plannr)) { [rules] gateway in
            let (reply, json) = try await send(Self.create, to: .plannr, rules, on: gateway)
            #expect(reply.status == 422)
            #expect(json["errors"]?[0]?["source"]?["pointer"] == "data/attributes/started_at")
            #expect(gateway.ledger(.plannr).isEmpty)
        }
    }

    @Test("a client of Hoursmith books into awork with ids that are the same on both sides")
    func sameIDs() async throws {
        var rules = FacadeRules()
        rules.ids["project"] = .same
        rules.activity = Sample.aworkActivity
        rules.user = Sample.aworkUser
        let body = #"{"projectId":"\#(Sample.aworkProject)","entryDate":"2026-11-19","duration":"1:30"}"#
        try await withGateway(GatewayPlan(.awork)) { gateway in
            let (reply, json) = try await send(
                body,
                to: .awork,
                rules,
                path: "/api/v1/time-entries",
                dialect: "hoursmith",
                on: gateway
            )
            #expect(reply.status == 201, "\(json.serialized())")
            #expect(json["data"]?["projectId"] == .string(Sample.aworkProject))
            #expect(json["data"]?["durationSeconds"] == 5400)
            #expect(json["data"]?["entryDate"] == "2026-11-19")
            #expect(json["data"]?["userId"] == nil)
            #expect(json["data"]?["id"]?.string?.isEmpty == false)
        }
    }

    @Test("what cannot be expressed is refused in Productive's words, and nothing is sent")
    func refusals() async throws {
        let cases: [(String, String, status: Int, pointer: String)] = [
            ("\"id\":\"1192\"", "\"id\":\"7\"", 422, "data/relationships/service"),
            ("\"id\":\"8160\"", "\"id\":\"7\"", 422, "data/relationships/person"),
            ("\"time\":480", "\"time\":480,\"jira_issue_id\":\"X-1\"", 422, "data/attributes/jira_issue_id"),
            ("\"time\":480", "\"time\":480,\"use_salary_currency\":true", 422, "data/attributes/use_salary_currency"),
            ("\"time\":480", "\"time\":\"long\"", 422, "data/attributes/time"),
            ("\"date\":\"2026-11-19\",", "", 422, "data/attributes/date"),
        ]
        var plan = try GatewayPlan(.hoursmith)
        plan.change("hoursmith") { $0.settings["user_id"] = .string(Self.hoursmithUser) }
        try await withGateway(plan) { gateway in
            for (old, new, status, pointer) in cases {
                let body = Self.create.replacing(old, with: new)
                let (reply, json) = try await send(body, to: .hoursmith, Self.intoHoursmith, on: gateway)
                #expect(reply.status == status, "\(new)")
                let error = json["errors"]?[0]
                #expect(error?["source"]?["pointer"]?.string == pointer, "\(json.serialized())")
                #expect(error?["code"] == "invalid_attribute")
            }
            #expect(gateway.ledger(.hoursmith).isEmpty)
        }
    }

    @Test("the other vendor's refusal comes in Productive's words, under Productive's names")
    func vendorRefusal() async throws {
        var plan = try GatewayPlan(.hoursmith)
        plan.change("hoursmith") { $0.settings["user_id"] = .string(Self.hoursmithUser) }
        try await withGateway(plan) { gateway in
            let body = #"{"error":{"code":"validation_error","message":"no","fields":{"projectId":"is archived"}}}"#
            gateway.simulator(.hoursmith).inject(Fault(.status(422, contentType: "application/json", body: body)))
            let (reply, json) = try await send(Self.create, to: .hoursmith, Self.intoHoursmith, on: gateway)
            #expect(reply.status == 422)
            #expect(json["errors"]?[0]?["detail"] == "is archived")
            #expect(json["errors"]?[0]?["source"]?["pointer"] == "data/relationships/service")
            #expect(!json.serialized().contains("projectId"))
        }
    }

    @Test(
        "every other path and operation is 501 in Productive's words",
        arguments: [
            ("GET", "/api/v2/time_entries"), ("PATCH", "/api/v2/time_entries/1"), ("GET", "/api/v2/projects"),
            ("DELETE", "/api/v2/time_entries/1"),
        ]
    )
    func otherPaths(method: String, path: String) async throws {
        try await withGateway(GatewayPlan(.awork)) { gateway in
            let (reply, json) = try await send("", to: .awork, Self.intoAwork, method: method, path: path, on: gateway)
            #expect(reply.status == 501)
            #expect(json["errors"]?[0]?["status"] == "501")
            #expect(json["errors"]?[0]?["detail"]?.string?.contains("POST /api/v2/time_entries") == true)
            #expect(gateway.ledger(.awork).isEmpty)
        }
    }

    @Test("a dialect that cannot hold the account's ids is refused before the first request")
    func incompatible() throws {
        let rules = FacadeRules()
        #expect(throws: FacadeFault.self) {
            try Facade(serving: Plugins.vendor("awork").vendor, before: Plugins.vendor("sonderplan").vendor, rules)
        }
        var misspelt = rules
        misspelt.types = ["servce": "project"]
        let fault = #expect(throws: FacadeFault.self) {
            try Facade(serving: Plugins.vendor("productive").vendor, before: Plugins.vendor("awork").vendor, misspelt)
        }
        #expect(fault?.message.contains("Did you mean \"service\"?") == true)
    }
}
