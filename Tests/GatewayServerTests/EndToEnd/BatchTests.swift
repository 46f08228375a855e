import GatewayCore
import JSON
import Testing
import VendorSimulators

/// Many entries in one request.
struct BatchTests {
    private static let path = "/v1/productive/time-entries/batch"

    private func plan() throws -> GatewayPlan {
        var plan = try GatewayPlan(.productive)
        plan.vendorTimeoutMilliseconds = 1_000
        return plan
    }

    private func element(_ note: String) -> String {
        Sample.entry(.productive, note: note).serialized(.compact)
    }

    @Test func eachEntryHasItsOutcomeInOrderAndABadOneSpoilsNoOther() async throws {
        try await withGateway(try plan()) { gateway in
            let body = """
                [{"entry":\(element("a"))},{"entry":{"nota":1}},{"entri":{}},{"entry":\(element("b"))},7,
                 {"entry":\(element("c"))}]
                """
            let answer = try await gateway.post(Self.path, body)
            #expect(answer.status == 207, "\(answer.body)")
            let items = answer["data"]?.array ?? []
            #expect(items.map { $0["index"]?.int64 } == [0, 1, 2, 3, 4, 5])
            #expect(items.map { $0["status"]?.int64 } == [201, 422, 422, 201, 422, 201])
            #expect(items[0]["data"]?["note"] == "a")
            #expect(items[3]["data"]?["note"] == "b")
            #expect(items[1]["problem"]?["code"] == "unknown_member")
            #expect(gateway.ledger(.productive).count == 3)
        }
    }

    @Test func linesAreAnsweredAsLines() async throws {
        try await withGateway(try plan()) { gateway in
            let body = "{\"entry\":\(element("a"))}\n\n{\"entry\":\r\n{\"entry\":\(element("b"))}\n"
            var head = "POST \(Self.path) HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer tg_canary_key_of_jane\r\n"
            head += "Content-Type: application/x-ndjson\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            let answer = try await gateway.exchange(Array((head + body).utf8))
            #expect(answer.status == 207)
            #expect(answer.header("content-type") == "application/x-ndjson")
            let lines = try answer.body.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
            #expect(lines.map { $0["status"]?.int64 } == [201, 400, 201])
        }
    }

    @Test func dryRunOfABatchSendsNothing() async throws {
        try await withGateway(try plan()) { gateway in
            let answer = try await gateway.post(Self.path + "?dry_run=true", "[{\"entry\":\(element("a"))}]")
            #expect(answer.status == 207)
            #expect(answer["data"]?.array?.first?["plan"]?["method"] == "POST")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func everyOutcomeIsTrueWhileTheVendorFails() async throws {
        var plan = try plan()
        plan.vendorTimeoutMilliseconds = 2_000
        try await withGateway(plan) { gateway in
            let simulator = gateway.simulator(.productive)
            simulator.inject(Fault(.rateLimited(retryAfterSeconds: 1, form: .seconds), count: 3, skip: 10))
            simulator.inject(Fault(.status(500, contentType: "text/plain", body: "no"), count: 5, skip: 20))
            simulator.inject(Fault(.closeBeforeAnswer(reset: true), moment: .afterCommit, count: 5, skip: 20))
            simulator.inject(Fault(.hang, count: 1, skip: 20))
            let elements = (0..<200).map { "{\"entry\":\(element("n\($0)"))}" }.joined(separator: ",")
            let answer = try await gateway.post(Self.path, "[\(elements)]")
            #expect(answer.status == 207)
            let items = answer["data"]?.array ?? []
            #expect(items.count == 200)
            // What the vendor has stored, by note.
            let ledger = gateway.ledger(.productive)
            var stored: [String: Int] = [:]
            for line in ledger where line.stored != nil {
                let body = try JSONValue(parsing: line.body)
                stored[body["data"]?["attributes"]?["note"]?.string ?? "", default: 0] += 1
            }
            var unknown = 0
            for (index, item) in items.enumerated() {
                let count = stored["n\(index)"] ?? 0
                #expect(count <= 1, "n\(index) is doubled")
                switch (item["status"]?.int64, item["problem"]?["sent"]?.string) {
                case (201?, _): #expect(count == 1)
                case (_, "no"?), (429?, _): #expect(count == 0)
                case (_, "maybe"?): unknown += 1
                default: Issue.record("n\(index): \(item)")
                }
            }
            #expect(unknown == 11)
        }
    }

    @Test(arguments: ["{}", "[]", "7", "[", "{\"entry\":{}}"])
    func bodyThatIsNoBatchIsRefused(body: String) async throws {
        try await withGateway(try plan()) { gateway in
            let answer = try await gateway.post(Self.path, body)
            #expect((400...422).contains(answer.status))
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }
}
