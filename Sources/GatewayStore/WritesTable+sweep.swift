internal import GatewayCore

/// What becomes of rows whose time is over.
extension WritesTable {
    private static let day: Int64 = 24 * 3_600_000
    /// At a sweep each five seconds, an hour.
    private static let sweepsToTheBeginning = 720
    /// Of as many rows as the limit: what has expired is passed over quickly, and not in one go.
    private static let stepsOfASweep = 20

    /// Rows are about as old as their numbers say, so that no index on time is needed, which every write would have to
    /// pay for: a sweep goes up from where the last one stopped. A row that was passed while it was not settled is met again
    /// by the next sweep from the beginning.
    ///
    /// - Parameter limit: of what expires, and of what is forgotten.
    /// - Returns: how many rows were changed.
    func sweep(doneBefore: Int64, expiredBefore: Int64, limit: Int) throws(StoreError) -> Int {
        try forget(before: expiredBefore, limit) + expire(before: doneBefore, limit)
    }

    private func forget(before time: Int64, _ limit: Int) throws(StoreError) -> Int {
        var count = 0
        for row in try rows(after: 0, limit) {
            if row.state == .done || row.state == .expired && row.changedAt >= time { break }
            guard row.state.hasFreeKey, row.changedAt < time else { continue }
            try run(forgotten, row.id)
            _ = try change(row.id, from: row.state, .released)
            count += 1
        }
        if count > 0 {
            // Entries stand in answers only.
            let isAny = try firstAnswer.step() && !firstAnswer.isNull(0)
            try entries.forget(below: isAny ? firstAnswer.integer(0) : underWay.marked)
            firstAnswer.end()
        }
        return count
    }

    private func expire(before time: Int64, _ limit: Int) throws(StoreError) -> Int {
        var count = 0
        for _ in 0..<WritesTable.stepsOfASweep {
            let rows = try rows(after: sweptTo, limit)
            for row in rows {
                if row.state == .done, row.changedAt >= time {
                    // The rest is younger. From time to time the beginning is looked at again.
                    sweeps += 1
                    if sweeps % WritesTable.sweepsToTheBeginning == 0 { sweptTo = 0 }
                    return count
                }
                if row.state == .done {
                    if count == limit { return count }
                    // From then on it stays listed.
                    _ = try change(row.id, from: .done, .expired(at: time + WritesTable.day))
                    count += 1
                }
                sweptTo = row.id
            }
            if rows.count < limit {
                sweptTo = 0
                return count
            }
        }
        return count
    }

    private func rows(
        after id: Int64,
        _ limit: Int
    ) throws(StoreError) -> [(id: Int64, state: WriteState, changedAt: Int64)] {
        oldest.begin()
        oldest.bind(id)
        oldest.bind(Int64(limit))
        var rows: [(Int64, WriteState, Int64)] = []
        while try oldest.step() {
            guard let state = StoreSchema.state(oldest.integer(1)) else { continue }
            rows.append((oldest.integer(0), state, oldest.integer(2)))
        }
        oldest.end()
        return rows
    }
}
