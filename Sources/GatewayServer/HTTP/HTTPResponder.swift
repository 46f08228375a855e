import NIOCore

/// What answers the requests of one event loop: made once per event loop, called on it, never from elsewhere.
public protocol HTTPResponder: AnyObject {
    /// Answers `request` by calling `reply` exactly once, now or later, on the same event loop.
    ///
    /// The next request of the connection is read only then. If the client has gone in the meantime the responder is not
    /// told; its work goes on and the answer is dropped.
    func respond(to request: InboundRequest, reply: ReplyHandle)

    /// Renders what the front end refuses by itself, as `application/problem+json`.
    func problem(status: Int, code: String, detail: String) -> OutboundResponse

    /// Told of each request, refused ones included, when its answer is ready to be sent and just before it is. Keep it
    /// cheap: it runs on the request's path. Does nothing unless implemented.
    func requestFinished(_ record: AccessRecord)
}

extension HTTPResponder {
    public func requestFinished(_ record: AccessRecord) {}
}

/// The means to answer one request.
///
/// Sendable so that it can travel with work that is done elsewhere; `send` itself must be called on the connection's event
/// loop, and traps if it is not. That is the whole argument for `@unchecked`: nothing but `send` touches the connection.
public struct ReplyHandle: @unchecked Sendable {
    let connection: HTTPConnection
    let requestNumber: UInt64

    /// Sends the answer. Dropped silently if the client has gone.
    public func send(_ response: OutboundResponse) {
        connection.eventLoop.preconditionInEventLoop()
        connection.answer(requestNumber, response)
    }
}
