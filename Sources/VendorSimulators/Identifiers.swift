/// The shapes of ids, and ids that come out the same in each run.
enum Identifiers {
    /// 8-4-4-4-12 hexadecimal digits, in either case.
    static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.enumerated().allSatisfy { index, byte in
            switch index {
            case 8, 13, 18, 23: byte == 0x2D
            default: isHexadecimal(byte)
            }
        }
    }

    /// 26 characters of Crockford's base 32, the first not above 7 (ulid/spec).
    static func isULID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 26, (0x30...0x37).contains(bytes[0]) else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39: true
            case 0x41...0x5A, 0x61...0x7A: !"ILOU".utf8.contains(byte & 0xDF)
            default: false
            }
        }
    }

    /// One to eighteen decimal digits.
    static func isNumeric(_ text: String) -> Bool {
        (1...18).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// A UUID of version 4's shape: `kind` in front tells what it names, `number` at the end counts.
    static func uuid(kind: UInt32, number: Int) -> String {
        "\(hexadecimal(UInt64(kind), 8))-0000-4000-8000-\(hexadecimal(UInt64(number), 12))"
    }

    static func hexadecimal(_ value: UInt64, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
