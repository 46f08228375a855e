import GatewayCore
import JSON
import Testing
import VendorSimulators

/// One list over several connections.
struct MergedListTests {
    private func plan(_ vendors: SimulatedVendor...) throws -> GatewayPlan {
        var plan = try GatewayPlan(.productive, .hoursmith, .awork, .sonderplan)
        plan.keys[0].scopes = Set(Scope.allCases)
        plan.vendorTimeoutMilliseconds = 2_000
        return plan
    }

    /// Entries on different days, spread over the vendors.
    private func fill(_ gateway: TestGateway) async throws -> [String] {
        var days: [String] = []
        for day in 2...9 {
            let date = "2026-11-0\(day)"
            let vendor: SimulatedVendor = [.productive, .hoursmith, .awork][day % 3]
            var entry = Sample.entry(vendor, note: date)
            entry =
                vendor == .awork
                ? entry.with([
                    "started_at": .string("\(date)T09:00:00"), "ended_at": .string("\(date)T10:00:00"),
                ])
                : entry.with(["work_date": .string(date)])
            let answer = try await gateway.create(vendor.rawValue, entry)
            #expect(answer.status == 201, "\(answer.body)")
            days.append(date)
        }
        return days
    }

    @Test func entriesComeInOneOrderAndEachOnce() async throws {
        try await withGateway(try plan()) { gateway in
            let days = try await fill(gateway)
            for (sort, expected) in [("-work_date", Array(days.reversed())), ("work_date", days)] {
                var seen: [String] = []
                var cursor: String? = ""
                var pages = 0
                while let text = cursor, pages < 20 {
                    let query = "connections=productive,hoursmith,awork&limit=3&sort=\(sort)"
                    let page = try await gateway.get(
                        "/v1/time-entries?\(query)" + (text.isEmpty ? "" : "&cursor=\(text)")
                    )
                    #expect(page.status == 200, "\(page.body)")
                    #expect(page["incomplete"] == [])
                    seen += (page["data"]?.array ?? []).compactMap { $0["note"]?.string }
                    cursor = page["next_cursor"]?.string
                    pages += 1
                }
                #expect(seen == expected)
            }
        }
    }

    @Test func vendorThatFailsIsNamedAndTheRestIsAnswered() async throws {
        try await withGateway(try plan()) { gateway in
            _ = try await fill(gateway)
            gateway.simulator(.hoursmith).inject(Fault(.hang, count: nil))
            let page = try await gateway.get("/v1/time-entries?connections=productive,hoursmith,awork")
            #expect(page.status == 200)
            #expect(page["data"]?.array?.count == 6)
            let incomplete = page["incomplete"]?.array ?? []
            #expect(incomplete.map { $0["connection"] } == ["hoursmith"])
            #expect(incomplete.first?["problem"]?["code"] == "vendor_timeout")
        }
    }

    @Test func vendorThatCannotSortIsNamed() async throws {
        try await withGateway(try plan()) { gateway in
            let page = try await gateway.get("/v1/time-entries")
            #expect(page.status == 200)
            let incomplete = page["incomplete"]?.array ?? []
            #expect(incomplete.map { $0["connection"] } == ["sonderplan"])
            #expect(incomplete.first?["problem"]?["code"] == "unsupported_sort")
        }
    }

    @Test func causeIsNamedOnLaterPagesToo() async throws {
        try await withGateway(try plan()) { gateway in
            _ = try await fill(gateway)
            let first = try await gateway.get("/v1/time-entries?limit=2")
            let cursor = try #require(first["next_cursor"]?.string)
            let second = try await gateway.get("/v1/time-entries?limit=2&cursor=\(cursor)")
            #expect(second["incomplete.0.connection"] == "sonderplan")
            #expect(second["incomplete.0.problem.code"] == "unsupported_sort", "\(second.body)")
        }
    }

    @Test func rawEntriesAreShownWhereTheyAreAskedFor() async throws {
        try await withGateway(try plan()) { gateway in
            _ = try await fill(gateway)
            let query = "connections=productive,hoursmith&limit=2"
            let shown = try await gateway.get("/v1/time-entries?\(query)&include=raw")
            let raw = (shown["data"]?.array ?? []).map { $0["raw"] ?? .null }
            #expect(raw.count == 2)
            #expect(raw.allSatisfy { $0["attributes"]?["date"] != nil || $0["entryDate"] != nil }, "\(raw)")
            #expect(try await gateway.get("/v1/time-entries?\(query)")["data"]?.array?.first?["raw"] == nil)
        }
    }

    @Test func vendorsLimitsCountForTheMergedListToo() async throws {
        var plan = try plan()
        plan.links[0].rateWindows = [try #require(RateWindow(requests: 1, seconds: 60))]
        plan.vendorTimeoutMilliseconds = 300
        try await withGateway(plan) { gateway in
            let first = try await gateway.get("/v1/time-entries?connections=productive")
            #expect(first["incomplete"] == [])
            let second = try await gateway.get("/v1/time-entries?connections=productive")
            let problem = second["incomplete"]?.array?.first?["problem"]
            #expect(problem?["code"] == "vendor_limit", "\(second.body)")
            #expect(problem?["sent"] == "no")
            #expect(gateway.ledger(.productive).count == 1)
        }
    }

    @Test(arguments: [
        ("connections=nowhere", 404, "unknown_connection"), ("sort=title", 422, "unsupported_sort"),
        ("vendor[x]=1", 422, "unsupported_filter"), ("cursor=abc", 400, "cursor_invalid"),
        ("colour=red", 422, "unknown_parameter"), ("limit=0", 422, "unknown_parameter"),
        ("approval=maybe", 422, "invalid_value"), ("billing=paid", 422, "invalid_value"),
        ("billable=yes", 422, "invalid_value"), ("from=2026-02-30", 422, "invalid_value"),
        ("updated_since=today", 422, "invalid_value"), ("include=colour", 422, "unknown_parameter"),
    ])
    func badQuestionIsRefused(query: String, status: Int, code: String) async throws {
        try await withGateway(try plan()) { gateway in
            let answer = try await gateway.get("/v1/time-entries?\(query)")
            #expect(answer.status == status, "\(answer.body)")
            #expect(answer.code == code)
        }
    }
}
