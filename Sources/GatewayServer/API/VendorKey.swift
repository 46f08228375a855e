internal import Crypto
internal import GatewayCore

/// The idempotency key that goes to a vendor which has keys of its own.
enum VendorKey {
    /// For a caller's key: a UUID (version 8, RFC 9562) of the whole scope, so that the same key of the same caller gives
    /// the same vendor key on every attempt, and two callers with the same key never share an answer. With a journal the
    /// time of the claim is part of it: once a key is free again, the vendor does not answer from its memory; but for a
    /// write that was found not recorded, whose key goes on. Without a key at all: a new one.
    static func make(_ call: Call) -> String {
        if let key = call.write?.vendorKey { return key }
        if let write = call.write { return make(write.scope, createdAt: write.createdAt) }
        guard let key = call.idempotencyKey else { return UUIDText.makeNew() }
        return digest(["timegate", call.caller.name, call.connection.name, call.operation.rawValue, key])
    }

    /// The same of a write in the journal.
    ///
    /// - Parameter createdAt: when its key was claimed, in milliseconds since 1970.
    static func make(_ scope: WriteScope, createdAt: Int64) -> String {
        digest(["timegate", scope.caller, scope.connection, scope.operation.rawValue, scope.key, String(createdAt)])
    }

    private static func digest(_ parts: [String]) -> String {
        var hasher = SHA256()
        for part in parts {
            // The length before each part, so that no two scopes read the same.
            hasher.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        return UUIDText.make(digest: hasher.finalize())
    }
}
