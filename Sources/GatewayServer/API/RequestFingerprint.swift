internal import Crypto
internal import GatewayCore
internal import JSON

/// What tells one request from another under the same idempotency key: SHA-256 of the operation, the connection, the entry
/// that is meant, and the body in a canonical form, so that neither the order of members nor white space matters.
enum RequestFingerprint {
    static func make(_ call: Call, _ body: JSONView?) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        for part in [call.operation.rawValue, call.connection.name, call.entryID ?? ""] {
            bytes.append(contentsOf: part.utf8)
            bytes.append(0)
        }
        if let body { write(body, to: &bytes) }
        return bytes.withUnsafeBytes { buffer in
            var hasher = SHA256()
            hasher.update(bufferPointer: buffer)
            return Array(hasher.finalize())
        }
    }

    /// Members in the order of their names' bytes, texts unescaped behind their length, numbers as they are spelled.
    private static func write(_ value: JSONView, to bytes: inout [UInt8]) {
        switch value.kind {
        case .object:
            bytes.append(UInt8(ascii: "{"))
            var members = value.members.map { $0 }
            members.sort { isBefore($0.key, $1.key) }
            for (key, value) in members {
                key.withUTF8 { write($0, to: &bytes) }
                write(value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        case .array:
            bytes.append(UInt8(ascii: "["))
            for element in value.elements { write(element, to: &bytes) }
            bytes.append(UInt8(ascii: "]"))
        case .string: _ = value.withUTF8 { write($0, to: &bytes) }
        case .integer, .number, .bool, .null:
            bytes.append(contentsOf: value.source)
            bytes.append(UInt8(ascii: ","))
        }
    }

    private static func isBefore(_ one: JSONKey, _ other: JSONKey) -> Bool {
        one.withUTF8 { one in other.withUTF8 { other in one.lexicographicallyPrecedes(other) } }
    }

    private static func write(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        append(text.count, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: text)
    }

    private static func append(_ count: Int, to bytes: inout [UInt8]) {
        if count >= 10 { append(count / 10, to: &bytes) }
        bytes.append(UInt8(ascii: "0") + UInt8(count % 10))
    }
}
