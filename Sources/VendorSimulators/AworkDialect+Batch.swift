import JSON

/// Batches: `POST /timeentries/batch/{operation}`.
///
/// From the vendor's other pages: 207 with the ids under `ok`, `notFound`, `unauthorized` and `badRequest`, each
/// `{"ids":[…]}`; the body has `timeEntryIds` and, for the operation that needs it, `newTypeOfWorkId`, `isBillable`,
/// `isBilled`, `newProjectId`, `newTaskId` or `newUserId`; `requireAllTimeEntries` makes it all or nothing; 400 where
/// the form is wrong or names what does not exist; `invalid-batch-operation`; making a billed entry unbillable also
/// makes it unbilled; setting the project takes the task away, setting the task sets the project.
///
/// Inferred: all or nothing leaves `ok` empty, with the same status; an id that comes twice counts once; a value that
/// belongs to another operation is refused. Nothing here ends in `badRequest`.
extension AworkDialect {
    mutating func batch(_ operation: String, _ call: Call) throws(Refused) -> SimulatorAnswer {
        guard AworkBatchChange.operations.contains(operation) else {
            return refusal(
                400,
                "invalid-batch-operation",
                "The request for a batch operations is invalid.",
                details: [operation]
            )
        }
        let root = try body(of: call)
        var fields = AworkFields(root)
        let ids = fields.uuids("timeEntryIds")
        let requiresAll = fields.flag("requireAllTimeEntries") ?? false
        let change = AworkBatchChange(operation, &fields)
        fields.refuseOthers()
        if let id = change?.reference, configuration.missingReferences.contains(id) {
            fields.fail(operation, "names \(id), which could not be located.")
        }
        guard fields.errors.isEmpty, let ids, let change else { return validationRefusal(fields.errors) }
        return apply(operation, change, to: ids, requiresAll: requiresAll, call)
    }

    private mutating func apply(
        _ operation: String,
        _ change: AworkBatchChange,
        to ids: [String],
        requiresAll: Bool,
        _ call: Call
    ) -> SimulatorAnswer {
        var seen: Set<String> = []
        var done: [String] = []
        var notFound: [String] = []
        var unauthorized: [String] = []
        for id in ids where seen.insert(id).inserted {
            if let entry = entries[id] {
                let mayChange =
                    mayWrite(for: entry.userID, call) && mayWrite(for: change.newUser ?? entry.userID, call)
                if mayChange { done.append(id) } else { unauthorized.append(id) }
            } else {
                notFound.append(id)
            }
        }
        if requiresAll, done.count < seen.count { done = [] }
        for id in done {
            if case .delete = change {
                _ = entries.remove(id)
            } else {
                entries.update(id) { entry in
                    change.apply(to: &entry)
                    entry.touch(call.now)
                }
            }
        }
        let stored = done.isEmpty ? nil : LedgerEntry.Stored(operation: operation, id: done.joined(separator: ","))
        return .json(207, stored: stored) { writer in
            writer.beginObject()
            for (name, ids) in [
                ("ok", done), ("notFound", notFound), ("unauthorized", unauthorized), ("badRequest", []),
            ] {
                writer.name(name)
                writer.beginObject()
                writer.name("ids")
                writer.beginArray()
                for id in ids { writer.string(id) }
                writer.endArray()
                writer.endObject()
            }
            writer.endObject()
        }
    }
}
