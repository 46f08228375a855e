internal import JSON

/// What a merge patch (RFC 7396) changes of an entry: what it names and the entry already is, changes nothing, so that
/// reading an entry, editing it and sending it back works.
struct EntryChange {
    /// The members that differ from the entry as it is; without times.
    private(set) var entry = Entry()
    /// The times as they will be, for the normaliser; `nil` if the patch leaves them alone.
    private(set) var times: ParsedEntry?
    private(set) var report: MappingReport

    var isEmpty: Bool { entry.slots.isEmpty && times == nil }

    /// - Throws: `null_not_allowed` for a time that is said to be nothing.
    /// - Parameter holdsInstants: whether the vendor takes a start or an end; where it does not, its own stay with it.
    init(_ patch: ParsedEntry, of current: Entry, holdsInstants: Bool = true) throws(Problem) {
        report = patch.report
        var patch = patch
        try EntryChange.refuseNullTimes(patch)
        for slot in patch.entry.slots where !TimeGroup.members.contains(slot.member) || slot.member == .timeZone {
            if let changed = EntryChange.difference(slot.member, slot.value, current[slot.member]) {
                entry[slot.member] = changed
            }
        }
        EntryChange.dropUnchanged(&patch, current)
        let isTouched =
            !patch.localTimes.isEmpty || patch.durationFromText != nil
            || patch.entry.slots.contains { TimeGroup.members.contains($0.member) && $0.member != .timeZone }
        if isTouched {
            var kept = current
            if !holdsInstants {
                kept.startedAt = nil
                kept.endedAt = nil
                kept[.breakSeconds] = nil
            }
            times = try EntryChange.merged(patch, kept)
        }
    }

    /// The change that leads from one entry to another that is in order.
    ///
    /// - Parameter times: for the normaliser, where they change.
    init(from current: Entry, to wanted: Entry, times: ParsedEntry?) {
        report = MappingReport()
        self.times = times
        for member in Member.allCases where !TimeGroup.members.contains(member) || member == .timeZone {
            let (old, new) = (current[member], wanted[member])
            guard let new else {
                if old != nil { entry[member] = .null }
                continue
            }
            switch (member, old, new) {
            case (.subjects, .subjects(let known)?, .subjects(var asked)):
                for subject in known where !asked.contains(where: { $0.type == subject.type }) {
                    asked.append(Subject(type: subject.type, isNull: true))
                }
                entry[member] = EntryChange.difference(member, .subjects(asked), old)
            case (.externalRefs, let old?, _), (.customFields, let old?, _), (.vendorFields, let old?, _):
                entry[member] = new.json.mergePatch(from: old.json).map { .json($0) }
            default: entry[member] = EntryChange.difference(member, new, old)
            }
        }
    }

    /// The entry as it will be, for the rules that look at the whole of it.
    func applied(to current: Entry, times group: TimeGroup?) -> Entry {
        var whole = current
        for slot in entry.slots {
            if case .subjects(let subjects) = slot.value {
                for subject in subjects {
                    if subject.isNull {
                        whole.subjects.removeAll { $0.type == subject.type }
                    } else {
                        whole.setSubject(subject.type, id: subject.id, name: subject.name)
                    }
                }
            } else if slot.member == .externalRefs || slot.member == .customFields || slot.member == .vendorFields {
                whole[slot.member] = .json((whole[slot.member]?.json ?? .object(JSONObject())).merging(slot.value.json))
            } else {
                whole[slot.member] = slot.value.isNull ? nil : slot.value
            }
        }
        if let group {
            whole.startedAt = group.startedAt
            whole.endedAt = group.endedAt
            whole.durationSeconds = group.durationSeconds
            whole.workDate = group.workDate
        }
        return whole
    }

    // MARK: - Times

    private static func refuseNullTimes(_ patch: ParsedEntry) throws(Problem) {
        let nulls = patch.entry.slots.filter { TimeGroup.members.contains($0.member) && $0.value.isNull }
        if nulls.isEmpty { return }
        throw Problem(
            faults: nulls.map {
                FieldError(
                    .nullNotAllowed,
                    $0.member.path,
                    "\($0.member.path) cannot be nothing: a time is changed, not taken away."
                )
            }
        )
    }

    /// Takes away the times that already are so.
    ///
    /// Beside a time that changes, one that is named holds, also where it already is so: a new start and the same length move
    /// the end. Only an entry that comes back as it was read names all its times without meaning all of them.
    private static func dropUnchanged(_ patch: inout ParsedEntry, _ current: Entry) {
        func isUnchanged(_ member: Member) -> Bool {
            guard let value = patch.entry[member], let known = current[member] else { return false }
            return isSame(value, known)
        }
        let times = [Member.workDate, .startedAt, .endedAt, .durationSeconds]
        let isSentBack = times.allSatisfy { !current.has($0) || patch.entry.has($0) }
        let isUnchangedLength = patch.durationFromText.map { $0 == current.durationSeconds } ?? true
        let isChanged =
            !patch.localTimes.isEmpty || !isUnchangedLength
            || times.contains { patch.entry.has($0) && !isUnchanged($0) }
        let others = [Member.breakSeconds, .timerState]
        for member in isSentBack || !isChanged ? times + others : others where isUnchanged(member) {
            patch.entry[member] = nil
        }
        // No answer has it, so it is always meant.
        if !isChanged {
            patch.durationFromText = nil
            patch.entry[.duration] = nil
        }
    }

    /// Named members win; a start or an end alone recomputes the length, a length alone moves the end.
    private static func merged(_ patch: ParsedEntry, _ current: Entry) throws(Problem) -> ParsedEntry {
        var result = ParsedEntry()
        result.localTimes = patch.localTimes
        result.durationFromText = patch.durationFromText
        let local = patch.localTimes.map(\.member)
        let namesStart = patch.entry.has(.startedAt) || local.contains(.startedAt)
        let namesEnd = patch.entry.has(.endedAt) || local.contains(.endedAt)
        let namesLength = patch.entry.has(.durationSeconds) || patch.durationFromText != nil
        result.entry[.duration] = patch.entry[.duration]
        result.entry[.startedAt] = patch.entry[.startedAt]
        result.entry[.endedAt] = patch.entry[.endedAt]
        result.entry[.durationSeconds] = patch.entry[.durationSeconds]
        // A running timer stays one until it is given an end or a length.
        if current.timerState == "running", !namesEnd, !namesLength {
            result.entry[.timerState] = patch.entry[.timerState] ?? current[.timerState]
        } else {
            result.entry[.timerState] = patch.entry[.timerState]
        }
        let isRunning = result.entry.timerState == "running"
        if !namesStart, !(namesEnd && namesLength) { result.entry.startedAt = current.startedAt }
        if !namesEnd, !namesLength, !isRunning { result.entry.endedAt = current.endedAt }
        if namesStart != namesEnd, !namesLength, current.durationSeconds ?? 0 > 0, let start = result.entry.startedAt,
            let end = result.entry.endedAt, start.isSameInstant(as: end)
        {
            let (moved, kept) = namesStart ? ("started_at", "ended_at") : ("ended_at", "started_at")
            throw Problem(
                faults: [
                    FieldError(
                        .contradictingTimes,
                        moved,
                        "\(moved) would be \(kept), \(start), so that nothing is left of \(current.durationSeconds ?? 0) s.",
                        hint: "Give duration_seconds or \(kept) too."
                    )
                ]
            )
        }
        let hasStart = namesStart || result.entry.startedAt != nil
        let hasEnd = namesEnd || result.entry.endedAt != nil
        if !namesLength, !(hasStart && hasEnd), !isRunning { result.entry.durationSeconds = current.durationSeconds }
        // The day follows a start that moves; otherwise it stays what it is.
        let movesStart = namesStart || (namesEnd && namesLength) || (namesEnd && current.startedAt == nil)
        if let day = patch.entry[.workDate] {
            result.entry[.workDate] = day
        } else if !movesStart {
            result.entry[.workDate] = current[.workDate]
        }
        result.entry[.timeZone] = patch.entry[.timeZone] ?? current[.timeZone]
        result.entry[.breakSeconds] = patch.entry[.breakSeconds] ?? current[.breakSeconds]
        return result
    }

    // MARK: - What differs

    private static func difference(_ member: Member, _ value: Value, _ known: Value?) -> Value? {
        switch (member, value) {
        case (.subjects, .subjects(let asked)):
            var current: [Subject] = []
            if case .subjects(let list)? = known { current = list }
            let changed = asked.filter { subject in
                guard let old = current.first(where: { $0.type == subject.type }) else { return !subject.isNull }
                if subject.isNull { return true }
                if let id = subject.id, !isSameID(id, old.id ?? "") { return true }
                return subject.name.map { $0 != old.name && subject.id == nil } ?? false
            }
            return changed.isEmpty ? nil : .subjects(changed)
        case (.subjects, .null):
            // All of them are taken away; the vendor refuses those that it needs.
            guard case .subjects(let current)? = known, !current.isEmpty else { return nil }
            return .subjects(current.map { Subject(type: $0.type, isNull: true) })
        // What an answer does not show may be there all the same: taking it away is sent.
        case (.externalRefs, _), (.customFields, _):
            return value.json.difference(from: known?.json, keepsNulls: true).map { $0.isNull ? .null : .json($0) }
        case (.vendorFields, _):
            if value.isNull { return known == nil ? nil : value }
            return value.json.difference(from: known?.json).map { .json($0) }
        default:
            guard let known else { return value.isNull ? nil : value }
            return isSame(value, known) ? nil : value
        }
    }

    private static func isSame(_ a: Value, _ b: Value) -> Bool {
        if let a = a.time, let b = b.time { return a.isSameInstant(as: b) }
        if let a = a.string, let b = b.string { return isSameID(a, b) }
        return a == b || a.json.isEquivalent(to: b.json)
    }
}

extension JSONValue {
    /// What of this merge patch is not so already; `nil` if all of it is.
    ///
    /// - Parameter keepsNulls: whether what is not known may be there all the same, so that a null takes something away.
    func difference(from known: JSONValue?, keepsNulls: Bool = false) -> JSONValue? {
        guard case .object(let object) = self else {
            // `nil` alone would be JSON's null here.
            guard let known else { return isNull && !keepsNulls ? Optional.none : self }
            return isEquivalent(to: known) ? Optional.none : self
        }
        var changed = JSONObject()
        for member in object {
            let value = member.value.difference(from: known?[member.key], keepsNulls: keepsNulls)
            if let value { changed.append(member.key, value) }
        }
        return changed.isEmpty ? Optional.none : .object(changed)
    }

    /// RFC 7396, section 2.
    func merging(_ patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var object = self.object ?? JSONObject()
        for member in changes {
            if member.value.isNull {
                object[member.key] = Optional.none
            } else {
                object[member.key] = (object[member.key] ?? .null).merging(member.value)
            }
        }
        return .object(object)
    }
}
