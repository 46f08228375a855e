import GatewayCore

/// A person who looks at the vendor, and settles writes by what they see.
enum SimulatedPerson {
    /// Looks at some of the writes of new entries that have been open for a while.
    static func look(_ run: Simulation) {
        guard let gateway = run.gateway else { return }
        let rows = run.disk.written.rows
        var claimed = Set(rows.compactMap { row in row.vendorEntryID.map { "\(row.scope.connection) \($0)" } })
        for row in rows where row.scope.operation == .create {
            guard row.state == .needsOperator || row.state == .unknown,
                run.time.wallClock - row.changedAt > 130_000, run.dice.rolls(0.5),
                let content = run.book.content(of: row.id),
                let vendor = run.vendors.first(where: { row.scope.connection == "acme-\($0.kind.rawValue)" })
            else { continue }
            let seen = vendor.entries.filter { entry in
                entry.attempt != nil && entry.content == content && !entry.isTidied
                    && (entry.id == row.vendorEntryID || !claimed.contains("\(row.scope.connection) \(entry.id)"))
            }
            let entry = seen.first { $0.id == row.vendorEntryID } ?? seen.first
            if vendor.kind == .faithless {
                // What is one too many is deleted, where it cannot be another write's.
                let others = rows.filter { $0.id != row.id && $0.scope.connection == row.scope.connection }
                let isAlone = !others.contains { !$0.state.isSettled && run.book.content(of: $0.id) == content }
                guard isAlone else { continue }
                for double in seen where double.id != entry?.id {
                    run.note("a person deletes entry \(double.id)")
                    vendor.tidy(double.id)
                }
            }
            if let entry { claimed.insert("\(row.scope.connection) \(entry.id)") }
            run.note("a person says that row \(row.id) is \(entry.map { "entry \($0.id)" } ?? "not recorded")")
            gateway.resolve(row.id, recordedAs: entry?.id)
        }
    }
}
