/// What a native call needs of the world around it. A port that is not there is a step that is left out.
public struct NativePorts: Sendable {
    public typealias EntryStep = @Sendable (Entry, Call) async throws(Problem) -> Entry

    /// What operators do with an entry before it goes out: it may come back changed, or be refused.
    public var onEntry: EntryStep?
    /// What operators do with the entry of an answer before the client sees it.
    public var onAnswer: EntryStep?
    /// Reads at the vendor with the credentials that the call itself goes out with.
    public var fetch: (@Sendable (NativeRead, Call) async throws(Problem) -> NativeAnswer)?
    public var scripts: (any PluginScripts)?
    /// What the plugin's functions are told of the call, where it is more than the call itself: what they may read.
    public var scriptCall: (@Sendable (Call) -> ScriptCall)?
    /// Finds out whether a vendor that failed works again, before a write that would be held back.
    public var probe: (@Sendable (Call) async -> Void)?
    /// Looks for doubles of a create that the client has sent again and the vendor has answered with an entry: what the client
    /// is told in place of the answer, where there are some.
    public var doubled: (@Sendable (JournaledWrite, _ entryID: String, Call) async -> Problem?)?
    /// Tells those who look on what the call came to.
    public var ended: (@Sendable (NativeEnd, Call) async -> Void)?

    public init(
        onEntry: EntryStep? = nil,
        onAnswer: EntryStep? = nil,
        fetch: (@Sendable (NativeRead, Call) async throws(Problem) -> NativeAnswer)? = nil,
        scripts: (any PluginScripts)? = nil,
        scriptCall: (@Sendable (Call) -> ScriptCall)? = nil
    ) {
        self.onEntry = onEntry
        self.onAnswer = onAnswer
        self.fetch = fetch
        self.scripts = scripts
        self.scriptCall = scriptCall
    }

    func told(_ call: Call) -> ScriptCall { scriptCall?(call) ?? ScriptCall(call) }
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
    /// Whether the body is compressed, or coded in another way.
    public var isCoded: Bool

    public init(status: Int, body: [UInt8], retryAfter: String? = nil, isCoded: Bool = false) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
        self.isCoded = isCoded
    }
}

/// A native request that may go to the vendor.
public struct NativeForward: Sendable {
    /// As it came, but for the members of the body that were changed.
    public var request: NativeRequest
    public var isChanged = false
    /// The entry that goes out: whole for a create and a replacement, what is named for an update.
    public var entry: Entry
    public var report: MappingReport
    /// What was not understood and passes all the same.
    public var unreadable: [UnreadableField]
    /// What a journal holds of it, where the call has a place in one.
    public var intent: WriteIntent?
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
    /// The entries that the answer holds; one, or those of a list.
    public var entries: [Entry] = []
    public var report = MappingReport()
    /// What a refusal of the vendor means, for the record and for hooks; the client gets the vendor's own.
    public var problem: Problem?

    public init(body: [UInt8]) {
        self.body = body
    }
}
