/// Gathers one answer from the pieces libcurl hands over, and stops at the first rule or limit that it breaks.
///
/// libcurl frames the message; this checks what libcurl lets pass: sizes, floods of interim answers, and framing
/// fields that two readers could read differently (RFC 9112 section 6.3).
struct AnswerCollector {
    enum Stop {
        case tooLarge(StaticString)
        case broken(StaticString)
    }

    private enum Phase {
        /// The next line is a status line.
        case statusLine
        /// Of an interim answer (1xx): counted and dropped.
        case interimFields
        case fields
        case body
    }

    private(set) var status = 0
    /// The final answer's field lines.
    private(set) var head: [UInt8] = []
    private(set) var body: [UInt8] = []
    private(set) var stop: Stop?

    private var phase = Phase.statusLine
    private var headerBytes = 0
    private var isInsideLine = false
    private var interimAnswers = 0
    private var contentLength: Int64 = -1
    private(set) var isChunked = false
    private let limits: CurlLimits

    /// More of them than any server has a use for.
    static let maxInterimAnswers = 16

    init(limits: CurlLimits) {
        self.limits = limits
    }

    var isHeadComplete: Bool { phase == .body }
    var declaredLength: Int? { contentLength < 0 ? nil : Int(contentLength) }

    mutating func takeHead() -> [UInt8] {
        let result = head
        head = []
        return result
    }

    mutating func takeBody() -> [UInt8] {
        let result = body
        body = []
        return result
    }

    /// Takes the next piece: a header line with its line end (a very long one may come in several pieces), or, once the
    /// head is complete, bytes of the body.
    ///
    /// - Returns: `false` if the transfer has to end; ``stop`` says why.
    mutating func consume(_ piece: UnsafeRawBufferPointer) -> Bool {
        phase == .body ? consume(body: piece) : consume(head: piece)
    }

    private mutating func consume(body piece: UnsafeRawBufferPointer) -> Bool {
        guard piece.count <= limits.bodyBytes - body.count else {
            return stop(.tooLarge("the answer's body is longer than the limit"))
        }
        if body.isEmpty {
            // A length is only a claim: no more is set aside for it than a usual answer needs.
            body.reserveCapacity(max(piece.count, Int(min(contentLength, 256 << 10))))
        }
        body.append(contentsOf: piece)
        return true
    }

    private mutating func consume(head piece: UnsafeRawBufferPointer) -> Bool {
        headerBytes += piece.count
        guard headerBytes <= limits.headerBytes else {
            return stop(.tooLarge("the answer's headers are longer than the limit"))
        }
        let isRestOfLine = isInsideLine
        isInsideLine = piece[piece.count - 1] != 0x0A
        switch phase {
        case _ where isRestOfLine:
            if phase == .fields { head.append(contentsOf: piece) }
            return true
        case .statusLine: return consume(statusLine: piece)
        case .interimFields:
            if isEmptyLine(piece) { phase = .statusLine }
            return true
        case .fields:
            if isEmptyLine(piece) {
                phase = .body
                return true
            }
            return consume(field: piece)
        case .body: return true
        }
    }

    /// Counts bytes that libcurl hands over as header or trailer. Header lines were seen by ``consume(_:)`` before.
    ///
    /// - Returns: `false` if the transfer has to end; ``stop`` says why.
    mutating func consume(trailer count: Int) -> Bool {
        guard phase == .body else { return true }
        headerBytes += count
        return headerBytes <= limits.headerBytes || stop(.tooLarge("the answer's trailers are longer than the limit"))
    }

    private mutating func consume(statusLine line: UnsafeRawBufferPointer) -> Bool {
        // HTTP/1.x SP 3DIGIT, then a space or the end of the line.
        guard line.count >= 13, HeaderSyntax.equals(UnsafeRawBufferPointer(rebasing: line[..<7]), "http/1."),
            line[8] == 0x20, let hundreds = digit(line[9]), let tens = digit(line[10]), let ones = digit(line[11]),
            line[12] == 0x20 || line[12] == 0x0D || line[12] == 0x0A
        else { return stop(.broken("the answer does not begin with an HTTP/1.x status line")) }
        let code = hundreds * 100 + tens * 10 + ones
        if code == 101 { return stop(.broken("the server switched protocols without being asked")) }
        guard code >= 100 else { return stop(.broken("the answer's status is below 100")) }
        if code < 200 {
            interimAnswers += 1
            phase = .interimFields
            return interimAnswers <= Self.maxInterimAnswers || stop(.tooLarge("too many interim answers (1xx)"))
        }
        status = code
        phase = .fields
        head.reserveCapacity(480)
        return true
    }

    private mutating func consume(field line: UnsafeRawBufferPointer) -> Bool {
        if HeaderSyntax.isBlank(line[0]) {
            // obs-fold: RFC 9112 section 5.2 has the line end before it replaced by spaces.
            guard !head.isEmpty else { return stop(.broken("the answer's first header line is folded")) }
            while let last = head.last, last == 0x0A || last == 0x0D { head.removeLast() }
        }
        head.append(contentsOf: line)
        switch line[0] | 0x20 {
        case UInt8(ascii: "c"), UInt8(ascii: "t"): return checkFraming(line)
        default: return true
        }
    }

    private mutating func checkFraming(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let name = HeaderSyntax.trimmed(UnsafeRawBufferPointer(rebasing: line[..<colon]))
        guard name.count == 14 || name.count == 17 else { return true }
        let value = HeaderSyntax.trimmed(
            UnsafeRawBufferPointer(rebasing: line[(colon + 1)...].prefix { $0 != 0x0D && $0 != 0x0A })
        )
        if HeaderSyntax.equals(name, "content-length") {
            guard name.count == colon, let length = decimal(value), contentLength < 0 || contentLength == length else {
                return stop(.broken("the answer's Content-Length is malformed or contradicts itself"))
            }
            contentLength = length
        } else if HeaderSyntax.equals(name, "transfer-encoding") {
            guard name.count == colon, !isChunked, HeaderSyntax.equals(value, "chunked") else {
                return stop(.broken("the answer's Transfer-Encoding is not plain chunked"))
            }
            isChunked = true
        }
        guard contentLength < 0 || !isChunked else {
            return stop(.broken("the answer has both Content-Length and Transfer-Encoding"))
        }
        return true
    }

    private mutating func stop(_ reason: Stop) -> Bool {
        if stop == nil { stop = reason }
        return false
    }

    private func isEmptyLine(_ line: UnsafeRawBufferPointer) -> Bool {
        line[0] == 0x0D || line[0] == 0x0A
    }

    private func digit(_ byte: UInt8) -> Int? {
        byte &- 0x30 < 10 ? Int(byte &- 0x30) : nil
    }

    private func decimal(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard (1...18).contains(bytes.count) else { return nil }
        var result: Int64 = 0
        for byte in bytes {
            guard byte &- 0x30 < 10 else { return nil }
            result = result * 10 + Int64(byte &- 0x30)
        }
        return result
    }
}
