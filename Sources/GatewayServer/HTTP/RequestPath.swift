/// A request path taken apart under the strict rules that routing and permission rules share, so that there is exactly one
/// spelling of each resource and both give the same answer for it.
///
/// Not for proxied paths: a vendor may take spellings that are refused here.
public struct RequestPath: Equatable, Sendable {
    /// Why a path is refused. All are 400 `malformed_path`.
    public enum Refusal: String, Error, Sendable {
        case notAbsolute = "The path must begin with '/'."
        case emptySegment = "The path must not have two '/' in a row."
        case dotSegment = "The path must not have '.' or '..' as a segment, escaped or not."
        case invalidEscape = "Each '%' in the path must be followed by two hexadecimal digits."
        case encodedSeparator = "The path must not hold an escaped '/' or '\\'."
        case controlCharacter = "The path must not hold control characters, escaped or not."
        case nonASCII = "The path must hold ASCII only, escaped or not."
        case forbiddenCharacter = "The path holds a character that must be percent-escaped."
    }

    /// Decoded once; none is empty. Empty array for `/`.
    public let segments: [String]
    /// Whether a `/` stands at the end; `/` itself has none.
    public let hasTrailingSlash: Bool

    /// - Parameter path: the path as it came, without the query.
    public static func parse(_ path: String) -> Result<RequestPath, Refusal> {
        var path = path
        return path.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }

    public static func parse(_ path: ArraySlice<UInt8>) -> Result<RequestPath, Refusal> {
        path.withUnsafeBytes { parse($0) }
    }

    private static func parse(_ path: UnsafeRawBufferPointer) -> Result<RequestPath, Refusal> {
        guard path.first == UInt8(ascii: "/") else { return .failure(.notAbsolute) }
        var segments: [String] = []
        if path.count > 1 { segments.reserveCapacity(6) }
        var start = 1
        while start < path.count {
            let end = path.firstOffset(of: UInt8(ascii: "/"), from: start) ?? path.count
            switch segment(path.sub(start, end)) {
            case .success(let segment): segments.append(segment)
            case .failure(let refusal): return .failure(refusal)
            }
            start = end + 1
        }
        let hasTrailingSlash = path.count > 1 && path[path.count - 1] == UInt8(ascii: "/")
        return .success(RequestPath(segments: segments, hasTrailingSlash: hasTrailingSlash))
    }

    private static func segment(_ bytes: UnsafeRawBufferPointer) -> Result<String, Refusal> {
        guard !bytes.isEmpty else { return .failure(.emptySegment) }
        var hasEscape = false
        for byte in bytes {
            if byte == UInt8(ascii: "%") {
                hasEscape = true
            } else if let refusal = refusal(ofPlain: byte) {
                return .failure(refusal)
            }
        }
        guard hasEscape else {
            return isDots(bytes) ? .failure(.dotSegment) : .success(String(decoding: bytes, as: UTF8.self))
        }

        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var offset = 0
        while offset < bytes.count {
            guard bytes[offset] == UInt8(ascii: "%") else {
                decoded.append(bytes[offset])
                offset += 1
                continue
            }
            guard offset + 2 < bytes.count, let high = bytes[offset + 1].hexDigitValue,
                let low = bytes[offset + 2].hexDigitValue
            else { return .failure(.invalidEscape) }
            let byte = high << 4 | low
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "\\"): return .failure(.encodedSeparator)
            case 0x00...0x1F, 0x7F: return .failure(.controlCharacter)
            case 0x80...: return .failure(.nonASCII)
            default: decoded.append(byte)
            }
            offset += 3
        }
        if decoded.withUnsafeBytes({ isDots($0) }) { return .failure(.dotSegment) }
        return .success(String(decoding: decoded, as: UTF8.self))
    }

    /// The characters that RFC 3986 allows in a path as they are (pchar).
    private static func refusal(ofPlain byte: UInt8) -> Refusal? {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: nil
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"),
            UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="),
            UInt8(ascii: ":"), UInt8(ascii: "@"):
            nil
        case 0x00...0x1F, 0x7F: .controlCharacter
        case 0x80...: .nonASCII
        default: .forbiddenCharacter
        }
    }

    private static func isDots(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.equals(".") || bytes.equals("..")
    }
}
