/// What the journal says of the other writes beside one whose outcome is looked for: an entry that is found may be theirs.
struct WriteNeighbours {
    let record: WriteRecord
    let journal: any Journal

    /// Of this many rows before it, writes that end later than it are looked at too.
    private static let reach: Int64 = 100_000
    /// The same of those for several entries, which are looked through row by row.
    private static let reachOfSeveral: Int64 = 10_000
    private static let limit = 1_000
    /// So many times that many writes that are not settled are looked through.
    private static let pages = 20

    /// Whether another write is known to have made the entry.
    func own(_ id: String) async throws(JournalFailure) -> Bool {
        let query = JournalQuery(
            states: [.done, .expired, .needsOperator],
            vendorEntryID: id,
            after: max(0, record.id - WriteNeighbours.reach),
            limit: WriteNeighbours.limit
        )
        return try await journal.list(query).contains { $0.isAtSameVendor(as: record) }
    }

    /// Whether another write could still learn that it has made the entry: it is under way, its answer is not mapped yet, or
    /// the vendor will tell by its key.
    ///
    /// To be asked before `own`: what is done in between is found there.
    func mayOwn(_ entry: Entry) async throws(JournalFailure) -> Bool {
        try await open.contains { $0.mayLearn && $0.mayHaveMade([entry]) }
    }

    /// Another write of the same entry that will learn without a person what it has made.
    func learningTwin() async throws(JournalFailure) -> WriteRecord? {
        guard record.scope.operation == .create, let wanted = record.wantedEntry else { return nil }
        return try await open.first { other in
            other.mayLearn && other.state != .needsOperator && !other.intent.usesClientCredentials
                && other.mayHaveMade([wanted])
        }
    }

    /// How many other writes that are not settled may have made one of the entries, whether or not they will ever learn it.
    ///
    /// To be asked before `own`, as `mayOwn`.
    func unsettled(for entries: [Entry]) async throws(JournalFailure) -> Int {
        try await open.count { $0.mayHaveMade(entries) }
    }

    /// Whether another write may have changed the entry since this one: then how it is now does not say how this one ended.
    func haveChanged(_ id: String) async throws(JournalFailure) -> Bool {
        if try await open.contains(where: { $0.isAbout(id) }) { return true }
        if try await haveChangedSeveral(id) { return true }
        let query = JournalQuery(
            states: [.done, .expired],
            vendorEntryID: id,
            after: max(0, record.id - WriteNeighbours.reach),
            limit: WriteNeighbours.limit
        )
        return try await journal.list(query).contains(where: endedLater)
    }

    /// The same of requests for several entries, in whose rows no entry is named.
    private func haveChangedSeveral(_ id: String) async throws(JournalFailure) -> Bool {
        var last = max(0, record.id - WriteNeighbours.reachOfSeveral)
        while true {
            var query = JournalQuery(states: [.done, .expired], after: last, limit: WriteNeighbours.limit)
            query.isForSeveral = true
            let page = try await journal.list(query)
            if page.contains(where: { endedLater($0) && $0.isAbout(id) }) { return true }
            guard page.count == WriteNeighbours.limit, let end = page.last else { return false }
            last = end.id
        }
    }

    /// By the order of the rows too: a wall clock can be set back.
    private func endedLater(_ other: WriteRecord) -> Bool {
        other.isAtSameVendor(as: record)
            && (other.id > record.id || other.id != record.id && other.changedAt >= record.createdAt)
    }

    private var open: [WriteRecord] {
        get async throws(JournalFailure) {
            var found: [WriteRecord] = []
            var last: Int64 = 0
            for _ in 0..<WriteNeighbours.pages {
                let query = JournalQuery(
                    states: [.sending, .answered, .unknown, .reconciling, .needsOperator],
                    after: last,
                    limit: WriteNeighbours.limit
                )
                let page = try await journal.list(query)
                found += page.filter { $0.id != record.id && $0.isAtSameVendor(as: record) }
                guard page.count == WriteNeighbours.limit, let end = page.last else { break }
                last = end.id
            }
            return found
        }
    }
}

extension Journal {
    /// Another write of the same entry as this one's that is not settled, and will learn by itself which entry it has made.
    public func learningTwin(of record: WriteRecord) async throws(JournalFailure) -> WriteRecord? {
        try await WriteNeighbours(record: record, journal: self).learningTwin()
    }

    /// The write of a new entry that a person has said to have made this one; `nil` where nobody has said so of another.
    public func saidToHaveMade(
        _ id: String,
        otherThan record: WriteRecord
    ) async throws(JournalFailure) -> WriteRecord? {
        let found = try await list(JournalQuery(states: [.done], vendorEntryID: id, limit: 1_000))
        return found.first { other in
            other.id != record.id && other.scope.operation == .create && other.isAtSameVendor(as: record)
                && other.isSaidByPerson
        }
    }
}

extension WriteRecord {
    /// Whether it could still learn which entry it has made: it is under way, its answer is not mapped yet, or the vendor will
    /// tell by its key.
    fileprivate var mayLearn: Bool { state == .sending || state == .answered || intent.vendorKey != nil }

    /// Whether it was settled by a person's word.
    public var isSaidByPerson: Bool { settledBy.map { $0 != WriteRecord.byItself } ?? false }

    /// How a write is settled that no person has settled.
    public static let byItself = "reconciled"

    /// Whether both went to the same place: several connections may share an account.
    public func isAtSameVendor(as other: WriteRecord) -> Bool {
        scope.connection == other.scope.connection
            || !intent.url.isEmpty && intent.origin == other.intent.origin
    }

    /// Whether it may have changed this entry. What is known of none may have changed any.
    fileprivate func isAbout(_ id: String) -> Bool {
        if let own = intent.entryID { return isSameID(own, id) }
        guard scope.operation != .create else { return false }
        return intent.sentIDs?.contains { isSameID($0, id) } ?? true
    }

    /// Whether it is a create for something that one of the entries could be.
    fileprivate func mayHaveMade(_ entries: [Entry]) -> Bool {
        guard scope.operation == .create, let wantedEntry else { return false }
        let match = EntryMatch(wantedEntry)
        return entries.contains { match.isLike($0) }
    }
}
