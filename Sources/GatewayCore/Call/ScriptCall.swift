public import JSON

/// What a script is told about the call.
public struct ScriptCall: Sendable {
    private let call: Call
    /// The entry as it is, where the call changes one.
    public var before: JSONValue?
    /// What the call came to, once it is done.
    public var result: ScriptResult?
    /// When the write was sent whose outcome is looked for.
    public var sentAt: Timestamp?
    /// What `call.get` reads; `nil` where nothing is to be read.
    public var lookUps: LookUps?

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

    /// Who the caller is at the connection's vendor.
    public var identity: Identity? { caller.identities[connection.name] }
}
