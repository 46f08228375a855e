/// One HTTP/1.1 request.
public struct CurlRequest: Sendable {
    /// A method token such as `POST`, sent as written. `CONNECT` and `TRACE` are refused.
    public var method: String

    /// An absolute URL, already escaped: ASCII, no user name, no fragment, at most 16 KiB. `https`, or also `http` if
    /// ``allowPrivate`` is set. The path is sent as it is: dot segments are not resolved.
    public var url: String

    /// Sent on the request line, byte for byte, in place of the URL's path and query: it begins with `/` (or is `*`) and is
    /// printable ASCII without `#`. `nil` takes what the URL has.
    public var target: String?

    public var headers: CurlRequestHeaders

    /// Adds no `User-Agent` where the headers have none.
    public var isAnonymous = false

    /// Sent with a `Content-Length`. `nil` sends no body; `POST`, `PUT` and `PATCH` then say `Content-Length: 0`.
    public var body: [UInt8]?

    /// Lets the request use plain `http` and go to loopback, private and other special addresses.
    ///
    /// Not for anything whose URL a stranger can choose. Such requests never share a connection with others.
    public var allowPrivate = false

    /// Opens a connection of its own for this request instead of taking a warm one. The connection is kept after.
    public var freshConnection = false

    public var timeouts = CurlTimeouts()
    public var limits = CurlLimits()

    /// A PEM file of certificate authorities to trust *instead of* the system's.
    public var caFile: String?

    /// Requests with different pool names never share connections, DNS answers or limits. Every name that was ever used
    /// keeps a little memory, so take names from configuration, not from callers.
    public var pool: String?

    public init(method: String, url: String, headers: CurlRequestHeaders = [:], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// How long a request may take. Milliseconds, except where said.
public struct CurlTimeouts: Sendable, Hashable {
    /// Name lookup, TCP and TLS together; more than 0.
    public var connectMilliseconds: Int

    /// Everything, from the moment libcurl begins; more than 0. A wait for a free connection counts too.
    public var totalMilliseconds: Int

    /// Fewer bytes per second than ``lowSpeedBytesPerSecond`` (sent and received, the wait for the answer included) for
    /// this many *seconds* end the transfer. 0 switches this off.
    public var lowSpeedSeconds: Int

    public var lowSpeedBytesPerSecond: Int

    /// Idle *seconds* after which a connection is not reused: keep it below the server's own idle timeout, so that a
    /// request seldom meets a connection that is just being closed. More than 0.
    public var maxIdleSeconds: Int

    public init(
        connectMilliseconds: Int = 5_000,
        totalMilliseconds: Int = 30_000,
        lowSpeedSeconds: Int = 0,
        lowSpeedBytesPerSecond: Int = 1,
        maxIdleSeconds: Int = 55
    ) {
        self.connectMilliseconds = connectMilliseconds
        self.totalMilliseconds = totalMilliseconds
        self.lowSpeedSeconds = lowSpeedSeconds
        self.lowSpeedBytesPerSecond = lowSpeedBytesPerSecond
        self.maxIdleSeconds = maxIdleSeconds
    }
}

/// How big an answer may be. More ends the transfer with ``CurlFailure/Kind/tooLarge``.
public struct CurlLimits: Sendable, Hashable {
    public var bodyBytes: Int

    /// Status lines, header lines, interim answers (1xx) and trailers together.
    public var headerBytes: Int

    public init(bodyBytes: Int = 8 << 20, headerBytes: Int = 64 << 10) {
        self.bodyBytes = bodyBytes
        self.headerBytes = headerBytes
    }
}
