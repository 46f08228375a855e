import JSON
import Testing
import VendorSimulators

@Suite struct AworkTimerTests {
    private static let own = "2c4a230c-5085-4924-a3e1-25fb4fc5965b"
    private static let other = "123e4567-e89b-12d3-a456-426614174001"
    private static let form = """
        {"timezone":"Europe/Berlin","typeOfWorkId":"123e4567-e89b-12d3-a456-426614174000",\
        "taskId":"123e4567-e89b-12d3-a456-426614174002","note":"Timer"}
        """

    private static func withClock(_ body: (VendorSimulator, TestClock) async throws -> Void) async throws {
        let clock = TestClock()
        try await withSimulator(.awork, { $0.clock = { clock.now } }) { try await body($0, clock) }
    }

    @Test(arguments: [("/me", own), ("/users/\(own)", own), ("/users/\(other)", other)])
    func startRunsUntilStop(who: String, user: String) async throws {
        try await Self.withClock { simulator, clock in
            let started = try simulator.awork("POST", who + "/timetracking/start", Self.form)
            #expect(started.status == 200)
            let id = try #require(started.json?["id"]?.string)
            #expect(started.json?["userId"]?.string == user)
            #expect(started.json?["startDateUtc"]?.string == "2025-08-01T00:00:00Z")
            #expect(started.json?["startTimeUtc"]?.string == "04:18:43")
            #expect(started.json?["endDateUtc"] == .null)
            #expect(started.json?["duration"]?.int64 == 0)
            #expect(started.json?["project"]?["id"]?.string != nil)
            clock.advance(seconds: 90)
            let stopped = try simulator.awork("POST", who + "/timetracking/stop")
            #expect(stopped.status == 200)
            #expect(stopped.json?["id"]?.string == id)
            #expect(stopped.json?["duration"]?.int64 == 90)
            #expect(stopped.json?["endTimeUtc"]?.string == "04:20:13")
            #expect(simulator.ledger().map(\.stored?.operation) == ["start", "stop"])
            #expect(simulator.ledger().map(\.stored?.id) == [id, id])
        }
    }

    @Test func startStopsThePreviousTimerOfTheSameUserOnly() async throws {
        try await Self.withClock { simulator, clock in
            let first = try simulator.awork("POST", "/me/timetracking/start", Self.form).json?["id"]?.string
            let others = try simulator.awork("POST", "/users/\(Self.other)/timetracking/start", Self.form)
            clock.advance(seconds: 10)
            _ = try simulator.awork("POST", "/me/timetracking/start", Self.form)
            let stopped = try simulator.awork("GET", "/timeentries/" + #require(first))
            #expect(stopped.json?["duration"]?.int64 == 10)
            let running = try simulator.awork("GET", "/timeentries/" + #require(others.json?["id"]?.string))
            #expect(running.json?["duration"]?.int64 == 0)
        }
    }

    @Test func entryCreatedRunningIsStoppedToo() async throws {
        try await Self.withClock { simulator, _ in
            let id = try simulator.aworkEntry(["duration": "0", "startDateUtc": #""2025-08-01T04:00:00Z""#])
            let stopped = try simulator.awork("POST", "/users/\(Self.other)/timetracking/stop")
            #expect(stopped.json?["id"]?.string == id)
            #expect(stopped.json?["duration"]?.int64 == 1123)
        }
    }

    @Test func stopWithinTheFirstSecondIsNotARunningEntry() async throws {
        try await Self.withClock { simulator, _ in
            _ = try simulator.awork("POST", "/me/timetracking/start", Self.form)
            #expect(try simulator.awork("POST", "/me/timetracking/stop").json?["duration"]?.int64 == 1)
            #expect(try simulator.awork("POST", "/me/timetracking/stop").status == 204)
        }
    }

    @Test func pausesAreNotWorked() async throws {
        try await Self.withClock { simulator, clock in
            _ = try simulator.awork("POST", "/me/timetracking/start", Self.form)
            clock.advance(seconds: 60)
            let paused = try simulator.awork("POST", "/me/timetracking/pause")
            #expect(paused.json?["breaks"] == [["startDate": "2025-08-01T04:19:43Z"]])
            let again = try simulator.awork("POST", "/me/timetracking/pause")
            #expect(again.text == paused.text)
            #expect(simulator.ledger().last?.stored == nil)
            clock.advance(seconds: 30)
            let resumed = try simulator.awork("POST", "/me/timetracking/resume")
            let pause: JSONValue = [
                "startDate": "2025-08-01T04:19:43Z", "duration": 30, "endDate": "2025-08-01T04:20:13Z",
            ]
            #expect(resumed.json?["breaks"] == [pause])
            #expect(resumed.json?["breakDuration"]?.int64 == 30)
            #expect(try simulator.awork("POST", "/me/timetracking/resume").text == resumed.text)
            clock.advance(seconds: 10)
            let stopped = try simulator.awork("POST", "/me/timetracking/stop").json
            #expect(stopped?["duration"]?.int64 == 70)
            #expect(stopped?["endTimeUtc"]?.string == "04:20:23")
            #expect(
                simulator.ledger().map(\.stored?.operation) == ["start", "pause", nil, "resume", nil, "stop"]
            )
        }
    }

    @Test func stopEndsAnOpenBreak() async throws {
        try await Self.withClock { simulator, clock in
            _ = try simulator.awork("POST", "/me/timetracking/start", Self.form)
            clock.advance(seconds: 60)
            _ = try simulator.awork("POST", "/me/timetracking/pause")
            clock.advance(seconds: 600)
            let stopped = try simulator.awork("POST", "/me/timetracking/stop").json
            #expect(stopped?["duration"]?.int64 == 60)
            #expect(stopped?["breakDuration"]?.int64 == 600)
        }
    }

    @Test func putKeepsTheBreaksAndRemoveBreaksWorksThem() async throws {
        try await Self.withClock { simulator, clock in
            let id = try simulator.awork("POST", "/me/timetracking/start", Self.form).json?["id"]?.string
            let path = "/timeentries/" + (try #require(id))
            _ = try simulator.awork("POST", "/me/timetracking/pause")
            clock.advance(seconds: 600)
            _ = try simulator.awork("POST", "/me/timetracking/stop")
            let request = try CreateRequest(.awork).with(members: ["endDateUtc": #""2022-03-01T10:21:00Z""#])
            #expect(try simulator.awork("PUT", path, request.body).json?["duration"]?.int64 == 3000)
            let narrow = try request.with(members: ["endDateUtc": #""2022-03-01T09:30:59Z""#])
            #expect(try simulator.awork("PUT", path, narrow.body).json?["code"]?.string == "date-dependency")
            let removed = try simulator.awork("POST", path + "/removebreaks")
            #expect(removed.json?["duration"]?.int64 == 3600)
            #expect(removed.json?["breaks"] == [])
            #expect(simulator.ledger().last?.stored == .init(operation: "removebreaks", id: try #require(id)))
        }
    }

    @Test(arguments: ["stop", "pause", "resume"])
    func nothingRunningIs204(operation: String) async throws {
        try await Self.withClock { simulator, _ in
            _ = try simulator.aworkEntry(["duration": "60", "userId": "\"\(Self.own)\""])
            let answer = try simulator.awork("POST", "/me/timetracking/\(operation)")
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            #expect(simulator.ledger().last?.stored == nil)
        }
    }

    @Test func pauseAndResumeAreTheUsersOwnAndAllNeedAPermission() async throws {
        try await withSimulator(
            .awork,
            {
                $0.tokens.formUnion(["reader"])
                $0.readOnlyTokens = ["reader"]
            }
        ) { simulator in
            for operation in ["pause", "resume"] {
                let answer = try simulator.awork("POST", "/users/\(Self.other)/timetracking/\(operation)")
                #expect(answer.status == 401)
                #expect(answer.json?["code"]?.string == "unauthorized")
            }
            for operation in ["start", "stop", "pause", "resume"] {
                let answer = try simulator.awork("POST", "/me/timetracking/\(operation)", Self.form, token: "reader")
                #expect(answer.status == 401)
            }
            #expect(try simulator.awork("GET", "/timeentries").text == "[]")
        }
    }

    @Test(arguments: [
        (#"{"timezone":"UTC"}"#, "TypeOfWorkId"),
        (#"{"typeOfWorkId":"123e4567-e89b-12d3-a456-426614174000"}"#, "Timezone"),
        (
            #"{"timezone":"UTC","typeOfWorkId":"123e4567-e89b-12d3-a456-426614174000","userId":null}"#, "UserId"
        ),
        (
            #"{"timezone":"UTC","typeOfWorkId":"123e4567-e89b-12d3-a456-426614174000","startDateUtc":null}"#,
            "StartDateUtc"
        ),
    ])
    func startTakesItsOwnFormOnly(body: String, property: String) async throws {
        try await Self.withClock { simulator, _ in
            let answer = try simulator.awork("POST", "/me/timetracking/start", body)
            #expect(answer.status == 400)
            #expect(answer.json?["validationErrors"]?[0]?["property"]?.string == property)
            #expect(try simulator.awork("POST", "/me/timetracking/start").status == 415)
        }
    }

    @Test func lastIsTheOneStartedLastAndNotInTheFuture() async throws {
        try await Self.withClock { simulator, _ in
            let path = "/users/\(Self.other)/timeentries/last"
            #expect(try simulator.awork("GET", path).text == "[]")
            _ = try simulator.aworkEntry(["note": #""new""#, "startDateUtc": #""2025-07-31T09:00:00Z""#])
            _ = try simulator.aworkEntry(["note": #""old""#, "startDateUtc": #""2025-07-30T09:00:00Z""#])
            _ = try simulator.aworkEntry(["note": #""future""#, "startDateUtc": #""2025-08-02T09:00:00Z""#])
            _ = try simulator.aworkEntry([
                "note": #""day""#, "startDateUtc": #""2025-07-31T00:00:00Z""#, "duration": "60",
            ])
            #expect(try simulator.awork("GET", path).column("note") == ["new"])
            #expect(try simulator.awork("GET", "/me/timeentries/last").text == "[]")
        }
    }
}
