import JSON

/// One entry: `POST /timeentries`, `GET`, `PUT` and `DELETE /timeentries/{id}`, `POST /timeentries/{id}/removebreaks`.
///
/// From the vendor's other pages: a PUT carries the whole entry (the OpenAPI requires `timezone` and `typeOfWorkId`
/// only) and keeps the breaks; of a running entry only the start can be changed; a billed entry is deleted only by
/// admins, which an API key is; DELETE is 204; removing the breaks takes the finished ones.
///
/// Inferred: a PUT without a user leaves the user; ending a running entry by a PUT, or starting a finished one again,
/// is an `illegal-property-transition`; time left over by removed breaks becomes worked time.
extension AworkDialect {
    mutating func create(_ call: Call) throws(Refused) -> SimulatorAnswer {
        let root = try body(of: call)
        var fields = AworkFields(root)
        let form = AworkForm(&fields, .create)
        let times = AworkTimes(&fields, zone: form?.zone ?? .utc)
        if fields.integer("breakDuration") != nil { fields.fail("breakDuration", "cannot be set.") }
        fields.refuseOthers()
        guard fields.errors.isEmpty, let form, let times, let userID = form.userID else {
            return validationRefusal(fields.errors)
        }
        if let refused = refusal(ofReferences: form.references) { return refused }
        guard mayWrite(for: userID, call) else { return unauthorized() }
        return answer(store(form, userID: userID, times: times, now: call.now), stored: "create")
    }

    mutating func store(_ form: AworkForm, userID: String, times: AworkTimes, now: Int64) -> AworkEntry {
        entries.create { number in
            let id = Identifiers.uuid(kind: 0xa304_0001, number: number + 1)
            return (id, AworkEntry(id: id, number: number, form: form, userID: userID, times: times, now: now))
        }
    }

    mutating func get(_ id: String) -> SimulatorAnswer {
        guard let entry = entries[id] else { return notFound(id) }
        return answer(entry)
    }

    mutating func update(_ id: String, _ call: Call) throws(Refused) -> SimulatorAnswer {
        guard var entry = entries[id] else { return notFound(id) }
        let root = try body(of: call)
        var fields = AworkFields(root)
        let form = AworkForm(&fields, .update)
        let times = AworkTimes(&fields, zone: form?.zone ?? .utc, breakSeconds: entry.breakSeconds)
        if fields.integer("breakDuration") != nil { fields.fail("breakDuration", "cannot be set.") }
        fields.refuseOthers()
        guard fields.errors.isEmpty, let form, let times else { return validationRefusal(fields.errors) }
        if let refused = refusal(ofReferences: form.references) { return refused }
        guard mayWrite(for: entry.userID, call), mayWrite(for: form.userID ?? entry.userID, call) else {
            return unauthorized()
        }
        guard times.isRunning == entry.isRunning else {
            return refusal(
                400,
                "illegal-property-transition",
                "The request would cause a value transition which is not allowed.",
                details: [
                    entry.isRunning
                        ? "Only the start of a running time entry can be updated."
                        : "A completed time entry needs two of start, end and duration."
                ]
            )
        }
        entry.timezone = form.timezone
        entry.zone = form.zone
        entry.typeOfWorkID = form.typeOfWorkID
        entry.userID = form.userID ?? entry.userID
        entry.isBillable = form.isBillable ?? false
        entry.isBilled = form.isBilled ?? false
        entry.note = form.note
        entry.times = times
        entry.setSubject(task: form.taskID, project: form.projectID)
        return keep(&entry, "update", call)
    }

    mutating func delete(_ id: String, _ call: Call) -> SimulatorAnswer {
        guard let entry = entries[id] else { return notFound(id) }
        guard mayWrite(for: entry.userID, call) else { return unauthorized() }
        _ = entries.remove(id)
        var answer = SimulatorAnswer.empty(204)
        answer.stored = .init(operation: "delete", id: id)
        return answer
    }

    mutating func removeBreaks(_ id: String, _ call: Call) -> SimulatorAnswer {
        guard var entry = entries[id] else { return notFound(id) }
        guard mayWrite(for: entry.userID, call) else { return unauthorized() }
        entry.removeBreaks()
        return keep(&entry, "removebreaks", call)
    }

    /// Puts a changed entry back and answers it.
    mutating func keep(_ entry: inout AworkEntry, _ operation: String, _ call: Call) -> SimulatorAnswer {
        entry.touch(call.now)
        let changed = entry
        entries.update(changed.id) { $0 = changed }
        return answer(changed, stored: operation)
    }
}
