import GatewayCore

/// The journal's rows as a value, with the meaning that the journal on disk gives each order.
struct SimulatedTable {
    /// By their numbers.
    private(set) var rows: [WriteRecord] = []
    private var lastID: Int64 = 0
    /// Leaves rules away, for the tests of the checker.
    var sabotage = Sabotage.none

    /// What became of a row that is not there any more, or not live.
    enum End { case released, expired }

    mutating func begin(_ write: NewWrite) -> JournalBegin {
        if sabotage != .droppedClaims, let record = find(write.scope) { return .exists(record) }
        lastID += 1
        var record = WriteRecord(
            id: lastID,
            scope: write.scope,
            isKeyGenerated: write.isKeyGenerated,
            fingerprint: write.fingerprint,
            state: .sending,
            attempt: 1,
            createdAt: write.createdAt,
            changedAt: write.createdAt,
            intent: write.intent
        )
        record.intent = write.intent
        rows.append(record)
        return .begun(lastID)
    }

    mutating func change(_ id: Int64, from state: WriteState, _ change: WriteChange) -> Bool {
        guard let index = rows.firstIndex(where: { $0.id == id }),
            rows[index].state == state
        else { return false }
        guard let next = change.state else {
            rows.remove(at: index)
            return true
        }
        var row = rows[index]
        row.state = next
        switch change {
        case .sending(let attempt, let at):
            row.attempt = attempt
            row.changedAt = at
        case .answered(let answer, let reply, let reason, let at):
            row.reason = reason ?? row.reason
            row.answer = answer
            row.reply = reply
            row.changedAt = at
        case .done(let reply, let vendorEntryID, let reason, let settledBy, let at):
            row.reply = reply
            row.vendorEntryID = vendorEntryID
            row.reason = reason
            row.settledBy = settledBy
            row.answer = nil
            row.changedAt = at
        case .needsOperator(let reason, let vendorEntryID, let at):
            row.reason = reason
            row.vendorEntryID = vendorEntryID ?? row.vendorEntryID
            row.changedAt = at
        case .unknown(let reason, let at):
            row.reason = reason
            row.changedAt = at
        case .reconciling(let at): row.changedAt = at
        case .notRecorded(let reason, let settledBy, let at):
            row.reason = reason
            row.settledBy = settledBy
            row.changedAt = at
        case .expired(let at): expire(&row, at)
        case .released: break
        }
        rows[index] = row
        return true
    }

    func find(_ scope: WriteScope) -> WriteRecord? {
        if sabotage == .droppedClaims { return nil }
        return rows.first { $0.scope == scope && !$0.state.hasFreeKey }
    }

    func list(_ query: JournalQuery) -> [WriteRecord] {
        Array(
            rows.filter { row in
                query.states.contains(row.state) && row.id > query.after
                    && query.key.map { row.scope.key == $0 || row.scope.key.hasPrefix($0 + "/") } ?? true
                    && query.caller.map { row.scope.caller == $0 } ?? true
                    && query.connection.map { row.scope.connection == $0 } ?? true
                    && query.id.map { row.id == $0 } ?? true
                    && query.vendorEntryID.map { row.vendorEntryID == $0 } ?? true
                    && (!query.isForSeveral || row.intent.entryID == nil && row.scope.operation != .create)
                    && query.changedBefore.map { row.changedAt < $0 } ?? true
            }.prefix(query.limit)
        )
    }

    mutating func sweep(doneBefore: Int64, expiredBefore: Int64, limit: Int) -> Int {
        let forgotten = forgettable(expiredBefore, limit)
        rows.removeAll { forgotten.contains($0.id) }
        let over = due(.done, doneBefore, limit)
        for index in rows.indices where over.contains(rows[index].id) {
            expire(&rows[index], doneBefore + 86_400_000)
        }
        return forgotten.count + over.count
    }

    /// What a start of the gateway does: what was under way is of unknown outcome.
    mutating func recover(_ now: Int64) {
        if sabotage == .recoveryReleases {
            rows.removeAll { $0.state == .sending }
            return
        }
        for index in rows.indices where rows[index].state == .sending || rows[index].state == .reconciling {
            if rows[index].state == .sending {
                rows[index].reason = "the gateway ended while the request was under way"
            }
            rows[index].state = .unknown
            rows[index].changedAt = now
        }
    }

    /// From the beginning to what is younger.
    private func forgettable(_ time: Int64, _ limit: Int) -> [Int64] {
        let oldest = rows.prefix(limit).prefix { $0.state != .done && ($0.state != .expired || $0.changedAt < time) }
        return oldest.filter { $0.state.hasFreeKey && $0.changedAt < time }.map(\.id)
    }

    private func due(_ state: WriteState, _ time: Int64, _ limit: Int) -> [Int64] {
        let early: Int64 = sabotage == .earlySweep ? 86_000_000 : 0
        return rows.filter { $0.state == state && $0.changedAt < time + early }.sorted { $0.changedAt < $1.changedAt }
            .prefix(limit).map(\.id)
    }

    private func expire(_ row: inout WriteRecord, _ at: Int64) {
        row.state = .expired
        row.intent.body = nil
        row.intent.entry = nil
        row.answer = nil
        row.reply = nil
        row.changedAt = at
    }
}
