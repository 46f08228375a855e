import GatewayCore

/// What the checker knows: each attempt with its answer, each row of the journal with its way, beside what the vendors
/// hold.
final class SimulationBook: @unchecked Sendable {
    struct Attempt {
        var client: SimulatedClient
        var isOther: Bool
        var answer: SimulatedAnswer?
        /// How often the key had become free by age when it was answered.
        var epoch = 0
        /// How the write had been settled by then, where not by the vendor's own answer.
        var settledBy: String?
        var isDropped = false
        var row: Int64?
    }

    private(set) var attempts: [Attempt] = []
    var violations: [String] = []
    private var attemptOfRow: [Int64: Int] = [:]
    private var attemptOfKey: [String: Int] = [:]
    private var epochs: [String: Int] = [:]
    /// When a row was done, in nanoseconds of the run.
    private var doneAt: [Int64: Int64] = [:]
    /// Rows of which a vendor has turned out to hold more than one entry.
    private var doubled: Set<Int64> = []

    // MARK: - Attempts

    func newAttempt(_ client: SimulatedClient, isOther: Bool) -> Int {
        attempts.append(Attempt(client: client, isOther: isOther))
        return attempts.count - 1
    }

    func answered(_ number: Int, _ answer: SimulatedAnswer, _ run: Simulation) {
        let client = attempts[number].client
        attempts[number].answer = answer
        attempts[number].epoch = epochs[client.scope] ?? 0
        if let key = client.wish.key {
            attempts[number].settledBy =
                run.disk.written.rows.first {
                    $0.scope.key == key && $0.scope.caller == client.wish.caller.name
                        && $0.scope.operation == client.wish.operation && !$0.state.hasFreeKey
                }?.settledBy
        }
        if answer.isReplay { run.counts.add(.replays) }
        if answer.is2xx { run.counts.add(.answered2xx) }
        if answer.sent == "no" { run.counts.add(.answeredNotSent) }
        if answer.sent == "maybe" { run.counts.add(.answeredUnknown) }
    }

    /// Those whose connection breaks when the process ends.
    func takeUnanswered() -> [(SimulatedClient, isOther: Bool)] {
        var clients: [(SimulatedClient, Bool)] = []
        for index in attempts.indices where attempts[index].answer == nil && !attempts[index].isDropped {
            attempts[index].isDropped = true
            clients.append((attempts[index].client, attempts[index].isOther))
        }
        return clients
    }

    // MARK: - Where a request comes from

    func note(vendorKey: String, of attempt: Int) {
        if attemptOfKey[vendorKey] == nil { attemptOfKey[vendorKey] = attempt }
    }

    func attempt(ofVendorKey key: String?, _ run: Simulation) -> Int? {
        guard let key else { return nil }
        // The reconciler sends for a row. A client's own key may have gone out before, with a request that was let go.
        let row = run.disk.written.rows.last { $0.intent.vendorKey == key }
        return row.flatMap { attemptOfRow[$0.id] } ?? attemptOfKey[key]
    }

    func epoch(of attempt: Int?) -> Int { attempt.flatMap { epochs[attempts[$0].client.scope] } ?? 0 }

    /// What the entry of a row should say.
    func content(of row: Int64) -> LedgerVendor.Content? {
        attemptOfRow[row].map { attempts[$0].client.content(isOther: attempts[$0].isOther) }
    }

    // MARK: - The journal

    /// A process has opened the journal.
    func note(_ table: SimulatedTable, _ run: Simulation) {
        for row in table.rows where row.state == .unknown { note("row \(row.id) is unknown", run) }
    }

    private func note(_ text: String, _ run: Simulation) { run.note(text) }

    /// A row stands in the file: whoever opens it next may find it.
    func wrote(_ id: Int64, attempt: Int?) {
        guard let attempt else { return violations.append("row \(id) was begun by nobody") }
        attemptOfRow[id] = attempt
    }

    /// The gateway has been told that it does.
    func begun(_ id: Int64, attempt: Int?) {
        if let attempt { attempts[attempt].row = id }
    }

    func changed(
        _ id: Int64,
        from before: SimulatedTable,
        _ state: WriteState,
        to change: WriteChange,
        _ run: Simulation
    ) {
        if !SimulationBook.isLegal(state, change.state) {
            violations.append(
                "row \(id) went from \(state) to \(change.state.map { "\($0)" } ?? "released"), which the table forbids"
            )
        }
        switch change {
        case .done(_, _, let reason, _, _):
            doneAt[id] = run.time.now
            if SimulationBook.isRemark(reason) { run.counts.add(.wordStood) }
        case .needsOperator(let reason, _, _) where reason.contains("against its word"):
            run.counts.add(.foundDoubled)
            doubled.insert(id)
            let row = run.disk.written.rows.first { $0.id == id }
            if run.vendors.contains(where: {
                $0.kind != .faithless && row?.scope.connection == "acme-\($0.kind.rawValue)"
            }) {
                violations.append("row \(id) has a vendor suspected that keeps its word: \(reason)")
            }
        case .sending where doubled.contains(id):
            violations.append("row \(id) was sent again although its vendor doubles")
        case .unknown where state == .sending: run.counts.add(.unknown)
        case .released, .notRecorded: run.counts.add(.released)
        case .expired: expired(id, run)
        default: break
        }
        if state == .reconciling || state == .unknown, change.state == .done || change.state?.hasFreeKey ?? true {
            run.counts.add(.settled)
        }
    }

    func swept(_ before: SimulatedTable, _ after: SimulatedTable, _ run: Simulation) {
        for row in before.rows where row.state == .done {
            if run.disk.written.rows.contains(where: { $0.id == row.id && $0.state == .expired }) {
                expired(row.id, run)
            }
        }
    }

    private func expired(_ id: Int64, _ run: Simulation) {
        let tolerance: Int64 = run.counts[.clockJumps] > 0 ? .hours(3) : 0
        if let at = doneAt[id], run.time.now - at + tolerance < .hours(24) {
            violations.append("row \(id) expired \((run.time.now - at) / 1_000_000_000) s after it was done")
        }
        if let attempt = attemptOfRow[id] { epochs[attempts[attempt].client.scope, default: 0] += 1 }
    }

    /// Whether a reason says that a vendor was sent a create again and could not be held to its word.
    static func isRemark(_ reason: String?) -> Bool {
        let beginnings = ["Sent again with the same key. ", "sent again with the same key. ", "mapped again. "]
        return reason.map { reason in beginnings.contains { reason.hasPrefix($0) } } ?? false
    }

    /// Whether the one table of states leads from one to the other, also where two of its steps share a commit: an answer
    /// that is mapped at once, an outcome that is lost and cannot be found out either.
    static func isLegal(_ from: WriteState, _ to: WriteState?) -> Bool {
        let events = WriteEvent.allCases
        if events.contains(where: { from.step(on: $0).map { $0.state == to } ?? false }) { return true }
        return [WriteEvent.answered, .lost].contains { first in
            guard let between = from.step(on: first)?.state else { return false }
            return events.contains { between.step(on: $0).map { $0.state == to } ?? false }
        }
    }
}
