import JSON
import Testing
import VendorSimulators

@Suite struct AworkEntryTests {
    private static let unknown = "00000000-0000-4000-8000-00000000ffff"
    private static let form = """
        {"timezone":"Europe/Berlin","typeOfWorkId":"123e4567-e89b-12d3-a456-426614174000","note":"Changed",\
        "startDateUtc":"2022-03-01T09:00:00Z","endDateUtc":"2022-03-01T10:00:00Z","duration":1}
        """

    @Test func getAnswersWhatCreateDid() async throws {
        try await withSimulator(.awork) { simulator in
            let created = try CreateRequest(.awork).send(to: simulator)
            let id = try #require(created.json?["id"]?.string)
            let answer = try simulator.awork("GET", "/timeentries/\(id)")
            #expect(answer.status == 200)
            #expect(answer.text == created.text)
            #expect(simulator.ledger().last?.stored == nil)
        }
    }

    @Test func putReplacesTheEntryAndRaisesTheVersion() async throws {
        let clock = TestClock()
        try await withSimulator(.awork, { $0.clock = { clock.now } }) { simulator in
            let created = try CreateRequest(.awork)
                .with(members: ["duration": "60", "isBillable": "true", "projectId": "\"\(Self.unknown)\""])
                .send(to: simulator).json
            let id = try #require(created?["id"]?.string)
            clock.advance(seconds: 5)
            let answer = try simulator.awork("PUT", "/timeentries/\(id)", Self.form)
            #expect(answer.status == 200)
            let entry = answer.json
            #expect(entry?["note"]?.string == "Changed")
            // Start and end win over the duration.
            #expect(entry?["duration"]?.int64 == 3600)
            #expect(entry?["isBillable"]?.bool == false)
            #expect(entry?["projectId"] == .null)
            #expect(entry?["userId"] == created?["userId"])
            #expect(entry?["createdOn"] == created?["createdOn"])
            #expect(entry?["updatedOn"]?.string == "2025-08-01T04:18:48.688Z")
            let versions = (created?["resourceVersion"]?.int64 ?? 0, entry?["resourceVersion"]?.int64 ?? 0)
            #expect(versions.0 < versions.1)
            #expect(try simulator.awork("GET", "/timeentries/\(id)").text == answer.text)
            #expect(simulator.ledger()[1].stored == .init(operation: "update", id: id))
        }
    }

    @Test func putWithinTheSameMillisecondStillRaisesTheVersion() async throws {
        try await withSimulator(.awork) { simulator in
            let id = try simulator.aworkEntry(["duration": "60"])
            let first = try simulator.awork("PUT", "/timeentries/\(id)", Self.form).json?["resourceVersion"]?.int64
            let second = try simulator.awork("PUT", "/timeentries/\(id)", Self.form).json?["resourceVersion"]?.int64
            #expect(first ?? 0 < second ?? 0)
        }
    }

    @Test(arguments: [
        (#"{"typeOfWorkId":"123e4567-e89b-12d3-a456-426614174000"}"#, "Timezone"),
        (#"{"timezone":"UTC","startDateUtc":"2022-03-01T09:00:00Z","duration":5}"#, "TypeOfWorkId"),
        (#"{"timezone":"UTC","typeOfWorkId":"123e4567-e89b-12d3-a456-426614174000"}"#, "StartDateUtc"),
    ])
    func putNeedsTheWholeEntry(body: String, property: String) async throws {
        try await withSimulator(.awork) { simulator in
            let id = try simulator.aworkEntry(["duration": "60"])
            let answer = try simulator.awork("PUT", "/timeentries/\(id)", body)
            #expect(answer.status == 400)
            #expect(answer.json?["code"]?.string == "validation-failed")
            #expect(answer.json?["validationErrors"]?[0]?["property"]?.string == property)
        }
    }

    @Test func putMovesTheStartOfARunningEntryOnly() async throws {
        try await withSimulator(.awork) { simulator in
            let id = try simulator.aworkEntry(["duration": "0"])
            let ending = try simulator.awork("PUT", "/timeentries/\(id)", Self.form)
            #expect(ending.status == 400)
            #expect(ending.json?["code"]?.string == "illegal-property-transition")
            let moved = try CreateRequest(.awork).with(members: ["startDateUtc": #""2022-03-01T08:00:00Z""#]).body
            let answer = try simulator.awork("PUT", "/timeentries/\(id)", moved)
            #expect(answer.json?["startTimeUtc"]?.string == "08:00:00")
            #expect(answer.json?["duration"]?.int64 == 0)
        }
    }

    @Test func putCannotStartAFinishedEntryAgain() async throws {
        try await withSimulator(.awork) { simulator in
            let id = try simulator.aworkEntry(["duration": "60"])
            let answer = try simulator.awork("PUT", "/timeentries/\(id)", CreateRequest(.awork).body)
            #expect(answer.json?["code"]?.string == "illegal-property-transition")
        }
    }

    @Test func deleteIs204AndTheEntryIsGone() async throws {
        try await withSimulator(.awork) { simulator in
            let id = try simulator.aworkEntry(["isBilled": "true"])
            let answer = try simulator.awork("DELETE", "/timeentries/\(id)")
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            #expect(simulator.ledger().last?.stored == .init(operation: "delete", id: id))
            let gone = try simulator.awork("GET", "/timeentries/\(id)")
            #expect(gone.status == 404)
            #expect(gone.json?["code"]?.string == "not-found")
            #expect(gone.json?["details"]?[0]?.string == id)
            #expect(try simulator.awork("DELETE", "/timeentries/\(id)").status == 404)
            #expect(try simulator.awork("PUT", "/timeentries/\(id)", Self.form).status == 404)
            #expect(try simulator.awork("GET", "/timeentries/7").status == 404)
        }
    }

    @Test func changesNeedAPermissionAndReadingDoesNot() async throws {
        try await withSimulator(
            .awork,
            {
                $0.tokens = ["writer", "reader"]
                $0.readOnlyTokens = ["reader"]
            }
        ) { simulator in
            let created = try CreateRequest(.awork).with("authorization", "Bearer writer")
                .with(members: ["duration": "60"]).send(to: simulator)
            let path = "/timeentries/" + (try #require(created.json?["id"]?.string))
            #expect(try simulator.awork("GET", path, token: "reader").status == 200)
            #expect(try simulator.awork("GET", path, token: "other").status == 401)
            for answer in [
                try simulator.awork("PUT", path, Self.form, token: "reader"),
                try simulator.awork("DELETE", path, token: "reader"),
                try simulator.awork("POST", path + "/removebreaks", token: "reader"),
            ] {
                #expect(answer.status == 401)
                #expect(answer.json?["code"]?.string == "unauthorized")
            }
        }
    }

    @Test func tokenIsCheckedWithMeAndSettings() async throws {
        try await withSimulator(.awork) { simulator in
            let me = try simulator.awork("GET", "/users/me")
            #expect(me.json?["id"]?.string == "2c4a230c-5085-4924-a3e1-25fb4fc5965b")
            #expect(try simulator.awork("GET", "/users/me", token: "other").status == 401)
            let settings = try simulator.awork("GET", "/timetracking/settings")
            #expect(settings.column("type") == ["prevent-on-done-projects", "allow-on-past-days"])
            #expect(try simulator.awork("GET", "/timetracking/settings", token: "other").status == 401)
        }
    }
}
