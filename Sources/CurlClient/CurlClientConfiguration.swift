/// What is the same for every request of one ``CurlClient``.
public struct CurlClientConfiguration: Sendable {
    /// The thread's name as `ps` and `top -H` show it; at most 15 bytes count.
    public var threadName = "curl"

    /// Sent with every request that brings no `User-Agent` of its own; no control characters. `nil` sends none.
    public var userAgent: String?

    /// Connections per pool, in use and idle; 0 is no limit. A request above it waits (within its total timeout).
    public var maxConnections = 0

    /// Connections per pool to one host and port; 0 is no limit. A request above it waits (within its total timeout).
    public var maxHostConnections = 0

    /// Idle connections a pool keeps.
    public var maxIdleConnections = 1_024

    /// Where nothing ran for so many milliseconds, idle connections are closed and their memory is given back. At least
    /// the longest ``CurlTimeouts/maxIdleSeconds`` in use, or warm connections are lost early.
    public var closeIdleMilliseconds = 60_000

    /// Seconds since its making after which a connection is not reused, so that certificates are looked at again.
    public var connectionLifetimeSeconds = 600

    /// Seconds a resolved name is kept.
    public var dnsCacheSeconds = 60

    /// Receive buffer per running transfer in bytes, 1,024 to 10 MiB.
    public var receiveBufferBytes = 16 << 10

    public init() {}
}
