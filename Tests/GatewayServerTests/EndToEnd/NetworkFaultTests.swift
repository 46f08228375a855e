import FaultProxy
import GatewayCore
import JSON
import Synchronization
import Testing
import VendorSimulators

/// Every way in which the network breaks an exchange with a vendor: what the caller is told, how many entries the vendor
/// has, what the journal says, and what the same request is told afterwards.
@Suite(.serialized)
struct NetworkFaultTests {
    @Test("on a new connection: told as maybe, sent once, and settled by what is true", arguments: NetworkFault.all)
    func fresh(it: NetworkFault) async throws {
        try await check(it, .productive, isWarm: false)
    }

    @Test(
        "at a vendor that removes doubles, and at one that can be asked nothing",
        arguments: NetworkFault.few,
        [SimulatedVendor.hoursmith, .sonderplan]
    )
    func otherClasses(it: NetworkFault, vendor: SimulatedVendor) async throws {
        try await check(it, vendor, isWarm: false)
    }

    /// libcurl by itself sends a request again when a connection that was used before dies under it.
    @Test(
        "the same on a connection that was used before",
        arguments: NetworkFault.all
    )
    func warm(it: NetworkFault) async throws {
        try await check(it, .productive, isWarm: true)
    }

    private func check(_ it: NetworkFault, _ vendor: SimulatedVendor, isWarm: Bool) async throws {
        try await Lives.of(vendor, timeout: 400) { lives in
            // First nothing is settled, so that what the caller is told can be looked at in peace.
            try await lives.live(settles: false) { life in
                var before = 0
                if isWarm {
                    #expect(try await life.create(key: "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0000").status == 201)
                    before = 1
                }
                // A vendor that removes doubles is asked once more within the call; that is broken off too.
                lives.proxy.inject(it.fault)
                if vendor == .hoursmith { lives.proxy.inject(it.fault) }
                let answer = try await life.create()
                #expect(answer.code == "outcome_unknown", "\(answer.status) \(answer.body)")
                #expect(answer.sent == "maybe")
                #expect(answer["retry"] == "same_key")
                #expect(answer.status == 502 || answer.status == 504)
                let sendings = lives.proxy.counts.begun - before
                // Where silence has not taken all the time, it is sent once more under the same key of the vendor's.
                #expect((1...(vendor == .hoursmith ? 2 : 1)).contains(sendings))
                #expect(lives.recorded.count - before == (it.isRecorded ? 1 : 0))
                #expect(try await life.row()?.state == .unknown)
                let again = try await life.create()
                #expect(again.code == "idempotency_outcome_unknown")
                #expect(lives.proxy.counts.begun - before == sendings)
            }
            try await expectTruth(lives, it, isWarm: isWarm)
        }
    }

    /// After the dust has settled: the journal, the vendor and the caller agree.
    private func expectTruth(_ lives: Lives, _ it: NetworkFault, isWarm: Bool) async throws {
        try await lives.live { life in
            let row = try await life.settledRow()
            let again = try await life.create()
            let recorded = lives.recorded.count - (isWarm ? 1 : 0)
            switch (lives.vendor, it.isRecorded) {
            case (.hoursmith, _), (.productive, true):
                #expect(row?.state == .done, "\(row?.reason ?? "")")
                #expect(row?.vendorEntryID == lives.recorded.last)
                #expect(again.status == 201)
                #expect(again["data.id"]?.string == lives.recorded.last)
                #expect(recorded == 1)
            default:
                #expect(row?.state == .needsOperator)
                #expect(again.code == "idempotency_outcome_unknown")
                #expect(recorded == (it.isRecorded ? 1 : 0))
            }
        }
    }

    // MARK: - What is no fault, or not of the request

    @Test("what does not harm the answer harms no call, nor the next one", arguments: NetworkFault.harmless)
    func harmless(it: NetworkFault) async throws {
        try await Lives.of(.productive) { lives in
            try await lives.live(settles: false) { life in
                lives.proxy.inject(it.fault)
                let answer = try await life.create()
                #expect(answer.status == 201, "\(answer.body)")
                #expect(try await life.row()?.state == .done)
                let next = try await life.create(key: "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0001")
                #expect(next.status == 201, "\(next.body)")
                #expect(lives.recorded.count == 2)
            }
        }
    }

    @Test("bytes that come slower than the time allows are given up, and the entry is found")
    func tooSlow() async throws {
        try await Lives.of(.productive, timeout: 300) { lives in
            try await lives.live(settles: false) { life in
                lives.proxy.inject(ProxyFault(answer: .inPieces(bytes: 10, pauseMilliseconds: 50)))
                let answer = try await life.create()
                #expect(answer.status == 504)
                #expect(answer.sent == "maybe")
            }
            try await lives.live { life in
                let row = try await life.settledRow()
                #expect(row?.state == .done)
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("a request that arrives after the vendor was asked for it is a person's, and never sent again")
    func lateArrival() async throws {
        try await Lives.of(.productive, timeout: 300) { lives in
            let hasBeenLookedFor = Mutex(false)
            try await lives.live { life in
                lives.proxy.inject(
                    ProxyFault(at: { moment in
                        guard moment == .requestRead else { return }
                        for _ in 0..<2000 where !hasBeenLookedFor.withLock({ $0 }) { pause(milliseconds: 5) }
                    })
                )
                let answer = try await life.create()
                #expect(answer.sent == "maybe")
                #expect(try await life.settledRow()?.state == .needsOperator)
                #expect(lives.recorded.isEmpty)
                hasBeenLookedFor.withLock { $0 = true }
                let hasArrived = try await soon { lives.recorded.count == 1 }
                #expect(hasArrived)
                #expect(try await life.create().code == "idempotency_outcome_unknown")
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("a vendor that nobody answers for has nothing, and the same request may come again")
    func refused() async throws {
        try await Lives.of(.productive) { lives in
            lives.proxy.stop()
            try await lives.live { life in
                let answer = try await life.create()
                #expect(answer.status == 502)
                #expect(answer.sent == "no")
                #expect(answer["retry"] == "after")
                #expect(try await life.row() == nil)
            }
            #expect(lives.simulator.ledger().isEmpty)
        }
    }
}
