import JSON
import Testing
import VendorSimulators

@Suite struct AworkTests {
    @Test func createIsAnsweredWithThePagesMembersInOrder() async throws {
        try await withSimulator(.awork) { simulator in
            let request = try CreateRequest(.awork).with(members: [
                "startDateUtc": #""2022-03-01T00:00:00Z""#, "startTimeUtc": #""09:21:00""#,
                "endDateUtc": #""2022-03-01T18:21:05Z""#, "endTimeUtc": #""11:45:00""#, "isBillable": "true",
                "taskId": #""123e4567-e89b-12d3-a456-426614174002""#, "projectId": "null", "note": #""Sitemap""#,
            ])
            let answer = try request.send(to: simulator)
            #expect(answer.status == 200)
            let entry = try #require(answer.json)
            #expect(
                entry.keys == [
                    "timezone", "typeOfWorkId", "isBillable", "isBilled", "taskId", "projectId", "note", "startDateUtc",
                    "startTimeUtc", "endDateUtc", "endTimeUtc", "startDateLocal", "startTimeLocal", "endDateLocal",
                    "endTimeLocal", "duration", "breakDuration", "userId", "id", "createdBy", "createdOn", "updatedBy",
                    "updatedOn", "typeOfWork", "user", "task", "project", "breaks", "resourceVersion", "isExternal",
                ]
            )
            #expect(entry["startDateUtc"]?.string == "2022-03-01T00:00:00Z")
            #expect(entry["startTimeUtc"]?.string == "09:21:00")
            #expect(entry["startDateLocal"]?.string == "2022-03-01T00:00:00")
            #expect(entry["startTimeLocal"]?.string == "10:21:00")
            #expect(entry["endTimeUtc"]?.string == "11:45:00")
            #expect(entry["endTimeLocal"]?.string == "12:45:00")
            #expect(entry["duration"]?.int64 == 8640)
            #expect(entry["breakDuration"]?.int64 == 0)
            #expect(entry["isBillable"]?.bool == true)
            #expect(entry["task"]?["id"]?.string == "123e4567-e89b-12d3-a456-426614174002")
            #expect(entry["user"]?["id"]?.string == "123e4567-e89b-12d3-a456-426614174001")
            // A task brings its project.
            #expect(entry["projectId"]?.string != nil)
            #expect(entry["project"]?["id"] == entry["projectId"])
            #expect(entry["createdOn"]?.string == "2025-08-01T04:18:43.688Z")
            #expect(entry["resourceVersion"]?.int64 == 638_896_187_236_880_000)
        }
    }

    @Test(arguments: [
        ("Europe/Berlin", "2022-07-01", "11:21:00"), ("Europe/Zagreb", "2022-07-01", "11:21:00"),
        ("Europe/London", "2022-07-01", "10:21:00"), ("America/New_York", "2022-07-01", "05:21:00"),
        ("Australia/Sydney", "2022-07-01", "19:21:00"), ("UTC", "2022-07-01", "09:21:00"),
        ("Pacific/Kiritimati", "2022-07-01", "23:21:00"),
    ])
    func localPairIsComputedFromTheZone(zone: String, date: String, time: String) async throws {
        try await withSimulator(.awork) { simulator in
            let request = try CreateRequest(.awork).with(members: [
                "timezone": "\"\(zone)\"", "startDateUtc": #""2022-07-01T09:21:00Z""#, "duration": "60",
            ])
            let entry = try request.send(to: simulator).json
            #expect(entry?["startDateLocal"]?.string == "\(date)T00:00:00")
            #expect(entry?["startTimeLocal"]?.string == time)
        }
    }

    @Test func localTimesAreTurnedIntoUtcAcrossMidnight() async throws {
        try await withSimulator(.awork) { simulator in
            let request = try CreateRequest(.awork).with(members: [
                "timezone": #""Australia/Sydney""#, "startDateUtc": nil,
                "startDateLocal": #""2022-01-01T00:00:00""#, "startTimeLocal": #""08:00:00""#, "duration": "7200",
            ])
            let entry = try request.send(to: simulator).json
            #expect(entry?["startDateUtc"]?.string == "2021-12-31T00:00:00Z")
            #expect(entry?["startTimeUtc"]?.string == "21:00:00")
            #expect(entry?["endTimeLocal"]?.string == "10:00:00")
        }
    }

    @Test func endAndDurationGiveTheStart() async throws {
        try await withSimulator(.awork) { simulator in
            let request = try CreateRequest(.awork).with(members: [
                "startDateUtc": nil, "endDateUtc": #""2022-03-01T10:00:00Z""#, "duration": "3600",
            ])
            #expect(try request.send(to: simulator).json?["startTimeUtc"]?.string == "09:00:00")
        }
    }

    @Test func endWinsOverDuration() async throws {
        try await withSimulator(.awork) { simulator in
            let request = try CreateRequest(.awork).with(members: [
                "endDateUtc": #""2022-03-01T10:21:00Z""#, "duration": "1",
            ])
            #expect(try request.send(to: simulator).json?["duration"]?.int64 == 3600)
        }
    }

    @Test func startAloneIsARunningEntry() async throws {
        try await withSimulator(.awork) { simulator in
            let entry = try CreateRequest(.awork).send(to: simulator).json
            #expect(entry?["duration"]?.int64 == 0)
            #expect(entry?["endDateUtc"] == .null)
            #expect(entry?["endTimeLocal"] == .null)
        }
    }

    @Test func dayAloneNeedsADurationAndHasNoTimes() async throws {
        try await withSimulator(.awork) { simulator in
            let day = try CreateRequest(.awork).with(members: ["startDateUtc": #""2022-03-01T00:00:00Z""#])
            #expect(try Self.property(day.send(to: simulator)) == "Duration")
            let entry = try day.with(members: ["duration": "3600"]).send(to: simulator).json
            #expect(entry?["startDateLocal"]?.string == "2022-03-01T00:00:00")
            #expect(entry?["startTimeUtc"] == .null)
            #expect(entry?["startTimeLocal"] == .null)
            #expect(entry?["duration"]?.int64 == 3600)
        }
    }

    @Test(arguments: [
        ("timezone", nil, "Timezone"), ("timezone", #""""#, "Timezone"),
        ("timezone", #""Europe/Atlantis""#, "Timezone"),
        ("timezone", #""../../etc/passwd""#, "Timezone"), ("timezone", #""CEST""#, "Timezone"),
        ("typeOfWorkId", nil, "TypeOfWorkId"), ("typeOfWorkId", #""12""#, "TypeOfWorkId"),
        ("userId", "null", "UserId"), ("isBillable", "null", "IsBillable"), ("isBilled", #""no""#, "IsBilled"),
        ("taskId", #""12""#, "TaskId"), ("note", "5", "Note"), ("duration", "1.5", "Duration"),
        ("duration", "-5", "Duration"), ("duration", "3000000000", "Duration"),
        ("breakDuration", "60", "BreakDuration"),
        ("startDateUtc", #""2022-03-01""#, "StartDateUtc"),
        ("startDateUtc", #""2022-03-01T09:21:00+01:00""#, "StartDateUtc"),
        ("startDateUtc", nil, "StartDateUtc"), ("startTimeUtc", #""9:21""#, "StartTimeUtc"),
        ("endTimeUtc", #""10:00:00""#, "EndDateUtc"), ("start", "1", "Start"),
    ])
    func wrongMemberIsAValidationError(name: String, value: String?, property: String) async throws {
        try await withSimulator(.awork) { simulator in
            let answer = try CreateRequest(.awork).with(members: [name: value]).send(to: simulator)
            #expect(answer.status == 400)
            let error = try #require(answer.json)
            #expect(error.keys == ["code", "description", "link", "traceId", "details", "validationErrors"])
            #expect(error["code"]?.string == "validation-failed")
            #expect(error["validationErrors"]?[0]?.keys == ["property", "message"])
            #expect(Self.property(answer) == property)
        }
    }

    @Test func contradictingTimesAreADateDependency() async throws {
        try await withSimulator(.awork) { simulator in
            let reversed = try CreateRequest(.awork).with(members: ["endDateUtc": #""2022-03-01T09:20:59Z""#])
            let answer = try reversed.send(to: simulator)
            #expect(answer.json?["code"]?.string == "date-dependency")
            let disagreeing = try CreateRequest(.awork).with(members: ["startDateLocal": #""2022-03-01T09:21:00""#])
            #expect(try disagreeing.send(to: simulator).json?["code"]?.string == "date-dependency")
            let agreeing = try CreateRequest(.awork).with(members: ["startDateLocal": #""2022-03-01T10:21:00""#])
            #expect(try agreeing.send(to: simulator).status == 200)
        }
    }

    @Test func localTimeInTheGapIsRefused() async throws {
        try await withSimulator(.awork) { simulator in
            let request = try CreateRequest(.awork).with(members: [
                "startDateUtc": nil, "startDateLocal": #""2025-03-30T02:30:00""#,
            ])
            #expect(try Self.property(request.send(to: simulator)) == "StartTimeLocal")
        }
    }

    @Test func badTokenHasNoBodyAndAMissingPermissionHasOne() async throws {
        let user = "123e4567-e89b-12d3-a456-426614174001"
        try await withSimulator(.awork, { $0.deniedUserIDs = [user] }) { simulator in
            let bad = try CreateRequest(.awork).with("authorization", "Bearer other").send(to: simulator)
            #expect(bad.status == 401)
            #expect(bad.body.isEmpty)
            let denied = try CreateRequest(.awork).send(to: simulator)
            #expect(denied.status == 401)
            #expect(denied.json?["code"]?.string == "unauthorized")
            #expect(simulator.ledger().allSatisfy { $0.stored == nil })
        }
    }

    @Test func unknownReferenceUnreadableBodyAndContentTypeAreRefused() async throws {
        let project = "123e4567-e89b-12d3-a456-426614174404"
        try await withSimulator(.awork, { $0.missingReferences = [project] }) { simulator in
            let unknown = try CreateRequest(.awork).with(members: ["projectId": "\"\(project)\""]).send(to: simulator)
            #expect(unknown.status == 404)
            #expect(unknown.json?["code"]?.string == "not-found")
            let bad = try CreateRequest(.awork).with(body: "{").send(to: simulator)
            #expect(bad.status == 400)
            #expect(bad.json?["code"]?.string == "invalid-model")
            #expect(try CreateRequest(.awork).with("content-type", nil).send(to: simulator).status == 415)
        }
    }

    private static func property(_ answer: RawClient.Answer) -> String? {
        answer.json?["validationErrors"]?[0]?["property"]?.string
    }
}
