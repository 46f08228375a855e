/// One operation by one caller on one connection. Clock and identifier are given, never taken from the machine.
public struct Call: Sendable {
    public let id: String
    public let operation: Operation
    /// The vendor's identifier of the entry that is meant; `nil` for operations on none or several.
    public var entryID: String?
    public var connection: Connection
    public let caller: Caller
    public var handling: Handling
    public var now: Timestamp
    /// Plan only: everything but the sending.
    public var isPlan: Bool
    /// Whether a plan may read at the vendor.
    public var planReads = false
    public var idempotencyKey: String?
    /// The write's place in the journal, where there is one.
    public var write: JournaledWrite?
    /// The entity tag that the entry must have.
    public var ifMatch: String?
    public var include: Include
    /// Milliseconds that the vendor has for its answer, all attempts and all waiting together.
    public var timeoutMilliseconds: Int
    /// When that time is up, in nanoseconds of the sending clock, once the call has begun: reads before a write count too.
    public var deadline: Int64?
    /// What stands between the call and the vendor; `nil` lets everything through and repeats nothing.
    public var gate: ConnectionGate?
    /// What the call does, step by step; `nil` where nobody will ask.
    public var trace: CallTrace?

    /// The operator's hooks; `nil` where there are none.
    public var hooks: Hooks?

    /// What an answer holds beyond the default.
    public struct Include: OptionSet, Sendable {
        public let rawValue: UInt8
        public static let money = Include(rawValue: 1)
        public static let raw = Include(rawValue: 2)

        public init(rawValue: UInt8) { self.rawValue = rawValue }
    }

    public init(
        id: String,
        operation: Operation,
        entryID: String? = nil,
        connection: Connection,
        caller: Caller,
        handling: Handling,
        now: Timestamp,
        isPlan: Bool = false,
        planReads: Bool = false,
        idempotencyKey: String? = nil,
        include: Include = [],
        timeoutMilliseconds: Int = 30_000
    ) {
        self.id = id
        self.operation = operation
        self.entryID = entryID
        self.connection = connection
        self.caller = caller
        self.handling = handling
        self.now = now
        self.isPlan = isPlan
        self.planReads = planReads
        self.idempotencyKey = idempotencyKey
        self.include = include
        self.timeoutMilliseconds = timeoutMilliseconds
    }
}

/// What a call came to.
public enum CallOutcome: Sendable {
    /// The entry as it is at the vendor, read or just recorded.
    case recorded(RecordedEntry)
    /// The request as it would be sent; nothing was.
    case planned(Plan)
    /// The entry is deleted at the vendor.
    case deleted
    /// What became of each of several entries.
    case acted([ItemOutcome])
}

/// A recorded entry with the report of its mapping.
public struct RecordedEntry: Sendable {
    public var entry: Entry
    public var report: MappingReport

    public init(entry: Entry, report: MappingReport) {
        self.entry = entry
        self.report = report
    }
}

/// What a dry run shows.
public struct Plan: Sendable {
    public var request: UpstreamRequest
    /// The entry as it was understood.
    public var entry: Entry
    public var report: MappingReport
    /// What would need a read at the vendor to be known.
    public var undetermined: [String]
}
