/// Reads the head of one request, line by line, from bytes that arrive in any portions.
///
/// It takes the strict subset of RFC 9112 on which servers and proxies agree, and says 400, 414, 431, 501 or 505 to
/// everything else, since what two readers frame differently is what request smuggling is made of. It owns no bytes: the
/// caller keeps what has come so far, from the first byte of the head, and passes it all each time; each byte is looked at
/// once. Each line is checked as soon as it is complete.
struct RequestHeadParser {
    enum Progress {
        /// More bytes are needed.
        case incomplete
        /// The head is complete and takes this many bytes.
        case complete(length: Int, RequestHead)
        case fault(RequestFault)
    }

    private let limits: HTTPServerConfiguration.Limits
    private let takesAbsoluteForm: Bool

    // Where the line being read begins, and from where on no LF has been looked for.
    private var lineStart = 0
    private var scanned = 0
    private var emptyLines = 0
    private var fieldsStart = 0

    private var method: RequestMethod?
    private var isHTTP11 = true
    private var target: Range<UInt16> = 0..<0
    private var path: Range<UInt16> = 0..<0
    private var query: Range<UInt16> = 0..<0
    private var fields: ContiguousArray<RequestHeaders.Field> = []

    private var hasHost = false
    private var singleFields: SingleFields = []
    private var contentLength: Int?
    private var isChunked = false
    private var saysClose = false
    private var saysKeepAlive = false
    private var expectsContinue = false

    init(limits: HTTPServerConfiguration.Limits, takesAbsoluteForm: Bool) {
        self.limits = limits
        self.takesAbsoluteForm = takesAbsoluteForm
        fields.reserveCapacity(16)
    }

    /// Back to the state before the first byte of a request.
    mutating func reset() {
        lineStart = 0
        scanned = 0
        emptyLines = 0
        fieldsStart = 0
        method = nil
        fields.removeAll(keepingCapacity: true)
        hasHost = false
        singleFields = []
        contentLength = nil
        isChunked = false
        saysClose = false
        saysKeepAlive = false
        expectsContinue = false
    }

    /// - Parameter bytes: everything since the first byte of the head, with more at the end than last time.
    mutating func advance(_ bytes: UnsafeRawBufferPointer) -> Progress {
        do throws(RequestFault) {
            while let lineFeed = bytes.firstOffset(of: 0x0A, from: scanned) {
                guard lineFeed > lineStart, bytes[lineFeed - 1] == 0x0D else { throw RequestFault.lineEnd }
                let start = lineStart
                let end = lineFeed - 1
                lineStart = lineFeed + 1
                scanned = lineStart
                if fieldsStart == 0 {
                    try readFirstLine(bytes, start, end)
                } else {
                    guard lineStart - fieldsStart <= limits.headerBlock else {
                        throw RequestFault.headerBlockTooLarge(limits.headerBlock)
                    }
                    if start == end {
                        return .complete(length: lineStart, try finish(bytes))
                    }
                    try readField(bytes, start, end)
                }
            }
            scanned = bytes.count
            try checkUnfinishedLine(bytes)
            return .incomplete
        } catch {
            return .fault(error)
        }
    }

    /// What can be said of a line whose end has not come: it may be too long already, or begin as no request can.
    private func checkUnfinishedLine(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) {
        guard lineStart < bytes.count else { return }
        if fieldsStart > 0 {
            guard bytes.count - fieldsStart <= limits.headerBlock else {
                throw RequestFault.headerBlockTooLarge(limits.headerBlock)
            }
        } else {
            guard RequestMethod.isLetter(bytes[lineStart]) || bytes[lineStart] == 0x0D else {
                throw RequestFault.requestLine
            }
            guard bytes.count - lineStart <= limits.requestLine + 1 else {
                throw RequestFault.targetTooLong(limits.requestLine)
            }
        }
    }

    // MARK: - Request line

    private mutating func readFirstLine(
        _ bytes: UnsafeRawBufferPointer,
        _ start: Int,
        _ end: Int
    ) throws(RequestFault) {
        if start == end {
            // RFC 9112 section 2.2: ignore at least one empty line before the request line. A few, not a stream of them.
            emptyLines += 1
            guard emptyLines <= limits.emptyLinesBeforeRequest else { throw RequestFault.emptyLines }
            return
        }
        guard end - start <= limits.requestLine else { throw RequestFault.targetTooLong(limits.requestLine) }
        fieldsStart = lineStart

        guard let firstSpace = bytes.firstOffset(of: 0x20, from: start), firstSpace < end,
            let method = RequestMethod(bytes.sub(start, firstSpace))
        else { throw RequestFault.requestLine }
        let targetStart = firstSpace + 1
        guard let secondSpace = bytes.firstOffset(of: 0x20, from: targetStart), secondSpace < end,
            secondSpace > targetStart
        else { throw RequestFault.requestLine }

        let version = bytes.sub(secondSpace + 1, end)
        if version.equals("HTTP/1.1") {
            isHTTP11 = true
        } else if version.equals("HTTP/1.0") {
            isHTTP11 = false
        } else {
            let isVersion =
                version.count == 8 && version.sub(0, 5).equals("HTTP/") && version[6] == 0x2E
                && (0x30...0x39).contains(version[5]) && (0x30...0x39).contains(version[7])
            throw isVersion ? RequestFault.version : RequestFault.requestLine
        }
        if case .other(let name) = method {
            if name == "CONNECT", !takesAbsoluteForm { throw RequestFault.connect }
            // RFC 9113 section 3.4 made it up so that no server takes HTTP/2 for HTTP/1.1.
            if name == "PRI" { throw RequestFault.requestLine }
        }
        self.method = method
        if method == .other("CONNECT") {
            try readAuthority(bytes, targetStart, secondSpace)
        } else {
            try readTarget(bytes, targetStart, secondSpace)
        }
    }

    /// `host:port`, the only form of a tunnel's target (RFC 9112 section 3.2.3).
    private mutating func readAuthority(
        _ bytes: UnsafeRawBufferPointer,
        _ start: Int,
        _ end: Int
    ) throws(RequestFault) {
        let authority = bytes.sub(start, end)
        guard HostSyntax.isValid(authority), let colon = authority.lastIndex(of: UInt8(ascii: ":")),
            let port = Self.decimal(authority.sub(colon + 1, authority.count)), (1...65_535).contains(port)
        else { throw RequestFault.authority }
        target = UInt16(start)..<UInt16(end)
        path = target
        query = UInt16(end)..<UInt16(end)
    }

    private mutating func readTarget(
        _ bytes: UnsafeRawBufferPointer,
        _ start: Int,
        _ end: Int
    ) throws(RequestFault) {
        target = UInt16(start)..<UInt16(end)
        var questionMark = end
        for offset in start..<end {
            let byte = bytes[offset]
            guard byte &- 0x21 < 0x5E, byte != UInt8(ascii: "#") else { throw RequestFault.target }
            if byte == UInt8(ascii: "?"), questionMark == end { questionMark = offset }
        }
        query = UInt16(questionMark)..<UInt16(end)
        if bytes[start] == UInt8(ascii: "/") {
            path = UInt16(start)..<UInt16(questionMark)
        } else if method == .options, end - start == 1, bytes[start] == UInt8(ascii: "*") {
            path = UInt16(start)..<UInt16(end)
        } else {
            path = try absolutePath(bytes, start, questionMark)
            // `http://host?query` is a URI, but where its host ends is not read the same everywhere.
            guard !path.isEmpty || questionMark == end else { throw RequestFault.absolutePathMissing }
        }
    }

    /// The path of an absolute target; its authority is checked.
    private func absolutePath(
        _ bytes: UnsafeRawBufferPointer,
        _ start: Int,
        _ end: Int
    ) throws(RequestFault) -> Range<UInt16> {
        let whole = bytes.sub(start, end)
        let authority: Int
        if whole.hasPrefixIgnoringCase("http://") {
            authority = start + 7
        } else if whole.hasPrefixIgnoringCase("https://") {
            authority = start + 8
        } else {
            throw RequestFault.target
        }
        guard takesAbsoluteForm else { throw RequestFault.absoluteForm }
        let pathStart = bytes.sub(0, end).firstOffset(of: UInt8(ascii: "/"), from: authority) ?? end
        guard HostSyntax.isValid(bytes.sub(authority, pathStart)) else { throw RequestFault.userinfo }
        return UInt16(pathStart)..<UInt16(end)
    }

    // MARK: - Fields

    private mutating func readField(
        _ bytes: UnsafeRawBufferPointer,
        _ start: Int,
        _ end: Int
    ) throws(RequestFault) {
        guard fields.count < limits.fieldCount else { throw RequestFault.tooManyFields(limits.fieldCount) }
        let line = try FieldLine.parse(bytes, start, end)
        fields.append(line.field)
        let name = bytes.sub(start, Int(line.field.nameEnd))
        if line.nameHasUnderscore, HopByHop.aliasesReservedName(name) { throw RequestFault.aliasingName }
        let single = SingleFields(name)
        guard singleFields.isDisjoint(with: single) else { throw RequestFault.fieldRepeated }
        singleFields.formUnion(single)

        // Only names of these lengths matter to framing.
        switch name.count {
        case 4, 6, 7, 10, 14, 17:
            let value = bytes.sub(Int(line.field.valueStart), Int(line.field.valueEnd))
            if try interpret(name, value), line.hasTabAroundValue(bytes, end) {
                // Legal, but nginx takes the tab before a value for part of it, and llhttp the one behind it.
                throw RequestFault.tabAroundValue
            }
        default: break
        }
    }

    /// - Returns: whether the field is one that the front end acts upon.
    private mutating func interpret(
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer
    ) throws(RequestFault) -> Bool {
        if name.equalsIgnoringCase("host") {
            guard !hasHost else { throw RequestFault.hostRepeated }
            guard HostSyntax.isValid(value) else { throw RequestFault.hostMalformed }
            hasHost = true
        } else if name.equalsIgnoringCase("content-length") {
            // Not even twice the same, which RFC 9112 section 6.3 leaves open: some readers take the first, some the last.
            guard contentLength == nil, let length = Self.decimal(value) else { throw RequestFault.contentLength }
            contentLength = length
        } else if name.equalsIgnoringCase("transfer-encoding") {
            guard !isChunked, value.equalsIgnoringCase("chunked") else { throw RequestFault.transferEncoding }
            isChunked = true
        } else if name.equalsIgnoringCase("connection") {
            try readConnectionOptions(value)
        } else if name.equalsIgnoringCase("expect") {
            guard value.equalsIgnoringCase("100-continue") else { throw RequestFault.expectation }
            expectsContinue = true
        } else if name.equalsIgnoringCase("upgrade") {
            throw RequestFault.upgrade
        } else {
            return false
        }
        return true
    }

    private mutating func readConnectionOptions(_ value: UnsafeRawBufferPointer) throws(RequestFault) {
        var start = 0
        while start <= value.count {
            let end = value.firstOffset(of: UInt8(ascii: ","), from: start) ?? value.count
            let option = FieldLine.trimmed(value, start, end)
            start = end + 1
            if option.equalsIgnoringCase("keep-alive") {
                saysKeepAlive = true
            } else if option.equalsIgnoringCase("close") {
                saysClose = true
            } else if HopByHop.mustNotBeNamedByConnection(option) {
                throw RequestFault.connectionOptions
            }
        }
    }

    private static func decimal(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard (1...18).contains(bytes.count) else { return nil }
        var value = 0
        for byte in bytes {
            guard byte &- 0x30 < 10 else { return nil }
            value = value &* 10 &+ Int(byte &- 0x30)
        }
        return value
    }

    // MARK: - The whole

    private func finish(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> RequestHead {
        guard hasHost || !isHTTP11 else { throw RequestFault.hostMissing }
        let isConnect = method == .other("CONNECT")
        if isConnect, isChunked || contentLength != nil {
            // RFC 9110 section 9.3.6 gives such a body no meaning: what one reader takes for it, another sends into the tunnel.
            throw RequestFault.connectFraming
        }
        let framing: RequestHead.Framing
        if isChunked {
            guard contentLength == nil else { throw RequestFault.bothFramings }
            guard isHTTP11 else { throw RequestFault.transferEncoding }
            framing = .chunked
        } else if let contentLength, contentLength > 0 {
            framing = .length(contentLength)
        } else {
            framing = .none
        }
        if !isHTTP11, framing != .none, method == .get || method == .head || method == .delete {
            // What HTTP/1.0 leaves undefined: HAProxy refuses it, others drop such a body or read it as the next request.
            throw RequestFault.bodyUndefined
        }
        return RequestHead(
            method: method!,
            headers: RequestHeaders(bytes: Array(bytes.sub(0, lineStart)), fields: fields),
            // What a client sends ahead into a tunnel that is refused would be read as its next request.
            keepAlive: !saysClose && !isConnect && (isHTTP11 || saysKeepAlive),
            isHTTP11: isHTTP11,
            framing: framing,
            expectsContinue: expectsContinue && isHTTP11,
            targetRange: target,
            pathRange: path,
            queryRange: query
        )
    }
}
