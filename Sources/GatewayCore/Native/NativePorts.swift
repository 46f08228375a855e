/// What a native call needs of the world around it. A port that is not there is a step that is left out.
public struct NativePorts: Sendable {
    public typealias EntryStep = @Sendable (Entry, Call) async throws(Problem) -> Entry

    /// What operators do with an entry before it goes out: it may come back changed, or be refused.
    public var onEntry: EntryStep?
    /// What operators do with the entry of an answer before the client sees it.
    public var onAnswer: EntryStep?
    public var scripts: (any PluginScripts)?
    public var reads: (any NativeReads)?
    /// Tells those who look on what the call came to.
    public var ended: (@Sendable (NativeEnd, Call) async -> Void)?

    public init(
        onEntry: EntryStep? = nil,
        onAnswer: EntryStep? = nil,
        scripts: (any PluginScripts)? = nil,
        reads: (any NativeReads)? = nil
    ) {
        self.onEntry = onEntry
        self.onAnswer = onAnswer
        self.scripts = scripts
        self.reads = reads
    }
}

/// Reads at the vendor beside a native call, with the credentials that the call itself goes out with. Few calls need any.
public protocol NativeReads: AnyObject, Sendable {
    func fetch(_ read: NativeRead, _ call: Call) async throws(Problem) -> NativeAnswer

    /// What the plugin's rules read; `nil` where they may read nothing.
    func lookUps(_ call: Call) -> LookUps?

    /// Finds out whether a vendor that failed works again, before a write that would be held back.
    func probe(before call: Call) async

    /// Looks for doubles of a create that the client has sent again and the vendor has answered with an entry: what the client
    /// is told in place of the answer, where there are some.
    func doubled(_ write: JournaledWrite, answered id: String, _ call: Call) async -> Problem?

    /// Whether the entry that the vendor has answered a create with is another write's: what the client is told then.
    func ownedByAnother(_ write: JournaledWrite, answered id: String) async -> Problem?
}

/// A read that a rule needs: who owns the entry that a request is about.
public struct NativeRead: Sendable, Equatable {
    public var method: String
    public var target: String
    public var accept: String
}

/// An answer of the vendor, complete.
public struct NativeAnswer: Sendable {
    public var status: Int
    public var body: [UInt8]
    /// As it came, for a refusal that says when to come back.
    public var retryAfter: String?
    /// Whether the body is compressed, or coded in another way, though that was not asked for.
    public var isCoded: Bool
    /// The header that names a new entry, where the operation has one.
    public var idHeader: String?

    public init(
        status: Int,
        body: [UInt8],
        retryAfter: String? = nil,
        isCoded: Bool = false,
        idHeader: String? = nil
    ) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
        self.isCoded = isCoded
        self.idHeader = idHeader
    }
}

/// A native request that may go to the vendor. A class, since it is kept until the vendor has answered.
public final class NativeForward: Sendable {
    /// As it came, but for the members of the body that were changed.
    public let request: NativeRequest
    public let isChanged: Bool
    /// The entry that goes out: whole for a create and a replacement, what is named for an update.
    public let entry: Entry
    public let report: MappingReport
    /// What was not understood and passes all the same.
    public let unreadable: [UnreadableField]
    /// What a journal holds of it, where the call has a place in one.
    public let intent: WriteIntent?

    init(
        _ request: NativeRequest,
        isChanged: Bool,
        _ entry: Entry,
        _ report: MappingReport,
        unreadable: [UnreadableField],
        _ intent: WriteIntent?
    ) {
        self.request = request
        self.isChanged = isChanged
        self.entry = entry
        self.report = report
        self.unreadable = unreadable
        self.intent = intent
    }
}

/// What a native call came to.
public enum NativeEnd: Sendable {
    /// One entry, read or recorded.
    case entry(RecordedEntry)
    case listed, deleted, acted
    /// By the gateway or by the vendor.
    case refused(Problem)
}

/// What a vendor's answer to a native call came to.
public struct NativeOutcome: Sendable {
    /// The bytes for the client: the vendor's own, unless a hook changed the entry in them.
    public var body: [UInt8]
    public var isChanged = false
    /// Whether the answer is one that the vendor gives to this operation: JSON with an entry where there has to be one.
    public var isUnderstood = true
    /// Whether it may be one, and could not be read.
    public var isUnread = false
    /// The entries that the answer holds; one, or those of a list.
    public var entries: [Entry] = []
    public var report = MappingReport()
    /// What a refusal of the vendor means, for the record and for hooks; the client gets the vendor's own.
    public var problem: Problem?

    public init(body: [UInt8]) {
        self.body = body
    }
}
