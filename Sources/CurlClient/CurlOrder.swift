/// A request on its way to the client's thread, in one piece: it is handed through several lists.
public final class CurlOrder: Sendable {
    public let request: CurlRequest
    /// The caller's own mark; it comes back with the completion.
    public let token: UInt64

    public init(_ request: CurlRequest, token: UInt64) {
        self.request = request
        self.token = token
    }
}
