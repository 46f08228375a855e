internal import GatewayCore
internal import Logging

/// Writes that no round looks for: the configuration does not have their connection any more, or it is switched off.
extension Reconciler {
    /// Milliseconds from one look at them to the next, while the configuration stays as it is.
    private static let strayInterval: Int64 = 3_600_000

    /// Says how many there are whenever the configuration has changed, and makes them a person's after a day, like all that
    /// nothing settles.
    func tendStrays(_ now: Int64, isNewConfiguration: Bool) async throws(JournalFailure) {
        guard isNewConfiguration || now - memory.straysSeen >= Reconciler.strayInterval else { return }
        memory.straysSeen = now
        var counts: [String: Int] = [:]
        var last: Int64 = 0
        while true {
            let records = try await writes.journal.list(
                JournalQuery(states: [.unknown], after: last, limit: Reconciler.share)
            )
            for record in records {
                guard let reason = hindrance(of: record.scope.connection) else { continue }
                counts[record.scope.connection, default: 0] += 1
                guard now - record.createdAt > Reconciler.patience, writes.hold(record) else { continue }
                defer { writes.letGo(record) }
                let change = WriteChange.needsOperator(reason: "Nothing settled it within a day: \(reason)", at: now)
                _ = try await writes.journal.change(record.id, from: .unknown, change)
            }
            last = records.last?.id ?? last
            if records.count < Reconciler.share { break }
        }
        guard isNewConfiguration else { return }
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            log.warning(
                "writes whose outcome is not known are not looked for",
                metadata: [
                    "connection": "\(name)", "count": "\(count)", "reason": "\(hindrance(of: name) ?? "")",
                    "next": "timegate journal list --connection \(name)",
                ]
            )
        }
    }

    /// Why nothing is looked for at this connection; `nil` where it is.
    private func hindrance(of connection: String) -> String? {
        switch target(connection)?.configured.state {
        case nil: "The configuration has no connection of this name any more."
        case .disabled(_, let reason): "The connection is disabled: \(reason)"
        case .ready: nil
        }
    }
}
