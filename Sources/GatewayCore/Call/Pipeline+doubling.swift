/// Whether a vendor that says it removes doubles by a key has done so.
///
/// It is looked at where a create was sent again under its key and an attempt before may have been recorded. What is found
/// changes nothing at the vendor and sends nothing: a person is told.
extension Pipeline {
    /// What a look at the vendor says of its word.
    public enum Doubling: Sendable, Equatable {
        /// Nothing speaks against it.
        case none
        /// It cannot be told, for this reason: the vendor's word stands.
        case untold(String)
        /// The vendor holds more than one entry where it says one. The reason names them all, and what a person has to do.
        case found(String)
    }

    /// Identifiers that a reason names.
    private static let namedEntries = 10

    /// Whether there is a way to look for doubles of a write, and to tell them from the entry that is answered.
    public func canTellDoubles(of operation: Operation, at vendor: Vendor) -> Bool {
        operation == .create && vendor.manifest.operations[.create]?.idempotencyHeader != nil && vendor.answers.has(.id)
            && (vendor.manifest.reconcile != nil || vendor.manifest.functions.contains(.reconcile))
    }

    /// Looks for doubles of a create that was answered when it was sent again.
    ///
    /// An entry counts as one if it is exactly what was sent, was not made earlier, and no other write has made it. Where other
    /// writes for such an entry are not settled, as many of them may be theirs.
    ///
    /// - Parameters:
    ///   - id: the entry that the vendor answered with; `nil` where it refused the repetition.
    ///   - journal: tells which entries belong to other writes.
    public func doubling(
        of record: WriteRecord,
        answered id: String?,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream,
        journal: any Journal
    ) async -> Doubling {
        let call = call.byGateway
        let found: [RecordedEntry]
        let match: EntryMatch
        if vendor.manifest.functions.contains(.reconcile), let scripts {
            guard let wanted = record.wantedEntry, let sentAt = Timestamp(epochSeconds: record.createdAt / 1000) else {
                return .untold("The journal does not hold the entry.")
            }
            match = EntryMatch(wanted, createdAt: sentAt.epochSeconds, told: vendor.answers)
            do throws(Problem) {
                switch try await look(for: record, wanted, sentAt: sentAt, call, vendor, scripts, upstream) {
                case .entry(let recorded): found = [recorded]
                case .absent: found = []
                case .unclear(let reason): return .untold(reason)
                }
            } catch {
                return .untold(error.detail)
            }
        } else {
            switch await likely(record, call, vendor, scripts, upstream) {
            case .listed(let listed, let rule): (found, match) = (listed, rule)
            case .unlisted(.unclear(let reason)), .unlisted(.unreadable(let reason)): return .untold(reason)
            case .unlisted: return .none
            }
        }
        do throws(JournalFailure) {
            return try await judge(found, match, id, record, vendor, WriteNeighbours(record: record, journal: journal))
        } catch {
            return .untold(error.problem.detail)
        }
    }

    private func judge(
        _ found: [RecordedEntry],
        _ match: EntryMatch,
        _ answered: String?,
        _ record: WriteRecord,
        _ vendor: Vendor,
        _ neighbours: WriteNeighbours
    ) async throws(JournalFailure) -> Doubling {
        let equal = found.map(\.entry).filter { entry in
            guard let id = entry[.id]?.string, match.isEqual(entry) else { return false }
            return answered.map { !isSameID($0, id) } ?? true
        }
        let unsettled = equal.isEmpty ? 0 : try await neighbours.unsettled(for: equal)
        var others: [Entry] = []
        for entry in equal {
            guard let id = entry[.id]?.string, try await !neighbours.own(id) else { continue }
            others.append(entry)
        }
        // What does not say when it was made may have been there for long.
        let doubles = others.filter { $0.has(.createdAt) && !match.isEarlier($0, by: EntryMatch.clockDoubt) }
        if doubles.count > unsettled {
            let ids = doubles.compactMap { $0[.id]?.string }
            return .found(Pipeline.doubled(ids, answered: answered, unsettled: unsettled, record, vendor))
        }
        if let double = doubles.first?[.id]?.string {
            return .untold(
                "Whose the entry \(double) is cannot be told: another write for the same one is not settled."
            )
        }
        if let other = others.first, let id = other[.id]?.string {
            return .untold(
                "\(vendor.title) has another entry like it, \(id), "
                    + (other.has(.createdAt)
                        ? "made before it was sent if the clocks are right." : "and does not say when that was made.")
            )
        }
        if let answered, !found.contains(where: { $0.entry[.id]?.string.map { isSameID($0, answered) } ?? false }) {
            return .untold("A look at \(vendor.title) does not show the entry \(answered) that it answered with.")
        }
        return .none
    }

    private static func doubled(
        _ doubles: [String],
        answered: String?,
        unsettled: Int,
        _ record: WriteRecord,
        _ vendor: Vendor
    ) -> String {
        var ids = doubles.prefix(namedEntries).joined(separator: ", ")
        if doubles.count > namedEntries { ids += " and \(doubles.count - namedEntries) more" }
        // Whoever deletes must not delete what belongs to another write.
        let first =
            unsettled == 0
            ? "" : "Settle the other writes for the same entry first, \(unsettled) of these may be theirs. "
        let resolve = "then: timegate journal resolve \(record.id) --recorded"
        guard let answered else {
            let rest = doubles.count == 1 ? "Keep it" : "Keep one and delete the rest"
            return
                "\(vendor.title) has recorded it, \(ids), but refused it when it was sent again with the same key, against "
                + "its word. \(first)\(rest) at \(vendor.title), \(resolve) \(doubles[0])"
        }
        return
            "\(vendor.title) was sent it again with the same key and has recorded it more than once, against its word: "
            + "it answered with the entry \(answered), and has \(ids) too. \(first)Delete \(ids) at \(vendor.title), "
            + "\(resolve) \(answered)"
    }

    // MARK: - Within a call

    /// Looks for doubles of a create that was sent again within its call, before the caller is told that it is recorded. The
    /// vendor's answer is durable by then, and stays so whatever comes of the look, which has what is left of the call's time.
    ///
    /// - Parameter id: the entry that the vendor answered with.
    /// - Returns: what the caller is told in place of the entry, where there are some.
    public func doubled(
        _ write: JournaledWrite,
        answered id: String?,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async -> Problem? {
        guard canTellDoubles(of: call.operation, at: vendor) else { return nil }
        let record: WriteRecord
        do throws(JournalFailure) {
            guard let answered = try await write.answered() else { return nil }
            record = answered
        } catch {
            write.remark("Sent again with the same key. \(error.problem.detail)")
            return nil
        }
        let doubling = await doubling(
            of: record,
            answered: id,
            call,
            at: vendor,
            scripts: scripts,
            upstream: upstream,
            journal: write.journal
        )
        switch doubling {
        case .none: return nil
        case .untold(let reason):
            write.remark("Sent again with the same key. \(reason)")
            return nil
        case .found(let reason):
            write.listForOperator(reason, entryID: id)
            return Problem(.outcomeUnknown, reason, origin: .vendor, sent: .maybe)
        }
    }
}

extension Pipeline {
    /// Looks whether the vendor has answered a create with the entry of another one: because it takes the two for the same, or
    /// because this was not the answer to this request. The vendor's answer is durable by then.
    ///
    /// - Returns: what the caller is told in place of the entry, where it is so.
    public func ownedByAnother(_ write: JournaledWrite, answered id: String, at vendor: Vendor) async -> Problem? {
        let owner: WriteRecord
        do throws(JournalFailure) {
            guard let record = try await write.answered() else { return nil }
            let query = JournalQuery(connection: record.scope.connection, vendorEntryID: id, limit: 1_000)
            let others = try await write.journal.list(query).filter { $0.id != record.id && $0.state.namesEntry }
            // One that was deleted since is made anew by a vendor that gives its identifiers again.
            guard let last = others.last(where: { [.create, .delete].contains($0.scope.operation) }),
                last.scope.operation == .create
            else { return nil }
            owner = last
        } catch {
            write.remark("Whether its entry is another write's could not be looked up. \(error.problem.detail)")
            return nil
        }
        let reason =
            "\(vendor.title) answered with the entry \(id), which is that of the write \(owner.id): whether it has recorded this "
            + "one too is not known. Look at \(vendor.title): if it has another entry like it, that is this write's."
        write.listForOperator(reason, entryID: nil)
        return Problem(.outcomeUnknown, reason, origin: .vendor, sent: .maybe)
    }
}

extension WriteState {
    /// Whether a write in this state has the entry that it names.
    fileprivate var namesEntry: Bool { self == .done || self == .answered || self == .expired }
}

extension Call {
    /// The same as a call of the gateway's own, within the same time.
    fileprivate var byGateway: Call {
        var call = Call(
            id: id,
            operation: operation,
            connection: connection,
            caller: .gateway(at: connection.name),
            handling: .strict,
            now: now,
            timeoutMilliseconds: timeoutMilliseconds,
            gate: gate,
            trace: trace
        )
        call.deadline = deadline
        return call
    }
}
