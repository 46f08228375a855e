import JSON
import Testing
import VendorSimulators

/// A caller's `Idempotency-Key` without a journal: kept where the vendor keeps it, and else refused.
struct IdempotencyTests {
    private let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"

    private func plan(_ vendor: SimulatedVendor) throws -> GatewayPlan {
        var plan = try GatewayPlan(vendor)
        plan.hasJournal = false
        return plan
    }

    @Test(arguments: [SimulatedVendor.sonderplan, .plannr, .awork, .productive])
    func keyIsRefusedWhereNobodyWouldKeepIt(vendor: SimulatedVendor) async throws {
        try await withGateway(plan(vendor)) { gateway in
            let answer = try await gateway.create(
                vendor.rawValue,
                Sample.entry(vendor),
                headers: ["Idempotency-Key": key]
            )
            #expect(answer.status == 501)
            #expect(answer.code == "idempotency_unsupported")
            #expect(answer.sent == "no")
            #expect(gateway.ledger(vendor).isEmpty)
        }
    }

    @Test(arguments: [
        "", "1", "order-42", "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1", "\"0198a1b2", "01ARZ3NDEKTSV4RRFFQ69G5FAU",
    ])
    func malformedKeyIsRefused(key: String) async throws {
        try await withGateway(plan(.hoursmith)) { gateway in
            let answer = try await gateway.create(
                "hoursmith",
                Sample.entry(.hoursmith),
                headers: ["Idempotency-Key": key]
            )
            #expect(answer.status == 400)
            #expect(answer.code == "idempotency_key_invalid")
            #expect(gateway.ledger(.hoursmith).isEmpty)
        }
    }

    @Test func twoKeysOnOneRequestAreRefused() async throws {
        try await withGateway(plan(.hoursmith)) { gateway in
            let answer = try await gateway.create(
                "hoursmith",
                Sample.entry(.hoursmith),
                headers: ["Idempotency-Key": key, "idempotency-key": "0198a1b2-7c3d-7e4f-8a5b-000000000000"]
            )
            #expect(answer.status == 400)
            #expect(answer.code == "idempotency_key_invalid")
            #expect(gateway.ledger(.hoursmith).isEmpty)
        }
    }

    @Test func sameKeyGivesTheSameVendorKeyAndIsReplayed() async throws {
        try await withGateway(plan(.hoursmith)) { gateway in
            var answers: [Answer] = []
            // Bare, and as a string of RFC 8941: the same key.
            for written in [key, "\"\(key)\""] {
                answers.append(
                    try await gateway.create(
                        "hoursmith",
                        Sample.entry(.hoursmith),
                        headers: ["Idempotency-Key": written]
                    )
                )
            }
            #expect(answers.map(\.status) == [201, 201])
            #expect(answers[0].body == answers[1].body)
            #expect(answers[0].header("location") == answers[1].header("location"))
            let ledger = gateway.ledger(.hoursmith)
            try #require(ledger.count == 2)
            let vendorKey = try #require(ledger[0].header("idempotency-key"))
            #expect(ledger[1].header("idempotency-key") == vendorKey)
            #expect(vendorKey != key)
            #expect(ledger.map { $0.stored == nil } == [false, true])

            // The vendor's own word for it.
            let body = Array(ledger[0].body.utf8)
            let head =
                [
                    "POST /api/v1/time-entries HTTP/1.1", "Host: vendor",
                    "Authorization: Bearer \(Sample.token(.hoursmith))",
                    "Content-Type: application/json", "Idempotency-Key: \(vendorKey)", "Content-Length: \(body.count)",
                ].joined(separator: "\r\n") + "\r\n\r\n"
            let port = gateway.simulator(.hoursmith).port
            let replay = try await gateway.exchange(Array(head.utf8) + body, port: port)
            #expect(replay.status == 201)
            #expect(replay.header("idempotent-replayed") == "true")
        }
    }

    @Test func sameKeyWithAnotherEntryIsAConflict() async throws {
        try await withGateway(plan(.hoursmith)) { gateway in
            let first = Sample.entry(.hoursmith, note: "one")
            #expect(
                try await gateway.create("hoursmith", first, headers: ["Idempotency-Key": key]).status == 201
            )
            let answer = try await gateway.create(
                "hoursmith",
                Sample.entry(.hoursmith, note: "two"),
                headers: ["Idempotency-Key": key]
            )
            #expect(answer.status == 409)
            #expect(answer.code == "vendor_conflict")
            #expect(gateway.ledger(.hoursmith).count { $0.stored != nil } == 1)
        }
    }

    @Test func twoCallersWithOneKeyNeverShareAnAnswer() async throws {
        var plan = try plan(.hoursmith)
        plan.keys.append(GatewayPlan.Key(name: "joe", connections: ["hoursmith"]))
        try await withGateway(plan) { gateway in
            var ids: Set<String> = []
            for caller in ["jane", "joe"] {
                let answer = try await gateway.create(
                    "hoursmith",
                    Sample.entry(.hoursmith),
                    key: caller,
                    headers: ["Idempotency-Key": key]
                )
                #expect(answer.status == 201)
                ids.insert(answer["data.id"]?.string ?? "")
            }
            #expect(ids.count == 2)
            let keys = gateway.ledger(.hoursmith).map { $0.header("idempotency-key") }
            #expect(Set(keys).count == 2)
            #expect(gateway.ledger(.hoursmith).allSatisfy { $0.stored != nil })
        }
    }

    @Test func twoConnectionsWithOneKeyNeverShareAnAnswer() async throws {
        var plan = try plan(.hoursmith)
        plan.add(try GatewayPlan.link("second", to: .hoursmith))
        try await withGateway(plan) { gateway in
            for connection in ["hoursmith", "second"] {
                let answer = try await gateway.create(
                    connection,
                    Sample.entry(.hoursmith),
                    headers: ["Idempotency-Key": key]
                )
                #expect(answer.status == 201)
            }
            #expect(gateway.ledger(.hoursmith).count { $0.stored != nil } == 2)
        }
    }

    @Test func entriesWithoutAKeyGetVendorKeysOfTheirOwn() async throws {
        try await withGateway(plan(.hoursmith)) { gateway in
            for _ in 0..<3 {
                let answer = try await gateway.create("hoursmith", Sample.entry(.hoursmith))
                #expect(answer.status == 201)
            }
            let keys = gateway.ledger(.hoursmith).map { $0.header("idempotency-key") }
            #expect(Set(keys).count == 3)
            #expect(gateway.ledger(.hoursmith).count { $0.stored != nil } == 3)
        }
    }
}
