import NIOCore

/// What answers the requests of one event loop: made once per event loop, called on it, never from elsewhere.
public protocol HTTPResponder: AnyObject {
    /// Answers `request` by calling `reply` exactly once, now or later, on the same event loop.
    ///
    /// The next request of the connection is read only then. If the client has gone in the meantime the responder is not
    /// told; its work goes on and the answer is dropped.
    func respond(to request: InboundRequest, reply: ReplyHandle)

    /// Asked when the head of a request with a body is complete: whether the body is to be handed over as it arrives, and
    /// how many bytes it may have then (more: 413, or ``BodyBreak/Reason/tooLarge`` once the answer has begun). Nil, which
    /// is the default, is the body whole, within ``HTTPServerConfiguration/bodyLimit``.
    func streamLimit(of head: RequestHead) -> Int?

    /// Answers a request for which ``streamLimit(of:)`` was not nil, by calling `reply` exactly once, on the event loop.
    ///
    /// If the body turns out to be malformed, too long or too slow before `reply` is called, the front end refuses the
    /// request by itself. If the answer ends before the body does, the connection is closed behind it.
    func respond(to request: StreamedRequest, reply: ReplyHandle)

    /// Renders what the front end refuses by itself, as `application/problem+json`.
    func problem(status: Int, code: String, detail: String) -> OutboundResponse

    /// Told of each request, refused ones included, when its answer is ready to be sent and just before it is, or when
    /// a streamed answer has ended. Keep it cheap: it runs on the request's path. Does nothing unless implemented.
    func requestFinished(_ record: AccessRecord)
}

extension HTTPResponder {
    public func requestFinished(_ record: AccessRecord) {}

    public func streamLimit(of head: RequestHead) -> Int? { nil }

    public func respond(to request: StreamedRequest, reply: ReplyHandle) {
        preconditionFailure("a responder that asks for streamed bodies must take them")
    }
}

/// The means to answer one request.
///
/// Sendable so that it can travel with work that is done elsewhere; `send` itself must be called on the connection's event
/// loop, and traps if it is not; so does `start`. That is the whole argument for `@unchecked`: nothing else touches the
/// connection.
public struct ReplyHandle: @unchecked Sendable {
    let connection: HTTPConnection
    let requestNumber: UInt64

    /// Sends the answer. Dropped silently if the client has gone.
    public func send(_ response: OutboundResponse) {
        connection.eventLoop.preconditionInEventLoop()
        connection.answer(requestNumber, response)
    }

    /// Sends the head of an answer at once; its body, of which `response` may hold the beginning, is sent in parts. Where
    /// its length is not known an HTTP/1.1 client gets it in chunks, an HTTP/1.0 client until the connection is closed.
    ///
    /// - Parameter length: of the body, where it is known.
    /// - Returns: what must be ended whatever happens. If the client has gone, what is written is dropped.
    public func start(_ response: OutboundResponse, length: AnswerLength = .unknown) -> StreamedAnswer {
        connection.eventLoop.preconditionInEventLoop()
        connection.startAnswer(requestNumber, response, length)
        return StreamedAnswer(connection: connection, requestNumber: requestNumber)
    }

    /// Answers CONNECT with the head of `response`, and joins the client's connection with the one that `far` stands for.
    ///
    /// - Parameters:
    ///   - far: the handler of a connection on the same event loop.
    ///   - ended: called once, when the tunnel has ended.
    /// - Returns: false if there is no client to answer any more; nothing has been done then.
    func openTunnel(
        _ response: OutboundResponse,
        to far: TunnelFarEnd,
        ended: @escaping (TunnelSummary) -> Void
    ) -> Bool {
        connection.eventLoop.preconditionInEventLoop()
        return connection.openTunnel(requestNumber, response, far, ended)
    }
}
