/// One operation by one caller on one connection. Clock and identifier are given, never taken from the machine.
///
/// It is handed through every step: what no step changes lies in one place, so that a copy of a call is a reference. Another
/// value for any of that makes a new place.
public struct Call: Sendable {
    private var facts: Shared<Facts>
    /// The write's place in the journal, where there is one.
    public var write: JournaledWrite?
    /// When the vendor's time is up, in nanoseconds of the sending clock, once the call has begun: reads before a write count
    /// too.
    public var deadline: Int64?

    /// What an answer holds beyond the default.
    public struct Include: OptionSet, Sendable {
        public let rawValue: UInt8
        public static let money = Include(rawValue: 1)
        public static let raw = Include(rawValue: 2)

        public init(rawValue: UInt8) { self.rawValue = rawValue }
    }

    private struct Facts: Sendable {
        let id: String
        var operation: Operation
        var entryID: String?
        var connection: Connection
        let caller: Caller
        let handling: Handling
        var now: Timestamp
        var isPlan: Bool
        let planReads: Bool
        var idempotencyKey: String?
        let ifMatch: String?
        let include: Include
        var timeoutMilliseconds: Int
        var gate: ConnectionGate?
        var trace: CallTrace?
        var hooks: Hooks?
        var sentIDs: [String]?
    }

    /// - Parameters:
    ///   - entryID: the vendor's identifier of the entry that is meant; `nil` for operations on none or several.
    ///   - ifMatch: the entity tag that the entry must have.
    ///   - gate: what stands between the call and the vendor; `nil` lets everything through and repeats nothing.
    ///   - trace: what the call does, step by step; `nil` where nobody will ask.
    ///   - hooks: the operator's; `nil` where there are none.
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
        ifMatch: String? = nil,
        include: Include = [],
        timeoutMilliseconds: Int = 30_000,
        gate: ConnectionGate? = nil,
        trace: CallTrace? = nil,
        hooks: Hooks? = nil
    ) {
        facts = Shared(
            Facts(
                id: id,
                operation: operation,
                entryID: entryID,
                connection: connection,
                caller: caller,
                handling: handling,
                now: now,
                isPlan: isPlan,
                planReads: planReads,
                idempotencyKey: idempotencyKey,
                ifMatch: ifMatch,
                include: include,
                timeoutMilliseconds: timeoutMilliseconds,
                gate: gate,
                trace: trace,
                hooks: hooks
            )
        )
    }

    private mutating func change(_ change: (inout Facts) -> Void) { facts = facts.changed(change) }
}

extension Call {
    public var id: String { facts.value.id }

    public var operation: Operation {
        get { facts.value.operation }
        set { if newValue != facts.value.operation { change { $0.operation = newValue } } }
    }

    public var caller: Caller { facts.value.caller }

    /// The vendor's identifier of the entry that is meant; `nil` for operations on none or several.
    public var entryID: String? {
        get { facts.value.entryID }
        set { if newValue != facts.value.entryID { change { $0.entryID = newValue } } }
    }

    /// The entries of a request for several, once it is about to be sent.
    var sentIDs: [String]? {
        get { facts.value.sentIDs }
        set { change { $0.sentIDs = newValue } }
    }

    public var connection: Connection {
        get { facts.value.connection }
        set { change { $0.connection = newValue } }
    }

    public var handling: Handling { facts.value.handling }

    public var now: Timestamp {
        get { facts.value.now }
        set { change { $0.now = newValue } }
    }

    /// Plan only: everything but the sending.
    public var isPlan: Bool {
        get { facts.value.isPlan }
        set { change { $0.isPlan = newValue } }
    }

    /// Whether a plan may read at the vendor.
    public var planReads: Bool { facts.value.planReads }

    public var idempotencyKey: String? {
        get { facts.value.idempotencyKey }
        set { change { $0.idempotencyKey = newValue } }
    }

    /// The entity tag that the entry must have.
    public var ifMatch: String? { facts.value.ifMatch }

    public var include: Include { facts.value.include }

    /// Milliseconds that the vendor has for its answer, all attempts and all waiting together.
    public var timeoutMilliseconds: Int {
        get { facts.value.timeoutMilliseconds }
        set { change { $0.timeoutMilliseconds = newValue } }
    }

    /// What stands between the call and the vendor; `nil` lets everything through and repeats nothing.
    public var gate: ConnectionGate? {
        get { facts.value.gate }
        set { change { $0.gate = newValue } }
    }

    /// What the call does, step by step; `nil` where nobody will ask.
    public var trace: CallTrace? {
        get { facts.value.trace }
        set { change { $0.trace = newValue } }
    }

    /// The operator's hooks; `nil` where there are none.
    public var hooks: Hooks? {
        get { facts.value.hooks }
        set { change { $0.hooks = newValue } }
    }
}

/// What a call came to.
public enum CallOutcome: Sendable {
    /// The entry as it is at the vendor, read or just recorded.
    case recorded(RecordedEntry)
    /// The request as it would be sent; nothing was.
    indirect case planned(Plan)
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
