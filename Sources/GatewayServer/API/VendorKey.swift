internal import Crypto
internal import GatewayCore

/// The idempotency key that goes to a vendor which has keys of its own.
enum VendorKey {
    /// For a caller's key: a UUID (version 8, RFC 9562) of the whole scope, so that the same key of the same caller gives
    /// the same vendor key on every attempt, and two callers with the same key never share an answer. Without a caller's
    /// key: a new one.
    static func make(_ call: Call) -> String {
        guard let key = call.idempotencyKey else { return uuid(randomBytes(), version: 4) }
        var hasher = SHA256()
        for part in ["timegate", call.caller.name, call.connection.name, call.operation.rawValue, key] {
            // The length before each part, so that no two scopes read the same.
            hasher.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        return uuid(Array(hasher.finalize().prefix(16)), version: 8)
    }

    private static func randomBytes() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    private static func uuid(_ bytes: [UInt8], version: UInt8) -> String {
        var bytes = bytes
        bytes[6] = bytes[6] & 0x0F | version << 4
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
