import JSON
import NIOPosix
import Testing
import VendorSimulators

@Suite struct LedgerTests {
    @Test(arguments: SimulatedVendor.allCases)
    func createIsRecordedWithWhatWasStoredAndNoSecret(vendor: SimulatedVendor) async throws {
        try await withSimulator(vendor) { simulator in
            let request = CreateRequest(vendor)
            let answer = try request.with("x-copy", "a \(vendor.exampleToken) b").send(to: simulator)
            let entry = try #require(simulator.ledger().first)
            #expect(entry.sequence == 1)
            #expect(entry.receivedAt == pageMoment)
            #expect(entry.method == "POST")
            #expect(entry.target == request.target)
            #expect(entry.body == request.body)
            #expect(entry.status == answer.status)
            #expect(entry.fault == nil)
            #expect(entry.stored?.operation == "create")
            #expect(answer.text.contains(try #require(entry.stored?.id)))
            #expect(entry.header("X-Copy") == "<hidden>")
            #expect(!entry.headers.contains { $0.value.contains(vendor.exampleToken) })
            if vendor != .productive { #expect(entry.header("authorization") == "Bearer <hidden>") }
        }
    }

    @Test func ledgerIsServedAndClearedOverHTTP() async throws {
        try await withSimulator(.sonderplan) { simulator in
            _ = try CreateRequest(.sonderplan).send(to: simulator)
            _ = try CreateRequest(.sonderplan).with(body: "{}").send(to: simulator)
            let ledger = try #require(try simulator.send("GET", "/_ledger").json)
            #expect(ledger["dropped"]?.int64 == 0)
            #expect(ledger["requests"]?.array?.count == 2)
            let first = try #require(ledger["requests"]?[0])
            #expect(
                first.keys == [
                    "sequence", "received_at", "method", "target", "headers", "body", "status", "fault", "stored",
                ]
            )
            #expect(first["stored"] == ["operation": "create", "id": "2384"])
            #expect(ledger["requests"]?[1]?["status"]?.int64 == 422)
            #expect(ledger["requests"]?[1]?["stored"] == .null)
            #expect(try simulator.send("DELETE", "/_ledger").status == 204)
            #expect(simulator.ledger().isEmpty)
            // Entries are not forgotten with the ledger.
            #expect(try CreateRequest(.sonderplan).send(to: simulator).text == #"{"success":{"id":2385}}"#)
            #expect(simulator.ledger().map(\.sequence) == [1])
        }
    }

    @Test func oldestRequestsAreDroppedBeyondTheCapacity() async throws {
        try await withSimulator(.sonderplan, { $0.ledgerCapacity = 3 }) { simulator in
            for _ in 0..<5 { _ = try CreateRequest(.sonderplan).send(to: simulator) }
            #expect(simulator.ledger().map(\.sequence) == [3, 4, 5])
            #expect(try simulator.send("GET", "/_ledger").json?["dropped"]?.int64 == 2)
        }
    }

    @Test func unknownControlRouteIsNotAVendorRequest() async throws {
        try await withSimulator(.sonderplan) { simulator in
            let answer = try simulator.send("GET", "/_other")
            #expect(answer.status == 404)
            #expect(simulator.ledger().isEmpty)
        }
    }

    @Test func twoRunsGiveTheSameAnswers() async throws {
        for vendor in SimulatedVendor.allCases {
            var bodies: [[UInt8]] = []
            for _ in 0..<2 {
                try await withSimulator(vendor) { bodies.append(try CreateRequest(vendor).send(to: $0).body) }
            }
            #expect(bodies[0] == bodies[1])
        }
    }
}
