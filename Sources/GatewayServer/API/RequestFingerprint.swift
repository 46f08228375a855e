internal import Crypto
internal import GatewayCore
internal import JSON

/// What tells one request from another under the same idempotency key: SHA-256 of the operation, the connection, the entry
/// that is meant, the handling where the request asks for one, and the body in a canonical form, so that neither the order of
/// members nor white space matters.
enum RequestFingerprint {
    static func make(_ call: Call, _ body: JSONView?) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        append(call.operation.rawValue, to: &bytes)
        append(call.connection.name, to: &bytes)
        append(call.entryID ?? "", to: &bytes)
        body?.appendCanonical(to: &bytes)
        if call.handling != call.connection.handling {
            append("", to: &bytes)
            append(call.handling.isLenient ? "lenient" : "strict", to: &bytes)
            append(call.handling.rounding?.rawValue ?? "", to: &bytes)
        }
        return bytes.withUnsafeBytes { buffer in
            var hasher = SHA256()
            hasher.update(bufferPointer: buffer)
            return hasher.finalize().withUnsafeBytes { Array($0) }
        }
    }

    private static func append(_ part: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: part.utf8)
        bytes.append(0)
    }
}
