public import GatewayCore
internal import JSON
internal import Logging

/// Settling where no gateway runs.
extension DirectGateway {
    /// Finds out what became of writes whose outcome is not known, as a gateway that runs does by itself: round after round
    /// until each is settled or a person's, or the time is over. What is over its time leaves the journal.
    ///
    /// - Parameters:
    ///   - milliseconds: after which no round begins.
    ///   - told: of how many are still looked for after a round.
    /// - Returns: `{"data": [outcome, …]}`, as operators see it: the writes that were not settled before, the oldest first.
    /// - Throws: `journal_unavailable`
    public func settle(
        within milliseconds: Int,
        told: @escaping @Sendable (_ left: Int) -> Void
    ) async throws(Problem) -> [UInt8] {
        guard let writes = try writes(hasKey: true) else {
            throw Problem(.journalUnavailable, "The configuration switches the journal off.", origin: .gateway)
        }
        let generation = LoopGeneration(
            number: 1,
            targets: LoopGeneration.targets(setup, gates, write: log),
            keys: KeyRing([]),
            entries: entries(with: writes)
        )
        let reconciler = Reconciler(
            current: { generation },
            writes: writes,
            settleMilliseconds: setup.settleMilliseconds,
            log: Logger(label: "journal") { _ in SwiftLogNoOpLogHandler() }
        )
        let run = SettlingRun(reconciler: reconciler, pause: setup.reconcileMilliseconds)
        do throws(JournalFailure) {
            return try await run.settle(within: milliseconds, on: executor, told: told)
        } catch {
            throw error.problem
        }
    }
}

/// `@unchecked Sendable`: runs on one thread, as its reconciler does.
private final class SettlingRun: @unchecked Sendable {
    private let reconciler: Reconciler
    private var journal: any Journal { reconciler.writes.journal }
    /// Milliseconds between two rounds.
    private let pause: Int

    init(reconciler: Reconciler, pause: Int) {
        self.reconciler = reconciler
        self.pause = pause
    }

    func settle(
        within milliseconds: Int,
        on executor: LoopExecutor,
        told: @escaping @Sendable (_ left: Int) -> Void
    ) async throws(JournalFailure) -> [UInt8] {
        let result = await withTaskExecutorPreference(executor) { () async -> Result<[UInt8], JournalFailure> in
            do throws(JournalFailure) {
                return .success(try await self.rounds(within: milliseconds, told))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func rounds(
        within milliseconds: Int,
        _ told: (_ left: Int) -> Void
    ) async throws(JournalFailure) -> [UInt8] {
        let before = try await open()
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        while true {
            await reconciler.round()
            let left = try await open().count { reconciler.maySettle($0) }
            if left == 0 || ContinuousClock.now + .milliseconds(pause) >= end { break }
            told(left)
            do { try await Task.sleep(for: .milliseconds(pause)) } catch { break }
        }
        return try await outcomes(of: before)
    }

    private func open() async throws(JournalFailure) -> [WriteRecord] {
        var found: [WriteRecord] = []
        let states: Set<WriteState> = [.sending, .answered, .unknown, .reconciling, .needsOperator]
        while true {
            let page = try await journal.list(JournalQuery(states: states, after: found.last?.id ?? 0, limit: 200))
            found += page
            if page.count < 200 { return found }
        }
    }

    private func outcomes(of before: [WriteRecord]) async throws(JournalFailure) -> [UInt8] {
        var data: [JSONValue] = []
        for record in before {
            let found = try await journal.list(JournalQuery(id: record.id, limit: 1)).first
            data.append(OutcomeBody.json(found ?? record, forOperator: true))
        }
        return Array(JSONValue.object(["data": .array(data)]).serialized(.compact).utf8)
    }
}
