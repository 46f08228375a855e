/// What RFC 9110 section 5 allows in a header field.
enum HeaderSyntax {
    /// What the client itself does about a request header.
    enum Role {
        case ordinary
        case contentType
        case accept
        case userAgent
        case ownedByClient
    }

    /// tchar of RFC 9110 section 5.6.2, one bit per ASCII character.
    private static let tokenBits: (low: UInt64, high: UInt64) = {
        var low: UInt64 = 0
        var high: UInt64 = 0
        for byte in "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8 {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
        return (low, high)
    }()

    static func isToken(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isToken(UnsafeRawBufferPointer($0)) }
    }

    static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (low, high) = tokenBits
        for index in 0..<bytes.count {
            let byte = UInt64(bytes[index])
            guard byte < 128, (byte < 64 ? low : high) &>> (byte & 63) & 1 == 1 else { return false }
        }
        return !bytes.isEmpty
    }

    /// No control character but TAB.
    static func isFieldValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes where (byte < 0x20 && byte != 0x09) || byte == 0x7F { return false }
        return true
    }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09
    }

    /// Without spaces and tabs at both ends.
    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        var end = bytes.count
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// Compares without regard to the case of ASCII letters; `lowercase` has to be lower case.
    static func equals(_ bytes: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
        guard bytes.count == lowercase.utf8CodeUnitCount else { return false }
        let other = lowercase.utf8Start
        for index in 0..<bytes.count where lowercased(bytes[index]) != other[index] { return false }
        return true
    }

    static func equalsIgnoringCase(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where lowercased(left[index]) != lowercased(right[index]) { return false }
        return true
    }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    static func role(of name: UnsafeRawBufferPointer) -> Role {
        switch name.count {
        case 2: equals(name, "te") ? .ownedByClient : .ordinary
        case 4: equals(name, "host") ? .ownedByClient : .ordinary
        case 6:
            if equals(name, "accept") {
                .accept
            } else {
                equals(name, "expect") ? .ownedByClient : .ordinary
            }
        case 7: equals(name, "upgrade") || equals(name, "trailer") ? .ownedByClient : .ordinary
        case 10:
            if equals(name, "user-agent") {
                .userAgent
            } else {
                equals(name, "connection") || equals(name, "keep-alive") ? .ownedByClient : .ordinary
            }
        case 12: equals(name, "content-type") ? .contentType : .ordinary
        case 14: equals(name, "content-length") ? .ownedByClient : .ordinary
        case 16: equals(name, "proxy-connection") ? .ownedByClient : .ordinary
        case 17: equals(name, "transfer-encoding") ? .ownedByClient : .ordinary
        case 19: equals(name, "proxy-authorization") ? .ownedByClient : .ordinary
        default: .ordinary
        }
    }

    /// For messages: quoted, at most 40 bytes, anything but printable ASCII as `?`.
    static func printable(_ bytes: UnsafeRawBufferPointer) -> String {
        var text = "\""
        for byte in bytes.prefix(40) {
            text.unicodeScalars.append(
                (0x20..<0x7F).contains(byte) && byte != 0x22 ? Unicode.Scalar(byte) : "?"
            )
        }
        text += bytes.count > 40 ? "…\"" : "\""
        return text
    }
}
