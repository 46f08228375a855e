import JSON
import Testing
import VendorSimulators

/// Reading, changing and deleting at Hoursmith.
@Suite struct HoursmithListTests {
    private static let path = "/api/v1/time-entries"

    /// Entries on 1 to 5 November of 1 to 5 hours; the even ones are billable.
    private func fill(_ simulator: VendorSimulator, count: Int = 5) throws -> [String] {
        try (1...count).map { number in
            let answer = try simulator.send(
                "POST",
                Self.path,
                headers: Self.headers + [("Idempotency-Key", "00000000-0000-4000-8000-00000000000\(number)")],
                body: """
                    {"projectId":"p\(number % 2)","entryDate":"2026-11-0\(number)","durationSeconds":\(number * 3600),
                     "billable":\(number % 2 == 0),"note":"Day \(number)"}
                    """
            )
            return try #require(answer.json?["data"]?["id"]?.string)
        }
    }

    private static let headers = [
        ("Authorization", "Bearer \(SimulatedVendor.hoursmith.exampleToken)"), ("Content-Type", "application/json"),
    ]

    private func get(_ simulator: VendorSimulator, _ query: String) throws -> RawClient.Answer {
        try simulator.send("GET", Self.path + query, headers: Self.headers)
    }

    private func notes(_ answer: RawClient.Answer) -> [String] {
        (answer.json?["data"]?.array ?? []).compactMap { $0["note"]?.string?.replacing("Day ", with: "") }
    }

    @Test(arguments: [
        ("", "54321"), ("?sort=entryDate", "12345"), ("?sort=-durationSeconds", "54321"), ("?sort=createdAt", "12345"),
        ("?entryDateFrom=2026-11-02&entryDateTo=2026-11-03", "32"), ("?entryDate=2026-11-04", "4"),
        ("?projectId=p1", "531"), ("?billable=yes", "42"), ("?billable=0", "531"), ("?search=day%203", "3"),
        ("?durationSecondsMin=7200&durationSecondsMax=10800", "32"), ("?running=true", ""), ("?userId=other", ""),
        ("?createdAtFrom=2030-01-01", ""), ("?limit=2", "54"),
    ])
    func listIsFilteredAndSorted(query: String, expected: String) async throws {
        try await withSimulator(.hoursmith) { simulator in
            _ = try fill(simulator)
            let answer = try get(simulator, query)
            #expect(answer.status == 200)
            #expect(notes(answer).joined() == expected)
        }
    }

    @Test func cursorGivesEachEntryOnceWhileOthersComeAndGo() async throws {
        try await withSimulator(.hoursmith) { simulator in
            let ids = try fill(simulator)
            let first = try get(simulator, "?limit=2")
            #expect(notes(first) == ["5", "4"])
            let cursor = try #require(first.json?["nextCursor"]?.string)
            // What was given already goes, and moves nothing.
            let deleted = try simulator.send("DELETE", "\(Self.path)/\(ids[4])", headers: Self.headers)
            #expect(deleted.status == 204)
            let second = try get(simulator, "?limit=2&cursor=\(cursor)")
            #expect(notes(second) == ["3", "2"])
            let last = try #require(second.json?["nextCursor"]?.string)
            let third = try get(simulator, "?limit=2&cursor=\(last)")
            #expect(notes(third) == ["1"])
            #expect(third.json?["nextCursor"]?.isNull == true)
            #expect(try get(simulator, "?sort=id&cursor=\(cursor)").status == 400)
        }
    }

    @Test(arguments: [
        "?limit=0", "?limit=201", "?sort=note", "?colour=red", "?entryDate=today", "?cursor=x", "?billable=2",
    ])
    func parameterThatIsNotGoodIsRefused(query: String) async throws {
        try await withSimulator(.hoursmith) { simulator in
            let answer = try get(simulator, query)
            #expect(answer.status == 400)
            #expect(answer.json?["error"]?["code"] == "bad_request")
        }
    }

    @Test func entryIsReadChangedAndDeleted() async throws {
        try await withSimulator(.hoursmith) { simulator in
            let id = try fill(simulator, count: 1)[0]
            let path = "\(Self.path)/\(id)"
            let patched = try simulator.send(
                "PATCH",
                path,
                headers: Self.headers,
                body: #"{"duration":"1h30m","note":null,"taskId":"t1"}"#
            )
            #expect(patched.status == 200)
            let read = try simulator.send("GET", path, headers: Self.headers)
            #expect(read.json == patched.json)
            #expect(read.json?["data"]?["durationSeconds"] == 5400)
            #expect(read.json?["data"]?["note"]?.isNull == true)
            #expect(read.json?["data"]?["taskId"] == "t1")
            let wrong = try simulator.send("PATCH", path, headers: Self.headers, body: #"{"userId":"u"}"#)
            #expect(wrong.status == 422)
            #expect(try simulator.send("DELETE", path, headers: Self.headers).status == 204)
            #expect(try simulator.send("GET", path, headers: Self.headers).status == 404)
            #expect(simulator.ledger().compactMap(\.stored?.operation) == ["create", "update", "delete"])
        }
    }

    @Test func invoicedEntryIsLocked() async throws {
        try await withSimulator(.hoursmith, { $0.invoicedProjects = ["p1"] }) { simulator in
            let id = try fill(simulator, count: 1)[0]
            for (method, body) in [("PATCH", #"{"note":"x"}"#), ("DELETE", "")] {
                let answer = try simulator.send(method, "\(Self.path)/\(id)", headers: Self.headers, body: body)
                #expect(answer.status == 409)
                #expect(answer.json?["error"]?["code"] == "conflict")
            }
        }
    }
}
