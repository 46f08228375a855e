public import GatewayCore
public import PluginHost

/// A request in the vendor's dialect. A class, since each that deals with it keeps it, and none changes it.
public final class ProxiedRequest: Sendable {
    public let id: String
    public let method: String
    /// As it goes to the vendor: checked to have one reading, and not decoded. Begins with `/`.
    public let path: ArraySlice<UInt8>
    /// What follows the `?`; `nil` if there is none.
    public let query: ArraySlice<UInt8>?
    public let headers: RequestHeaders
    public let connection: Connection
    public let plugin: LoadedPlugin
    public let rules: ProxyRules
    public let caller: Caller
    /// Whether the caller is known by a vendor credential only.
    public let isKeyless: Bool
    /// The fields, in lower case, that the connection has too: where clients put credentials.
    let ownFields: [[UInt8]]
    /// What stands between the request and the vendor.
    let gate: ConnectionGate?
    /// Milliseconds for the reads that rules need.
    let timeoutMilliseconds: Int
    /// Whether the steps are noted, because somebody may ask.
    let isTraced: Bool
    /// Nanoseconds of the clock that the time for those reads is taken from.
    let uptime: @Sendable () -> Int64

    init(
        id: String,
        method: String,
        path: ArraySlice<UInt8>,
        query: ArraySlice<UInt8>?,
        headers: RequestHeaders,
        connection: Connection,
        plugin: LoadedPlugin,
        rules: ProxyRules,
        caller: Caller,
        isKeyless: Bool,
        ownFields: [[UInt8]] = [],
        gate: ConnectionGate? = nil,
        timeoutMilliseconds: Int = 30_000,
        isTraced: Bool = false,
        uptime: @escaping @Sendable () -> Int64 = SendTimer.uptime
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.connection = connection
        self.plugin = plugin
        self.rules = rules
        self.caller = caller
        self.isKeyless = isKeyless
        self.ownFields = ownFields
        self.gate = gate
        self.timeoutMilliseconds = timeoutMilliseconds
        self.isTraced = isTraced
        self.uptime = uptime
    }
}
