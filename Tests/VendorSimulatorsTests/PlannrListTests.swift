import JSON
import Testing
import VendorSimulators

@Suite struct PlannrListTests {
    private static let trackable = "f5bf01bf-5096-4575-9618-2d8176af136c"
    private static let path = "/time-entry/client/\(trackable)"
    private static let second = "00000000-0000-4000-8000-000000000002"

    private static func dates(_ start: String, _ end: String) -> KeyValuePairs<String, String?> {
        ["name": "\"\(start.dropFirst(8).prefix(2))\"", "start_date": "\"\(start)\"", "end_date": "\"\(end)\""]
    }

    /// Entries named after their days: 07 (the longest), 09 and 08, a running one, one of minutes alone; and two more,
    /// of another account and of another trackable.
    private static func fill(_ simulator: VendorSimulator, _ clock: TestClock? = nil) throws {
        for members in [
            dates("2025-08-07T10:00:00+01:00", "2025-08-10T10:00:00+01:00"),
            dates("2025-08-09T00:00:00+01:00", "2025-08-09T10:00:00+01:00"),
            dates("2025-08-08T10:00:00+01:00", "2025-08-08T11:00:00+01:00"),
            ["name": #""running""#, "start_date": #""2025-08-01T00:00:00+01:00""#],
            ["name": #""minutes""#, "total_time_in_minutes": "5"],
        ] {
            _ = try simulator.plannrEntry(members)
            clock?.advance(seconds: 1)
        }
        _ = try simulator.plannrEntry(["name": #""other""#, "total_time_in_minutes": "5"], account: second)
        _ = try simulator.plannrEntry(["name": #""task""#, "trackable_type": #""task""#])
    }

    private static func withEntries(_ body: (VendorSimulator) async throws -> Void) async throws {
        let clock = TestClock()
        try await withSimulator(
            .plannr,
            {
                $0.accountUUIDs.insert(second)
                $0.clock = { clock.now }
            }
        ) { simulator in
            try fill(simulator, clock)
            try await body(simulator)
        }
    }

    @Test func listHoldsTheOwnEntriesOfOneTrackableLastEndFirst() async throws {
        try await Self.withEntries { simulator in
            let answer = try simulator.plannr("GET", "/time-entry/Client/\(Self.trackable.uppercased())")
            #expect(answer.status == 200)
            #expect(answer.json?.keys == ["data", "links", "meta"])
            #expect(answer.column("name") == ["07", "09", "08", "running", "minutes"])
            #expect(answer.json?["data"]?[0]?["account"]?.keys == PlannrTests.personKeys)
            #expect(simulator.ledger().last?.stored == nil)
        }
    }

    @Test func pagesAreLinkedAndCounted() async throws {
        try await Self.withEntries { simulator in
            let answer = try simulator.plannr("GET", Self.path + "?page=2&per_page=2")
            #expect(answer.column("name") == ["08", "running"])
            let url = "http://localhost/api/v1" + Self.path
            let links: JSONValue = [
                "first": .string(url + "?page=1"), "last": .string(url + "?page=3"),
                "prev": .string(url + "?page=1"), "next": .string(url + "?page=3"),
            ]
            #expect(answer.json?["links"] == links)
            let meta: JSONValue = [
                "current_page": 2, "from": 3, "last_page": 3, "path": .string(url), "per_page": 2, "to": 4, "total": 5,
            ]
            #expect(answer.json?["meta"] == meta)
            let last = try simulator.plannr("GET", Self.path + "?page=3&per_page=2").json
            #expect(last?["links"]?["next"] == .null)
            #expect(last?["meta"]?["to"]?.int64 == 5)
            let beyond = try simulator.plannr("GET", Self.path + "?page=9&per_page=2").json
            #expect(beyond?["data"] == [])
            #expect(beyond?["meta"]?["from"] == .null)
        }
    }

    @Test func emptyListIsOnePageOfFifteen() async throws {
        try await withSimulator(.plannr) { simulator in
            let answer = try simulator.plannr("GET", Self.path).json
            #expect(answer?["meta"]?["per_page"]?.int64 == 15)
            #expect(answer?["meta"]?["last_page"]?.int64 == 1)
            #expect(answer?["meta"]?["total"]?.int64 == 0)
            #expect(answer?["links"]?["prev"] == .null)
        }
    }

    @Test(arguments: [
        ("start_date", "minutes running 07 08 09"), ("-start_date", "09 08 07 running minutes"),
        ("end_date", "running minutes 08 09 07"), ("-end_date", "07 09 08 running minutes"),
        ("created_at", "07 09 08 running minutes"), ("-created_at", "minutes running 08 09 07"),
        ("end_date,-created_at", "minutes running 08 09 07"),
    ])
    func sortIsKept(sort: String, names: String) async throws {
        try await Self.withEntries { simulator in
            let answer = try simulator.plannr("GET", Self.path + "?sort=" + sort)
            #expect(answer.column("name").joined(separator: " ") == names)
        }
    }

    @Test(arguments: [
        ("account_uuids", second, "other"),
        ("account_uuids", "\(second),\(VendorSimulator.plannrAccount)", "07 09 08 running minutes other"),
        ("started_between", "2025-08-08,2025-08-09", "09 08"), ("started_between", "2025-08-07,2025-08-07", "07"),
        ("circle_uuids", second, ""), ("circle_uuids", trackable, "07 09 08 running minutes"),
    ])
    func filterFindsItsEntries(filter: String, value: String, names: String) async throws {
        try await Self.withEntries { simulator in
            for name in ["filter[\(filter)]", "filter%5B\(filter)%5D"] {
                let answer = try simulator.plannr("GET", "\(Self.path)?\(name)=\(value)")
                #expect(answer.column("name").joined(separator: " ") == names)
            }
        }
    }

    @Test func uuidsFilterTakesSeveral() async throws {
        try await Self.withEntries { simulator in
            let all = try simulator.plannr("GET", Self.path).column("uuid")
            let answer = try simulator.plannr("GET", "\(Self.path)?filter[uuids]=\(all[0]),\(all[2])")
            #expect(answer.column("uuid") == [all[0], all[2]])
        }
    }

    @Test(arguments: [
        ("per_page=501", 422), ("per_page=0", 422), ("page=0", 422), ("page=x", 422), ("limit=5", 422),
        ("page=1&page=2", 422), ("filter[uuids]=1", 422), ("filter[started_between]=2025-08-07", 422),
        ("filter[started_between]=2025-08-08,2025-08-07", 422),
        ("filter[started_between]=2025-08-07,x,2025-08-08", 422),
        ("filter[name]=x", 400), ("sort=name", 400), ("sort=", 400), ("page=%2", 400),
    ])
    func wrongQueryIsRefused(query: String, status: Int) async throws {
        try await withSimulator(.plannr) { simulator in
            let answer = try simulator.plannr("GET", "\(Self.path)?\(query)")
            #expect(answer.status == status)
            #expect(answer.json?["message"]?.string?.isEmpty == false)
        }
    }

    @Test func largestPageIsTaken() async throws {
        try await withSimulator(.plannr) { simulator in
            let answer = try simulator.plannr("GET", Self.path + "?per_page=500")
            #expect(answer.json?["meta"]?["per_page"]?.int64 == 500)
        }
    }

    @Test func unknownTrackableIsNotFound() async throws {
        try await withSimulator(.plannr, { $0.missingReferences = [Self.second] }) { simulator in
            for path in [
                "/time-entry/project/\(Self.trackable)", "/time-entry/client/7", "/time-entry/client/\(Self.second)",
            ] {
                let answer = try simulator.plannr("GET", path)
                #expect(answer.status == 404)
            }
            let accountless = try simulator.plannr("GET", Self.path, account: nil)
            #expect(accountless.status == 400)
        }
    }
}
