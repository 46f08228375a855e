/// `uri-host [":" port]` (RFC 9110 section 7.2), the strict reading: not empty, no user name, no list, no escapes, no empty labels
/// but for a dot at the end.
enum HostSyntax {
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty else { return false }
        var offset = 0
        if bytes[0] == UInt8(ascii: "[") {
            guard let close = bytes.firstOffset(of: UInt8(ascii: "]"), from: 1), close > 1 else { return false }
            for index in 1..<close {
                let byte = bytes[index]
                guard byte.hexDigitValue != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") else {
                    return false
                }
            }
            offset = close + 1
        } else {
            while offset < bytes.count, bytes[offset] != UInt8(ascii: ":") {
                switch bytes[offset] {
                case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D, 0x5F, 0x7E: break
                case 0x2E where offset > 0 && bytes[offset - 1] != 0x2E: break
                default: return false
                }
                offset += 1
            }
            guard offset > 0 else { return false }
        }
        guard offset < bytes.count else { return true }
        guard bytes[offset] == UInt8(ascii: ":"), bytes.count - offset - 1 <= 5 else { return false }
        return bytes[(offset + 1)...].allSatisfy { $0 &- 0x30 < 10 }
    }
}
