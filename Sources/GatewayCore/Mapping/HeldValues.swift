/// What a vendor holds of an entry in place of what the entry says, once it has recorded it: what was rounded or joined with another
/// text. What was left out says nothing.
///
/// An entry whose answer was lost is looked for by it.
struct HeldValues {
    private var changes: [(member: Member, value: Value?)] = []

    mutating func note(_ member: Member, _ value: Value?) { changes.append((member, value)) }

    /// The entry as the vendor holds it.
    ///
    /// - Parameter sent: the members that stand in the request.
    func applied(to entry: Entry, sent: MemberSet) -> Entry {
        if changes.isEmpty { return entry }
        var held = entry
        for (member, value) in changes { held[member] = value }
        // The end that belongs to a length that was rounded is the vendor's to say.
        if changes.contains(where: { $0.member == .durationSeconds }), !sent.contains(.endedAt) { held[.endedAt] = nil }
        return held
    }
}
