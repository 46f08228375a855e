import NIOCore

/// The means to send an answer's body in parts, after ``ReplyHandle/start(_:)`` has sent its head.
///
/// Every started answer must be ended, with ``end()`` or ``abort()``, also when the client has gone: only then is the next
/// request of the connection read and the access log told.
///
/// Sendable for the reason that ``ReplyHandle`` is: its methods trap outside the connection's event loop.
public struct StreamedAnswer: @unchecked Sendable {
    let connection: HTTPConnection
    let requestNumber: UInt64

    /// Sends a part of the body; nothing where it is empty, the request was HEAD or the client has gone. What is written in
    /// one turn of the event loop goes out together.
    ///
    /// Whatever is written is kept until the client takes it: wait for ``ready()`` between parts.
    public func write(_ bytes: [UInt8]) {
        connection.eventLoop.preconditionInEventLoop()
        connection.writePart(requestNumber, bytes)
    }

    /// Calls `go` with true when few enough bytes wait for the client that more may be written, at once or later; with
    /// false if the client has gone. Must not be called again before that.
    public func whenReady(_ go: @escaping (Bool) -> Void) {
        connection.eventLoop.preconditionInEventLoop()
        connection.whenReady(requestNumber, go)
    }

    /// See ``whenReady(_:)``. To be awaited on the connection's event loop.
    public func ready() async -> Bool {
        await withUnsafeContinuation { continuation in whenReady { continuation.resume(returning: $0) } }
    }

    /// Whether more may be written now.
    public var isReady: Bool {
        connection.eventLoop.preconditionInEventLoop()
        return connection.isReady(requestNumber)
    }

    /// The body is whole. One that is shorter than its declared length is broken off.
    public func end() {
        connection.eventLoop.preconditionInEventLoop()
        connection.endAnswer(requestNumber)
    }

    /// The body is whole, and so many trailer fields follow it where the client gets chunks; `trailers` are lines as on the wire.
    func end(trailers: [UInt8]) {
        connection.eventLoop.preconditionInEventLoop()
        connection.endAnswer(requestNumber, trailers: trailers)
    }

    /// Breaks the answer off so that the client can tell that it is not whole: the connection is closed without a last
    /// chunk, or reset where only its end would say how long the body is (HTTP/1.0).
    public func abort() {
        connection.eventLoop.preconditionInEventLoop()
        connection.abortAnswer(requestNumber)
    }
}

/// What is told to the client about the length of a body that is sent in parts.
public enum AnswerLength: Equatable, Sendable {
    /// Not known in advance: chunks, or for HTTP/1.0 until the connection is closed.
    case unknown
    /// So many bytes, no more and no fewer; of an answer to HEAD, or a 304: those of the body that is left out.
    case declared(Int)
    /// Nothing, where there is no body (HEAD, 204, 304); else as `unknown`.
    case untold
}
