/// A full answer: status line, headers and the whole body, framed as HTTP/1.1 says.
///
/// Redirects are answers like any other: they are never followed.
public struct CurlResponse: Sendable {
    /// 200 to 599, or whatever three digits of at least 200 the server sent.
    public let status: Int
    public let headers: CurlHeaders
    public let body: [UInt8]
    public let timings: CurlTimings

    /// The request went over a connection that had served another before.
    public let connectionReused: Bool

    /// This end's TCP port: tells connections apart.
    public let localPort: Int
}
