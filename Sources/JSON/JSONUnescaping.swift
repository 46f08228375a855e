/// Turns the content of a string, as the parser has accepted it, into the text it stands for.
enum JSONUnescaping {
    static func string(_ source: UnsafePointer<UInt8>, count: Int, hasEscape: Bool) -> String {
        if !hasEscape {
            return String(decoding: UnsafeBufferPointer(start: source, count: count), as: UTF8.self)
        }
        return String(unsafeUninitializedCapacity: count) { buffer in
            unescape(source, count: count, into: buffer.baseAddress!)
        }
    }

    /// Writes the unescaped bytes and returns how many there are: never more than `count`.
    ///
    /// The source must be valid; that is what the parser has seen to.
    static func unescape(
        _ source: UnsafePointer<UInt8>,
        count: Int,
        into target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var read = 0
        var written = 0
        while read < count {
            let byte = source[read]
            guard byte == UInt8(ascii: "\\") else {
                target[written] = byte
                written &+= 1
                read &+= 1
                continue
            }
            let letter = source[read &+ 1]
            guard letter == UInt8(ascii: "u") else {
                target[written] = character(ofShortEscape: letter)
                written &+= 1
                read &+= 2
                continue
            }
            var scalar = hexadecimal(source + read + 2)
            read &+= 6
            if scalar & 0xFC00 == 0xD800 {
                scalar = 0x10000 &+ (scalar & 0x3FF) &<< 10 &+ hexadecimal(source + read + 2) & 0x3FF
                read &+= 6
            }
            written &+= encode(scalar, into: target + written)
        }
        return written
    }

    private static func character(ofShortEscape letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }

    /// The value of four hexadecimal digits.
    private static func hexadecimal(_ digits: UnsafePointer<UInt8>) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<4 {
            value = value &<< 4 | UInt32(hexadecimalValue(digits[index]) ?? 0)
        }
        return value
    }

    @inline(__always)
    static func hexadecimalValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit &- 0x30
        case 0x41...0x46: digit &- 0x37
        case 0x61...0x66: digit &- 0x57
        default: nil
        }
    }

    private static func encode(_ scalar: UInt32, into target: UnsafeMutablePointer<UInt8>) -> Int {
        @inline(__always)
        func byte(_ value: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: value) }
        switch scalar {
        case ..<0x80:
            target[0] = byte(scalar)
            return 1
        case ..<0x800:
            target[0] = byte(0xC0 | scalar &>> 6)
            target[1] = byte(0x80 | scalar & 0x3F)
            return 2
        case ..<0x10000:
            target[0] = byte(0xE0 | scalar &>> 12)
            target[1] = byte(0x80 | scalar &>> 6 & 0x3F)
            target[2] = byte(0x80 | scalar & 0x3F)
            return 3
        default:
            target[0] = byte(0xF0 | scalar &>> 18)
            target[1] = byte(0x80 | scalar &>> 12 & 0x3F)
            target[2] = byte(0x80 | scalar &>> 6 & 0x3F)
            target[3] = byte(0x80 | scalar & 0x3F)
            return 4
        }
    }
}
