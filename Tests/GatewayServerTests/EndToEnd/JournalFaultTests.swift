import FaultProxy
import GatewayCore
import JSON
import Testing
import VendorSimulators

/// A journal that cannot be written for a while: before a request leaves, nothing is sent; after it, the truth is told and
/// written down as soon as that is possible.
struct JournalFaultTests {
    @Test("no intent, no request; reads go on; and it ends by itself")
    func beforeTheRequest() async throws {
        try await Lives.of(.productive) { lives in
            let disk = FailingJournal.Disk()
            try await lives.live(wrapping: { FailingJournal(journal: $0, disk: disk) }) { life in
                disk.refuses = .intents
                let refused = try await life.create()
                #expect(refused.status == 503)
                #expect(refused.code == "journal_unavailable")
                #expect(refused.sent == "no")
                #expect(refused["retry"] == "after")
                #expect(refused.header("retry-after") == "5")
                #expect(lives.proxy.counts.begun == 0)
                let list = try await life.exchange(
                    Array(
                        ("GET /v1/productive/time-entries?from=2026-11-20&to=2026-11-20 HTTP/1.1\r\nHost: gateway\r\n"
                            + "Authorization: Bearer tg_canary_key_of_jane\r\n\r\n").utf8
                    )
                )
                #expect(list.status == 200)
                disk.refuses = .nothing
                #expect(try await life.create().status == 201)
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test(
        "an answer that cannot be written down is told all the same, and the row is settled without a restart",
        arguments: [SimulatedVendor.productive, .hoursmith]
    )
    func afterTheAnswer(vendor: SimulatedVendor) async throws {
        try await Lives.of(vendor) { lives in
            let disk = FailingJournal.Disk()
            try await lives.live(wrapping: { FailingJournal(journal: $0, disk: disk) }) { life in
                disk.refuses = .changes
                let answer = try await life.create()
                #expect(answer.status == 201)
                #expect(try await life.row()?.state == .sending)
                #expect(try await life.create().code == "idempotency_outcome_unknown")
                disk.refuses = .nothing
                #expect(try await life.settledRow()?.state == .done)
                let again = try await life.create()
                #expect(again.status == 201)
                #expect(again["data.id"] == answer["data.id"])
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("what was found out and could not be written down is found out again")
    func whileReconciling() async throws {
        try await Lives.of(.productive) { lives in
            let disk = FailingJournal.Disk()
            try await lives.live(settles: false) { life in
                lives.proxy.inject(.lostAnswer(.close))
                #expect(try await life.create().sent == "maybe")
                _ = try await life.row()
            }
            try await lives.live(wrapping: { FailingJournal(journal: $0, disk: disk) }) { life in
                lives.proxy.inject(ProxyFault(at: { moment in if moment == .answered { disk.refuses = .changes } }))
                let isStuck = try await soon { try await life.row()?.state == .reconciling && disk.refuses == .changes }
                #expect(isStuck)
                disk.refuses = .nothing
                #expect(try await life.settledRow()?.state == .done)
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("a vendor that cannot be asked does not keep another one's writes from being settled")
    func otherVendors() async throws {
        var plan = try GatewayPlan(.productive, .awork)
        plan.settleMilliseconds = 50
        plan.vendorTimeoutMilliseconds = 500
        for vendor in [SimulatedVendor.productive, .awork] {
            plan.simulators[vendor]?.clock = VendorSimulatorConfiguration.systemClock
        }
        try await withGateway(plan) { gateway in
            gateway.simulator(.productive).inject(Fault(.hang, moment: .afterCommit, count: nil))
            gateway.simulator(.awork).inject(Fault(.cutAnswer(.body)))
            for _ in 0..<4 {
                let lost = try await gateway.create("productive", Sample.entry(.productive))
                #expect(lost.sent == "maybe" || lost["code"] == "circuit_open", "\(lost.body)")
            }
            #expect(try await gateway.create("awork", Sample.entry(.awork)).sent == "maybe")
            let isSettled = try await soon {
                try await gateway.journalled(JournalQuery(connection: "awork")).first?.state == .done
            }
            #expect(isSettled)
            #expect(try await gateway.journalled(JournalQuery(states: [.done], connection: "productive")).isEmpty)
        }
    }
}
