/// A set of members, as bits: asked for at each field of each call.
struct MemberSet: Sendable, Equatable, ExpressibleByArrayLiteral {
    private var bits: UInt64 = 0

    init(arrayLiteral members: Member...) {
        for member in members { insert(member) }
    }

    init(_ members: some Sequence<Member>) {
        for member in members { insert(member) }
    }

    /// - Precondition: there are at most 64 members, which the tests check.
    private static func bit(_ member: Member) -> UInt64 { 1 << UInt64(member.rawValue) }

    func contains(_ member: Member) -> Bool { bits & MemberSet.bit(member) != 0 }

    mutating func insert(_ member: Member) { bits |= MemberSet.bit(member) }

    mutating func remove(_ member: Member) { bits &= ~MemberSet.bit(member) }

    /// How many members of the set stand before this one in the order of `Member`.
    func count(before member: Member) -> Int { (bits & (MemberSet.bit(member) - 1)).nonzeroBitCount }

    func isSubset(of other: MemberSet) -> Bool { bits & ~other.bits == 0 }

    mutating func formUnion(_ other: MemberSet) { bits |= other.bits }
}
