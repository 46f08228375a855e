public import JSON

/// What a script is told about the call.
public struct ScriptCall: Sendable {
    /// What few functions are told, in one place: a call is handed through many hands.
    private struct Rest: Sendable {
        var before: JSONValue?
        var result: ScriptResult?
        var sentAt: Timestamp?
        var key: String?
        var lookUps: LookUps?
    }

    private let call: Call
    private var rest: Shared<Rest>?

    public init(_ call: Call) {
        self.call = call
    }

    public var id: String { call.id }
    public var operation: Operation { call.operation }
    public var connection: Connection { call.connection }
    public var caller: Caller { call.caller }
    public var handling: Handling { call.handling }
    public var now: Timestamp { call.now }
    /// The entry that is meant, where the call names one.
    public var entryID: String? { call.entryID }
    public var isPlan: Bool { call.isPlan }
    /// Where runs of scripts are noted.
    public var trace: CallTrace? { call.trace }

    /// The entry as it is, where the call changes one.
    public var before: JSONValue? {
        get { rest?.value.before }
        set { change(to: newValue) { $0.before = newValue } }
    }

    /// What the call came to, once it is done.
    public var result: ScriptResult? {
        get { rest?.value.result }
        set { change(to: newValue) { $0.result = newValue } }
    }

    /// When the write was sent whose outcome is looked for.
    public var sentAt: Timestamp? {
        get { rest?.value.sentAt }
        set { change(to: newValue) { $0.sentAt = newValue } }
    }

    /// What tells the write from every other, the same at each attempt and when its entry is looked for; `nil` for what has no
    /// place in the journal.
    public var key: String? {
        get { rest?.value.key }
        set { change(to: newValue) { $0.key = newValue } }
    }

    /// What `call.get` reads; `nil` where nothing is to be read.
    public var lookUps: LookUps? {
        get { rest?.value.lookUps }
        set { change(to: newValue) { $0.lookUps = newValue } }
    }

    private mutating func change<Value>(to value: Value?, _ change: (inout Rest) -> Void) {
        if case .none = value, rest == nil { return }
        var changed = rest?.value ?? Rest()
        change(&changed)
        rest = Shared(changed)
    }

    /// Who the caller is at the connection's vendor.
    public var identity: Identity? { caller.identities[connection.name] }
}
