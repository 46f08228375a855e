/// The path of a proxied request. It goes to the vendor byte for byte, so it must have only one reading.
///
/// What is refused: segments of dots, an escaped `/`, `\` or control character, an escape of an escape, two `/` in a row and a
/// backslash. Everything else passes as it is, also escapes outside ASCII, which vendors use in names.
enum ProxyPath {
    enum Refusal: String, Error {
        case notAbsolute = "The path must begin with '/'."
        case emptySegment = "The path must not have two '/' in a row."
        case dotSegment = "The path must not have '.' or '..' as a segment, escaped or not."
        case invalidEscape = "Each '%' in the path must be followed by two hexadecimal digits."
        case encodedSeparator = "The path must not hold a '\\', or an escaped '/' or '\\'."
        case controlCharacter = "The path must not hold escaped control characters."
        case doubleEscape = "The path must not hold an escaped escape, such as %252f."
    }

    static func refusal(_ path: ArraySlice<UInt8>) -> Refusal? {
        path.withUnsafeBytes { refusal($0) }
    }

    private static func refusal(_ path: UnsafeRawBufferPointer) -> Refusal? {
        guard path.first == UInt8(ascii: "/") else { return .notAbsolute }
        var start = 1
        while start < path.count {
            let end = path.firstOffset(of: UInt8(ascii: "/"), from: start) ?? path.count
            guard end > start else { return .emptySegment }
            if let refusal = segmentRefusal(path.sub(start, end)) { return refusal }
            start = end + 1
        }
        return nil
    }

    private static func segmentRefusal(_ segment: UnsafeRawBufferPointer) -> Refusal? {
        // Whether all up to here, or up to a `;` (which some servers cut the segment at), were dots.
        var dots = 0
        var isDots = true
        var offset = 0
        while offset < segment.count {
            var byte = segment[offset]
            offset += 1
            if byte == UInt8(ascii: "%") {
                guard offset + 1 < segment.count, let high = segment[offset].hexDigitValue,
                    let low = segment[offset + 1].hexDigitValue
                else { return .invalidEscape }
                byte = high << 4 | low
                offset += 2
                switch byte {
                case UInt8(ascii: "/"), UInt8(ascii: "\\"): return .encodedSeparator
                case 0x00...0x1F, 0x7F: return .controlCharacter
                case UInt8(ascii: "%") where isEscape(segment, at: offset): return .doubleEscape
                default: break
                }
            } else if byte == UInt8(ascii: "\\") {
                return .encodedSeparator
            }
            guard isDots else { continue }
            if byte == UInt8(ascii: ".") {
                dots += 1
            } else if byte == UInt8(ascii: ";"), dots == 1 || dots == 2 {
                return .dotSegment
            } else {
                isDots = false
            }
        }
        return isDots && (dots == 1 || dots == 2) ? .dotSegment : nil
    }

    private static func isEscape(_ segment: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        offset + 1 < segment.count && segment[offset].hexDigitValue != nil && segment[offset + 1].hexDigitValue != nil
    }
}
