import JSON
import Testing
import VendorSimulators

@Suite struct PlannrEntryTests {
    private static let unknown = "00000000-0000-4000-8000-00000000ffff"
    private static let second = "00000000-0000-4000-8000-000000000002"
    private static let changed = """
        {"trackable_type":"task","trackable_uuid":"f5bf01bf-5096-4575-9618-2d8176af136d","name":"Changed",\
        "start_date":"2025-08-07T10:00:00Z","end_date":"2025-08-07T10:30:00Z"}
        """

    @Test func putReplacesTheEntry() async throws {
        let clock = TestClock()
        try await withSimulator(.plannr, { $0.clock = { clock.now } }) { simulator in
            let created = try CreateRequest(.plannr).with(members: ["description": #""Text""#]).send(to: simulator)
            let uuid = try #require(created.json?["uuid"]?.string)
            clock.advance(seconds: 60)
            let answer = try simulator.plannr("PUT", "/time-entry/\(uuid)", Self.changed)
            #expect(answer.status == 200)
            let entry = try #require(answer.json)
            #expect(entry.keys == created.json?.keys)
            #expect(entry["uuid"]?.string == uuid)
            #expect(entry["name"]?.string == "Changed")
            #expect(entry["description"] == .null)
            #expect(entry["trackable_type"]?.string == "Task")
            #expect(entry["is_active"]?.bool == false)
            #expect(entry["total_time_in_minutes"]?.int64 == 30)
            #expect(entry["created_at"]?.string == "2025-08-01T05:18:43+01:00")
            #expect(entry["updated_at"]?.string == "2025-08-01T05:19:43+01:00")
            #expect(simulator.ledger().last?.stored == .init(operation: "update", id: uuid))
        }
    }

    @Test func putIsCheckedAsCreateIs() async throws {
        try await withSimulator(.plannr) { simulator in
            let uuid = try simulator.plannrEntry()
            let empty = try simulator.plannr("PUT", "/time-entry/\(uuid)", "{}")
            #expect(empty.status == 422)
            #expect(empty.json?["errors"]?.keys == ["trackable_type", "trackable_uuid", "name"])
            #expect(try simulator.plannr("PUT", "/time-entry/\(uuid)", "[]").status == 400)
            #expect(try simulator.plannr("PUT", "/time-entry/\(uuid)").status == 415)
            #expect(simulator.ledger().last?.stored == nil)
        }
    }

    @Test func deleteAnswersTheEntryAndItIsGone() async throws {
        try await withSimulator(.plannr) { simulator in
            let created = try CreateRequest(.plannr).with(members: ["total_time_in_minutes": "5"]).send(to: simulator)
            let uuid = try #require(created.json?["uuid"]?.string)
            let answer = try simulator.plannr("DELETE", "/time-entry/\(uuid.uppercased())")
            #expect(answer.status == 200)
            #expect(answer.text == created.text)
            #expect(simulator.ledger().last?.stored == .init(operation: "delete", id: uuid))
            #expect(try simulator.plannr("DELETE", "/time-entry/\(uuid)").status == 404)
        }
    }

    @Test func stopEndsAnActiveEntryOnce() async throws {
        let clock = TestClock()
        try await withSimulator(.plannr, { $0.clock = { clock.now } }) { simulator in
            let uuid = try simulator.plannrEntry()
            clock.advance(seconds: 150)
            let answer = try simulator.plannr("POST", "/time-entry/\(uuid)/stop")
            #expect(answer.status == 200)
            #expect(answer.json?["is_active"]?.bool == false)
            #expect(answer.json?["end_date"]?.string == "2025-08-01T05:21:13+01:00")
            #expect(answer.json?["computed_time_elapsed_in_seconds"]?.int64 == 150)
            #expect(answer.json?["total_time_in_minutes"]?.int64 == 2)
            #expect(simulator.ledger().last?.stored == .init(operation: "stop", id: uuid))
            let again = try simulator.plannr("POST", "/time-entry/\(uuid)/stop")
            #expect(again.status == 422)
            #expect(again.json?.keys == ["message", "errors"])
            #expect(simulator.ledger().last?.stored == nil)
        }
    }

    @Test func unknownEntryIs404AndAnotherAccountsIs403() async throws {
        try await withSimulator(.plannr, { $0.accountUUIDs.insert(Self.second) }) { simulator in
            let uuid = try simulator.plannrEntry()
            for (method, suffix, body) in [("PUT", "", Self.changed), ("DELETE", "", ""), ("POST", "/stop", "")] {
                let unknown = try simulator.plannr(method, "/time-entry/\(Self.unknown)\(suffix)", body)
                #expect(unknown.status == 404)
                #expect(unknown.json?.keys == ["message"])
                let foreign = try simulator.plannr(method, "/time-entry/\(uuid)\(suffix)", body, account: Self.second)
                #expect(foreign.status == 403)
                #expect(try simulator.plannr(method, "/time-entry/\(uuid)\(suffix)", body, account: nil).status == 400)
                #expect(try simulator.plannr(method, "/time-entry/\(uuid)\(suffix)", body, token: "x").status == 401)
            }
        }
    }

    @Test func tokenWithoutWriteAccessReadsOnly() async throws {
        try await withSimulator(
            .plannr,
            {
                $0.tokens = ["reader"]
                $0.readOnlyTokens = ["reader"]
            }
        ) { simulator in
            let trackable = "/time-entry/client/f5bf01bf-5096-4575-9618-2d8176af136c"
            let list = try simulator.plannr("GET", trackable, token: "reader")
            #expect(list.status == 200)
            let deletion = try simulator.plannr("DELETE", "/time-entry/\(Self.unknown)", token: "reader")
            #expect(deletion.status == 403)
        }
    }

    @Test func loginsHoldTheAccountWithoutAnAccountHeader() async throws {
        try await withSimulator(.plannr) { simulator in
            let answer = try simulator.plannr("GET", "/logins", account: nil)
            #expect(answer.status == 200)
            #expect(answer.json?["data"]?[0]?["account"]?["uuid"]?.string == VendorSimulator.plannrAccount)
            #expect(answer.json?["data"]?[0]?["preferred_account_uuid"]?.string == VendorSimulator.plannrAccount)
            #expect(try simulator.plannr("GET", "/logins", token: "other").text == #"{"message":"Unauthenticated."}"#)
        }
    }
}
