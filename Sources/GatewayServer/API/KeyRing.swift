internal import GatewayCore
internal import Synchronization

/// Finds the caller that a token belongs to, and counts requests against the key's limit.
final class KeyRing: Sendable {
    /// A key with what is left of its limit.
    final class Entry: Sendable {
        let key: GatewayKey
        fileprivate let bucket: Bucket?

        init(_ key: GatewayKey, _ bucket: Bucket? = nil) {
            self.key = key
            self.bucket = bucket ?? key.limit.map { Bucket(TokenBucket($0)) }
        }

        /// Takes one request out of the key's limit.
        ///
        /// - Returns: `nil` if it may pass, else the seconds until it may.
        func wait(now nanoseconds: UInt64) -> Int? {
            bucket?.inside.withLock { $0.wait(now: nanoseconds) }
        }
    }

    /// What is left of a limit. It outlives the entry: a reload does not give a key its requests back.
    final class Bucket: Sendable {
        fileprivate let inside: Mutex<TokenBucket>

        fileprivate init(_ bucket: TokenBucket) { inside = Mutex(bucket) }
    }

    /// By the first eight bytes of the digest; the whole digest is compared in constant time.
    private let entries: [UInt64: [Entry]]

    /// - Parameter former: the ring that this one replaces; what a key with the same token and limit has used stays used.
    init(_ keys: [GatewayKey], replacing former: KeyRing? = nil) {
        var entries: [UInt64: [Entry]] = [:]
        for key in keys {
            let prefix = key.sha256.withUnsafeBytes { KeyRing.prefix($0) }
            let before = former?.entries[prefix]?.first { $0.key.sha256 == key.sha256 && $0.key.limit == key.limit }
            entries[prefix, default: []].append(Entry(key, before?.bucket))
        }
        self.entries = entries
    }

    /// The key with this token.
    func entry(forToken token: ArraySlice<UInt8>) -> Entry? {
        GatewayKey.withDigest(of: token) { digest in
            guard let candidates = entries[KeyRing.prefix(digest)] else { return nil }
            for entry in candidates
            where entry.key.sha256.withUnsafeBytes({ KeyRing.areEqual($0, digest) }) { return entry }
            return nil
        }
    }

    private static func prefix(_ digest: UnsafeRawBufferPointer) -> UInt64 {
        UInt64(bigEndian: digest.loadUnaligned(as: UInt64.self))
    }

    /// Takes the same time wherever the first difference is.
    private static func areEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<a.count { difference |= a[index] ^ b[index] }
        return difference == 0
    }
}
