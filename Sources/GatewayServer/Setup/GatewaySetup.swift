public import GatewayCore
public import PluginHost

/// Everything that a gateway needs to run, checked.
public struct GatewaySetup: Sendable {
    public var host: String
    /// 0 lets the kernel choose.
    public var port: Int
    /// The admin listener (`/readyz`, `/metrics`); `nil` for none.
    public var adminHost: String?
    public var adminPort: Int
    public var connections: [ConfiguredConnection]
    public var keys: [GatewayKey]
    public var zones: ZoneDatabase
    public var eventLoops: Int
    /// Whether each request is logged.
    public var accessLog: Bool
    /// Where the access log goes: an open descriptor, which stays its owner's. Standard error unless said otherwise.
    public var accessLogDescriptor: Int32
    /// Milliseconds that a vendor has for its whole answer; more than 0.
    public var vendorTimeoutMilliseconds: Int
    /// Where writes are remembered; `nil` runs without a journal.
    public var journal: JournalSource?
    /// Milliseconds after which a request whose answer was lost has surely arrived or not: only then is the vendor asked.
    /// More than the vendor's timeout.
    public var settleMilliseconds = 60_000
    /// Milliseconds after a call has begun, after which no request of it can still arrive.
    public var arrivalMilliseconds: Int { vendorTimeoutMilliseconds + settleMilliseconds }
    /// Milliseconds between two looks at what is not settled.
    public var reconcileMilliseconds = 5_000
    /// Is told which scripts run; `nil` where nobody looks.
    public var watch: ScriptWatch?
    /// Sockets that are bound and listening already, in place of `host` and `adminHost`: descriptors that the server owns
    /// from then on.
    public var inheritedListener: Int32?
    public var inheritedAdminListener: Int32?
    /// The same for connections' own listeners, by the connections' names.
    public var inheritedProxyListeners: [String: Int32] = [:]
    /// How much of calls is kept for `/v1/calls/{id}`; `nil` keeps nothing.
    public var records: RecordLimits? = .usual
    /// Whether the time-entry operations among proxied requests are read, and held to hooks and rules.
    public var readsProxiedEntries = false
    /// Tunnels that one proxied connection may have open, in the whole process.
    public var maximumTunnels = 512
    /// Makes, for each event loop, what tells the time-entry operations among proxied requests, in place of the usual.
    public var makeProxyRecognizer: (@Sendable () -> any ProxyRecognizer)?

    public init(
        host: String = "127.0.0.1",
        port: Int = 0,
        adminHost: String? = nil,
        adminPort: Int = 0,
        connections: [ConfiguredConnection],
        keys: [GatewayKey],
        zones: ZoneDatabase = .system,
        eventLoops: Int = 1,
        accessLog: Bool = true,
        accessLogDescriptor: Int32 = 2,
        vendorTimeoutMilliseconds: Int = 30_000,
        journal: JournalSource? = nil
    ) {
        self.host = host
        self.port = port
        self.adminHost = adminHost
        self.adminPort = adminPort
        self.connections = connections
        self.keys = keys
        self.zones = zones
        self.eventLoops = eventLoops
        self.accessLog = accessLog
        self.accessLogDescriptor = accessLogDescriptor
        self.vendorTimeoutMilliseconds = vendorTimeoutMilliseconds
        self.journal = journal
    }
}

/// An open journal, as it is handed to each event loop.
public struct JournalSource: Sendable {
    /// The file, as people know it.
    public var name: String
    public let make: @Sendable (LoopHop?) -> any Journal
    /// Why writes are refused now; `nil` while all is well.
    var failure: @Sendable () -> JournalFailure?

    public init(
        name: String,
        failure: @escaping @Sendable () -> JournalFailure?,
        make: @escaping @Sendable (LoopHop?) -> any Journal
    ) {
        self.name = name
        self.failure = failure
        self.make = make
    }
}

/// A hook as a place in the configuration names it.
public struct ConfiguredHook: Sendable {
    public var hook: LoadedHook
    public var settings: Settings

    public init(_ hook: LoadedHook, settings: Settings = Settings()) {
        self.hook = hook
        self.settings = settings
    }
}

/// A connection as configured: usable, or disabled with the reason.
public struct ConfiguredConnection: Sendable {
    public enum State: Sendable {
        case ready(Connection, LoadedPlugin)
        case disabled(vendor: String, reason: String)
    }

    public var name: String
    public var state: State
    /// The operator's hooks, in their order: the global ones, then the connection's own.
    public var hooks: [ConfiguredHook]
    /// The plugin of the other dialect that the connection is served in too; its rules stand in the connection's façade.
    public var dialect: LoadedPlugin?
    /// How it is served to clients that speak the vendor's own dialect; `nil` where it is not.
    public var proxy: ProxyRules?

    public init(
        name: String,
        state: State,
        hooks: [ConfiguredHook] = [],
        dialect: LoadedPlugin? = nil,
        proxy: ProxyRules? = nil
    ) {
        self.name = name
        self.state = state
        self.hooks = hooks
        self.dialect = dialect
        self.proxy = proxy
    }

    /// The vendor's identifier.
    public var vendor: String {
        switch state {
        case .ready(let connection, _): connection.vendor
        case .disabled(let vendor, _): vendor
        }
    }
}
