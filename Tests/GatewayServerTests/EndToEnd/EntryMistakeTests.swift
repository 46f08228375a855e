import JSON
import Testing
import VendorSimulators

/// What a caller gets for an entry that is wrong: nothing is sent, and the answer says where the fault is.
struct EntryMistakeTests {
    /// Sends `text` to Productive, where it must not arrive.
    private func refusal(_ text: String) async throws -> Answer {
        var result: Answer?
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", text: text)
            #expect(gateway.ledger(.productive).isEmpty)
            #expect(answer.header("content-type") == "application/problem+json")
            #expect(answer.sent == "no")
            #expect(answer["origin"] == "caller")
            #expect(answer["retry"] == "never")
            #expect(answer["type"]?.string == answer.code.map { "urn:timegate:problem:\($0)" })
            #expect(answer["status"]?.int64 == Int64(answer.status))
            #expect(answer["request_id"]?.string == answer.header("x-request-id"))
            result = answer
        }
        return try #require(result)
    }

    private func refusal(_ changes: KeyValuePairs<String, JSONValue?>) async throws -> Answer {
        try await refusal(Sample.entry(.productive).with(changes).serialized())
    }

    private func expect(_ answer: Answer, _ code: String, _ field: String, saying words: String...) {
        #expect(answer.status == 422)
        #expect(answer.code == code)
        let error = answer.error(field)
        #expect(error?["code"]?.string == code, "\(field) in \(answer.body)")
        for word in words { #expect(error?["message"]?.string?.contains(word) == true, "\(word) in \(answer.body)") }
        #expect(error?["hint"]?.string?.isEmpty == false)
    }

    // MARK: - JSON

    @Test func brokenJSONIsRefusedWithLineColumnAndPointer() async throws {
        let answer = try await refusal(
            "{\n  \"work_date\": \"2026-11-20\",\n  \"subjects\": {\"task\": {\"id\": 4x}}\n}"
        )
        #expect(answer.status == 400)
        #expect(answer.code == "malformed_json")
        #expect(answer["line"] == 3)
        #expect(answer["column"] == 32)
        #expect(answer["pointer"] == "/subjects/task")
        #expect(answer.detail.contains("line 3, column 32"))
    }

    @Test func emptyBodyIsRefusedAsJSON() async throws {
        let answer = try await refusal("")
        #expect(answer.status == 400)
        #expect(answer.code == "malformed_json")
        #expect(answer["line"] == 1)
        #expect(answer["column"] == 1)
    }

    @Test func nestingBeyondTheLimitIsRefused() async throws {
        let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        let answer = try await refusal("{\"vendor_fields\": {\"x\": \(deep)}}")
        #expect(answer.status == 400)
        #expect(answer.code == "malformed_json")
        #expect(answer["line"] == 1)
        #expect(answer["column"] == 87)
        #expect(answer["pointer"]?.string?.hasPrefix("/vendor_fields/x/0/0/0") == true)
    }

    @Test func nameThatStandsTwiceIsRefused() async throws {
        let answer = try await refusal(
            "{\"work_date\": \"2026-11-20\",\n \"user\": {\"id\": \"1\", \"\\u0069d\": \"2\"}}"
        )
        #expect(answer.status == 400)
        #expect(answer.code == "malformed_json")
        #expect(answer["line"] == 2)
        #expect(answer["column"] == 22)
        #expect(answer["pointer"]?.string?.hasPrefix("/user") == true)
    }

    @Test func bodyThatIsNoObjectIsRefused() async throws {
        let answer = try await refusal("[]")
        #expect(answer.status == 422)
        #expect(answer.code == "wrong_type")
    }

    // MARK: - Members and values

    @Test func unknownMemberIsRefusedWithASuggestion() async throws {
        let answer = try await refusal(["work_dat": "2026-11-20", "work_date": nil])
        expect(answer, "unknown_member", "work_dat", saying: "Did you mean \"work_date\"?")
    }

    @Test func unknownMemberOfAVendorIsRefusedWithItsPath() async throws {
        let answer = try await refusal(["vendor_fields": ["attributes": ["tim": 5]]])
        #expect(answer.status == 422)
        #expect(answer.error("vendor_fields.attributes.tim") != nil, "\(answer.body)")
    }

    @Test func vendorFieldWithAUnifiedMemberIsRefusedWithItsName() async throws {
        let answer = try await refusal(["vendor_fields": ["attributes": ["time": 5]]])
        #expect(answer.status == 422)
        let error = answer.error("vendor_fields.attributes.time")
        #expect(error?["message"]?.string?.contains("duration_seconds") == true, "\(answer.body)")
    }

    @Test func valueOfTheWrongTypeIsRefused() async throws {
        expect(try await refusal(["note": 7]), "wrong_type", "note", saying: "a string", "a number")
        expect(try await refusal(["user": ["id": 8160]]), "wrong_type", "user.id", saying: "\"8160\"")
    }

    @Test func impossibleDateIsRefused() async throws {
        expect(try await refusal(["work_date": "2026-02-30"]), "invalid_date", "work_date", saying: "2026-02-30")
    }

    @Test func unknownZoneIsRefusedWithASuggestion() async throws {
        let answer = try await refusal(["time_zone": "Europe/Zagreg"])
        expect(answer, "invalid_time_zone", "time_zone", saying: "Europe/Zagreg", "Europe/Zagreb")
    }

    @Test func bareNumberAsDurationIsRefused() async throws {
        expect(try await refusal(["duration": "90"]), "invalid_duration", "duration", saying: "90")
    }

    @Test func endBeforeStartIsRefusedWithBothTimes() async throws {
        let answer = try await refusal([
            "work_date": nil, "duration": nil,
            "started_at": "2026-11-20T10:00:00+01:00", "ended_at": "2026-11-20T09:00:00+01:00",
        ])
        #expect(answer.status == 422)
        #expect(answer.code == "end_before_start")
        #expect(answer.detail.contains("2026-11-20T10:00:00+01:00"))
        #expect(answer.detail.contains("2026-11-20T09:00:00+01:00"))
    }

    @Test func timesThatContradictEachOtherAreRefusedWithTheirValues() async throws {
        let answer = try await refusal([
            "work_date": nil, "duration": nil, "duration_seconds": 3600,
            "started_at": "2026-11-20T09:00:00+01:00", "ended_at": "2026-11-20T10:30:00+01:00",
        ])
        expect(
            answer,
            "contradicting_times",
            "duration_seconds",
            saying: "2026-11-20T09:00:00+01:00",
            "2026-11-20T10:30:00+01:00",
            "3600",
            "5400"
        )
    }

    @Test func dayThatIsNotTheStartsDayIsRefused() async throws {
        let answer = try await refusal(["started_at": "2026-11-19T09:00:00+01:00"])
        expect(answer, "contradicting_times", "work_date", saying: "2026-11-20", "2026-11-19")
    }

    @Test func localTimeThatOccursTwiceIsRefusedWithBothInstants() async throws {
        let answer = try await refusal([
            "work_date": nil, "started_at": "2026-10-25T02:30:00", "time_zone": "Europe/Zagreb",
        ])
        expect(
            answer,
            "ambiguous_time",
            "started_at",
            saying: "2026-10-25T02:30:00+02:00",
            "2026-10-25T02:30:00+01:00"
        )
    }

    @Test func missingRequiredMemberIsRefusedWithTheVendorsField() async throws {
        let answer = try await refusal(["subjects": ["task": ["id": "444"]]])
        expect(answer, "required", "subjects.service.id")
        #expect(
            answer.error("subjects.service.id")?["vendor_field"] == "relationships.service.data.id",
            "\(answer.body)"
        )
    }

    @Test func severalFaultsAreAllNamed() async throws {
        let answer = try await refusal(["note": 7, "work_date": "20.11.2026", "billabel": true])
        #expect(answer.status == 422)
        #expect(answer.code == "invalid_entry")
        #expect(answer["errors"]?.array?.count == 3)
        #expect(answer.error("billabel")?["message"]?.string?.contains("billable") == true)
    }
}
