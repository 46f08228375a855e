public import JSON

/// What a script is told about the call.
public struct ScriptCall: Sendable {
    /// What stays the same in the course of a call: one reference, because a call is handed through many hands.
    private final class Common: Sendable {
        let id: String
        let operation: Operation
        let connection: Connection
        let caller: Caller
        let handling: Handling
        let now: Timestamp
        let entryID: String?
        let isPlan: Bool
        let trace: CallTrace?

        init(_ call: Call) {
            id = call.id
            operation = call.operation
            connection = call.connection
            caller = call.caller
            handling = call.handling
            now = call.now
            entryID = call.entryID
            isPlan = call.isPlan
            trace = call.trace
        }
    }

    private let common: Common
    /// The entry as it is, where the call changes one.
    public var before: JSONValue?
    /// What the call came to, once it is done.
    public var result: ScriptResult?
    /// When the write was sent whose outcome is looked for.
    public var sentAt: Timestamp?
    /// What `call.get` reads; `nil` where nothing is to be read.
    public var lookUps: LookUps?

    public init(_ call: Call) {
        common = Common(call)
    }

    public var id: String { common.id }
    public var operation: Operation { common.operation }
    public var connection: Connection { common.connection }
    public var caller: Caller { common.caller }
    public var handling: Handling { common.handling }
    public var now: Timestamp { common.now }
    /// The entry that is meant, where the call names one.
    public var entryID: String? { common.entryID }
    public var isPlan: Bool { common.isPlan }
    /// Where runs of scripts are noted.
    public var trace: CallTrace? { common.trace }

    /// Who the caller is at the connection's vendor.
    public var identity: Identity? { caller.identities[connection.name] }
}
