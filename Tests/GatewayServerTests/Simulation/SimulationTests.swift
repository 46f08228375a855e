import Foundation
import Testing

/// No entry is doubled and none is lost, whatever fails: many runs with a seed each.
struct SimulationTests {
    @Test func noEntryIsDoubledAndNoneIsLost() throws {
        let series = SimulationSeries.fromEnvironment
        let result = try series.run()
        if series.isLong { print(result.counts.text) }
        if result.failed.count > result.failures.count {
            let list = result.failed.map { "\($0.seed): \($0.violation)" }.joined(separator: "\n")
            Issue.record("\(result.failed.count) of \(series.runs) runs are not as they should be:\n\(list)")
        }
        for failure in result.failures {
            Issue.record(Comment(rawValue: failure))
        }
    }
}
