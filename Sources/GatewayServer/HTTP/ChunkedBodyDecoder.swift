/// Takes the chunked coding off a request body (RFC 9112 section 7.1), in whatever portions the bytes arrive.
///
/// Strict: sizes are 1 to 8 hexadecimal digits with nothing around them, every line ends in CR LF, extensions follow their
/// grammar without spaces, are limited in length and ignored, and trailer fields are checked like header fields.
struct ChunkedBodyDecoder {
    /// Extensions and trailers of one body together may take this many bytes.
    static let overheadLimit = 4096
    static let longestSize = 8

    private enum State {
        case size(digits: Int)
        case extensionName(isEmpty: Bool)
        case extensionValue(isEmpty: Bool)
        case extensionQuoted
        case extensionEnd
        case sizeLineFeed
        case data
        case dataCarriageReturn
        case dataLineFeed
        case trailer
        case complete
    }

    private let bodyLimit: Int
    private let fieldLimit: Int
    private var state = State.size(digits: 0)
    private var remaining = 0
    /// Of the body so far.
    private var length = 0
    private var overhead = 0
    private var fieldCount = 0
    private var trailerLine: [UInt8] = []
    private var trailerBytes: [UInt8] = []
    private var trailerFields: ContiguousArray<RequestHeaders.Field> = []

    var isComplete: Bool {
        if case .complete = state { true } else { false }
    }

    /// The fields behind the body, once it is complete.
    var trailers: RequestHeaders { RequestHeaders(bytes: trailerBytes, fields: trailerFields) }

    init(bodyLimit: Int, fieldLimit: Int) {
        self.bodyLimit = bodyLimit
        self.fieldLimit = fieldLimit
    }

    /// Appends what `bytes` hold of the body to `body` and stops behind the body's last byte.
    /// - Returns: how many of `bytes` belong to this body.
    mutating func decode(
        _ bytes: UnsafeRawBufferPointer,
        into body: inout [UInt8]
    ) throws(RequestFault) -> Int {
        var offset = 0
        while offset < bytes.count {
            switch state {
            case .complete:
                return offset
            case .data:
                let count = min(remaining, bytes.count - offset)
                body.append(contentsOf: bytes[offset..<(offset + count)])
                remaining -= count
                length += count
                offset += count
                if remaining == 0 { state = .dataCarriageReturn }
            default:
                try take(bytes[offset])
                offset += 1
            }
        }
        return offset
    }

    private mutating func take(_ byte: UInt8) throws(RequestFault) {
        switch state {
        case .size(let digits):
            try takeSize(byte, digits)
        case .extensionName, .extensionValue, .extensionQuoted, .extensionEnd:
            try takeExtension(byte)
        case .sizeLineFeed:
            guard byte == 0x0A else { throw RequestFault.chunk }
            state = remaining == 0 ? .trailer : .data
        case .dataCarriageReturn:
            guard byte == 0x0D else { throw RequestFault.chunk }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 0x0A else { throw RequestFault.chunk }
            state = .size(digits: 0)
        case .trailer:
            try takeTrailer(byte)
        case .data, .complete:
            preconditionFailure("handled by decode")
        }
    }

    private mutating func takeSize(_ byte: UInt8, _ digits: Int) throws(RequestFault) {
        if let digit = byte.hexDigitValue {
            guard digits < Self.longestSize else { throw RequestFault.chunk }
            remaining = (digits == 0 ? 0 : remaining << 4) | Int(digit)
            state = .size(digits: digits + 1)
            return
        }
        guard digits > 0 else { throw RequestFault.chunk }
        guard remaining <= bodyLimit - length else { throw RequestFault.bodyTooLarge(bodyLimit) }
        switch byte {
        case 0x0D: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .extensionName(isEmpty: true)
        default: throw RequestFault.chunk
        }
    }

    /// `*( ";" token [ "=" ( token / quoted-string ) ] )`, without the optional spaces that RFC 9112 discourages.
    private mutating func takeExtension(_ byte: UInt8) throws(RequestFault) {
        try countOverhead()
        switch (state, byte) {
        case (.extensionName(isEmpty: false), UInt8(ascii: "=")):
            state = .extensionValue(isEmpty: true)
        case (.extensionName, _) where byte.isTokenCharacter:
            state = .extensionName(isEmpty: false)
        case (.extensionValue(isEmpty: true), UInt8(ascii: "\"")):
            state = .extensionQuoted
        case (.extensionValue, _) where byte.isTokenCharacter:
            state = .extensionValue(isEmpty: false)
        case (.extensionQuoted, UInt8(ascii: "\"")):
            state = .extensionEnd
        case (.extensionQuoted, _) where byte.isFieldValueCharacter && byte != UInt8(ascii: "\\"):
            break
        case (.extensionName(isEmpty: false), UInt8(ascii: ";")), (.extensionValue(isEmpty: false), UInt8(ascii: ";")),
            (.extensionEnd, UInt8(ascii: ";")):
            state = .extensionName(isEmpty: true)
        case (.extensionName(isEmpty: false), 0x0D), (.extensionValue(isEmpty: false), 0x0D), (.extensionEnd, 0x0D):
            state = .sizeLineFeed
        default:
            throw RequestFault.chunk
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(RequestFault) {
        guard byte == 0x0A else {
            try countOverhead()
            trailerLine.append(byte)
            return
        }
        guard trailerLine.last == 0x0D else { throw RequestFault.lineEnd }
        if trailerLine.count == 1 {
            state = .complete
            return
        }
        fieldCount += 1
        guard fieldCount <= fieldLimit else { throw RequestFault.tooManyFields(fieldLimit) }
        let checked = trailerLine.withUnsafeBytes { line in
            Result { () throws(RequestFault) -> RequestHeaders.Field in
                let parsed = try FieldLine.parse(line, 0, line.count - 1)
                let name = line.sub(0, Int(parsed.field.nameEnd))
                // RFC 9110 section 6.5.1; such a trailer has no other use than to confuse.
                guard !HopByHop.isReserved(name), !HopByHop.aliasesReservedName(name) else {
                    throw RequestFault.trailerName
                }
                return parsed.field
            }
        }
        let field = try checked.get()
        trailerFields.append(field.moved(by: trailerBytes.count))
        trailerBytes.append(contentsOf: trailerLine)
        trailerLine.removeAll(keepingCapacity: true)
    }

    private mutating func countOverhead() throws(RequestFault) {
        overhead += 1
        guard overhead <= Self.overheadLimit else { throw RequestFault.headerBlockTooLarge(Self.overheadLimit) }
    }
}
