public import GatewayCore
internal import JSON
internal import Logging

/// What settling without a gateway that runs has come to, from one round to the next.
public final class Settling: @unchecked Sendable {
    // `@unchecked Sendable`: one round at a time touches it.
    fileprivate var memory = Reconciler.Memory()
    /// The writes that were not settled when it began, the oldest first.
    fileprivate var begun: [WriteRecord]?

    /// How many writes a later round may settle.
    public fileprivate(set) var left = 0
    /// `{"data": [outcome, …]}`, as operators see it: what has become of the writes that were not settled when it began. There
    /// after the last round, and once no round can settle more.
    public fileprivate(set) var body: [UInt8] = []

    public init() {}
}

extension DirectGateway {
    /// One round of what a gateway that runs does by itself: finds out what became of writes whose outcome is not known, and
    /// takes what is over its time out of the journal. Between rounds the journal may be closed and opened again.
    ///
    /// - Throws: `journal_unavailable`
    public func settle(_ settling: Settling, isLast: Bool = false) async throws(Problem) {
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
            memory: settling.memory,
            log: Logger(label: "journal") { _ in SwiftLogNoOpLogHandler() }
        )
        let failure = await withTaskExecutorPreference(executor) { () async -> JournalFailure? in
            do throws(JournalFailure) {
                try await settling.round(reconciler, isLast, setup.connections)
                return reconciler.failure
            } catch {
                return error
            }
        }
        if let failure { throw failure.problem }
    }
}

extension Settling {
    fileprivate func round(
        _ reconciler: Reconciler,
        _ isLast: Bool,
        _ connections: [ConfiguredConnection]
    ) async throws(JournalFailure) {
        let journal = reconciler.writes.journal
        if begun == nil { begun = try await Self.open(journal) }
        await reconciler.round()
        memory = reconciler.memory
        left = try await Self.open(journal).count { reconciler.maySettle($0) }
        guard isLast || left == 0 else { return }
        var data: [JSONValue] = []
        for record in begun ?? [] {
            let found = try await journal.list(JournalQuery(id: record.id, limit: 1)).first
            data.append(OutcomeBody.json(found ?? record, forOperatorOf: connections))
        }
        body = Array(JSONValue.object(["data": .array(data)]).serialized(.compact).utf8)
    }

    private static func open(_ journal: any Journal) async throws(JournalFailure) -> [WriteRecord] {
        var found: [WriteRecord] = []
        let states: Set<WriteState> = [.sending, .answered, .unknown, .reconciling, .needsOperator]
        while true {
            let page = try await journal.list(JournalQuery(states: states, after: found.last?.id ?? 0, limit: 200))
            found += page
            if page.count < 200 { return found }
        }
    }
}
