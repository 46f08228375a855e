import JSON
import Testing
import VendorSimulators

@Suite struct SonderplanTests {
    /// The create request of the vendor's page, with its unix and ISO times of different years.
    static let pageBody = """
        {
          "owner_id": 872383,
          "owner": {
            "first_name": "Jane",
            "last_name": "Smith",
            "primary_email": "jane@example.com",
            "icon": {
              "id": 2390323,
              "name": "SCR-20250220-jnua",
              "alias": "030fb130bdf3c6cd5fa533fabb26fc9d90b66542cd343a318b2bfe5474923f90",
              "extension": "jpeg",
              "mime_type": "image/jpeg"
            }
          },
          "name": "Colour Grading",
          "description": "Opening scenes completed",
          "start": 1547501100,
          "end": 1547538900,
          "start_date_time_iso": "2022-02-22T09:00:00+11:00",
          "end_date_time_iso": "2022-02-22T17:00:00+11:00",
          "project": [{"id": 2342354}],
          "booking": [
            {"id": 1, "name": "Test Booking", "start": 1547501100, "end": 1547538900, "resources": [{"id": 9458}]}
          ],
          "billable": "false",
          "locked": "false"
        }
        """

    @Test func pageExampleIsAcceptedAndAnsweredAsOnThePage() async throws {
        try await withSimulator(.sonderplan) { simulator in
            let answer = try CreateRequest(.sonderplan).with(body: Self.pageBody).send(to: simulator)
            #expect(answer.status == 200)
            #expect(answer.text == #"{"success":{"id":2384}}"#)
            let second = try CreateRequest(.sonderplan).send(to: simulator)
            #expect(second.text == #"{"success":{"id":2385}}"#)
        }
    }

    @Test(arguments: ["true", "false", #""true""#, #""false""#])
    func flagIsTakenAsBooleanAndAsText(value: String) async throws {
        try await withSimulator(.sonderplan) { simulator in
            let request = try CreateRequest(.sonderplan).with(members: ["billable": value, "locked": value])
            #expect(try request.send(to: simulator).status == 200)
        }
    }

    @Test(arguments: [
        ("owner_id", nil, "is required"),
        ("owner_id", #""872383""#, "must be an integer"),
        ("name", nil, "is required"),
        ("name", #"" ""#, "must not be empty"),
        ("name", "1", "must be a string"),
        ("start", nil, "is required"),
        ("start", #""2022-02-22T09:00:00Z""#, "must be an integer"),
        ("start", "1547501100000", "must be a unix time in seconds"),
        ("start", "1547501100.5", "must be an integer"),
        ("end", "1547501099", "must not be before start"),
        ("end", "null", "must be an integer"),
        ("description", "null", "must be a string"),
        ("start_date_time_iso", #""2022-02-22T09:00:00""#, "must be an ISO 8601 date and time with an offset"),
        ("billable", "1", "must be true or false"),
        ("locked", #""no""#, "must be true or false"),
        ("project", #"{"id":1}"#, "must be an array of objects"),
        ("project", #"[{"id":"1"}]"#, "id must be an integer"),
        ("booking", #"[{"resources":[{"id":1,"x":2}]}]"#, "resources has no member x"),
        ("owner", "1", "must be an object"),
        ("user_id", "1", "is not a member of a time entry"),
    ])
    func wrongMemberIsRefusedWithItsName(name: String, value: String?, message: String) async throws {
        try await withSimulator(.sonderplan) { simulator in
            let answer = try CreateRequest(.sonderplan).with(members: [name: value]).send(to: simulator)
            #expect(answer.status == 422)
            #expect(answer.json?["error"]?["errors"]?[name]?[0]?.string == message)
            #expect(simulator.ledger().last?.stored == nil)
        }
    }

    @Test func badTokenContentTypeAndPathAreRefused() async throws {
        try await withSimulator(
            .sonderplan,
            {
                $0.readOnlyTokens = ["reader"]; $0.tokens.formUnion(["reader"])
            }
        ) { simulator in
            let request = CreateRequest(.sonderplan)
            let anonymous = try request.with("authorization", nil).send(to: simulator)
            #expect(anonymous.status == 401)
            #expect(try request.with("authorization", "Basic abc").send(to: simulator).status == 401)
            var twice = request
            twice.headers.append(("authorization", "Bearer other"))
            #expect(try twice.send(to: simulator).status == 401)
            #expect(try request.with("authorization", "Bearer other").send(to: simulator).status == 401)
            #expect(try request.with("authorization", "Bearer reader").send(to: simulator).status == 403)
            #expect(try request.with("content-type", "text/plain").send(to: simulator).status == 415)
            #expect(try request.with(body: "{").send(to: simulator).status == 400)
            #expect(try simulator.send("POST", "/v2/time-entries").status == 404)
            #expect(try simulator.send("DELETE", "/v2/time-entry").status == 501)
        }
    }

    @Test func unknownAndForbiddenIdsAreRefused() async throws {
        try await withSimulator(
            .sonderplan,
            {
                $0.missingReferences = ["2342354"]; $0.deniedUserIDs = ["7"]
            }
        ) { simulator in
            let unknown = try CreateRequest(.sonderplan).with(body: Self.pageBody).send(to: simulator)
            #expect(unknown.status == 422)
            #expect(unknown.json?["error"]?["errors"]?["project"]?[0]?.string == "does not exist")
            let denied = try CreateRequest(.sonderplan).with(members: ["owner_id": "7"]).send(to: simulator)
            #expect(denied.status == 403)
        }
    }
}
