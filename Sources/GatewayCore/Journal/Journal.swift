/// Where writes are remembered. Everything that returns normally is durable: it survives the end of the process and of
/// the machine's power.
public protocol Journal: Sendable {
    /// The write that has this key.
    func find(_ scope: WriteScope) async throws(JournalFailure) -> WriteRecord?

    /// Enters a write in the state `sending`: the only gate to the network.
    func begin(_ write: consuming NewWrite) async throws(JournalFailure) -> JournalBegin

    /// Changes a write, if it is still in the state that the caller believes.
    ///
    /// - Returns: `false` if it is not; then nothing was changed.
    func change(
        _ id: Int64,
        from state: WriteState,
        _ change: consuming WriteChange
    ) async throws(JournalFailure) -> Bool

    /// Writes by state and caller, the oldest first.
    func list(_ query: JournalQuery) async throws(JournalFailure) -> [WriteRecord]

    /// The entries that the latest writes have ended with, by their ``EntryHash``, the latest last: about so many.
    func latestEntries(limit: Int) async throws(JournalFailure) -> [UInt64]

    /// Expires what was done before a time, and forgets what left its key before another: milliseconds since 1970.
    ///
    /// - Returns: how many rows that were.
    func sweep(doneBefore: Int64, expiredBefore: Int64, limit: Int) async throws(JournalFailure) -> Int
}

public struct NewWrite: Sendable {
    public var scope: WriteScope
    public var isKeyGenerated: Bool
    public var fingerprint: [UInt8]
    public var createdAt: Int64
    public var intent: WriteIntent

    public init(
        scope: WriteScope,
        isKeyGenerated: Bool,
        fingerprint: [UInt8],
        createdAt: Int64,
        intent: consuming WriteIntent
    ) {
        self.scope = scope
        self.isKeyGenerated = isKeyGenerated
        self.fingerprint = fingerprint
        self.createdAt = createdAt
        self.intent = intent
    }
}

public enum JournalBegin: Sendable {
    case begun(Int64)
    /// Another write has the key.
    indirect case exists(WriteRecord)
}

/// A change of a write. Times are milliseconds since 1970.
public enum WriteChange: Sendable {
    /// Once more to the network.
    case sending(attempt: Int, at: Int64)
    /// The vendor's answer, with what the caller is told, and why, where it could not be mapped.
    case answered(StoredAnswer, StoredReply?, reason: String? = nil, at: Int64)
    case done(StoredReply, vendorEntryID: String?, reason: String?, settledBy: String?, at: Int64)
    case unknown(reason: String, at: Int64)
    case reconciling(at: Int64)
    /// The vendor's identifier of the entry is that of its answer, where it has given one.
    case needsOperator(reason: String, vendorEntryID: String? = nil, at: Int64)
    /// The key is free. All of it stays listed: what was not recorded may have to be sent again by hand.
    case notRecorded(reason: String, settledBy: String, at: Int64)
    /// The key is free and the contents go, the outcome stays listed.
    case expired(at: Int64)
    /// The row goes.
    case released

    /// The state after it; `nil` where the row goes.
    public var state: WriteState? {
        switch self {
        case .sending: .sending
        case .answered: .answered
        case .done: .done
        case .unknown: .unknown
        case .reconciling: .reconciling
        case .needsOperator: .needsOperator
        case .notRecorded: .notRecorded
        case .expired: .expired
        case .released: nil
        }
    }
}

public struct JournalQuery: Sendable {
    public var states: Set<WriteState>
    public var caller: String?
    public var connection: String?
    public var key: String?
    public var id: Int64?
    public var vendorEntryID: String?
    /// Only requests that are neither for a new entry nor for one that is named.
    public var isForSeveral = false
    /// Only what changed before then.
    public var changedBefore: Int64?
    /// Only what stands behind this row.
    public var after: Int64
    public var limit: Int

    public init(
        states: Set<WriteState> = Set(WriteState.allCases),
        caller: String? = nil,
        connection: String? = nil,
        key: String? = nil,
        id: Int64? = nil,
        vendorEntryID: String? = nil,
        changedBefore: Int64? = nil,
        after: Int64 = 0,
        limit: Int = 100
    ) {
        self.states = states
        self.caller = caller
        self.connection = connection
        self.key = key
        self.id = id
        self.vendorEntryID = vendorEntryID
        self.changedBefore = changedBefore
        self.after = after
        self.limit = limit
    }

    /// The spellings of the vendor's identifier: a UUID is the same in either case.
    public var vendorEntryIDs: [String] {
        guard let id = vendorEntryID else { return [] }
        return isUUID(id) ? Array(Set([id, id.lowercased(), id.uppercased()])).sorted() : [id]
    }
}

/// Why the journal could not be read or written.
public struct JournalFailure: Error, Sendable, Equatable {
    /// In words that are safe to show: `database or disk is full`.
    public var message: String
    /// Whether it can go away by itself, as a full disk does. After a failed fsync nothing that was written can be trusted
    /// before a restart.
    public var isPassing: Bool
    /// Whether what was to be written may stand in the file all the same: after a failed fsync only the next start shows it.
    public var isDoubtful: Bool

    public init(_ message: String, isPassing: Bool, isDoubtful: Bool = false) {
        self.message = message
        self.isPassing = isPassing
        self.isDoubtful = isDoubtful
    }

    /// Writes are refused before they are sent; reads go on.
    public var problem: Problem {
        Problem(
            .journalUnavailable,
            "The journal cannot be used: \(message). No write is sent without it.",
            origin: .gateway,
            retry: .after,
            retryAfter: isPassing ? 5 : 30
        )
    }
}
