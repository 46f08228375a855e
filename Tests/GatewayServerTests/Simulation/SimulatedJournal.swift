import GatewayCore

/// The journal of one process of the gateway: orders are gathered, committed together, synced, and only then answered.
///
/// It keeps the promises of the one on disk, or breaks them where it is told to.
final class SimulatedJournal: Journal, @unchecked Sendable {
    private enum Work {
        case find(WriteScope)
        case list(JournalQuery)
        case begin(NewWrite, attempt: Int?)
        case change(Int64, WriteState, WriteChange)
        case sweep(Int64, Int64, Int)

        var isWrite: Bool {
            switch self {
            case .find, .list: false
            case .begin, .change, .sweep: true
            }
        }
    }

    private enum Outcome {
        case found(WriteRecord?)
        case list([WriteRecord])
        case begun(JournalBegin)
        case changed(Bool)
        case swept(Int)
        case failed(JournalFailure)
    }

    private struct Order {
        var work: Work
        var continuation: UnsafeContinuation<Outcome, Never>
    }

    private unowned let run: Simulation
    private let life: SimulatedLife
    /// What this process sees.
    private var table: SimulatedTable
    private var orders: [Order] = []
    private var isBusy = false
    private(set) var failure: JournalFailure?

    init(_ run: Simulation, _ life: SimulatedLife) {
        self.run = run
        self.life = life
        table = run.disk.open(now: run.time.wallClock)
        run.book.note(table, run)
    }

    // MARK: - The port

    func find(_ scope: WriteScope) async throws(JournalFailure) -> WriteRecord? {
        guard case .found(let record) = try await order(.find(scope)) else { throw SimulatedJournal.confused }
        return record
    }

    func begin(_ write: NewWrite) async throws(JournalFailure) -> JournalBegin {
        let attempt = SimulatedOrigin.attempt(body: write.intent.body, entryID: write.intent.entryID)
        guard case .begun(let begin) = try await order(.begin(write, attempt: attempt)) else {
            throw SimulatedJournal.confused
        }
        return begin
    }

    func change(_ id: Int64, from state: WriteState, _ change: WriteChange) async throws(JournalFailure) -> Bool {
        guard case .changed(let isChanged) = try await order(.change(id, state, change)) else {
            throw SimulatedJournal.confused
        }
        return isChanged
    }

    func list(_ query: JournalQuery) async throws(JournalFailure) -> [WriteRecord] {
        guard case .list(let records) = try await order(.list(query)) else { throw SimulatedJournal.confused }
        return records
    }

    func latestEntries(limit: Int) async throws(JournalFailure) -> [UInt64] {
        try await list(JournalQuery(limit: .max)).compactMap(\.vendorEntryID).suffix(limit).map(EntryHash.of)
    }

    func sweep(doneBefore: Int64, expiredBefore: Int64, limit: Int) async throws(JournalFailure) -> Int {
        guard case .swept(let count) = try await order(.sweep(doneBefore, expiredBefore, limit)) else {
            throw SimulatedJournal.confused
        }
        return count
    }

    private static let confused = JournalFailure("it answered something else", isPassing: false)
    private static let ended = JournalFailure("the process has ended", isPassing: false)

    private func order(_ work: Work) async throws(JournalFailure) -> Outcome {
        if work.isWrite { run.step("journal asked") }
        guard life.isAlive else { throw SimulatedJournal.ended }
        let outcome = await withUnsafeContinuation { continuation in
            orders.append(Order(work: work, continuation: continuation))
            wake()
        }
        if case .failed(let failure) = outcome { throw failure }
        return outcome
    }

    // MARK: - The thread

    private func wake() {
        guard !isBusy else { return }
        isBusy = true
        run.time.after(run.dice.milliseconds(0...2)) { self.serve() }
    }

    private func serve() {
        let orders = orders
        self.orders = []
        guard life.isAlive else {
            isBusy = false
            for order in orders { order.continuation.resume(returning: .failed(SimulatedJournal.ended)) }
            return
        }
        let writes = orders.filter(\.work.isWrite)
        for order in orders where !order.work.isWrite { order.continuation.resume(returning: perform(order, &table)) }
        if writes.isEmpty { return rest() }
        if let failure, !failure.isPassing { return fail(writes, failure) }
        commit(writes)
    }

    private func commit(_ writes: [Order]) {
        if run.time.now < run.disk.fullUntil {
            run.counts.add(.journalFull)
            failure = JournalFailure("database or disk is full", isPassing: true)
            return fail(writes, failure!)
        }
        var next = table
        var outcomes: [Outcome] = []
        for order in writes { outcomes.append(perform(order, &next)) }
        let before = table
        run.disk.written = next
        for (order, outcome) in zip(writes, outcomes) {
            guard case .begin(_, let attempt) = order.work, case .begun(.begun(let id)) = outcome else { continue }
            run.book.wrote(id, attempt: attempt)
        }
        run.step("journal written")
        let isLying = run.plan.sabotage == .lyingDisk
        if isLying {
            // Said to be durable, and synced at some later time.
            table = next
            answer(writes, outcomes, before)
        }
        let length = isLying ? run.dice.milliseconds(200...20_000) : run.dice.milliseconds(1...15)
        run.time.after(length) {
            guard self.life.isAlive else {
                self.isBusy = false
                if !isLying {
                    for order in writes { order.continuation.resume(returning: .failed(SimulatedJournal.ended)) }
                }
                return
            }
            if isLying {
                self.run.disk.synced = next
                return self.rest()
            }
            if self.run.dice.rolls(self.run.disk.syncFailure) {
                self.run.counts.add(.syncFailed)
                self.failure = JournalFailure("disk I/O error", isPassing: false)
                // The pages are marked clean: whether they reach the disk is chance.
                if self.run.dice.rolls(0.5) { self.run.disk.written = before } else { self.run.disk.synced = next }
                self.run.journalIsLost()
                return self.fail(writes, JournalFailure("disk I/O error", isPassing: false, isDoubtful: true))
            }
            self.run.disk.synced = next
            self.table = next
            self.failure = nil
            self.run.step("journal synced")
            self.answer(writes, outcomes, before)
            self.rest()
        }
    }

    private func answer(_ writes: [Order], _ outcomes: [Outcome], _ before: SimulatedTable) {
        for (order, outcome) in zip(writes, outcomes) { note(order.work, outcome, before) }
        for (order, outcome) in zip(writes, outcomes) {
            order.continuation.resume(returning: life.isAlive ? outcome : .failed(SimulatedJournal.ended))
        }
    }

    private func fail(_ writes: [Order], _ failure: JournalFailure) {
        run.note("journal fails: \(failure.message)")
        for order in writes { order.continuation.resume(returning: .failed(failure)) }
        rest()
    }

    private func rest() {
        isBusy = false
        if !orders.isEmpty { wake() }
    }

    private func perform(_ order: Order, _ table: inout SimulatedTable) -> Outcome {
        table.sabotage = run.plan.sabotage
        switch order.work {
        case .find(let scope): return .found(table.find(scope))
        case .list(let query): return .list(table.list(query))
        case .begin(let write, _): return .begun(table.begin(write))
        case .change(let id, let state, let change): return .changed(table.change(id, from: state, change))
        case .sweep(let done, let expired, let limit):
            return .swept(table.sweep(doneBefore: done, expiredBefore: expired, limit: limit))
        }
    }

    /// Tells the checker what has become durable.
    private func note(_ work: Work, _ outcome: Outcome, _ before: SimulatedTable) {
        switch (work, outcome) {
        case (.begin(_, let attempt), .begun(.begun(let id))):
            run.note("row \(id) sending")
            run.book.begun(id, attempt: attempt)
        case (.change(let id, let state, let change), .changed(let isChanged)):
            run.note("row \(id) \(state) → \(change.state?.rawValue ?? "released")\(isChanged ? "" : " refused")")
            if isChanged { run.book.changed(id, from: before, state, to: change, run) }
        case (.sweep, .swept(let count)) where count > 0: run.book.swept(before, table, run)
        default: break
        }
    }
}
