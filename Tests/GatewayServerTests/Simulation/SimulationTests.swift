import Foundation
import Testing

/// No entry is doubled and none is lost, whatever fails: many runs, each of a seed.
struct SimulationTests {
    @Test func noEntryIsDoubledAndNoneIsLost() throws {
        let series = SimulationSeries.fromEnvironment
        let result = try series.run()
        if series.isLong { print(result.counts.text) }
        for failure in result.failures { Issue.record(Comment(rawValue: failure)) }
        if result.failed.count > result.failures.count {
            let list = result.failed.map { "\($0.seed): \($0.violation)" }.joined(separator: "\n")
            Issue.record("\(result.failed.count) of \(series.runs) runs are not as they should be:\n\(list)")
        }
        // A run in which nothing goes wrong shows nothing.
        if series.runs >= 100 {
            for fault in SimulatedFault.allCases { #expect(result.counts[.fault(fault)] > 0, "\(fault)") }
            for kind in [
                SimulationCounts.Kind.kills, .powerLosses, .journalFull, .unknown, .settled, .listed, .replays,
                .batches, .actionsOnSeveral, .proxied, .doubledByVendor, .foundDoubled, .wordStood,
            ] {
                #expect(result.counts[kind] > 0, "\(kind)")
            }
        }
    }

    @Test func oneSeedGivesOneHistory() throws {
        for seed in [3, 5, 8] as [UInt64] {
            let first = try Simulation.run(seed: seed, isTracing: true)
            let second = try Simulation.run(seed: seed, isTracing: true)
            #expect(first.trace.count > 20)
            #expect(first.trace == second.trace)
        }
    }

    /// The checker finds each of the gateway's own possible faults, so its silence says something.
    @Test(arguments: Sabotage.allCases.filter { $0 != .none })
    func theCheckerFinds(_ sabotage: Sabotage) throws {
        let result = try SimulationSeries(runs: 150, sabotage: sabotage).run(stopAtFirst: true)
        #expect(!result.failed.isEmpty, "\(result.counts.text)")
    }
}
