import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// Batches of lines, read as they come.
struct BatchStreamTests {
    private func plan() throws -> GatewayPlan {
        var plan = try GatewayPlan(.productive)
        plan.vendorTimeoutMilliseconds = 1_000
        return plan
    }

    private func statuses(_ outcomes: [JSONValue]) -> [Int64?] { outcomes.map { $0["status"]?.int64 } }
    private func codes(_ outcomes: [JSONValue]) -> [String?] { outcomes.map { $0["problem"]?["code"]?.string } }

    @Test(arguments: ["", "Expect: 100-continue\r\n"])
    func statusComesAtOnceAndEachOutcomeBeforeTheNextLineIsSent(fields: String) async throws {
        try await withGateway(try plan()) { gateway in
            try await gateway.blocking {
                let batch = try LineBatch(gateway, fields: fields)
                if !fields.isEmpty { #expect(try batch.head().status == 100) }
                let head = try batch.head()
                #expect(head.status == 207)
                #expect(head.header("content-type") == "application/x-ndjson")
                #expect(head.header("x-request-id")?.isEmpty == false)
                for index in 0..<5 {
                    batch.send(LineBatch.line("n\(index)"))
                    let outcome = try #require(try batch.outcome())
                    #expect(outcome["index"]?.int64 == Int64(index))
                    #expect(outcome["status"] == 201)
                    #expect(outcome["data"]?["note"]?.string == "n\(index)")
                }
                batch.end()
                let last = try batch.outcome()
                #expect(last == nil)
            }
            let isLogged = try await soon { gateway.accessLog.text.contains("status=207") }
            #expect(isLogged)
        }
    }

    @Test func batchIsRefusedBeforeItsLinesAreRead() async throws {
        var plan = try plan()
        plan.keys.append(GatewayPlan.Key(name: "reader", connections: ["productive"], scopes: [.read]))
        plan.keys.append(GatewayPlan.Key(name: "stranger", connections: []))
        try await withGateway(plan) { gateway in
            try await gateway.blocking {
                let refusals: [(query: String, key: String, fields: String, status: Int, code: String)] = [
                    ("", "reader", "", 403, "scope_missing"),
                    ("", "stranger", "", 403, "connection_forbidden"),
                    ("", "nobody", "", 401, "unauthenticated"),
                    ("?dry=1", "jane", "", 422, "unknown_parameter"),
                    (
                        "", "jane", "Idempotency-Key: 0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b\r\n", 400,
                        "idempotency_key_invalid"
                    ),
                ]
                for refusal in refusals {
                    let batch = try LineBatch(gateway, query: refusal.query, key: refusal.key, fields: refusal.fields)
                    batch.send(LineBatch.line("a"))
                    let answer = try batch.answer()
                    #expect(answer.code == refusal.code)
                    #expect(answer.status == refusal.status)
                }
            }
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func lineThatIsNoEntrySpoilsNoOther() async throws {
        try await withGateway(try plan()) { gateway in
            try await gateway.blocking {
                let batch = try LineBatch(gateway)
                batch.send("\n \r\n{\"entry\":\r\n")
                batch.send(LineBatch.line("a"))
                batch.send("{\"entry\":{\"note\":\"" + String(repeating: "x", count: 1_100_000) + "\"}}\n7\n")
                batch.send(String(LineBatch.line("b").dropLast()))
                batch.end()
                #expect(try batch.head().status == 207)
                let outcomes = try batch.outcomes()
                #expect(outcomes.map { $0["index"]?.int64 } == [0, 1, 2, 3, 4])
                #expect(statuses(outcomes) == [400, 201, 413, 422, 201])
                #expect(codes(outcomes) == ["malformed_json", nil, "body_too_large", "wrong_type", nil])
                #expect(outcomes[2]["problem"]?["sent"] == "no")
            }
            #expect(gateway.ledger(.productive).count == 2)
        }
    }

    @Test func emptyBatchSaysSo() async throws {
        try await withGateway(try plan()) { gateway in
            try await gateway.blocking {
                let batch = try LineBatch(gateway)
                batch.send("\n\n")
                batch.end()
                #expect(try batch.head().status == 207)
                let outcomes = try batch.outcomes()
                #expect(codes(outcomes) == ["out_of_range"])
            }
        }
    }

    @Test func bodyThatBreaksOffLeavesWhatWasDoneAndSaysWhereItEnded() async throws {
        try await withGateway(try plan()) { gateway in
            try await gateway.blocking {
                let batch = try LineBatch(gateway)
                batch.send(LineBatch.line("a") + LineBatch.line("b") + LineBatch.line("c").prefix(40))
                batch.breakOff()
                #expect(try batch.head().status == 207)
                let outcomes = try batch.outcomes()
                #expect(statuses(outcomes) == [201, 201, 400])
                #expect(outcomes.last?["index"] == 2)
                #expect(outcomes.last?["problem"]?["code"] == "malformed_json")
                #expect(outcomes.last?["problem"]?["sent"] == "no")
                let malformed = try LineBatch(gateway)
                malformed.send(LineBatch.line("d"))
                malformed.send(bytes: "nonsense\r\n")
                #expect(try malformed.head().status == 207)
                let rest = try malformed.outcomes()
                #expect(statuses(rest) == [201, 400])
            }
            #expect(gateway.ledger(.productive).count == 3)
        }
    }

    @Test func noFurtherLineIsBegunWhenTheClientIsGone() async throws {
        try await withGateway(try plan()) { gateway in
            gateway.simulator(.productive).inject(Fault(.latency(milliseconds: 100), count: nil))
            let batch = try LineBatch(gateway)
            try await gateway.blocking {
                batch.send((0..<200).map { LineBatch.line("n\($0)") }.joined())
                #expect(try batch.head().status == 207)
                _ = try batch.outcome()
                batch.vanish()
            }
            let isOver = try await soon { gateway.accessLog.text.contains("status=207") }
            #expect(isOver)
            // Those under way were finished, and are a small part.
            let begun = gateway.ledger(.productive)
            #expect(begun.count < 50)
            #expect(begun.allSatisfy { $0.stored != nil })
        }
    }

    @Test func linesThatWereNotBegunWhenTheGatewayStopsAreSaidToBe() async throws {
        try await withGateway(try plan()) { gateway in
            gateway.simulator(.productive).inject(Fault(.latency(milliseconds: 50), count: nil))
            let batch = try LineBatch(gateway)
            try await gateway.blocking {
                batch.send((0..<100).map { LineBatch.line("n\($0)") }.joined())
                batch.end()
                #expect(try batch.head().status == 207)
                let first = try batch.outcome()
                #expect(first?["status"] == 201)
            }
            async let stopping: Void = gateway.stop(graceSeconds: 20)
            let outcomes = try await gateway.blocking { try batch.outcomes() }
            await stopping
            let created = outcomes.prefix { $0["status"] == 201 }.count
            #expect(outcomes.count == 99)
            #expect(created < 98)
            for outcome in outcomes[created...] {
                #expect(outcome["status"] == 503)
                #expect(outcome["problem"]?["code"] == "shutting_down")
                #expect(outcome["problem"]?["sent"] == "no")
            }
            #expect(outcomes.map { $0["index"]?.int64 } == (1..<100).map { Int64($0) })
            #expect(gateway.ledger(.productive).count { $0.stored != nil } == created + 1)
        }
    }

    @Test func noMoreOutcomesAreKeptBehindASlowOneThanTheWindowHolds() async throws {
        try await withGateway(try GatewayPlan(.productive)) { gateway in
            gateway.simulator(.productive).inject(Fault(.hang))
            let batch = try LineBatch(gateway)
            try await gateway.blocking {
                batch.send((0..<500).map { LineBatch.line("n\($0)") }.joined())
                let head = try batch.head()
                #expect(head.status == 207)
            }
            // The window of 64, the four under way, and up to three that were answered before the one that hangs.
            let isFull = try await soon { gateway.ledger(.productive).count >= 68 }
            #expect(isFull)
            try await Task.sleep(for: .milliseconds(100))
            #expect(gateway.ledger(.productive).count <= 71)
            batch.vanish()
        }
    }

    @Test func listThatIsTooLongNamesTheWayForMore() async throws {
        try await withGateway(try plan()) { gateway in
            let body = "[" + Array(repeating: "{\"entry\":{}}", count: 1_001).joined(separator: ",") + "]"
            let answer = try await gateway.post(LineBatch.path, body)
            #expect(answer.status == 422)
            #expect(answer.detail.contains("application/x-ndjson"))
        }
    }
}
