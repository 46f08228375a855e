internal import Synchronization

/// The keys of the writes that are under way in this process, for all event loops: each has one owner.
public final class WriteClaims: Sendable {
    private let held = Mutex<[WriteScope: [UInt8]]>([:])
    /// What the vendors have named entries for.
    let given: GivenEntries

    /// - Parameter asksForEachEntry: whether the journal is asked for each entry that a vendor names for a create, and not only
    ///   for those that it may know: by a process that makes few.
    public init(asksForEachEntry: Bool = false) { given = GivenEntries(takesAllForKnown: asksForEachEntry) }

    /// Notes the entry of a write that was settled.
    public func noteEntry(_ id: String) { _ = given.note(id) }

    /// Learns the latest entries of a journal that an earlier process has left.
    public func learnEntries(from journal: any Journal) async throws(JournalFailure) {
        for hash in try await journal.latestEntries(limit: GivenEntries.count) { given.note(hash) }
    }

    enum Outcome: Equatable {
        case taken
        /// Somebody is at it, with the same request or with another one.
        case busy(isSameRequest: Bool)
    }

    func take(_ scope: WriteScope, _ fingerprint: [UInt8]) -> Outcome {
        held.withLock { held in
            if let other = held[scope] { return .busy(isSameRequest: other == fingerprint) }
            held[scope] = fingerprint
            return .taken
        }
    }

    func release(_ scope: WriteScope) {
        held.withLock { _ = $0.removeValue(forKey: scope) }
    }

    /// How many are under way.
    public var count: Int { held.withLock { $0.count } }
}
