internal import GatewayCore

/// Requests in a vendor's own dialect.
extension UnifiedAPI {
    /// Proxied bodies pass as they are, however long.
    static let proxiedBodyLimit = Int.max >> 1

    /// - Parameter bound: the connection whose own listener the request came to.
    func proxy(_ head: RequestHead, _ body: StreamedBody?, _ reply: ReplyHandle, bound: String?) {
        proxyAPI?.respond(head, body, nextID(), reply, bound: bound)
    }
}
