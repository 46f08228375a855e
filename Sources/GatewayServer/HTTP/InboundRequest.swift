public import NIOCore

/// One whole request: head checked, body read to its end, and no longer than the limit allows.
public struct InboundRequest: Sendable {
    public let head: RequestHead
    /// The body with any chunked coding removed; empty if there is none.
    public let body: [UInt8]
    /// The other end of the connection; nil where the socket has no address.
    public let remoteAddress: SocketAddress?

    public var method: RequestMethod { head.method }
    /// See ``RequestHead/path``.
    public var path: String { head.path }
    /// See ``RequestHead/query``.
    public var query: String? { head.query }
    public var headers: RequestHeaders { head.headers }
    public var keepAlive: Bool { head.keepAlive }
    public var isHead: Bool { head.method == .head }
}
