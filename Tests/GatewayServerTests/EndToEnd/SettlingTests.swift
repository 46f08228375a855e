import GatewayCore
import GatewayServer
import JSON
import Synchronization
import Testing
import VendorSimulators

/// Settling where no gateway runs: the writes of single calls, whose answers were lost.
struct SettlingTests {
    /// Creates an entry at each vendor, each with its answer lost.
    ///
    /// - Returns: what settling comes to, oldest first, and the numbers of writes that were told of on the way.
    private func settled(
        _ lost: [(vendor: SimulatedVendor, fault: Fault)],
        within milliseconds: Int = 20_000,
        _ check: (TestGateway) throws -> Void = { _ in }
    ) async throws -> (outcomes: [JSONValue], told: [Int]) {
        var plan = try GatewayPlan(.productive, .awork, .hoursmith, .sonderplan)
        for (vendor, _) in lost { plan.settleAtOnce(vendor) }
        let consistent = try Plugins.consistent("awork")
        plan.change("awork") { $0.plugin = consistent }
        plan.hasJournal = false
        var found: [JSONValue] = []
        let told = Mutex<[Int]>([])
        try await withGateway(plan) { gateway in
            let journal = try TestJournal()
            let direct = try DirectGateway(gateway.setup, openJournal: { _ in journal.source })
            for (vendor, fault) in lost {
                gateway.simulator(vendor).inject(fault)
                do throws(Problem) {
                    _ = try await direct.create(
                        body: Sample.entry(vendor).serializedBytes(),
                        connection: vendor.rawValue,
                        caller: gateway.setup.keys[0].caller
                    )
                    Issue.record("the answer of \(vendor) was not lost")
                } catch {
                    #expect(error.code == .outcomeUnknown)
                }
            }
            let body = try await direct.settle(within: milliseconds) { left in told.withLock { $0.append(left) } }
            found = try JSONValue(parsing: body)["data"]?.array ?? []
            // Nothing that is settled is looked for again.
            let again = try JSONValue(parsing: try await direct.settle(within: 0) { _ in })["data"]?.array
            #expect(again?.count == found.count { $0["state"] == "needs_operator" || $0["state"] == "unknown" })
            try check(gateway)
            direct.shutdown()
            journal.close()
        }
        return (found, told.withLock { $0 })
    }

    private static let afterwards = Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit)
    private static let before = Fault(.closeBeforeAnswer(reset: true))

    @Test func writesAreFoundOutAtEachVendorInItsWay() async throws {
        var again = Self.before
        // The repetition within the call is lost too.
        again.count = 2
        let (outcomes, told) = try await settled([
            (.productive, Self.afterwards), (.awork, Self.before), (.hoursmith, again), (.sonderplan, Self.afterwards),
        ]) { gateway in
            #expect(gateway.creations(.productive) == 1)
            #expect(gateway.creations(.awork) == 0)
            #expect(gateway.creations(.hoursmith) == 1)
            #expect(gateway.creations(.sonderplan) == 1)
        }
        #expect(outcomes.map { $0["state"]?.string } == ["done", "not_recorded", "done", "needs_operator"])
        #expect(outcomes[0]["entry_id"]?.string != nil)
        #expect(outcomes[0]["settled_by"] == "reconciled")
        #expect(outcomes[1]["reason"] == "Two reads did not find it.")
        #expect(outcomes[1]["settled_by"] == "reconciled")
        #expect(outcomes[1]["sent"] == "no")
        #expect(outcomes[3]["reason"]?.string?.isEmpty == false)
        // One look does not tell that an entry is not there.
        #expect(told.last ?? 0 > 0)
    }

    @Test func oneLookOnlyLeavesTheRestOpen() async throws {
        let (outcomes, told) = try await settled([(.productive, Self.before)], within: 0)
        #expect(outcomes.map { $0["state"]?.string } == ["unknown"])
        #expect(told.isEmpty)
    }

    @Test func withoutAJournalItIsRefused() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let direct = try DirectGateway(gateway.setup)
            defer { direct.shutdown() }
            await #expect(throws: Problem.self) { try await direct.settle(within: 0) { _ in } }
        }
    }
}
