import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// Settling where no gateway runs: the writes of single calls, whose answers were lost.
struct SettlingTests {
    /// Creates an entry at each vendor, each with its answer lost.
    ///
    /// - Returns: what settling comes to, oldest first, and how many writes were left after each round.
    private func settled(
        _ lost: [(vendor: SimulatedVendor, fault: Fault)],
        rounds: Int = 2_000,
        _ check: (TestGateway) throws -> Void = { _ in }
    ) async throws -> (outcomes: [JSONValue], left: [Int]) {
        var plan = try GatewayPlan(.productive, .awork, .hoursmith, .sonderplan)
        for (vendor, _) in lost { plan.settleAtOnce(vendor) }
        let consistent = try Plugins.consistent("awork")
        plan.change("awork") { $0.plugin = consistent }
        plan.hasJournal = false
        var found: [JSONValue] = []
        var left: [Int] = []
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
            let settling = Settling()
            for round in 1...rounds {
                try await direct.settle(settling, isLast: round == rounds)
                left.append(settling.left)
                if settling.left == 0 { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            found = try JSONValue(parsing: settling.body)["data"]?.array ?? []
            // Nothing that is settled is looked for again.
            let second = Settling()
            try await direct.settle(second, isLast: true)
            let again = try JSONValue(parsing: second.body)["data"]?.array
            #expect(again?.count == found.count { $0["state"] == "needs_operator" || $0["state"] == "unknown" })
            try check(gateway)
            direct.shutdown()
            journal.close()
        }
        return (found, left)
    }

    private static let afterwards = Fault(.closeBeforeAnswer(reset: false), moment: .afterCommit)
    private static let before = Fault(.closeBeforeAnswer(reset: true))

    @Test func writesAreFoundOutAtEachVendorInItsWay() async throws {
        var again = Self.before
        // The repetition within the call is lost too.
        again.count = 2
        let (outcomes, left) = try await settled([
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
        #expect(left.count > 1 && left.last == 0)
    }

    @Test func oneLookOnlyLeavesTheRestOpen() async throws {
        let (outcomes, left) = try await settled([(.productive, Self.before)], rounds: 1)
        #expect(outcomes.map { $0["state"]?.string } == ["unknown"])
        #expect(left == [1])
    }

    @Test func withoutAJournalItIsRefused() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let direct = try DirectGateway(gateway.setup)
            defer { direct.shutdown() }
            await #expect(throws: Problem.self) { try await direct.settle(Settling()) }
        }
    }
}
