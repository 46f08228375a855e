internal import Synchronization

/// The entries that vendors have lately named for writes, about: a vendor that names one again for a create has not made
/// another, or this was not the answer to this request. Whether it is so, the journal tells; here nearly all are passed
/// without asking it.
///
/// Of fixed size: an entry that shares its place with a later one is forgotten.
final class GivenEntries: Sendable {
    /// A power of two: the mask below counts on it.
    static let count = 1 << 14

    private let marks = Mutex<[UInt64]>([])
    private let takesAllForKnown: Bool

    /// - Parameter takesAllForKnown: the journal is to be asked for each, by a process that makes few.
    init(takesAllForKnown: Bool) { self.takesAllForKnown = takesAllForKnown }

    /// Notes an entry.
    ///
    /// - Returns: whether it was there already; seldom, whether another one was that looks the same.
    func note(_ id: String) -> Bool { takesAllForKnown || note(EntryHash.of(id)) }

    @discardableResult
    func note(_ hash: UInt64) -> Bool {
        // No mark is 0, which stands for none.
        let mark = hash | 1
        return marks.withLock { marks in
            if marks.isEmpty { marks = Array(repeating: 0, count: GivenEntries.count) }
            let place = Int(truncatingIfNeeded: mark >> 32) & (GivenEntries.count - 1)
            defer { marks[place] = mark }
            return marks[place] == mark
        }
    }
}
