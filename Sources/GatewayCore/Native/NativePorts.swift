/// What a native call needs of the world around it. A port that is not there is a step that is left out.
public struct NativePorts: Sendable {
    public typealias EntryStep = @Sendable (Entry, Call) async throws(Problem) -> Entry

    /// What operators do with an entry before it goes out: it may come back changed, or be refused.
    public var onEntry: EntryStep?
    /// What operators do with the entry of an answer before the client sees it.
    public var onAnswer: EntryStep?
    /// Reads at the vendor with the credentials that the call itself goes out with.
    public var fetch: (@Sendable (NativeRead) async throws(Problem) -> NativeAnswer)?
    public var scripts: (any PluginScripts)?
    /// What the plugin's functions are told of the call, where it is more than the call itself: what they may read.
    public var scriptCall: (@Sendable (Call) -> ScriptCall)?

    public init(
        onEntry: EntryStep? = nil,
        onAnswer: EntryStep? = nil,
        fetch: (@Sendable (NativeRead) async throws(Problem) -> NativeAnswer)? = nil,
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

    public init(status: Int, body: [UInt8], retryAfter: String? = nil) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
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
    /// What a journal holds of it; `nil` for a read.
    public var write: NativeWrite?
}

/// What a journal needs of a recognised write.
public struct NativeWrite: Sendable {
    public var operation: Operation
    public var entryID: String?
    /// What tells this request from another under the same key: operation, connection, address and the body as it came,
    /// to be hashed.
    public var fingerprint: [UInt8]
    /// The unified entry as JSON, for finding it again at the vendor.
    public var entry: [UInt8]
    /// The header in which the vendor takes a key with this operation, and the client's own key in it.
    public var keyHeader: String?
    public var vendorKey: String?
}

/// What a vendor's answer to a native call came to.
public struct NativeOutcome: Sendable {
    /// The bytes for the client: the vendor's own, unless a hook changed the entry in them.
    public var body: [UInt8]
    public var isChanged = false
    /// The entries that the answer holds; one, or those of a list.
    public var entries: [Entry] = []
    public var report = MappingReport()
    /// What a refusal of the vendor means, for the record and for hooks; the client gets the vendor's own.
    public var problem: Problem?
}
