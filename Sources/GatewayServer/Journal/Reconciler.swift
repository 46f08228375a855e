internal import GatewayCore
internal import Logging
internal import PluginHost

/// Finds out what became of writes whose outcome is not known, and sweeps those whose time is over. One runs in a gateway,
/// on one event loop.
///
/// A write is settled by the vendor's own keys where it has them (the same request again, byte for byte), else by a read
/// that looks for exactly that entry, else by a person.
final class Reconciler: @unchecked Sendable {
    // `@unchecked Sendable`: made, run and stopped on its own event loop.

    /// Milliseconds for which a settled write stays listed.
    static let listLife: Int64 = 30 * 24 * 3_600_000
    private static let sweepStep = 1_000
    /// Milliseconds after which a write that nothing settles is a person's.
    static let patience: Int64 = 24 * 3_600_000
    /// Writes of one connection that are dealt with in one round, and the nanoseconds after which a round begins no more.
    static let share = 100
    static let patienceWithARound: Int64 = 30_000_000_000
    /// The configuration as it is now: a reload changes it.
    private let current: () -> LoopGeneration
    let writes: Writes
    var entries: EntryAPI { current().entries }
    let log: Logger
    /// Milliseconds that a request may take to arrive at the vendor after all.
    let settle: Int64
    /// What one round tells the next.
    struct Memory {
        /// Writes that a first read did not find.
        var absent: Set<Int64> = []
        /// Writes whose answer could not be mapped again in this run.
        var unmapped: Set<Int64> = []
        /// The configuration that `unmapped` is about.
        var generation = 0
        /// When an entry that could not be read after its change was last tried, in milliseconds since 1970.
        var readAgain: [Int64: Int64] = [:]
        /// When writes that no round looks for were last tended, in milliseconds since 1970.
        var straysSeen: Int64 = 0
    }

    var memory: Memory
    /// Why the journal could not be used in the last round.
    private(set) var failure: JournalFailure?
    private var ids = RequestIDs()

    init(
        current: @escaping () -> LoopGeneration,
        writes: Writes,
        settleMilliseconds: Int,
        memory: Memory = Memory(),
        log: Logger
    ) {
        self.memory = memory
        self.current = current
        self.writes = writes
        settle = Int64(settleMilliseconds)
        self.log = log
    }

    /// The connection of this name, as the configuration has it now.
    func target(_ connection: String) -> UnifiedAPI.Target? { current().targets[connection] }

    /// Whether a later round may settle a write of the journal.
    func maySettle(_ record: WriteRecord) -> Bool {
        guard case .ready? = target(record.scope.connection)?.configured.state else { return false }
        switch record.state {
        case .unknown, .sending, .reconciling: return true
        case .answered: return !memory.unmapped.contains(record.id)
        case .claimed, .needsOperator, .done, .notRecorded, .expired: return false
        }
    }

    /// One round: each connection by itself, so that a slow vendor holds up its own writes only.
    func round() async {
        let now = writes.now()
        let number = current().number
        let isNewConfiguration = number != memory.generation
        if isNewConfiguration { memory.unmapped = [] }
        memory.generation = number
        failure = nil
        do throws(JournalFailure) {
            try await sweep(now)
            try await adopt(now)
            try await tendStrays(now, isNewConfiguration: isNewConfiguration)
            var open: [[WriteRecord]] = []
            for name in current().targets.keys.sorted() {
                var records = try await writes.journal.list(
                    JournalQuery(
                        states: [.unknown],
                        connection: name,
                        changedBefore: now - settle + 1,
                        limit: Reconciler.share
                    )
                )
                records += try await writes.journal.list(
                    JournalQuery(states: [.answered], connection: name, limit: Reconciler.share)
                )
                open.append(records.filter { !memory.unmapped.contains($0.id) })
            }
            let timer = entries.pipeline.timer
            let end = timer.now() + Reconciler.patienceWithARound
            await withTaskGroup(of: Void.self) { group in
                for records in open where !records.isEmpty {
                    group.addTask {
                        // A vendor that is down must not keep a round from its end, for the others wait for the next one.
                        for record in records where !Task.isCancelled && timer.now() < end {
                            await self.settle(record)
                        }
                    }
                }
            }
        } catch {
            failure = error
            log.warning("the journal cannot be used", metadata: ["reason": "\(error.message)"])
        }
    }

    /// Takes over writes that nobody is at: their call has ended, but the journal could not be told, as when the disk was
    /// full for a while. What became of them is not known.
    private func adopt(_ now: Int64) async throws(JournalFailure) {
        let left = try await writes.journal.list(
            JournalQuery(states: [.sending, .reconciling], changedBefore: now - settle + 1, limit: 500)
        )
        for record in left where writes.hold(record) {
            defer { writes.letGo(record) }
            let reason = "The gateway could not write down what became of it."
            _ = try await writes.journal.change(record.id, from: record.state, .unknown(reason: reason, at: now))
        }
    }

    /// In short steps, between which writes get their turn.
    private func sweep(_ now: Int64) async throws(JournalFailure) {
        for _ in 0..<50 {
            let swept = try await writes.journal.sweep(
                doneBefore: now - Writes.replayLife,
                expiredBefore: now - Reconciler.listLife,
                limit: Reconciler.sweepStep
            )
            if swept < Reconciler.sweepStep { return }
        }
    }

    // MARK: - One write

    private func settle(_ record: WriteRecord) async {
        guard let target = target(record.scope.connection),
            case .ready(let connection, let plugin) = target.configured.state
        else { return }
        guard writes.hold(record) else { return }
        defer { writes.letGo(record) }
        let call = Call(
            id: ids.next(),
            operation: record.scope.operation,
            entryID: record.intent.entryID,
            connection: connection,
            caller: .gateway(at: connection.name),
            handling: connection.handling,
            now: entries.now(),
            timeoutMilliseconds: entries.vendorTimeoutMilliseconds
        )
        let job = Job(record: record, call: entries.gated(call), vendor: plugin.vendor, target: target)
        do throws(JournalFailure) {
            if record.state == .answered { return try await mapAgain(job) }
            if record.intent.usesClientCredentials { return try await listForOperator(job) }
            if let reason = record.intent.otherAccount(than: connection) {
                return try await apply(.unclear(reason), job, how: "")
            }
            if try await sendAgain(job) { return }
            try await look(job)
        } catch {
            failure = error
            log.warning("the journal cannot be written", metadata: ["reason": "\(error.message)"])
        }
    }

    /// What went out with a client's own credentials can be neither sent again nor read: they are kept nowhere.
    private func listForOperator(_ job: Job) async throws(JournalFailure) {
        let why = job.record.reason.map { "\($0.hasSuffix(".") ? $0 : $0 + ".") " } ?? ""
        let keys =
            job.record.intent.vendorKey == nil
            ? "" : " The same request of that client, with its key and its credentials, settles it too."
        let reason =
            why + "It went out with the client's own credentials, so the gateway cannot look at the vendor.\(keys)"
        try await apply(.unclear(reason), job, how: "")
    }

    struct Job {
        let record: WriteRecord
        let call: Call
        let vendor: Vendor
        let target: UnifiedAPI.Target
    }

    private func look(_ job: Job) async throws(JournalFailure) {
        let now = writes.now()
        guard try await writes.journal.change(job.record.id, from: .unknown, .reconciling(at: now)) else { return }
        let looking = Job(record: job.record.in(.reconciling), call: job.call, vendor: job.vendor, target: job.target)
        let journal = writes.journal
        let settlement = await entries.pipeline.look(
            for: job.record,
            job.call,
            at: job.vendor,
            scripts: job.target.scripts,
            upstream: entries.upstream,
            journal: journal
        )
        try await apply(settlement, looking, how: "found at the vendor")
    }

    /// Brings the journal to what was found out.
    ///
    /// - Parameters:
    ///   - answer: the vendor's answer to the write, where there is one.
    ///   - remark: what else is to be said of how it was found out.
    func apply(
        _ settlement: Pipeline.Settlement,
        _ job: Job,
        answer: StoredAnswer? = nil,
        how: String,
        remark: String? = nil
    ) async throws(JournalFailure) {
        let record = job.record
        let now = writes.now()
        let change: WriteChange
        switch settlement {
        case .recorded(let recorded):
            let id = recorded.entry.id ?? record.intent.entryID
            if record.scope.operation == .create, let id,
                let other = try await writes.journal.saidToHaveMade(id, otherThan: record)
            {
                return try await contest(id, other, job, answer, how)
            }
            change = .done(
                OutcomeReply.recorded(recorded, id: id, record, path: job.target.path),
                vendorEntryID: id,
                reason: remark.map { "\(how). \($0)" } ?? how,
                settledBy: WriteRecord.byItself,
                at: now
            )
        case .deleted:
            change = .done(
                StoredReply(status: 204, contentType: "", body: []),
                vendorEntryID: record.intent.entryID,
                reason: how,
                settledBy: WriteRecord.byItself,
                at: now
            )
        case .refused(let problem):
            change = .done(
                StoredReply(problem, requestID: job.call.id),
                vendorEntryID: nil,
                reason: remark.map { "\(problem.detail) \($0)" } ?? problem.detail,
                settledBy: WriteRecord.byItself,
                at: now
            )
        case .absent: change = absence(job, now)
        case .unmapped(let reason):
            change = answer.map { .answered($0, nil, reason: reason, at: now) } ?? .unknown(reason: reason, at: now)
        case .unclear(let reason): change = .needsOperator(reason: reason, at: now)
        case .unreadable(let reason):
            change =
                now - record.createdAt > Reconciler.patience
                ? .needsOperator(reason: "Nothing settled it within a day: \(reason)", at: now)
                : .unknown(reason: reason, at: now)
        }
        _ = try await make(change, job)
    }

    /// The vendor names an entry for a write that a person has said to be another one's: one of the two is wrong, and only a
    /// person can tell what is to be sent again.
    private func contest(
        _ id: String,
        _ other: WriteRecord,
        _ job: Job,
        _ answer: StoredAnswer?,
        _ how: String
    ) async throws(JournalFailure) {
        var job = job
        if job.record.state == .sending, let answer {
            let change = WriteChange.answered(answer, nil, at: writes.now())
            guard try await make(change, job) else { return }
            job = Job(record: job.record.in(.answered), call: job.call, vendor: job.vendor, target: job.target)
        }
        let reason =
            "\(job.vendor.title) has the entry \(id) of it (\(how)), which \(other.settledBy ?? "somebody") has said to be "
            + "that of the write \(other.id): one of the two was not recorded. If the entry is this write's, say so and book "
            + "the other's time again."
        _ = try await make(.needsOperator(reason: reason, vendorEntryID: id, at: writes.now()), job)
    }

    /// - Returns: whether the write was still in the state that is believed.
    func make(_ change: WriteChange, _ job: Job) async throws(JournalFailure) -> Bool {
        let record = job.record
        let state = change.state
        guard try await writes.journal.change(record.id, from: record.state, change) else { return false }
        if case .done(_, let entryID?, _, _, _) = change { writes.claims.noteEntry(entryID) }
        if state != .unknown { memory.absent.remove(record.id) }
        log.info(
            "write settled",
            metadata: [
                "number": "\(record.id)", "connection": "\(record.scope.connection)",
                "state": "\(state?.rawValue ?? "released")",
            ]
        )
        return true
    }

    /// Two reads that do not find it, the later one after every late arrival, show that it is not there, if the vendor's
    /// reads can be relied on.
    private func absence(_ job: Job, _ now: Int64) -> WriteChange {
        if memory.absent.insert(job.record.id).inserted {
            return .unknown(reason: "It was not found at the vendor; it is looked for once more.", at: now)
        }
        let isCreate = job.record.scope.operation == .create
        if !isCreate || job.vendor.manifest.provesAbsence {
            let reason = isCreate ? "Two reads did not find it." : "Two reads show that it was not done."
            return .notRecorded(reason: reason, settledBy: WriteRecord.byItself, at: now)
        }
        return .needsOperator(
            reason:
                "Two reads did not find it, and \(job.vendor.title) does not promise that a list shows every entry.",
            at: now
        )
    }
}

extension WriteRecord {
    func `in`(_ state: WriteState) -> WriteRecord {
        var record = self
        record.state = state
        return record
    }
}
