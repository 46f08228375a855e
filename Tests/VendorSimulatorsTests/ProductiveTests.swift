import JSON
import Synchronization
import Testing
import VendorSimulators

@Suite struct ProductiveTests {
    @Test func pageExampleIsAnsweredExactlyAsOnThePage() async throws {
        try await withSimulator(.productive) { simulator in
            let answer = try CreateRequest(.productive).with(body: ProductivePage.createRequest).send(to: simulator)
            #expect(answer.status == 201)
            #expect(answer.header("content-type") == "application/vnd.api+json; charset=utf-8")
            #expect(answer.json == (try JSONValue(parsing: ProductivePage.createAnswer)))
        }
    }

    @Test func blankDateGivesThePagesTwoErrors() async throws {
        try await withSimulator(.productive) { simulator in
            let answer = try CreateRequest(.productive).with(body: ProductivePage.blankDateRequest).send(to: simulator)
            #expect(answer.status == 422)
            #expect(answer.json == (try JSONValue(parsing: ProductivePage.blankDateAnswer)))
        }
    }

    @Test func flatIdsAreTakenAsNumbersAndAsDigits() async throws {
        try await withSimulator(.productive) { simulator in
            let answer = try CreateRequest(.productive).send(to: simulator)
            #expect(answer.status == 201)
            #expect(answer.json?["data"]?["id"]?.string == "227")
            #expect(answer.json?["data"]?["attributes"]?["time"]?.int64 == 0)
            #expect(try CreateRequest(.productive).send(to: simulator).json?["data"]?["id"]?.string == "228")
        }
    }

    @Test func optionalAttributesComeBack() async throws {
        try await withSimulator(.productive) { simulator in
            let attributes = try await Self.attributes(
                #""time":40,"billable_time":30,"note":"<p>x</p>","started_at":"2022-12-20T10:15:20.099Z","#
                    + #""calendar_event_id":7,"rejected_reason":"late","jira_issue_id":"AB-1","task_id":"444""#,
                simulator
            )
            #expect(attributes["time"]?.int64 == 40)
            #expect(attributes["billable_time"]?.int64 == 30)
            #expect(attributes["note"]?.string == "<p>x</p>")
            #expect(attributes["started_at"]?.string == "2022-12-20T11:15:20.099+01:00")
            #expect(attributes["calendar_event_id"]?.int64 == 7)
            #expect(attributes["cost"]?.int64 == 1333)
            #expect(attributes["work_cost_default"]?.int64 == 1667)
            #expect(attributes["overhead_cost"]?.int64 == 0)
        }
    }

    @Test(arguments: [
        (#""date":"01/10/2016""#, "data/attributes/date", "is not a date"),
        (#""date":"2016-02-30""#, "data/attributes/date", "is not a date"),
        (#""date":null"#, "data/attributes/date", "can't be blank"),
        (#""time":1.5"#, "data/attributes/time", "must be an integer"),
        (#""time":"60""#, "data/attributes/time", "is not a number"),
        (#""time":-1"#, "data/attributes/time", "must be greater than or equal to 0"),
        (#""note":5"#, "data/attributes/note", "is not a string"),
        (#""started_at":"10:15""#, "data/attributes/started_at", "is not a datetime"),
        (#""jira_worklog_id":1"#, "data/attributes/jira_worklog_id", "is not a string"),
        (#""person_id":"x""#, "data/attributes/person_id", "is not a number"),
        (#""service_id":null"#, "data/attributes/service", "can't be blank"),
        (#""billable":true"#, "data/attributes/billable", "is not allowed"),
    ])
    func wrongAttributeIsPointedAt(text: String, pointer: String, detail: String) async throws {
        try await withSimulator(.productive) { simulator in
            let answer = try Self.send(text, simulator)
            #expect(answer.status == 422)
            let error = try #require(answer.json?["errors"]?[0])
            #expect(error.keys == ["status", "code", "title", "detail", "source"])
            #expect(error["status"]?.string == "422")
            #expect(error["source"]?["pointer"]?.string == pointer)
            #expect(error["detail"]?.string == detail)
        }
    }

    @Test func missingPersonAndServiceArePointedAt() async throws {
        try await withSimulator(.productive) { simulator in
            let body = #"{"data":{"type":"time_entries","attributes":{"date":"2016-10-01"}}}"#
            let errors = try CreateRequest(.productive).with(body: body).send(to: simulator).json?["errors"]?.array
            #expect(
                errors?.map { $0["source"]?["pointer"]?.string } == [
                    "data/attributes/person", "data/attributes/service",
                ]
            )
        }
    }

    @Test(arguments: [
        (#"{"person":{"data":{"type":"users","id":"8160"}}}"#, "data/relationships/person"),
        (#"{"person":{"data":{"type":"people","id":8160}}}"#, "data/relationships/person"),
        (#"{"person":{}}"#, "data/relationships/person"),
        (#"{"person":{"data":{"type":"people","id":"1"}}}"#, "data/attributes/person"),
        (#"{"company":{"data":{"type":"companies","id":"1"}}}"#, "data/relationships/company"),
        ("[]", "data/relationships"),
    ])
    func wrongRelationshipIsPointedAt(relationships: String, pointer: String) async throws {
        try await withSimulator(.productive) { simulator in
            let body = """
                {"data":{"type":"time_entries","relationships":\(relationships),
                "attributes":{"date":"2016-10-01","person_id":8160,"service_id":1192}}}
                """
            let answer = try CreateRequest(.productive).with(body: body).send(to: simulator)
            #expect(answer.status == 422)
            #expect(answer.json?["errors"]?[0]?["source"]?["pointer"]?.string == pointer)
        }
    }

    @Test func headersAreChecked() async throws {
        try await withSimulator(.productive, { $0.deniedUserIDs = ["8160"] }) { simulator in
            let request = CreateRequest(.productive)
            #expect(try request.with("x-auth-token", "other").send(to: simulator).status == 403)
            #expect(try request.with("x-auth-token", nil).send(to: simulator).status == 403)
            #expect(try request.with("x-organization-id", "1").send(to: simulator).status == 403)
            #expect(try request.with("content-type", "application/json").send(to: simulator).status == 415)
            let bulk = "application/vnd.api+json; ext=bulk"
            #expect(try request.with("content-type", bulk).send(to: simulator).status == 415)
            let denied = try request.send(to: simulator)
            #expect(denied.status == 403)
            #expect(denied.json?["errors"]?[0]?["code"]?.string == "forbidden")
        }
    }

    @Test func unknownRecordAndWrongDocumentsAreRefused() async throws {
        try await withSimulator(.productive, { $0.missingReferences = ["1192"] }) { simulator in
            let unknown = try CreateRequest(.productive).send(to: simulator)
            #expect(unknown.status == 404)
            #expect(unknown.json?["errors"]?[0]?["code"]?.string == "record_not_found")
            #expect(try CreateRequest(.productive).with(body: "{}").send(to: simulator).status == 400)
            let type = #"{"data":{"type":"time-entries","attributes":{}}}"#
            #expect(try CreateRequest(.productive).with(body: type).send(to: simulator).status == 409)
        }
    }

    @Test func timerRunsOnceForAPersonAndItsMinutesAreAdded() async throws {
        let clock = Mutex<Int64>(1_795_176_000_000)
        try await withSimulator(.productive, { $0.clock = { clock.withLock { $0 } } }) { simulator in
            for _ in 0..<2 { #expect(try CreateRequest(.productive).send(to: simulator).status == 201) }
            func run(_ id: String, _ action: String) throws -> RawClient.Answer {
                let headers = CreateRequest(.productive).headers
                let target = "/api/v2/time_entries/\(id)/\(action)"
                return try simulator.send("PATCH", target, headers: headers, body: "")
            }
            let started = try run("227", "start")
            #expect(started.status == 200)
            let attributes = started.json?["data"]?["attributes"]
            #expect(attributes?["timer_started_at"]?.string != nil)
            #expect(attributes?["timer_stopped_at"]?.isNull == true)
            #expect(attributes?["track_method_id"] == 2)
            #expect(try run("227", "start").status == 409)
            // Starting another stops the first.
            #expect(try run("228", "start").status == 200)
            #expect(try run("227", "stop").status == 409)
            clock.withLock { $0 += 30 * 60_000 + 59_000 }
            let stopped = try run("228", "stop")
            #expect(stopped.json?["data"]?["attributes"]?["timer_stopped_at"]?.string != nil)
            #expect(stopped.json?["data"]?["attributes"]?["time"] == 30)
            #expect(try run("999", "start").status == 404)
        }
    }

    /// Sends a correct create whose attributes are followed, and so replaced, by those in `text`.
    private static func send(_ text: String, _ simulator: VendorSimulator) throws -> RawClient.Answer {
        var attributes = try #require(
            try JSONValue(parsing: #"{"date":"2016-10-01","person_id":8160,"service_id":1192}"#).object
        )
        for (name, value) in try #require(try JSONValue(parsing: "{\(text)}").object) { attributes[name] = value }
        let body = #"{"data":{"type":"time_entries","attributes":\#(JSONValue.object(attributes).serialized())}}"#
        return try CreateRequest(.productive).with(body: body).send(to: simulator)
    }

    private static func attributes(_ text: String, _ simulator: VendorSimulator) async throws -> JSONValue {
        let answer = try send(text, simulator)
        #expect(answer.status == 201)
        return try #require(answer.json?["data"]?["attributes"])
    }
}
