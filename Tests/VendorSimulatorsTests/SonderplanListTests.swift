import JSON
import Testing
import VendorSimulators

@Suite struct SonderplanListTests {
    private static func send(
        _ simulator: VendorSimulator,
        _ method: String,
        _ path: String,
        token: String = SimulatedVendor.sonderplan.exampleToken
    ) throws -> RawClient.Answer {
        try simulator.send(method, "/v2" + path, headers: [("authorization", "Bearer \(token)")])
    }

    @Test func listedEntryHasTheRequestsMembersAndMore() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try CreateRequest(.sonderplan).with(body: SonderplanTests.pageBody).send(to: simulator)
            let answer = try Self.send(simulator, "GET", "/time-entry")
            #expect(answer.status == 200)
            #expect(answer.json?.keys == ["data", "meta"])
            let entry = try #require(answer.json?["data"]?[0])
            #expect(entry["id"]?.int64 == 2384)
            #expect(entry["owner_id"]?.int64 == 872_383)
            #expect(entry["owner"]?["first_name"]?.string == "Jane")
            #expect(entry["name"]?.string == "Colour Grading")
            #expect(entry["description"]?.string == "Opening scenes completed")
            #expect(entry["start"]?.int64 == 1_547_501_100)
            #expect(entry["end"]?.int64 == 1_547_538_900)
            #expect(entry["start_date_time_iso"]?.string == "2019-01-15T08:25:00+11:00")
            #expect(entry["duration_sec"]?.string == "37800")
            #expect(entry["project"]?[0]?.keys == ["id", "name", "code", "description", "status_id"])
            #expect(entry["project"]?[0]?["id"]?.int64 == 2_342_354)
            #expect(entry["booking"]?[0]?["resources"]?[0]?["id"]?.int64 == 9458)
            #expect(entry["billable"]?.string == "false")
            #expect(entry["locked"]?.string == "false")
            #expect(entry["created"]?.int64 == 1_754_021_923)
            #expect(entry["updated"]?.int64 == 1_754_021_923)
            #expect(entry["created_id"]?.int64 == 872_383)
            #expect(entry["updated_id"]?.int64 == 872_383)
        }
    }

    @Test func pagesAreCounted() async throws {
        try await withSimulator(.sonderplan) { simulator in
            for _ in 1...26 { _ = try CreateRequest(.sonderplan).send(to: simulator) }
            let first = try Self.send(simulator, "GET", "/time-entry")
            #expect(first.column("id") == (2384..<2409).map(String.init))
            let standard: JSONValue = [
                "pagination": ["total": 26, "count": 25, "per_page": 25, "current_page": 1, "total_pages": 2]
            ]
            #expect(first.json?["meta"] == standard)
            let last = try Self.send(simulator, "GET", "/time-entry?page=3&limit=10")
            #expect(last.column("id") == (2404..<2410).map(String.init))
            let beyond = try Self.send(simulator, "GET", "/time-entry?page=4&limit=10").json
            #expect(beyond?["data"] == [])
            #expect(beyond?["meta"]?["pagination"]?["total"]?.int64 == 26)
            #expect(try Self.send(simulator, "GET", "/time-entry?limit=1000").column("id").count == 26)
        }
    }

    @Test func idFindsTheOneEntry() async throws {
        try await withSimulator(.sonderplan) { simulator in
            for _ in 1...3 { _ = try CreateRequest(.sonderplan).send(to: simulator) }
            #expect(try Self.send(simulator, "GET", "/time-entry?id=2385").column("id") == ["2385"])
            let unknown = try Self.send(simulator, "GET", "/time-entry?id=7")
            #expect(unknown.status == 404)
            #expect(unknown.json?["error"]?["message"]?.string == "No time entry has the id 7.")
        }
    }

    @Test(arguments: [
        ("page=0", "page"), ("page=x", "page"), ("limit=1001", "limit"), ("limit=0", "limit"),
        ("per_page=5", "per_page"), ("page=1&page=2", "page"), ("page=%ff", "query"), ("from_time=1", "from_time"),
    ])
    func wrongQueryIsRefused(query: String, field: String) async throws {
        try await withSimulator(.sonderplan) { simulator in
            let answer = try Self.send(simulator, "GET", "/time-entry?" + query)
            #expect(answer.status == 422)
            #expect(answer.json?["error"]?["errors"]?.keys == [field])
        }
    }

    @Test func stopEndsARunningEntryOnce() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try CreateRequest(.sonderplan).with(members: ["start": "1754021900"]).send(to: simulator)
            let running = try Self.send(simulator, "GET", "/time-entry").json?["data"]?[0]
            #expect(running?["end"] == .null)
            #expect(running?["duration_sec"]?.string == "0")
            let answer = try Self.send(simulator, "PATCH", "/time-entry/stop?id=2384")
            #expect(answer.status == 200)
            #expect(answer.text == #"{"success":{"id":2384}}"#)
            #expect(simulator.ledger().last?.stored == .init(operation: "stop", id: "2384"))
            let stopped = try Self.send(simulator, "GET", "/time-entry").json?["data"]?[0]
            #expect(stopped?["end"]?.int64 == 1_754_021_923)
            #expect(stopped?["duration_sec"]?.string == "23")
            let again = try Self.send(simulator, "PATCH", "/time-entry/stop?id=2384")
            #expect(again.status == 422)
            #expect(again.json?["error"]?["errors"]?["id"]?[0]?.string == "is not running")
            #expect(simulator.ledger().last?.stored == nil)
        }
    }

    @Test func stopRefusesLockedUnknownAndForeignEntries() async throws {
        try await withSimulator(
            .sonderplan,
            {
                $0.tokens.formUnion(["reader"])
                $0.readOnlyTokens = ["reader"]
            }
        ) { simulator in
            _ = try CreateRequest(.sonderplan).with(members: ["locked": "true"]).send(to: simulator)
            let locked = try Self.send(simulator, "PATCH", "/time-entry/stop?id=2384")
            #expect(locked.json?["error"]?["errors"]?["id"]?[0]?.string == "is locked")
            #expect(try Self.send(simulator, "PATCH", "/time-entry/stop?id=1").status == 404)
            for query in ["", "?id=x", "?id=2384&id=2384", "?id=2384&force=1"] {
                #expect(try Self.send(simulator, "PATCH", "/time-entry/stop" + query).status == 422)
            }
            #expect(try Self.send(simulator, "PATCH", "/time-entry/stop?id=2384", token: "reader").status == 403)
            #expect(try Self.send(simulator, "PATCH", "/time-entry/stop?id=2384", token: "other").status == 401)
            #expect(try Self.send(simulator, "GET", "/time-entry", token: "reader").status == 200)
            #expect(try Self.send(simulator, "GET", "/time-entry", token: "other").status == 401)
        }
    }

    @Test func activitiesAreListedWithTheirPages() async throws {
        try await withSimulator(.sonderplan) { simulator in
            let answer = try Self.send(simulator, "GET", "/time-activity?limit=1")
            #expect(answer.json?["data"] == [["id": 1, "name": "Colour Grading"]])
            #expect(answer.json?["meta"]?["pagination"]?["total_pages"]?.int64 == 3)
            #expect(try Self.send(simulator, "GET", "/time-activity?id=1").status == 422)
            #expect(try Self.send(simulator, "GET", "/time-activity", token: "other").status == 401)
        }
    }

    @Test(arguments: [
        ("PUT", "/time-entry?id=2384"), ("PATCH", "/time-entry?id=2384"), ("DELETE", "/time-entry?id=2384"),
        ("PUT", "/time-entry/stop?id=2384"), ("POST", "/time-activity"),
    ])
    func whatNoPageTellsIsNotSimulated(method: String, path: String) async throws {
        try await withSimulator(.sonderplan) { simulator in
            let answer = try Self.send(simulator, method, path)
            #expect(answer.status == 501)
        }
    }
}
