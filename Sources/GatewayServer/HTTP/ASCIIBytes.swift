import Glibc

/// Comparing and classing bytes without building strings.
extension UnsafeRawBufferPointer {
    @inline(__always)
    func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && (count == 0 || memcmp(baseAddress!, text.utf8Start, count) == 0)
    }

    /// Whether these bytes are `lowercase` in any case. `lowercase` must hold no upper-case letters.
    @inline(__always)
    func equalsIgnoringCase(_ lowercase: StaticString) -> Bool {
        count == lowercase.utf8CodeUnitCount && hasPrefixIgnoringCase(lowercase)
    }

    @inline(__always)
    func hasPrefixIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count >= lowercase.utf8CodeUnitCount else { return false }
        let other = lowercase.utf8Start
        for index in 0..<lowercase.utf8CodeUnitCount where self[index].asciiLowercased != other[index] {
            return false
        }
        return true
    }

    /// The bytes of `range`; unlike slicing followed by rebasing, with no second check.
    @inline(__always)
    func sub(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start..<end])
    }

    /// The offset of the first `byte` at or after `start`, or nil.
    @inline(__always)
    func firstOffset(of byte: UInt8, from start: Int) -> Int? {
        guard start < count, let base = baseAddress,
            let found = memchr(base + start, CInt(byte), count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }
}

extension UInt8 {
    @inline(__always)
    var asciiLowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// A character of an RFC 9110 token: what header names are made of.
    @inline(__always)
    var isTokenCharacter: Bool {
        switch self {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D, 0x5F, 0x2E, 0x21, 0x23...0x27, 0x2A, 0x2B, 0x5E, 0x60, 0x7C,
            0x7E:
            true
        default: false
        }
    }

    /// Printable ASCII, space or tab: what a header value may hold here. RFC 9110 section 5.5 also lets through bytes
    /// from 0x80 up (obs-text), which no two servers read alike.
    @inline(__always)
    var isFieldValueCharacter: Bool { self &- 0x20 < 0x5F || self == 0x09 }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    var hexDigitValue: UInt8? {
        switch self {
        case 0x30...0x39: self &- 0x30
        case 0x41...0x46: self &- 0x41 &+ 10
        case 0x61...0x66: self &- 0x61 &+ 10
        default: nil
        }
    }
}
