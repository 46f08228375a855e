public import NIOCore

/// A request whose head has passed every check, and whose body is still arriving.
public struct StreamedRequest: Sendable {
    public let head: RequestHead
    public let body: StreamedBody
    /// The other end of the connection; nil where the socket has no address.
    public let remoteAddress: SocketAddress?
}

/// What a streamed body brings next.
public enum BodyPart: Sendable {
    /// At least one byte and at most 64 KiB, with any chunked coding removed. Says nothing of how the client cut it.
    case bytes([UInt8])
    /// The body is whole. Comes again if asked again.
    case end
    /// No more comes, and the body is not whole. Comes again if asked again.
    case broken(BodyBreak)
}

/// Why a streamed body has no end.
public struct BodyBreak: Error, Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
        /// The client has gone; nobody reads the answer.
        case disconnected
        /// The client closed its sending side too early; it may still read the answer.
        case incomplete
        /// No byte came in time.
        case timeout
        case tooLarge
        /// The chunked coding is wrong.
        case malformed
        /// Too many bytes of bodies wait in all.
        case overloaded
        /// The server is stopping, and the client is slow to end its body.
        case stopping
        /// The answer has been sent already.
        case answered
    }

    public let reason: Reason
    /// For people: what is wrong.
    public let detail: String
}

/// The means to read the body of one request as it arrives.
///
/// The socket is read only while fewer than 64 KiB wait to be asked for, so a client sends as fast as the responder reads.
/// Sendable so that it can travel with the work; it must be used on the connection's event loop, and traps if it is not.
/// That is the whole argument for `@unchecked`: nothing but these methods touches the connection.
public struct StreamedBody: @unchecked Sendable {
    let connection: HTTPConnection
    let requestNumber: UInt64

    /// Asks for the next part. `take` is called once: within this call if there is something, else later on the same event
    /// loop. The next part must be asked for only then.
    public func read(_ take: @escaping (BodyPart) -> Void) {
        connection.eventLoop.preconditionInEventLoop()
        connection.readStreamedBody(requestNumber, take)
    }

    /// What is left of a body whose length was told, where all of it has come; `nil` where it has to be read in parts.
    func takeRest() -> [UInt8]? {
        connection.eventLoop.preconditionInEventLoop()
        return connection.takeRestOfBody(requestNumber)
    }

    /// The next part. To be awaited on the connection's event loop.
    public func next() async -> BodyPart {
        await withUnsafeContinuation { continuation in read { continuation.resume(returning: $0) } }
    }

    /// The trailer fields, once ``BodyPart/end`` has come and until the answer has ended.
    var trailers: RequestHeaders? {
        connection.eventLoop.preconditionInEventLoop()
        return connection.requestNumber == requestNumber ? connection.incoming?.trailers : nil
    }

    /// Tells a client that waits for it (`Expect: 100-continue`) to send the body. The first read does it too; a responder
    /// that begins its answer before it reads must call this first, since nothing can be told after an answer's head.
    public func invite() {
        connection.eventLoop.preconditionInEventLoop()
        connection.inviteBody(requestNumber)
    }

    /// Whether the server is stopping: what is not begun should not be begun any more.
    public var isStopping: Bool {
        connection.eventLoop.preconditionInEventLoop()
        return connection.loop.isDraining
    }
}
