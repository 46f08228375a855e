/// Whether an entry at the vendor is the one that was sent.
struct EntryMatch {
    /// Seconds by which the vendor's clock may be behind.
    static let clockTolerance: Int64 = 120

    private let wanted: Entry
    /// Seconds since 1970; what was made before is another entry.
    private let createdAfter: Int64?

    init(_ wanted: Entry, createdAfter: Int64? = nil) {
        self.wanted = wanted
        self.createdAfter = createdAfter
    }

    /// What makes an entry one that could be it: whose it is, when, how long, on what. Vendors rewrite texts.
    private static let identifying: [Member] = [.userID, .workDate, .startedAt, .endedAt, .durationSeconds, .subjects]

    /// What an answer must say just as it was sent.
    private static let telling: [Member] =
        identifying + [.note, .title, .billable, .billableSeconds, .activityID, .calendarEventID]

    /// Whether it could be the entry. An entry that this refuses is surely another one.
    func isLike(_ entry: Entry) -> Bool {
        if let createdAfter, let created = entry[.createdAt]?.time, created.epochSeconds < createdAfter { return false }
        return agrees(entry, on: EntryMatch.identifying)
    }

    /// Whether it is the entry in everything that the vendor tells.
    func isExact(_ entry: Entry) -> Bool {
        isLike(entry) && agrees(entry, on: EntryMatch.telling)
            && (entry.has(.workDate) || entry.has(.startedAt)) && (entry.has(.durationSeconds) || entry.has(.endedAt))
    }

    /// A member that only one of them has says nothing: not every answer holds all, and not every request either.
    private func agrees(_ entry: Entry, on members: [Member]) -> Bool {
        members.allSatisfy { member in
            guard let sent = wanted[member], let found = entry[member] else { return true }
            switch (sent, found) {
            case (.time(let sent), .time(let found)): return sent.epochSeconds == found.epochSeconds
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
}
