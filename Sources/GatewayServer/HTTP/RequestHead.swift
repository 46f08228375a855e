/// The request line and the header fields of a request that passed every check of the front end.
public struct RequestHead: Sendable {
    /// How the body is delimited (RFC 9112 section 6).
    enum Framing: Equatable, Sendable {
        case none
        case length(Int)
        case chunked
    }

    public let method: RequestMethod
    public let headers: RequestHeaders
    /// Whether the client wants the connection kept open afterwards.
    public let keepAlive: Bool
    /// False for HTTP/1.0.
    public let isHTTP11: Bool
    let framing: Framing
    let expectsContinue: Bool
    let targetRange: Range<UInt16>
    let pathRange: Range<UInt16>
    /// Empty if there is no `?`; otherwise from the `?` on.
    let queryRange: Range<UInt16>

    /// The path as it came, percent-escapes and all; it begins with `/`, or is `*` for `OPTIONS *`. Neither segments nor
    /// escapes have been checked: ``RequestPath/parse(_:)`` does that.
    public var path: String { pathRange.isEmpty ? "/" : String(decoding: pathBytes, as: UTF8.self) }

    /// The bytes of ``path``; empty stands for `/`, which only an absolute target without a path can give.
    public var pathBytes: ArraySlice<UInt8> { slice(pathRange) }

    /// Whether a tunnel is asked for; ``target`` is then the host and port that it is to lead to, and so is ``path``.
    public var isConnect: Bool { method == .other("CONNECT") }

    /// What follows the first `?`, undecoded; nil if there is none.
    public var query: String? { queryBytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The bytes of ``query``.
    public var queryBytes: ArraySlice<UInt8>? { queryRange.isEmpty ? nil : slice(queryRange).dropFirst() }

    /// The whole request target as it came.
    public var target: ArraySlice<UInt8> { slice(targetRange) }

    /// The host and port of an absolute target (`GET http://host:port/path`), nil for the usual form. When there is one it
    /// counts and the Host header does not (RFC 9112 section 3.2.2).
    public var absoluteAuthority: ArraySlice<UInt8>? {
        // Scheme and "://" stand before it; the parser has checked both.
        guard targetRange.lowerBound != pathRange.lowerBound else { return nil }
        let before = slice(targetRange.lowerBound..<pathRange.lowerBound)
        guard let colon = before.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        return before[(colon + 3)...]
    }

    private func slice(_ range: Range<UInt16>) -> ArraySlice<UInt8> {
        headers.bytes[Int(range.lowerBound)..<Int(range.upperBound)]
    }
}
