import Foundation

/// Many runs, seed after seed.
struct SimulationSeries {
    var first: UInt64 = 1
    var runs = 150
    var sabotage = Sabotage.none
    /// Whether the series was asked for by hand.
    var isLong = false

    struct Result {
        var counts = SimulationCounts()
        /// A text for each of the first runs that were not as they should be.
        var failures: [String] = []
        /// The seeds of all such runs, each with the first thing that was wrong.
        var failed: [(seed: UInt64, violation: String)] = []
    }

    /// `TIMEGATE_SIM_RUNS` and `TIMEGATE_SIM_SEED` make it longer, or another one.
    static var fromEnvironment: SimulationSeries {
        var series = SimulationSeries()
        let environment = ProcessInfo.processInfo.environment
        if let runs = environment["TIMEGATE_SIM_RUNS"].flatMap(Int.init) {
            series.runs = runs
            series.isLong = true
        }
        if let seed = environment["TIMEGATE_SIM_SEED"].flatMap(UInt64.init) { series.first = seed }
        return series
    }

    func run(stopAtFirst: Bool = false) throws -> Result {
        var result = Result()
        for index in 0..<runs {
            let seed = first + UInt64(index)
            let outcome = try Simulation.run(seed: seed, sabotage)
            result.counts.add(outcome.counts)
            if outcome.violations.isEmpty { continue }
            result.failed.append((seed, outcome.violations[0]))
            if result.failures.count < 3 { result.failures.append(try SimulationSeries.describe(outcome, sabotage)) }
            if stopAtFirst { break }
        }
        return result
    }

    /// The seed of a run that was not as it should be, what was wrong, and all that happened in it.
    private static func describe(_ outcome: Simulation.Outcome, _ sabotage: Sabotage) throws -> String {
        let again = try Simulation.run(seed: outcome.seed, sabotage, isTracing: true)
        let differs = again.violations == outcome.violations ? "" : "\n(the run did not repeat: \(again.violations))"
        return """
            TIMEGATE_SIM_SEED=\(outcome.seed) TIMEGATE_SIM_RUNS=1:
            \(outcome.violations.joined(separator: "\n"))\(differs)

            \(again.trace.joined(separator: "\n"))
            """
    }
}
