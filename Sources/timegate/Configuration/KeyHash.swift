import GatewayServer

/// How a configuration writes the hash of a key: `sha256:` and 64 hexadecimal digits.
enum KeyHash {
    static func parse(_ text: String) -> [UInt8]? {
        guard text.hasPrefix("sha256:") else { return nil }
        let digits = Array(text.dropFirst(7).utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    static func text(ofToken token: String) -> String {
        let digits = Array("0123456789abcdef")
        return "sha256:"
            + GatewayKey.digest(of: token).map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined()
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
