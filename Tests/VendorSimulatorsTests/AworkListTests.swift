import JSON
import Testing
import VendorSimulators

@Suite struct AworkListTests {
    private static let project = "123e4567-e89b-12d3-a456-4266141740aa"
    private static let task = "123e4567-e89b-12d3-a456-4266141740bb"
    private static let other = "123e4567-e89b-12d3-a456-4266141740cc"

    /// Entries a (2022-03-01 in Berlin, the evening before in UTC), b (a day later, billed) and c (of the token's
    /// user).
    private static func fill(_ simulator: VendorSimulator) throws {
        _ = try simulator.aworkEntry([
            "note": #""a""#, "startDateUtc": #""2022-02-28T23:30:00Z""#, "duration": "60",
            "projectId": "\"\(project)\"",
            "isBillable": "true",
        ])
        _ = try simulator.aworkEntry([
            "note": #""b's note""#, "startDateUtc": #""2022-03-02T09:00:00Z""#, "duration": "60",
            "taskId": "\"\(task)\"",
            "isBilled": "true", "isBillable": "true",
        ])
        _ = try simulator.aworkEntry([
            "note": #""c (a, b)""#, "startDateUtc": #""2022-03-01T09:00:00Z""#, "duration": "120",
            "userId": #""2c4a230c-5085-4924-a3e1-25fb4fc5965b""#,
            "typeOfWorkId": "\"\(other)\"",
        ])
    }

    private static func initials(_ answer: RawClient.Answer) -> String {
        answer.column("note").map { String($0.prefix(1)) }.joined()
    }

    @Test func pageHoldsTheArrayAloneAndTheHeadersCount() async throws {
        try await withSimulator(.awork) { simulator in
            for number in 1...12 { _ = try simulator.aworkEntry(["note": "\"\(number)\""]) }
            let first = try simulator.awork("GET", "/timeentries")
            #expect(first.status == 200)
            #expect(first.column("note") == (1...10).map(String.init))
            #expect(first.header("aw-page") == "1")
            #expect(first.header("aw-pagesize") == "10")
            #expect(first.header("aw-items") == "10")
            #expect(first.header("aw-totalitems") == "12")
            let second = try simulator.awork("GET", "/timeentries?page=2&pageSize=5")
            #expect(second.column("note") == ["6", "7", "8", "9", "10"])
            let last = try simulator.awork("GET", "/timeentries?page=3&pageSize=5")
            #expect(last.column("note") == ["11", "12"])
            #expect(last.header("aw-items") == "2")
            let beyond = try simulator.awork("GET", "/timeentries?page=4&pageSize=5")
            #expect(beyond.text == "[]")
            #expect(beyond.header("aw-totalitems") == "12")
            #expect(simulator.ledger().last?.stored == nil)
        }
    }

    @Test(arguments: [
        ("page=0", "Page"), ("page=-1", "Page"), ("page=x", "Page"), ("pageSize=0", "PageSize"),
        ("pageSize=1001", "PageSize"), ("pagesize=5", "Pagesize"), ("page=1&page=2", "Page"), ("limit=5", "Limit"),
        ("page=%zz", "Query"),
    ])
    func wrongPageIsAValidationError(query: String, property: String) async throws {
        try await withSimulator(.awork) { simulator in
            let answer = try simulator.awork("GET", "/timeentries?" + query)
            #expect(answer.status == 400)
            #expect(answer.json?["code"]?.string == "validation-failed")
            #expect(answer.json?["validationErrors"]?[0]?["property"]?.string == property)
        }
    }

    @Test func largestPageIsTaken() async throws {
        try await withSimulator(.awork) { simulator in
            let answer = try simulator.awork("GET", "/timeentries?pageSize=1000")
            #expect(answer.header("aw-pagesize") == "1000")
        }
    }

    @Test(arguments: [
        ("userId eq guid'2C4A230C-5085-4924-A3E1-25FB4FC5965B'", "c"), ("userId eq me.id", "c"),
        ("userId ne me.id", "ab"), ("projectId eq guid'\(project)'", "a"), ("projectId eq null", "c"),
        ("projectId ne null", "ab"), ("taskId eq guid'\(task)'", "b"), ("typeOfWorkId eq guid'\(other)'", "c"),
        ("startDateUtc ge datetime'2022-03-01T00:00'", "bc"), ("startDateUtc lt datetime'2022-03-01T00:00:00Z'", "a"),
        ("startDateUtc eq datetime'2022-03-01T00:00:00'", "c"), ("startDateUtc gt datetime'2022-03-01T00:00'", "b"),
        ("startDateUtc le datetime'2022-03-01T00:00'", "ac"),
        ("startDateLocal eq datetime'2022-03-01T00:00'", "ac"), ("isBillable eq true", "ab"),
        ("isBilled eq false", "ac"), ("createdOn eq datetime'2025-08-01T04:18:43.688Z'", "abc"),
        ("updatedOn gt datetime'2025-08-01T04:18:43.688Z'", ""), ("note eq 'a'", "a"), ("note eq 'b''s note'", "b"),
        ("Note eq 'a'", "a"), ("startswith(note,'c (')", "c"), ("startswith(note, 'b')", "b"),
        ("endswith(note,'note')", "b"), ("substringof('a, b', note)", "c"), ("duration gt 60", "c"),
        ("not isBilled eq true", "ac"), ("isBillable eq true and isBilled eq false", "a"),
        ("note eq 'a' or note eq 'c (a, b)' and duration eq 60", "a"),
        ("(note eq 'a' or duration eq 120) and userId eq me.id", "c"),
    ])
    func filterFindsItsEntries(filter: String, found: String) async throws {
        try await withSimulator(.awork) { simulator in
            try Self.fill(simulator)
            let answer = try simulator.aworkList(filter: filter)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(Self.initials(answer) == found)
            #expect(answer.header("aw-totalitems") == String(found.count))
        }
    }

    @Test(arguments: [
        "", "userId", "userId eq", "userId eq 'x'", "userId eq guid'x'", "userId = guid'\(project)'",
        "startDateUtc ge '2022-03-01'", "startDateUtc ge datetime'2022-03-01'", "isBilled eq 1", "isBilled eq 'true'",
        "user eq me.id", "note gt null", "note eq 'a", "note eq 'a' and", "(note eq 'a'", "note eq 'a')",
        "note eq 'a' note eq 'b'", "startswith('a',note)", "substringof(note,'a')", "startswith(userId,'a')",
        "duration gt '60'", "startDateUtc ge now", "project/name eq 'x'", "note eq text'a'",
    ])
    func wrongFilterIsRefused(filter: String) async throws {
        try await withSimulator(.awork) { simulator in
            let answer = try simulator.aworkList(filter: filter)
            #expect(answer.status == 400)
            #expect(answer.json?["code"]?.string == "invalid-filter-or-order")
            #expect(answer.json?["details"]?[0]?.string?.isEmpty == false)
        }
    }

    @Test(arguments: [
        ("startDateUtc", "acb"), ("startDateUtc desc", "bca"), ("StartDateUtc asc", "acb"),
        ("duration,note desc", "bac"), ("duration desc,note", "cab"), ("projectId,note", "cab"),
        ("startDateLocal,duration desc", "cab"), ("isBilled desc", "bac"), ("createdOn", "abc"),
    ])
    func orderIsKept(order: String, found: String) async throws {
        try await withSimulator(.awork) { simulator in
            try Self.fill(simulator)
            let answer = try simulator.awork("GET", "/timeentries?orderby=" + percentEncoded(order))
            #expect(Self.initials(answer) == found)
        }
    }

    @Test(arguments: ["", "start", "duration down", "duration, note", "duration,", "duration  desc"])
    func wrongOrderIsRefused(order: String) async throws {
        try await withSimulator(.awork) { simulator in
            let answer = try simulator.awork("GET", "/timeentries?orderby=" + percentEncoded(order))
            #expect(answer.status == 400)
            #expect(answer.json?["code"]?.string == "invalid-filter-or-order")
        }
    }

    @Test func plusInTheQueryIsASpace() async throws {
        try await withSimulator(.awork) { simulator in
            try Self.fill(simulator)
            #expect(Self.initials(try simulator.awork("GET", "/timeentries?orderby=startDateUtc+desc")) == "bca")
        }
    }

    @Test func listsOfAProjectAndOfATaskHoldTheirEntries() async throws {
        try await withSimulator(.awork, { $0.missingReferences = [Self.other] }) { simulator in
            _ = try simulator.aworkEntry(["note": #""a""#, "projectId": "\"\(Self.project)\""])
            _ = try simulator.aworkEntry(["note": #""b""#, "taskId": "\"\(Self.task)\"", "duration": "60"])
            let ofProject = try simulator.awork("GET", "/projects/\(Self.project)/timeentries")
            #expect(ofProject.column("note") == ["a"])
            #expect(ofProject.header("aw-totalitems") == "1")
            let ofTask = try simulator.awork("GET", "/tasks/\(Self.task)/timeentries?filterby=duration+eq+60")
            #expect(ofTask.column("note") == ["b"])
            #expect(try simulator.awork("GET", "/tasks/\(Self.project)/timeentries").text == "[]")
            let unknown = try simulator.awork("GET", "/projects/\(Self.other)/timeentries")
            #expect(unknown.status == 404)
            #expect(unknown.json?["code"]?.string == "not-found")
        }
    }
}
