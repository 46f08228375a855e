/// The header fields of a request, checked and kept as the bytes that will be sent.
///
/// A field is checked when it is added. A bad one is not kept; instead ``problem`` says what was wrong with it, and a
/// request with a problem is answered with ``CurlFailure/Kind/invalidRequest`` and never sent. Names are RFC 9110
/// tokens; values hold no control character but TAB (so no CR, LF or NUL) and lose white space at both ends.
///
/// `Host` and `Content-Length` follow from URL and body; these, and the fields that are about one connection
/// (`Connection`, `Transfer-Encoding`, `Expect` …), are refused.
public struct CurlRequestHeaders: Sendable, ExpressibleByDictionaryLiteral {
    /// `name: value` per field, each ended by NUL; `name;` is libcurl's spelling of a field with an empty value.
    private(set) var lines: [UInt8] = []
    public private(set) var count = 0

    /// What was wrong with the first refused field; names the field, never its value.
    public private(set) var problem: String?

    private(set) var hasContentType = false
    private(set) var hasAccept = false
    private(set) var hasUserAgent = false

    public init() {}

    /// Order and duplicates are kept.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }

    public init(_ fields: some Sequence<(String, String)>) {
        for (name, value) in fields { append(name: name, value: value) }
    }

    public var isEmpty: Bool { count == 0 }

    public mutating func reserveCapacity(bytes: Int) {
        lines.reserveCapacity(bytes)
    }

    /// Adds a field behind those already there.
    public mutating func append(name: String, value: String) {
        var name = name
        var value = value
        name.withUTF8 { name in
            value.withUTF8 { append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer($0)) }
        }
    }

    /// Adds a field behind those already there. Bytes of 0x80 and above pass unchanged in the value.
    public mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        guard HeaderSyntax.isToken(name) else {
            return note("a header name has to be a token of RFC 9110; refused \(HeaderSyntax.printable(name))")
        }
        let value = HeaderSyntax.trimmed(value)
        guard HeaderSyntax.isFieldValue(value) else {
            return note("the value of header \(HeaderSyntax.printable(name)) holds a control character")
        }
        switch HeaderSyntax.role(of: name) {
        case .ordinary: break
        case .contentType: hasContentType = true
        case .accept: hasAccept = true
        case .userAgent: hasUserAgent = true
        case .ownedByClient:
            return note("header \(HeaderSyntax.printable(name)) is set from URL, body and connection, not by hand")
        }
        lines.append(contentsOf: name)
        if value.isEmpty {
            lines.append(UInt8(ascii: ";"))
        } else {
            lines.append(UInt8(ascii: ":"))
            lines.append(UInt8(ascii: " "))
            lines.append(contentsOf: value)
        }
        lines.append(0)
        count += 1
    }

    /// Adds fields that were checked before, in their order.
    public mutating func append(contentsOf others: CurlRequestHeaders) {
        if problem == nil { problem = others.problem }
        lines.append(contentsOf: others.lines)
        count += others.count
        hasContentType = hasContentType || others.hasContentType
        hasAccept = hasAccept || others.hasAccept
        hasUserAgent = hasUserAgent || others.hasUserAgent
    }

    private mutating func note(_ text: String) {
        if problem == nil { problem = text }
    }
}
