internal import JSON

/// Whether a change, or an action, shows in an entry as the vendor has it.
struct ChangeMatch {
    enum Finding: Equatable {
        case shown
        /// Something is otherwise than was wanted.
        case different
        /// The vendor's answers do not tell of this member.
        case untold(String)
    }

    /// What was changed, and nothing else: null for what was taken away.
    let wanted: Entry
    let answers: BodyPlan

    /// What every row says, whatever was changed.
    private static let known: [Member] = [.id, .connection, .vendor]

    /// Whether there is anything to look for.
    static func saysSomething(_ wanted: Entry) -> Bool {
        wanted.slots.contains { !known.contains($0.member) }
    }

    func find(in entry: Entry) -> Finding {
        // The instants say the day too, and the vendor may tell that of another zone.
        let isDayTold = wanted.has(.startedAt) && entry.has(.startedAt)
        let slots = wanted.slots.filter { slot in
            !ChangeMatch.known.contains(slot.member) && !(slot.member == .workDate && isDayTold)
        }
        return ChangeMatch.all(slots) { find($0.member, $0.value, in: entry) }
    }

    /// What several findings come to: one that differs decides, then one that is not told.
    private static func all<Part>(_ parts: some Sequence<Part>, _ find: (Part) -> Finding) -> Finding {
        var whole = Finding.shown
        for part in parts {
            let finding = find(part)
            if finding == .different { return .different }
            if whole == .shown { whole = finding }
        }
        return whole
    }

    private func find(_ member: Member, _ value: Value, in entry: Entry) -> Finding {
        let found = entry[member].flatMap { $0.isNull ? nil : $0 }
        switch (member, value) {
        case (.subjects, .subjects(let subjects)):
            return ChangeMatch.all(subjects) { find($0, in: entry) }
        case (.externalRefs, _), (.customFields, _), (.vendorFields, _):
            if value.isNull { return found == nil ? absence(of: member, in: entry) : .different }
            return ChangeMatch.find(value.json, in: found?.json, member.path)
        default:
            if value.isNull || value.string == "" {
                guard let found, found.string != "" else { return absence(of: member, in: entry) }
                return .different
            }
            guard let found else { return absence(of: member, in: entry) == .shown ? .different : .untold(member.path) }
            return EntryMatch.isSame(value, found, member) ? .shown : .different
        }
    }

    /// Values of the vendor's own, of which no table says whether answers hold them.
    private static func find(_ value: JSONValue, in found: JSONValue?, _ path: String) -> Finding {
        if value.isNull { return found.map { $0.isNull ? .shown : .different } ?? .shown }
        guard let found else { return .untold(path) }
        guard case .object(let members) = value else { return value.isEquivalent(to: found) ? .shown : .different }
        return all(members) { find($0.value, in: found[$0.key], "\(path).\($0.key)") }
    }

    private func find(_ subject: Subject, in entry: Entry) -> Finding {
        let path = "subjects.\(subject.type)"
        let isTold = answers.subjectTypes.contains(subject.type) && !entry.isMissing(path)
        let found = entry.subjects.first { $0.type == subject.type && !$0.isNull }
        if subject.isNull {
            if found != nil { return .different }
            return isTold ? .shown : .untold(path)
        }
        guard let id = subject.id else { return .untold(path) }
        guard let found else { return isTold ? .different : .untold(path) }
        return found.id.map { isSameID($0, id) ? .shown : .different } ?? .untold(path)
    }

    /// Whether it is a statement of the vendor's that the entry does not have a member.
    private func absence(of member: Member, in entry: Entry) -> Finding {
        answers.has(member) && !entry.isMissing(member.path) ? .shown : .untold(member.path)
    }
}

extension Entry {
    /// Whether the vendor has left out what it has of a member, or of the object that it stands in.
    func isMissing(_ path: String) -> Bool {
        guard let missing = self[.missing]?.json.array else { return false }
        return missing.contains { line in line.string.map { path == $0 || path.hasPrefix($0 + ".") } ?? false }
    }
}

extension Operation {
    /// Whether an entry is in the state that an action leads to; `nil` where that cannot be told.
    func isReached(in entry: Entry) -> Bool? {
        let approval = entry[.approvalState]?.string
        let timer = entry[.timerState]?.string
        return switch self {
        case .approve: approval.map { $0 == "approved" }
        case .unapprove: approval.map { $0 != "approved" }
        case .reject: approval.map { $0 == "rejected" }
        case .unreject: approval.map { $0 != "rejected" }
        case .start, .resume: timer.map { $0 == "running" }
        // Most vendors say nothing of a timer that does not run; an entry that has an end is none.
        case .stop: timer.map { $0 == "stopped" } ?? (entry.has(.endedAt) ? true : nil)
        case .pause: timer.map { $0 == "paused" }
        default: nil
        }
    }
}
