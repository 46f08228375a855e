import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// A vendor that answers a create with the entry of another one: it takes the two for the same, or its answer was late and
/// belongs to the request before. Nobody is told that the second is recorded.
struct OthersEntryTests {
    /// An entry, and the vendor's own answer to it.
    private func created(_ gateway: TestGateway) async throws -> (Answer, JSONValue) {
        let body = Sample.entry(.productive).serialized(.compact)
        let answer = try await gateway.post("/v1/productive/time-entries?include=raw", body)
        return (answer, try #require(answer["data.raw"]))
    }

    private func stale(_ answer: JSONValue, count: Int = 1) -> Fault {
        Fault(.notJSON(contentType: "application/json", body: answer.serialized(.compact)), count: count)
    }

    @Test("the second is not told that it is recorded, and is listed with the number of the first")
    func unified() async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            let (first, raw) = try await created(gateway)
            gateway.simulator(.productive).inject(stale(raw))
            let keyed: KeyValuePairs<String, String> = ["Idempotency-Key": "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"]
            let second = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(second.code == "outcome_unknown", "\(second.body)")
            #expect(second.sent == "maybe")
            let rows = try await gateway.journalled()
            #expect(second.detail.contains("that of the write \(rows[0].id)"))
            #expect(rows.map(\.state) == [.done, .needsOperator])
            #expect(rows.count { $0.vendorEntryID != nil } == 1)
            let again = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(again.status == 409)
            // One word gives it the first one's entry: that is refused. Another gives it its own.
            let own = try #require(gateway.ledger(.productive).last { $0.stored != nil }?.stored?.id)
            let number = rows[1].id
            let wrong = #"{"recorded":"\#(first["data.id"]?.string ?? "")","by":"olga"}"#
            #expect(try await gateway.adminPost("/journal/\(number)", wrong).status == 422)
            let right = #"{"recorded":"\#(own)","by":"olga"}"#
            #expect(try await gateway.adminPost("/journal/\(number)", right).status == 200)
        }
    }

    @Test("an entry that was deleted may be another's after it")
    func identifierGivenAgain() async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            let (first, raw) = try await created(gateway)
            let id = try #require(first["data.id"]?.string)
            #expect(try await gateway.send("DELETE", "/v1/productive/time-entries/\(id)").status == 204)
            gateway.simulator(.productive).inject(stale(raw))
            #expect(try await gateway.create("productive", Sample.entry(.productive)).status == 201)
        }
    }

    @Test("a vendor's own client is told so too")
    func native() async throws {
        try await withGateway(GatewayPlan(proxying: [.productive])) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let first = try await client.send()
            #expect(first.status == 201)
            gateway.simulator(.productive).inject(stale(first.json))
            let second = try await client.send()
            #expect(second.status == 502, "\(second.body)")
            #expect(try await gateway.journalled().last?.state == .needsOperator)
        }
    }

    private static let otherKey = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"

    @Test("after a restart, too, whether the first was answered or settled", arguments: [true, false])
    func restart(isAnswered: Bool) async throws {
        try await Lives.of(.productive) { lives in
            if !isAnswered { lives.simulator.inject(Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit)) }
            try await lives.live { life in
                let answer = try await life.create()
                #expect(answer.status == (isAnswered ? 201 : 502))
                #expect(try await life.settledRow()?.state == .done)
            }
            try await lives.live { life in
                let first = try #require(lives.recorded.first)
                let head = "GET /v1/productive/time-entries/\(first)?include=raw HTTP/1.1\r\nHost: gateway\r\n"
                let read = try await life.exchange(
                    Array("\(head)Authorization: Bearer tg_canary_key_of_jane\r\n\r\n".utf8)
                )
                let raw = try #require(read["data.raw"])
                lives.simulator.inject(stale(raw))
                let second = try await life.create(key: OthersEntryTests.otherKey)
                #expect(second.code == "outcome_unknown", "\(second.body)")
                #expect(second.detail.contains("the entry \(first), which is that of the write 1"))
            }
        }
    }

    @Test("and so is who writes without a gateway that runs")
    func direct() async throws {
        var plan = try GatewayPlan(.productive)
        plan.hasJournal = false
        try await withGateway(plan) { gateway in
            let (_, raw) = try await created(gateway)
            gateway.simulator(.productive).inject(stale(raw, count: 2))
            let journal = try TestJournal()
            var codes: [ProblemCode?] = []
            for _ in 0..<2 {
                // A process of its own for each.
                let direct = try DirectGateway(gateway.setup, openJournal: { _ in journal.source })
                do throws(Problem) {
                    _ = try await direct.create(
                        body: Sample.entry(.productive).serializedBytes(),
                        connection: "productive",
                        caller: gateway.setup.keys[0].caller
                    )
                    codes.append(nil)
                } catch {
                    codes.append(error.code)
                }
                direct.shutdown()
            }
            journal.close()
            // The first of them is the first that this journal has heard of.
            #expect(codes == [nil, .outcomeUnknown])
        }
    }
}
