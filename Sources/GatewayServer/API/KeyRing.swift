internal import GatewayCore
internal import Synchronization

/// Finds the caller that a token belongs to, and counts requests against the key's limit.
final class KeyRing: Sendable {
    /// A key with what is left of its limit.
    final class Entry: Sendable {
        let key: GatewayKey
        private let bucket: Mutex<TokenBucket>?

        init(_ key: GatewayKey) {
            self.key = key
            bucket = key.limit.map { Mutex(TokenBucket($0)) }
        }

        /// Takes one request out of the key's limit.
        ///
        /// - Returns: `nil` if it may pass, else the seconds until it may.
        func wait(now nanoseconds: UInt64) -> Int? {
            bucket?.withLock { $0.wait(now: nanoseconds) }
        }
    }

    /// By the first eight bytes of the digest; the whole digest is compared in constant time.
    private let entries: [UInt64: [Entry]]

    init(_ keys: [GatewayKey]) {
        var entries: [UInt64: [Entry]] = [:]
        for key in keys { entries[KeyRing.prefix(key.sha256), default: []].append(Entry(key)) }
        self.entries = entries
    }

    /// The key with this token.
    func entry(forToken token: ArraySlice<UInt8>) -> Entry? {
        let digest = GatewayKey.digest(of: token)
        guard let candidates = entries[KeyRing.prefix(digest)] else { return nil }
        for entry in candidates where KeyRing.areEqual(entry.key.sha256, digest) { return entry }
        return nil
    }

    private static func prefix(_ digest: [UInt8]) -> UInt64 {
        digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Takes the same time wherever the first difference is.
    private static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in a.indices { difference |= a[index] ^ b[index] }
        return difference == 0
    }
}
