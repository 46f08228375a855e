import JSON

/// Timers: `POST /me/timetracking/…` and `POST /users/{id}/timetracking/…` with `start`, `stop`, `pause` and `resume`,
/// and `GET …/timeentries/last`.
///
/// From the vendor's other pages: a user has one timer at most, starting one stops the running or paused one; the form
/// to start has `timezone` and `typeOfWorkId`, and optional `taskId`, `projectId`, `note`, `isBillable`, `isBilled`;
/// start and stop need an admin, which an API key is, or the user, pause and resume the user; nothing to stop, pause or
/// resume is a 204, pausing a paused and resuming a running one changes nothing; the last entry is the one started last
/// and not in the future, a day counts from its midnight, and the schema answers it in an array.
///
/// Second hand: an entry is paused while its last break is open, and runs while it has no end.
///
/// Inferred: seconds, no fractions; a break still open at the stop ends then; a user without entries has an empty
/// array.
extension AworkDialect {
    mutating func start(for user: String, _ call: Call) throws(Refused) -> SimulatorAnswer {
        let root = try body(of: call)
        var fields = AworkFields(root)
        let form = AworkForm(&fields, .start)
        fields.refuseOthers()
        guard fields.errors.isEmpty, let form else { return validationRefusal(fields.errors) }
        if let refused = refusal(ofReferences: [user] + form.references) { return refused }
        guard mayWrite(for: user, call) else { return unauthorized() }
        for entry in entries.all where entry.userID == user && entry.isRunning { _ = stop(entry, call) }
        let times = AworkTimes(runningSince: call.seconds)
        return answer(store(form, userID: user, times: times, now: call.now), stored: "start")
    }

    mutating func stop(of user: String, _ call: Call) -> SimulatorAnswer {
        guard mayWrite(for: user, call) else { return unauthorized() }
        guard let entry = timer(of: user) else { return .empty(204) }
        return stop(entry, call)
    }

    private mutating func stop(_ entry: AworkEntry, _ call: Call) -> SimulatorAnswer {
        var entry = entry
        entry.stop(at: call.seconds)
        return keep(&entry, "stop", call)
    }

    mutating func pause(of user: String, _ call: Call) -> SimulatorAnswer {
        guard user == configuration.ownUserID, mayWrite(for: user, call) else { return unauthorized() }
        guard var entry = timer(of: user) else { return .empty(204) }
        guard !entry.isPaused else { return answer(entry) }
        entry.pause(at: call.seconds)
        return keep(&entry, "pause", call)
    }

    mutating func resume(of user: String, _ call: Call) -> SimulatorAnswer {
        guard user == configuration.ownUserID, mayWrite(for: user, call) else { return unauthorized() }
        guard var entry = timer(of: user) else { return .empty(204) }
        guard entry.isPaused else { return answer(entry) }
        entry.resume(at: call.seconds)
        return keep(&entry, "resume", call)
    }

    /// Running or paused. Entries can be created running, so there may be several: the one that was created last.
    private func timer(of user: String) -> AworkEntry? {
        entries.all.last { $0.userID == user && $0.isRunning }
    }

    mutating func last(of user: String, _ call: Call) -> SimulatorAnswer {
        if let refused = refusal(ofReferences: [user]) { return refused }
        var last: AworkEntry?
        for entry in entries.all where entry.userID == user && entry.times.startSeconds <= call.seconds {
            if let found = last, found.times.startSeconds > entry.times.startSeconds { continue }
            last = entry
        }
        return .json(200) { writer in
            writer.beginArray()
            last?.write(ownUserID: configuration.ownUserID, to: &writer)
            writer.endArray()
        }
    }
}
