import GatewayCore
import GatewayServer
import JSON
import Synchronization
import Testing
import VendorSimulators

/// Vendors that were sent a create again under its key and have recorded it once: none of them is suspected.
struct KeptWordTests {
    private let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    private var keyed: KeyValuePairs<String, String> { ["Idempotency-Key": key] }
    private let entry = Sample.entry(.hoursmith)

    /// How often the answer is lost: once, and the call has it in the end; twice, and the reconciler finds out.
    @Test("the same entry booked twice under two keys is two entries", arguments: [1, 2])
    func twoKeys(lost: Int) async throws {
        try await withGateway(DoublingTests.plan()) { gateway in
            let other = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"
            #expect(try await gateway.create("hoursmith", entry, headers: ["Idempotency-Key": other]).status == 201)
            gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(.body), count: lost))
            _ = try await gateway.create("hoursmith", entry, headers: keyed)
            let row = try #require(try await gateway.settledRow())
            #expect(row.state == .done, "\(row.reason ?? "")")
            #expect(row.reason == (lost == 1 ? nil : "sent again with the same key"))
            #expect(row.vendorEntryID == DoublingTests.ids(gateway).last)
            #expect(DoublingTests.ids(gateway).count == 2)
            #expect(DoublingTests.reads(gateway) == 1)
        }
    }

    @Test(
        "an older equal entry that somebody booked at the vendor is no double; the journal names it",
        arguments: [1, 2]
    )
    func olderEntry(lost: Int) async throws {
        let hoursAgo = Mutex<Int64>(3)
        var plan = try DoublingTests.plan()
        let clock = try #require(plan.simulators[.hoursmith]?.clock)
        plan.simulators[.hoursmith]?.clock = { clock() - hoursAgo.withLock { $0 } * 3_600_000 }
        try await withGateway(plan) { gateway in
            // By hand: the gateway knows nothing of it.
            let draft = try await gateway.create("hoursmith", entry, query: "?dry_run=true")
            let body = try #require(draft["plan.body"]).serialized(.compact)
            let head =
                "POST /api/v1/time-entries HTTP/1.1\r\nHost: vendor\r\nAuthorization: Bearer \(Sample.token(.hoursmith))\r\n"
                + "Idempotency-Key: 0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1d\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n"
            let port = gateway.simulator(.hoursmith).port
            #expect(try await gateway.exchange(Array((head + body).utf8), port: port).status == 201)
            hoursAgo.withLock { $0 = 0 }
            gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(.body), count: lost))
            _ = try await gateway.create("hoursmith", entry, headers: keyed)
            let row = try #require(try await gateway.settledRow())
            #expect(row.state == .done, "\(row.reason ?? "")")
            #expect(row.vendorEntryID == DoublingTests.ids(gateway).last)
            #expect(row.reason?.contains(DoublingTests.ids(gateway)[0]) == true, "\(row.reason ?? "")")
        }
    }

    @Test("an entry that may be of another write, which is not settled, is no double")
    func unsettledNeighbour() async throws {
        var plan = try DoublingTests.plan()
        plan.settleMilliseconds = 3_600_000
        try await withGateway(plan) { gateway in
            let other = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"
            gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(.body), count: 2))
            let open = try await gateway.create("hoursmith", entry, headers: ["Idempotency-Key": other])
            #expect(open.code == "outcome_unknown")
            gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(.body)))
            #expect(try await gateway.create("hoursmith", entry, headers: keyed).status == 201)
            var row = try #require(try await gateway.journalled().last)
            #expect(row.state == .done)
            #expect(
                row.reason?.contains("Whose the entry \(DoublingTests.ids(gateway)[0]) is cannot be told") == true,
                "\(row.reason ?? "")"
            )
            // One more than the other writes can have made is one too many, whoever made it.
            gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(.body)))
            gateway.simulator(.hoursmith).inject(DoublingTests.ignored)
            let third = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1e"
            let doubled = try await gateway.create("hoursmith", entry, headers: ["Idempotency-Key": third])
            #expect(doubled.code == "outcome_unknown")
            row = try #require(try await gateway.journalled().last)
            #expect(row.state == .needsOperator)
            #expect(
                row.reason?.contains("Settle the other writes for the same entry first") == true,
                "\(row.reason ?? "")"
            )
        }
    }

    @Test("a vendor that cannot be asked for entries has its word, and is not asked", arguments: [1, 2])
    func noWayToLook(lost: Int) async throws {
        try await withGateway(DoublingTests.plan(reconcile: "")) { gateway in
            gateway.simulator(.hoursmith).inject(Fault(.cutAnswer(.body), count: lost))
            _ = try await gateway.create("hoursmith", entry, headers: keyed)
            let row = try #require(try await gateway.settledRow())
            #expect(row.state == .done, "\(row.reason ?? "")")
            #expect(DoublingTests.ids(gateway) == [row.vendorEntryID])
            #expect(DoublingTests.reads(gateway) == 0)
        }
    }

    @Test("a refusal of what the vendor does not have is the answer")
    func refusedRightly() async throws {
        try await withGateway(DoublingTests.plan()) { gateway in
            let body = #"{"error":{"code":"validation_error","message":"The day is closed."}}"#
            gateway.simulator(.hoursmith).inject(Fault(.closeBeforeAnswer(reset: true), count: 2))
            gateway.simulator(.hoursmith).inject(Fault(.status(422, contentType: "application/json", body: body)))
            #expect(try await gateway.create("hoursmith", entry, headers: keyed).code == "outcome_unknown")
            let row = try #require(try await gateway.settledRow())
            #expect(row.state == .done, "\(row.reason ?? "")")
            #expect(try await gateway.create("hoursmith", entry, headers: keyed).status == 422)
            #expect(DoublingTests.ids(gateway).isEmpty)
        }
    }
}
