/// Who makes a call: the holder of a gateway key.
public final class Caller: Sendable {
    public let name: String
    /// The connections that the key may use.
    public let connections: Set<String>
    public let scopes: Set<Scope>
    /// The same as bits: every call looks.
    private let scopeBits: UInt8
    /// Who the caller is at each vendor, by connection.
    public let identities: [String: Identity]
    /// Tells callers apart without comparing them.
    public let number = SerialNumber.next()

    public init(name: String, connections: Set<String>, scopes: Set<Scope>, identities: [String: Identity] = [:]) {
        self.name = name
        self.connections = connections
        self.scopes = scopes
        scopeBits = scopes.reduce(0) { $0 | $1.bit }
        self.identities = identities
    }

    /// The gateway itself, which finds out what became of a write: it may read what the caller may not.
    public static func gateway(at connection: String) -> Caller {
        Caller(name: "timegate", connections: [connection], scopes: Set(Scope.allCases))
    }

    func has(_ scope: Scope) -> Bool { scopeBits & scope.bit != 0 }
}

/// What a key allows.
public enum Scope: String, Sendable, CaseIterable {
    case read, write, approve
    /// Reading the entries of somebody else; `write:others` includes it.
    case readOthers = "read:others"
    /// Booking, changing or approving for somebody else.
    case writeOthers = "write:others"
    /// Everything of a vendor's API through the proxy with the connection's own credentials, not only time entries.
    case proxy

    fileprivate var bit: UInt8 {
        switch self {
        case .read: 1
        case .write: 2
        case .approve: 4
        case .readOthers: 8
        case .writeOthers: 16
        case .proxy: 32
        }
    }
}

/// Who a caller is at a vendor, as the operator configured it.
public struct Identity: Sendable, Equatable {
    public var userID: String?
    public var roles: [String]
    /// By feature: `project-timetracking: write`.
    public var permissions: [Permission]
    /// The tasks that the user is assigned to, where a rule asks for it.
    public var tasks: [String]

    public struct Permission: Sendable, Equatable {
        public var feature: String
        public var level: String

        public init(feature: String, level: String) {
            self.feature = feature
            self.level = level
        }
    }

    public init(userID: String? = nil, roles: [String] = [], permissions: [Permission] = [], tasks: [String] = []) {
        self.userID = userID
        self.roles = roles
        self.permissions = permissions
        self.tasks = tasks
    }
}
