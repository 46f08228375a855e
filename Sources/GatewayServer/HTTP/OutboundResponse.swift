/// An answer, whole. Date, Content-Length and Connection are the front end's; everything else is set here.
public struct OutboundResponse: Sendable {
    /// 200 to 599.
    public var status: Int
    public var body: [UInt8]
    var contentType: StaticString?
    /// `name: value CR LF`, as sent; built once so that writing an answer is copying.
    private(set) var headerBlock: [UInt8] = []
    private(set) var hasDate = false
    /// Set when a name or a value was refused. Such an answer is replaced by a 500, so that bytes from a plugin or a
    /// vendor can neither end a header nor begin another (response splitting).
    private(set) var holdsInvalidHeader = false

    /// - Parameter contentType: nil for none, or when it is added by hand.
    public init(status: Int, contentType: StaticString? = nil, body: [UInt8] = []) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    public static func json(status: Int = 200, _ body: [UInt8]) -> OutboundResponse {
        OutboundResponse(status: status, contentType: "application/json", body: body)
    }

    /// An RFC 9457 problem; `body` is its JSON.
    public static func problem(status: Int, _ body: [UInt8]) -> OutboundResponse {
        OutboundResponse(status: status, contentType: "application/problem+json", body: body)
    }

    public static func text(status: Int = 200, _ body: String) -> OutboundResponse {
        OutboundResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array(body.utf8))
    }

    public static func empty(status: Int = 204) -> OutboundResponse {
        OutboundResponse(status: status)
    }

    /// Adds a header. See ``addHeader(name:value:)`` for what is refused.
    public mutating func addHeader(_ name: StaticString, _ value: String) {
        var value = value
        value.withUTF8 { add(UnsafeRawBufferPointer(name.bytes), UnsafeRawBufferPointer($0)) }
    }

    /// Adds a header whose value is two texts, one behind the other.
    mutating func addHeader(_ name: StaticString, _ beginning: String, _ end: String) {
        var (beginning, end) = (beginning, end)
        beginning.withUTF8 { beginning in
            end.withUTF8 { end in
                add(UnsafeRawBufferPointer(name.bytes), UnsafeRawBufferPointer(beginning), UnsafeRawBufferPointer(end))
            }
        }
    }

    public mutating func addHeader(_ name: StaticString, _ value: some Collection<UInt8>) {
        withBytes(value) { add(UnsafeRawBufferPointer(name.bytes), $0) }
    }

    /// Adds a header whose name is not known in advance.
    ///
    /// A name that is no token, a name that the front end sets itself (Content-Length, Transfer-Encoding, Connection and
    /// the other hop-by-hop names), and a value with a control character other than tab are refused: the whole answer is
    /// then replaced by a 500 when it is sent.
    public mutating func addHeader(name: some Collection<UInt8>, value: some Collection<UInt8>) {
        withBytes(name) { name in withBytes(value) { value in add(name, value) } }
    }

    /// Calls `body` with the bytes in one piece, copied only if they are not.
    private func withBytes(_ bytes: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) -> Void) {
        if bytes.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) == nil {
            Array(bytes).withUnsafeBytes { body($0) }
        }
    }

    /// Makes room for so many bytes of headers.
    mutating func reserveHeaders(_ count: Int) { headerBlock.reserveCapacity(count) }

    private mutating func add(
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer,
        _ rest: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        guard !name.isEmpty, name.allSatisfy({ $0.isTokenCharacter }), !Self.isFrontEnds(name),
            Self.isFieldValue(value), Self.isFieldValue(rest)
        else {
            holdsInvalidHeader = true
            return
        }
        if name.equalsIgnoringCase("date") { hasDate = true }
        // Room for what a usual answer has: each growth would copy what is there.
        if headerBlock.capacity == 0 {
            headerBlock.reserveCapacity(max(256, name.count + value.count + rest.count + 4))
        }
        headerBlock.append(contentsOf: name)
        headerBlock.append(UInt8(ascii: ":"))
        headerBlock.append(UInt8(ascii: " "))
        headerBlock.append(contentsOf: value)
        headerBlock.append(contentsOf: rest)
        headerBlock.append(0x0D)
        headerBlock.append(0x0A)
    }

    private static func isFieldValue(_ value: UnsafeRawBufferPointer) -> Bool {
        value.allSatisfy { $0.isFieldValueCharacter || $0 >= 0x80 }
    }

    private static func isFrontEnds(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 2: name.equalsIgnoringCase("te")
        case 7: name.equalsIgnoringCase("upgrade") || name.equalsIgnoringCase("trailer")
        case 10: name.equalsIgnoringCase("connection") || name.equalsIgnoringCase("keep-alive")
        case 14: name.equalsIgnoringCase("content-length")
        case 16: name.equalsIgnoringCase("proxy-connection")
        case 17: name.equalsIgnoringCase("transfer-encoding")
        default: false
        }
    }

    /// The headers that were added, and the type of the body.
    var headers: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let contentType { headers.append(("Content-Type", "\(contentType)")) }
        for line in String(decoding: headerBlock, as: UTF8.self).split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers.append((String(parts[0]), String(parts[1].dropFirst())))
        }
        return headers
    }

    /// The value of the first added header that is spelt so.
    func value(of name: StaticString) -> String? {
        var start = headerBlock.startIndex
        while let end = headerBlock[start...].firstIndex(of: 0x0D) {
            let line = headerBlock[start..<end]
            let name = name.bytes
            if line.count > name.count + 1, line[start + name.count] == UInt8(ascii: ":"), line.starts(with: name) {
                return String(decoding: line.dropFirst(name.count + 2), as: UTF8.self)
            }
            start = end + 2
        }
        return nil
    }

    var isSendable: Bool { !holdsInvalidHeader && (200...599).contains(status) }
}

extension StaticString {
    var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
    }
}
