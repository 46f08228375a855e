internal import Crypto
internal import GatewayCore
internal import Synchronization

/// Callers without a gateway key. One is told from another by the vendor credential that it brings: by its hash, which is
/// what its rate and what belongs to it are bound to.
final class KeylessCallers: Sendable {
    /// Credentials whose rate is remembered at once; beyond that those are forgotten that asked for nothing lately.
    static let maximum = 4096

    private let buckets = Mutex<[String: TokenBucket]>([:])

    /// The name of who brings these credentials: the same each time, and of no use to find the credentials.
    ///
    /// - Parameter fields: names, in lower case, and values of the header fields that hold credentials.
    static func name(connection: String, _ fields: [(name: String, value: ArraySlice<UInt8>)]) -> String {
        var hasher = SHA256()
        func add(_ bytes: some Sequence<UInt8>) {
            let bytes = Array(bytes)
            withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { hasher.update(bufferPointer: $0) }
            hasher.update(data: bytes)
        }
        add("timegate keyless caller".utf8)
        add(connection.utf8)
        for field in fields {
            add(field.name.utf8)
            add(field.value)
        }
        let digits = Array("0123456789abcdef".utf8)
        let text = hasher.finalize().prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "keyless:" + String(decoding: text, as: UTF8.self)
    }

    /// Takes one request out of a caller's rate.
    ///
    /// - Returns: `nil` if it may pass, else the seconds until it may.
    func wait(_ name: String, _ limit: RateLimit, now: UInt64) -> Int? {
        buckets.withLock { buckets in
            if buckets[name] == nil, buckets.count >= Self.maximum {
                for (other, var bucket) in buckets where bucket.isFull(now: now) { buckets[other] = nil }
                // All of them busy: so many credentials at once are no people's.
                if buckets.count >= Self.maximum { return 1 }
            }
            return buckets[name, default: TokenBucket(limit)].wait(now: now)
        }
    }
}
