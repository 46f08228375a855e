import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// Creates in another vendor's dialect, over the wire: journalled as every create, and answered again in the dialect.
@Suite("Keys and the journal before another vendor's account")
struct FacadeJournalTests {
    static let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"

    private func plan() throws -> GatewayPlan {
        var plan = try GatewayPlan(proxying: [.hoursmith])
        plan.change("hoursmith") { $0.settings["user_id"] = .string(FacadeTests.hoursmithUser) }
        plan.facades["hoursmith"] = try Facade(
            serving: Plugins.vendor("productive").vendor,
            before: Plugins.vendor("hoursmith").vendor,
            FacadeTests.intoHoursmith
        )
        return plan
    }

    private func send(
        _ gateway: TestGateway,
        _ key: String? = nil,
        _ body: String = FacadeTests.create
    ) async throws
        -> Answer
    {
        var head =
            "POST /proxy/hoursmith/api/v2/time_entries HTTP/1.1\r\nHost: g\r\nTimegate-Key: tg_canary_key_of_jane\r\n"
        if let key { head += "Idempotency-Key: \(key)\r\n" }
        head += "Content-Type: application/vnd.api+json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        return try await gateway.exchange(Array(head.utf8))
    }

    @Test("the same create with its key has the same bytes of the dialect again, and another one is refused in it")
    func replay() async throws {
        try await withGateway(plan()) { gateway in
            let first = try await send(gateway, Self.key)
            #expect(first.status == 201, "\(first.body)")
            #expect(first["data.type"] == "time_entries")
            #expect(first.header("idempotency-key") == Self.key)
            let again = try await send(gateway, Self.key)
            #expect(again.status == 201)
            #expect(again.body == first.body)
            #expect(again.header("idempotent-replayed") == "true")
            let other = try await send(gateway, Self.key, FacadeTests.create.replacing("480", with: "60"))
            #expect(other.status == 422)
            #expect(other.isRefusal("idempotency_key_reused", of: .productive), "\(other.head)\(other.body)")
            let row = try #require(try await gateway.journalled().first)
            #expect(row.state == .done)
            #expect(row.scope.key == Self.key)
            #expect(gateway.ledger(.hoursmith).count == 1)
        }
    }

    @Test("a create without a key has a row under one that the answer names, and a record")
    func generatedKey() async throws {
        try await withGateway(plan()) { gateway in
            let answer = try await send(gateway)
            let key = try #require(answer.header("idempotency-key"))
            #expect(try await gateway.get("/v1/outcomes/\(key)")["data.0.state"] == "done")
            let id = try #require(answer.header("timegate-request-id"))
            let record = try await gateway.get("/v1/calls/\(id)")
            #expect(record["data.operation"] == "create")
            #expect(record["data.answer"] == answer.json)
            #expect(record["data.steps"]?.array?.contains { $0["step"] == "send" } == true)
        }
    }

    @Test("the account's refusal is the same bytes again, and says that it comes from the gateway")
    func refusal() async throws {
        try await withGateway(plan()) { gateway in
            let body = #"{"error":{"code":"validation_error","message":"no","fields":{"projectId":"is archived"}}}"#
            gateway.simulator(.hoursmith).inject(Fault(.status(422, contentType: "application/json", body: body)))
            let refused = try await send(gateway, Self.key)
            #expect(refused.status == 422)
            #expect(refused["errors.0.source.pointer"] == "data/relationships/service", "\(refused.body)")
            #expect(refused.header("timegate-error") != nil)
            let again = try await send(gateway, Self.key)
            #expect(again.body == refused.body)
            #expect(again.header("idempotent-replayed") == "true")
            #expect(gateway.ledger(.hoursmith).count == 1)
        }
    }

    @Test("an answer that was lost is told in the dialect, and so is its outcome once it is known")
    func settled() async throws {
        var plan = try plan()
        plan.settleMilliseconds = 50
        try await withGateway(plan) { gateway in
            gateway.simulator(.hoursmith).inject(
                Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit, count: 2)
            )
            let lost = try await send(gateway, Self.key)
            #expect(lost.isRefusal("outcome_unknown", of: .productive), "\(lost.head)\(lost.body)")
            #expect(lost.header("idempotency-key") == Self.key)
            let isDone = try await soon { try await gateway.journalled().first?.state == .done }
            #expect(isDone)
            let again = try await send(gateway, Self.key)
            #expect(again.status == 201, "\(again.body)")
            #expect(again["data.type"] == "time_entries")
            #expect(gateway.ledger(.hoursmith).count { $0.stored?.operation == "create" } == 1)
        }
    }
}
