import GatewayCore
import JSON

/// What a batch has come to so far.
struct BatchTally {
    let isPlan: Bool
    private(set) var done = 0
    /// How many of them an earlier request with the same key had recorded.
    private(set) var replayed = 0
    private(set) var failed = 0
    /// How many of them an earlier request with the same key had been answered.
    private(set) var replayedFailures = 0
    /// How many of them are no JSON, and so in no file of failures.
    private(set) var unreadable = 0
    /// The places of what may have been recorded.
    private(set) var uncertain: [Int] = []
    private var codes: [(code: String, count: Int)] = []
    private var firstFailure: ExitStatus?
    /// How many of what is done were recorded, or would be, with a loss; an entry may have several kinds of it.
    private(set) var lossy = 0
    private var losses: [String: Int] = [:]

    init(isPlan: Bool) {
        self.isPlan = isPlan
    }

    var total: Int { done + failed + uncertain.count }

    mutating func add(_ outcome: BatchOutcome) {
        switch outcome.kind {
        case .done:
            done += 1
            if outcome.isReplayed { replayed += 1 }
            let kinds = ReportText.losses(in: outcome.item["mapping"])
            if !kinds.isEmpty { lossy += 1 }
            for kind in kinds { losses[kind, default: 0] += 1 }
            return
        case .failed:
            failed += 1
            if outcome.isReplayed { replayedFailures += 1 }
            if outcome.element.value == nil { unreadable += 1 }
            if firstFailure == nil { firstFailure = outcome.exit }
        case .uncertain: uncertain.append(outcome.element.place)
        }
        let code = outcome.code ?? "unknown"
        if let index = codes.firstIndex(where: { $0.code == code }) {
            codes[index].count += 1
        } else {
            codes.append((code, 1))
        }
    }

    /// Requests that never got an answer.
    mutating func add(uncertain places: [Int]) { uncertain += places }

    /// `3 × vendor_invalid, 1 × malformed_json`, the most frequent first.
    var reasons: String {
        codes.sorted { ($1.count, $0.code) < ($0.count, $1.code) }
            .map { "\($0.count) × \(VisibleText.of($0.code))" }
            .joined(separator: ", ")
    }

    /// `12 rounded, 1 dropped`
    var lossReasons: String {
        ReportText.losses.compactMap { kind in losses[kind].map { "\($0) \(kind)" } }.joined(separator: ", ")
    }

    /// - Parameter stop: what a request as a whole failed with, or that a signal ended the batch.
    func exit(stop: ExitStatus?) -> ExitStatus {
        if !uncertain.isEmpty { return .partly }
        if isPlan {
            if let failure = stop ?? firstFailure { return failure }
            return lossy > 0 ? .differences : .done
        }
        if stop == nil, failed == 0 { return .done }
        if done > 0 { return .partly }
        return stop ?? firstFailure ?? .done
    }
}
