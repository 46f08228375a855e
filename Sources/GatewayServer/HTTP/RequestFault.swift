/// Why the front end refuses a request before any responder sees it.
///
/// Rendered by ``HTTPResponder/problem(status:code:detail:)``; the connection is closed afterwards, because after most
/// of these nobody can say where the next request would begin.
struct RequestFault: Error, Equatable, Sendable {
    let status: Int
    /// Stable, snake_case.
    let code: String
    /// For people: what is wrong and what to do instead. Never holds bytes of the request.
    let detail: String

    init(_ status: Int, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }
}

// RFC 9112 section 3: the request line.
extension RequestFault {
    static let requestLine = RequestFault(
        400,
        "malformed_request_line",
        "The first line must be: method, one space, target, one space, HTTP/1.1, CR LF."
    )
    static let emptyLines = RequestFault(
        400,
        "malformed_request_line",
        "There are too many empty lines before the request line."
    )
    static let target = RequestFault(
        400,
        "malformed_target",
        "The request target must begin with '/' and hold printable ASCII only, with no fragment ('#')."
    )
    static let absoluteForm = RequestFault(
        400,
        "absolute_target",
        "The request target must be a path that begins with '/'; an absolute URL is taken by a proxy listener only."
    )
    static let userinfo = RequestFault(
        400,
        "malformed_target",
        "An absolute request target must be http or https, name a host, and hold no user name or password."
    )
    static let absolutePathMissing = RequestFault(
        400,
        "malformed_target",
        "An absolute request target with a query must have a path before it: http://host/?query."
    )
    static let version = RequestFault(
        505,
        "http_version_unsupported",
        "This listener speaks HTTP/1.1 and HTTP/1.0."
    )
    static let connect = RequestFault(
        501,
        "connect_refused",
        "CONNECT is refused: this listener is no HTTP proxy. Where a connection is proxied, make its address the client's base URL "
            + "(/proxy/{connection}); where the listener was started with one, a client may have it as HTTP proxy."
    )
    static let authority = RequestFault(
        400,
        "malformed_target",
        "The target of CONNECT must be a host and a port: api.example.com:443."
    )
    static let connectFraming = RequestFault(
        400,
        "ambiguous_framing",
        "CONNECT has no body: send it with neither Content-Length nor Transfer-Encoding."
    )
    static func targetTooLong(_ limit: Int) -> RequestFault {
        RequestFault(414, "target_too_long", "The request line is longer than \(limit) bytes.")
    }
}

// RFC 9112 section 5 and 6: fields and framing.
extension RequestFault {
    static let lineEnd = RequestFault(400, "malformed_line_end", "Each line of a request's head must end in CR LF.")
    static let fieldLine = RequestFault(
        400,
        "malformed_header",
        "A header line must be: name, colon, value; with no space before the colon and no folded lines."
    )
    static let fieldValue = RequestFault(
        400,
        "malformed_header",
        "A header value must hold printable ASCII, spaces and tabs only."
    )
    static let tabAroundValue = RequestFault(
        400,
        "malformed_header",
        "No tab may stand beside the value of a header that says where a request ends."
    )
    static let fieldRepeated = RequestFault(
        400,
        "malformed_header",
        "Authorization, Content-Type, Content-Range, Expect, If-Modified-Since, If-Unmodified-Since and If-Range must not be repeated."
    )
    static let trailerName = RequestFault(
        400,
        "malformed_trailer",
        "A trailer must not be one of the headers that say where a request ends, where it goes or who sends it."
    )
    static let aliasingName = RequestFault(
        400,
        "aliasing_header",
        "A header name spells a reserved name with '_' in place of '-'."
    )
    static let hostMissing = RequestFault(400, "host_missing", "An HTTP/1.1 request must have one Host header.")
    static let hostRepeated = RequestFault(400, "host_repeated", "A request must not have more than one Host header.")
    static let hostMalformed = RequestFault(
        400,
        "host_malformed",
        "The Host header must be a name or an address with an optional port."
    )
    static let contentLength = RequestFault(
        400,
        "malformed_content_length",
        "Content-Length must be given at most once, as decimal digits."
    )
    static let transferEncoding = RequestFault(
        400,
        "malformed_transfer_encoding",
        "Transfer-Encoding must be exactly 'chunked', once, on HTTP/1.1."
    )
    static let bothFramings = RequestFault(
        400,
        "ambiguous_framing",
        "Content-Length and Transfer-Encoding must not stand in one request."
    )
    static let bodyUndefined = RequestFault(
        400,
        "ambiguous_framing",
        "A GET, HEAD or DELETE of HTTP/1.0 must not have a body; send it with HTTP/1.1."
    )
    static let upgrade = RequestFault(400, "upgrade_refused", "Upgrade is refused: send the request without it.")
    static let connectionOptions = RequestFault(
        400,
        "malformed_connection",
        "The Connection header must not name a header that the gateway itself depends on."
    )
    static let expectation = RequestFault(
        417,
        "expectation_unsupported",
        "The only expectation that is met is 100-continue."
    )
    static func headerBlockTooLarge(_ limit: Int) -> RequestFault {
        RequestFault(431, "headers_too_large", "The request's headers are longer than \(limit) bytes.")
    }
    static func tooManyFields(_ limit: Int) -> RequestFault {
        RequestFault(431, "headers_too_many", "The request has more than \(limit) header fields.")
    }
}

// Bodies, deadlines and admission.
extension RequestFault {
    static let chunk = RequestFault(
        400,
        "malformed_chunk",
        "The chunked body is malformed: each chunk is its size in hexadecimal, CR LF, that many bytes, CR LF."
    )
    static func bodyTooLarge(_ limit: Int) -> RequestFault {
        RequestFault(413, "body_too_large", "The request's body is longer than \(limit) bytes.")
    }
    static let headTimeout = RequestFault(
        408,
        "request_timeout",
        "The request's headers did not arrive in time; nothing was done. Send it again on a new connection."
    )
    static let bodyTimeout = RequestFault(
        408,
        "request_timeout",
        "The request's body did not arrive in time; nothing was done. Send it again on a new connection."
    )
    static let stopping = RequestFault(
        503,
        "shutting_down",
        "The gateway is stopping, and the request's body did not end in time. Send the rest again in a moment."
    )
    static let overloaded = RequestFault(
        503,
        "too_many_connections",
        "There are too many open connections, in all or from this address; nothing was done. Try again later."
    )
    static let bufferFull = RequestFault(
        503,
        "too_many_bodies",
        "Too many request bodies are arriving at once; nothing was done. Try again later."
    )
    static let responseHeader = RequestFault(
        500,
        "invalid_response_header",
        "The answer held a header that cannot be sent. What was asked for may have been done."
    )
}
