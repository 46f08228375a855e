import JSON
import Testing
import VendorSimulators

@Suite struct PlannrTests {
    static let pageBody = """
        {"trackable_type":"Client","trackable_uuid":"f5bf01bf-5096-4575-9618-2d8176af136c","name":"Research",\
        "description":"Research for the new project.","start_date":"2025-08-07T12:56:42+01:00",\
        "end_date":"2025-08-07T13:41:42+01:00","total_time_in_minutes":200}
        """
    static let personKeys = [
        "name", "role", "type", "uuid", "email", "last_name", "photo_url", "created_at", "first_name", "updated_at",
        "external_references",
    ]

    @Test func pageExampleIsAcceptedAndAnsweredInThePagesShape() async throws {
        try await withSimulator(.plannr) { simulator in
            let answer = try CreateRequest(.plannr).with(body: Self.pageBody).send(to: simulator)
            #expect(answer.status == 200)
            let entry = try #require(answer.json)
            #expect(
                entry.keys == [
                    "name", "uuid", "account", "end_date", "is_active", "trackable", "created_at", "start_date",
                    "updated_at", "description", "trackable_type", "total_time_in_minutes",
                    "computed_time_elapsed_in_seconds",
                ]
            )
            #expect(entry["account"]?.keys == Self.personKeys)
            #expect(entry["trackable"]?.keys == Self.personKeys)
            #expect(entry["account"]?["uuid"]?.string == "7db3f856-46bc-4255-8bbb-dee85d89ed7e")
            #expect(entry["trackable"]?["uuid"]?.string == "f5bf01bf-5096-4575-9618-2d8176af136c")
            #expect(entry["trackable_type"]?.string == "Client")
            #expect(entry["start_date"]?.string == "2025-08-07T12:56:42+01:00")
            #expect(entry["end_date"]?.string == "2025-08-07T13:41:42+01:00")
            #expect(entry["is_active"]?.bool == false)
            #expect(entry["created_at"]?.string == "2025-08-01T05:18:43+01:00")
            // The range wins over the 200 minutes that the example sends beside it.
            #expect(entry["total_time_in_minutes"]?.int64 == 45)
            #expect(entry["computed_time_elapsed_in_seconds"]?.int64 == 2700)
        }
    }

    @Test func minutesAloneLeaveTheDatesOut() async throws {
        try await withSimulator(.plannr) { simulator in
            let entry = try CreateRequest(.plannr).with(members: ["total_time_in_minutes": "28"]).send(to: simulator)
                .json
            #expect(entry?["total_time_in_minutes"]?.int64 == 28)
            #expect(entry?["computed_time_elapsed_in_seconds"]?.int64 == 1680)
            #expect(entry?["start_date"] == .null)
            #expect(entry?["end_date"] == .null)
            #expect(entry?["is_active"]?.bool == false)
        }
    }

    @Test func minutesWithOneDateGiveTheOther() async throws {
        try await withSimulator(.plannr) { simulator in
            let request = try CreateRequest(.plannr).with(members: ["total_time_in_minutes": "30"])
            let fromStart = try request.with(members: ["start_date": #""2025-08-07T10:00:00Z""#]).send(to: simulator)
                .json
            #expect(fromStart?["end_date"]?.string == "2025-08-07T11:30:00+01:00")
            let fromEnd = try request.with(members: ["end_date": #""2025-08-07T10:00:00Z""#]).send(to: simulator).json
            #expect(fromEnd?["start_date"]?.string == "2025-08-07T10:30:00+01:00")
        }
    }

    @Test func noEndAndNoMinutesIsARunningEntry() async throws {
        try await withSimulator(.plannr) { simulator in
            let entry = try CreateRequest(.plannr).with(members: ["start_date": #""2025-08-01T04:18:13Z""#])
                .send(to: simulator).json
            #expect(entry?["is_active"]?.bool == true)
            #expect(entry?["end_date"] == .null)
            #expect(entry?["computed_time_elapsed_in_seconds"]?.int64 == 30)
            let fromNow = try CreateRequest(.plannr).send(to: simulator).json
            #expect(fromNow?["start_date"]?.string == "2025-08-01T05:18:43+01:00")
            #expect(fromNow?["is_active"]?.bool == true)
        }
    }

    @Test(arguments: [
        ("trackable_type", nil, "The trackable type field is required."),
        ("trackable_type", #""project""#, "The selected trackable type is invalid."),
        ("trackable_uuid", nil, "The trackable uuid field is required."),
        ("trackable_uuid", #""12""#, "The trackable uuid field must be a valid UUID."),
        ("trackable_uuid", #""00000000-0000-4000-8000-000000000404""#, "The selected trackable uuid is invalid."),
        ("name", nil, "The name field is required."),
        ("name", #""""#, "The name field is required."),
        ("name", "null", "The name field is required."),
        ("description", "null", "The description field must be a string."),
        ("start_date", #""yesterday""#, "The start date field must be a valid date."),
        ("start_date", "1754021923", "The start date field must be a valid date."),
        ("total_time_in_minutes", "1.5", "The total time in minutes field must be an integer."),
        ("total_time_in_minutes", #""90""#, "The total time in minutes field must be an integer."),
        ("total_time_in_minutes", "-1", "The total time in minutes field must be at least 0."),
        ("billable", "true", "The billable field is prohibited."),
    ])
    func wrongMemberIsRefusedInLaravelsShape(name: String, value: String?, message: String) async throws {
        try await withSimulator(.plannr, { $0.missingReferences = ["00000000-0000-4000-8000-000000000404"] }) {
            simulator in
            let answer = try CreateRequest(.plannr).with(members: [name: value]).send(to: simulator)
            #expect(answer.status == 422)
            #expect(answer.json?["message"]?.string == message)
            #expect(answer.json?["errors"]?[name]?[0]?.string == message)
        }
    }

    @Test func severalErrorsAreSummedUp() async throws {
        try await withSimulator(.plannr) { simulator in
            let answer = try CreateRequest(.plannr).with(body: "{}").send(to: simulator)
            #expect(answer.json?["message"]?.string == "The trackable type field is required. (and 2 more errors)")
            #expect(answer.json?["errors"]?.keys == ["trackable_type", "trackable_uuid", "name"])
        }
    }

    @Test func endBeforeStartAndEndAloneAreRefused() async throws {
        try await withSimulator(.plannr) { simulator in
            let end = try CreateRequest(.plannr).with(members: ["end_date": #""2025-08-07""#])
            #expect(try end.send(to: simulator).json?["errors"]?.keys == ["start_date"])
            let reversed = try end.with(members: ["start_date": #""2025-08-08""#])
            #expect(try reversed.send(to: simulator).json?["errors"]?.keys == ["end_date"])
        }
    }

    @Test func headersAreRequired() async throws {
        try await withSimulator(.plannr) { simulator in
            let request = CreateRequest(.plannr)
            let unauthenticated = try request.with("authorization", "Bearer other").send(to: simulator)
            #expect(unauthenticated.status == 401)
            #expect(unauthenticated.text == #"{"message":"Unauthenticated."}"#)
            #expect(try request.with("accept", "text/html").send(to: simulator).status == 406)
            #expect(
                try request.with("content-type", "application/x-www-form-urlencoded").send(to: simulator).status == 415
            )
            #expect(try request.with("x-plannr-account-uuid", nil).send(to: simulator).status == 400)
            let other = "00000000-0000-4000-8000-000000000001"
            #expect(try request.with("x-plannr-account-uuid", other).send(to: simulator).status == 403)
            #expect(try request.with(body: "[]").send(to: simulator).status == 400)
            #expect(simulator.ledger().allSatisfy { $0.stored == nil })
        }
    }
}
