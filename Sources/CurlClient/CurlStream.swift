/// The body of a request that is streamed.
public enum CurlUpload: Sendable {
    /// What ``CurlRequest/body`` holds.
    case request
    /// So many bytes follow, through ``CurlClient/send(_:)``.
    case length(Int)
    /// Bytes follow until ``CurlStreamCommand/endUpload(token:trailers:)``; sent in chunks. Trailer fields are sent only if they are
    /// announced here: libcurl asks for them at the end of a body if it was told to before the beginning.
    case chunked(hasTrailers: Bool)
}

/// What is told to a streamed request while it runs.
public enum CurlStreamCommand: Sendable {
    /// Begins a request. Its total timeout does not count; see ``CurlRequest/timeouts`` and `idleMilliseconds`.
    ///
    /// The order's token is the caller's mark of the request in all that follows. It must be free: not that of a running stream.
    ///
    /// `idleMilliseconds`: the longest time in which the server neither takes nor sends a byte. Time in which the *caller* brings no
    /// body, or takes none, does not count.
    case start(CurlOrder, upload: CurlUpload, idleMilliseconds: Int)
    /// More of the body.
    case upload([UInt8], token: UInt64)
    /// The body is whole. Trailer fields go behind a chunked one that announced them.
    case endUpload(token: UInt64, trailers: CurlRequestHeaders)
    /// So many bytes of the answer have found their place: as many more may come.
    case acknowledge(Int, token: UInt64)
    /// Ends the request at once, with ``CurlFailure/Kind/cancelled``, and closes its connection.
    case cancel(token: UInt64)
}

/// What happened to one streamed request in one turn of the client's thread, in this order.
public struct CurlStreamNews: Sendable {
    public let token: UInt64
    /// Bytes of the upload that libcurl has taken since the last news; told while more may follow.
    public internal(set) var uploaded = 0
    /// The answer has begun.
    public internal(set) var head: CurlStreamHead?
    /// More of the answer's body, its chunked coding taken off.
    public internal(set) var body: [UInt8] = []
    /// The request has ended; nothing follows.
    public internal(set) var end: CurlStreamEnd?

    init(token: UInt64) {
        self.token = token
    }
}

/// The head of an answer.
public struct CurlStreamHead: Sendable {
    public let status: Int
    public let headers: CurlHeaders
    /// The declared length of the body (of a HEAD's answer: of the body that GET would have).
    public let contentLength: Int?
    public let isChunked: Bool
}

public enum CurlStreamEnd: Sendable {
    /// The answer is whole. Its trailer fields are `nil` if there were none.
    case complete(trailers: CurlHeaders?)
    case failed(CurlFailure)
}
