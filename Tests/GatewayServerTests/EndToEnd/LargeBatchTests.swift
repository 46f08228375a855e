import GatewayCore
import JSON
import Testing
import VendorSimulators

/// A batch that is larger than anything the gateway holds, at a vendor that fails in every way.
struct LargeBatchTests {
    private static let count = 10_000

    /// Spread over the batch; each kind by its number of requests.
    private static let faults: [(Fault.Kind, Fault.Moment, Int)] = [
        (.rateLimited(retryAfterSeconds: 1, form: .seconds), .beforeCommit, 2),
        (.status(500, contentType: "text/plain", body: "no"), .beforeCommit, 10),
        (.status(500, contentType: "text/plain", body: "no"), .afterCommit, 10),
        (.status(503, contentType: "text/html", body: "<h1>busy</h1>"), .beforeCommit, 10),
        (.closeBeforeAnswer(reset: true), .beforeCommit, 5),
        (.closeBeforeAnswer(reset: true), .afterCommit, 5),
        (.closeBeforeAnswer(reset: false), .afterCommit, 5),
        (.cutAnswer(.header), .afterCommit, 5),
        (.cutAnswer(.body), .afterCommit, 5),
        (.notJSON(contentType: "text/html", body: "<p>fine"), .afterCommit, 5),
    ]

    /// What a line holds: most an entry of its own, some none.
    private static func line(_ index: Int) -> String {
        switch index % 500 {
        case 123: "{\"entry\":{\"note\":\"n\(index)\"\n"
        case 321: "{\"entry\":{\"nota\":\"n\(index)\"}}\n"
        default: LineBatch.line("n\(index)")
        }
    }

    @Test func eachOfTenThousandOutcomesIsTrueWhileTheVendorFails() async throws {
        var plan = try GatewayPlan(.productive)
        plan.vendorTimeoutMilliseconds = 500
        plan.simulators[.productive]?.ledgerCapacity = 2 * Self.count
        try await withGateway(plan) { gateway in
            let simulator = gateway.simulator(.productive)
            for _ in 0..<8 {
                for (kind, moment, count) in Self.faults {
                    simulator.inject(Fault(kind, moment: moment, count: count, skip: 100))
                }
            }
            simulator.inject(Fault(.hang, moment: .beforeCommit, count: 3, skip: 10))
            simulator.inject(Fault(.hang, moment: .afterCommit, count: 3, skip: 10))

            let batch = try LineBatch(gateway)
            async let sending: Void = gateway.blocking {
                for start in stride(from: 0, to: Self.count, by: 40) {
                    batch.send((start..<(start + 40)).map(Self.line).joined())
                }
                batch.end()
            }
            let outcomes = try await gateway.blocking {
                #expect(try batch.head().status == 207)
                return try batch.outcomes()
            }
            try await sending
            try check(outcomes, against: gateway.ledger(.productive))
        }
    }

    /// What one note's requests left at the vendor.
    private struct Trace {
        var requests = 0
        var stored: [String] = []
    }

    private func check(_ outcomes: [JSONValue], against ledger: [LedgerEntry]) throws {
        var traces: [String: Trace] = [:]
        for entry in ledger {
            let note = try JSONValue(parsing: entry.body)["data"]?["attributes"]?["note"]?.string ?? ""
            traces[note, default: Trace()].requests += 1
            if let stored = entry.stored { traces[note, default: Trace()].stored.append(stored.id) }
        }
        #expect(outcomes.map { $0["index"]?.int64 } == (0..<Self.count).map { Int64($0) })
        var kinds: [String: Int] = [:]
        for (index, outcome) in outcomes.enumerated() {
            let trace = traces["n\(index)"] ?? Trace()
            // Nothing is sent twice.
            if trace.requests > 1 { Issue.record("n\(index) was sent \(trace.requests) times") }
            let sent = outcome["problem"]?["sent"]?.string
            let isTrue =
                switch (outcome["status"]?.int64, sent) {
                case (201?, nil):
                    trace.stored == [outcome["data"]?["id"]?.string]
                        && outcome["data"]?["note"]?.string == "n\(index)"
                case (_, "no"?): trace.stored.isEmpty
                case (_, "maybe"?): trace.stored.count <= 1
                // The vendor refused it.
                case (429?, "yes"?): trace.stored.isEmpty && trace.requests == 1
                // The vendor recorded it, and its answer could not be read.
                case (_, "yes"?): trace.stored.count == 1
                default: false
                }
            if !isTrue { Issue.record("n\(index): \(outcome) but \(trace)") }
            let code = outcome["problem"]?["code"]?.string ?? "created"
            kinds["\(code) \(sent ?? "") \(trace.stored.count)", default: 0] += 1
        }
        // Every fault has struck.
        #expect(kinds["malformed_json no 0"] == 20)
        #expect(kinds["unknown_member no 0"] == 20)
        let limited = kinds["vendor_limit yes 0"] ?? 0
        #expect(limited == 16)
        let unknown = [kinds["outcome_unknown maybe 0"] ?? 0, kinds["outcome_unknown maybe 1"] ?? 0]
        #expect(unknown[0] >= 203 && unknown[1] >= 283)
        #expect(kinds["created  1"] == Self.count - 40 - limited - unknown[0] - unknown[1])
    }
}
