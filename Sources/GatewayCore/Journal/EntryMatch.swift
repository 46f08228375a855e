/// Whether an entry at the vendor is the one that was sent.
struct EntryMatch {
    /// Seconds by which the vendor's clock may be behind ours, and its times cut off. Whoever books the same by hand just
    /// before must not lose it.
    static let clockTolerance: Int64 = 5
    /// The same where nothing follows but a person's look: then the clock of the vendor has more room.
    static let clockDoubt: Int64 = 120
    /// Seconds by which a clock that was set wrong may be off: an entry that seems to have been made so much before may be
    /// the one, but nobody can tell. What is older than that is another one.
    static let clockError: Int64 = 26 * 3600
    /// Seconds by which times and lengths may differ in an entry that could be it: some vendors keep minutes, and do not say so.
    static let coarseness: Int64 = 59

    private let wanted: Entry
    /// When it was sent, in seconds since 1970.
    private let createdAt: Int64?
    /// What the vendor's answers tell of an entry.
    private let answers: BodyPlan?

    init(_ wanted: Entry, createdAt: Int64? = nil, told answers: BodyPlan? = nil) {
        self.wanted = wanted
        self.createdAt = createdAt
        self.answers = answers
    }

    /// What makes an entry one that could be it: whose it is, when, how long, on what. Vendors rewrite texts.
    private static let identifying: [Member] = [.userID, .workDate, .startedAt, .endedAt, .durationSeconds, .subjects]

    /// What an answer must say just as it was sent.
    private static let telling: [Member] =
        identifying + [.note, .title, .billable, .billableSeconds, .activityID, .calendarEventID]

    /// Whether it could be the entry. An entry that this refuses is surely another one.
    func isLike(_ entry: Entry) -> Bool {
        !isBefore(entry, by: EntryMatch.clockError)
            && agrees(entry, on: EntryMatch.identifying, within: EntryMatch.coarseness)
    }

    /// Whether the vendor says that it was made before this one was sent.
    ///
    /// - Parameter seconds: by which the vendor's clock may be behind.
    func isEarlier(_ entry: Entry, by seconds: Int64 = clockTolerance) -> Bool { isBefore(entry, by: seconds) }

    private func isBefore(_ entry: Entry, by seconds: Int64) -> Bool {
        guard let createdAt, let made = entry[.createdAt]?.time else { return false }
        return made.epochSeconds < createdAt - seconds
    }

    /// Whether it is the entry in everything that the vendor tells.
    func isExact(_ entry: Entry) -> Bool { isEqual(entry) && !isEarlier(entry) }

    /// The same, whenever it was made.
    func isEqual(_ entry: Entry) -> Bool {
        let isTimed = entry.has(.durationSeconds) || entry.has(.endedAt) || wanted.timerState == "running"
        return isLike(entry) && agrees(entry, on: EntryMatch.telling) && saysAll(entry)
            && (entry.has(.workDate) || entry.has(.startedAt)) && isTimed
    }

    /// Whether the entry has all that was sent and that the vendor tells of its entries, and no text that was not.
    private func saysAll(_ entry: Entry) -> Bool {
        guard let answers else { return true }
        for member in EntryMatch.telling {
            let value = wanted[member].flatMap { $0.isNull || $0.string == "" ? nil : $0 }
            switch member {
            case .workDate where wanted.has(.startedAt): continue
            case .subjects:
                for subject in wanted.subjects where subject.id != nil {
                    let path = "subjects.\(subject.type)"
                    let isTold = answers.subjectTypes.contains(subject.type) && !entry.isMissing(path)
                    if isTold, entry.subject(subject.type)?.id == nil { return false }
                }
            case .note where value == nil, .title where value == nil:
                if entry[member]?.string?.isEmpty == false { return false }
            default:
                if value != nil, !entry.has(member), answers.has(member), !entry.isMissing(member.path) { return false }
            }
        }
        return true
    }

    /// A member that only one of them has says nothing: not every answer holds all, and not every request either.
    ///
    /// - Parameter seconds: by which times and lengths may differ.
    private func agrees(_ entry: Entry, on members: [Member], within seconds: Int64 = 0) -> Bool {
        members.allSatisfy { member in
            guard let sent = wanted[member], let found = entry[member] else { return true }
            // The day of an instant is another one in another zone, and the vendor need not tell which.
            if member == .workDate, wanted.has(.startedAt), entry.has(.startedAt) { return true }
            return EntryMatch.isSame(sent, found, member, within: seconds)
        }
    }

    /// Whether two values of a member say the same.
    ///
    /// - Parameter seconds: by which times and lengths may differ.
    static func isSame(_ sent: Value, _ found: Value, _ member: Member, within seconds: Int64 = 0) -> Bool {
        switch (sent, found) {
        case (.time(let sent), .time(let found)): return abs(sent.epochSeconds - found.epochSeconds) <= seconds
        case (.integer(let sent), .integer(let found)) where member.type == .seconds:
            let (difference, isOverflow) = sent.subtractingReportingOverflow(found)
            return !isOverflow && difference.magnitude <= seconds
        case (.subjects(let sent), .subjects(let found)):
            return sent.allSatisfy { subject in
                guard let id = subject.id, let other = found.first(where: { $0.type == subject.type })?.id else {
                    return true
                }
                return isSameID(id, other)
            }
        default:
            if let sent = sent.string, let found = found.string {
                return member.type == .identifier ? isSameID(sent, found) : sent == found
            }
            return sent == found
        }
    }
}
