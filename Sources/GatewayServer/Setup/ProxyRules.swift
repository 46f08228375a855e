/// How a connection is served to clients that speak its vendor's own dialect.
public struct ProxyRules: Sendable, Equatable {
    /// Whose credentials go to the vendor.
    public enum Credentials: String, Sendable, CaseIterable {
        /// Those that the client sends.
        case client
        /// The connection's own, in place of what the client sends.
        case connection
    }

    /// What becomes of a time entry that the gateway should read and cannot.
    public enum Unreadable: String, Sendable, CaseIterable {
        case pass, refuse
    }

    /// Where a listener of the connection's own stands.
    public struct Listener: Sendable, Equatable {
        public var host: String
        /// 0 lets the kernel choose.
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    public var credentials: Credentials
    /// Whether clients may come without a gateway key, and how often one vendor credential may ask then; `nil` asks for a key.
    /// Only with the client's own credentials.
    public var keyless: RateLimit?
    public var unreadable: Unreadable
    public var listener: Listener?
    /// The values of `Host`, without port and in lower case, under which the gateway's own listener serves the connection.
    public var hosts: [String]

    /// Whether `CONNECT` opens tunnels to the vendor, through which everything passes unread.
    public var tunnel: Bool

    /// What a keyless credential may ask for unless the operator says otherwise.
    public static let usualKeylessLimit = RateLimit(count: 600, seconds: 60)

    public init(
        credentials: Credentials = .client,
        keyless: RateLimit? = nil,
        unreadable: Unreadable = .pass,
        listener: Listener? = nil,
        hosts: [String] = [],
        tunnel: Bool = false
    ) {
        self.tunnel = tunnel
        self.credentials = credentials
        self.keyless = keyless
        self.unreadable = unreadable
        self.listener = listener
        self.hosts = hosts
    }
}
