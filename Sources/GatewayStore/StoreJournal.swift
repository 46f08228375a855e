internal import GatewayCore

/// Something to do for the store's thread, and who waits for it. A class, so that it is handed on without a copy of all that is
/// in it.
final class StoreOrder: @unchecked Sendable {
    // An UnsafeContinuation is a plain reference that is resumed exactly once: by the lane that the order goes through.
    enum Work: Sendable {
        case find(WriteScope)
        case list(JournalQuery)
        case latestEntries(Int)
        case begin(NewWrite)
        case change(Int64, WriteState, WriteChange)
        case sweep(doneBefore: Int64, expiredBefore: Int64, limit: Int)

        var isWrite: Bool {
            switch self {
            case .find, .list, .latestEntries: false
            case .begin, .change, .sweep: true
            }
        }
    }

    let work: Work
    let lane: StoreLane
    private var continuation: UnsafeContinuation<StoreResult, Never>?

    init(_ work: consuming Work, _ lane: StoreLane) {
        self.work = work
        self.lane = lane
    }

    /// Only then may it be put into the mailbox.
    func wait(_ continuation: UnsafeContinuation<StoreResult, Never>) { self.continuation = continuation }

    func resume(_ result: StoreResult) { continuation?.resume(returning: result) }
}

enum StoreResult: Sendable {
    indirect case found(WriteRecord?)
    case list([WriteRecord])
    case entries([UInt64])
    case begun(JournalBegin)
    case changed(Bool)
    case swept(Int)
    case failed(JournalFailure)
    /// Takes the whole transaction with it.
    case broken(StoreError)
}

/// Where results go: one hand-over for each commit. It is used on the store's thread only.
final class StoreLane: @unchecked Sendable {
    private let hop: LoopHop?
    /// With the orders, so that what is in them is given back where it was made.
    private var results: [(StoreOrder, StoreResult)] = []

    init(_ hop: LoopHop?) { self.hop = hop }

    var isEmpty: Bool { results.isEmpty }

    func add(_ order: StoreOrder, _ result: StoreResult) {
        results.append((order, result))
    }

    func deliver() {
        struct Batch: @unchecked Sendable {
            let results: [(StoreOrder, StoreResult)]
        }
        let batch = Batch(results: results)
        results = []
        let resume: @Sendable () -> Void = {
            for (order, result) in batch.results { order.resume(result) }
        }
        guard let hop else { return resume() }
        hop(resume)
    }
}

/// The store behind the core's port.
final class StoreJournal: Journal {
    private let lane: StoreLane
    private let gathered: Gathered<StoreOrder>

    init(mailbox: Mailbox<StoreOrder>, hop: LoopHop?, health: @escaping @Sendable () -> JournalFailure?) {
        lane = StoreLane(hop)
        gathered = Gathered(hop) { orders in
            // What only reads is answered before the next commit.
            if mailbox.put(orders, isUrgent: orders.contains { !$0.work.isWrite }) { return }
            let failure = health() ?? JournalFailure("it is closed", isPassing: false)
            for order in orders { order.resume(.failed(failure)) }
        }
    }

    private func order(_ work: consuming StoreOrder.Work) -> StoreOrder { StoreOrder(work, lane) }

    // Made on the stack: a write that waits holds a reference to its order, and no copy of what is in it.

    @inline(never)
    private func beginning(_ write: consuming NewWrite) -> StoreOrder { order(.begin(write)) }

    @inline(never)
    private func changing(_ id: Int64, _ state: WriteState, _ change: consuming WriteChange) -> StoreOrder {
        order(.change(id, state, change))
    }

    private func result(of order: StoreOrder) async -> StoreResult {
        await withUnsafeContinuation { continuation in
            order.wait(continuation)
            gathered.add(order)
        }
    }

    private func unexpected(_ result: StoreResult) -> JournalFailure {
        switch result {
        case .failed(let failure): failure
        case .broken(let error): error.failure
        case .found, .list, .entries, .begun, .changed, .swept:
            JournalFailure("it answered something else", isPassing: false)
        }
    }

    func find(_ scope: WriteScope) async throws(JournalFailure) -> WriteRecord? {
        let result = await result(of: order(.find(scope)))
        guard case .found(let record) = result else { throw unexpected(result) }
        return record
    }

    func begin(_ write: consuming NewWrite) async throws(JournalFailure) -> JournalBegin {
        let result = await result(of: beginning(write))
        guard case .begun(let begin) = result else { throw unexpected(result) }
        return begin
    }

    func change(
        _ id: Int64,
        from state: WriteState,
        _ change: consuming WriteChange
    ) async throws(JournalFailure) -> Bool {
        let result = await result(of: changing(id, state, change))
        guard case .changed(let isChanged) = result else { throw unexpected(result) }
        return isChanged
    }

    func list(_ query: JournalQuery) async throws(JournalFailure) -> [WriteRecord] {
        let result = await result(of: order(.list(query)))
        guard case .list(let records) = result else { throw unexpected(result) }
        return records
    }

    func latestEntries(limit: Int) async throws(JournalFailure) -> [UInt64] {
        let result = await result(of: order(.latestEntries(limit)))
        guard case .entries(let entries) = result else { throw unexpected(result) }
        return entries
    }

    func sweep(doneBefore: Int64, expiredBefore: Int64, limit: Int) async throws(JournalFailure) -> Int {
        let result = await result(of: order(.sweep(doneBefore: doneBefore, expiredBefore: expiredBefore, limit: limit)))
        guard case .swept(let count) = result else { throw unexpected(result) }
        return count
    }
}
