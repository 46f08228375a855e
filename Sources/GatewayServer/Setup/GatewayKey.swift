internal import Crypto
public import GatewayCore

/// A key of the gateway. The token itself is never kept, only its SHA-256.
public struct GatewayKey: Sendable {
    /// 32 bytes.
    public let sha256: [UInt8]
    public let caller: Caller
    public let limit: RateLimit?

    /// - Precondition: the digest has 32 bytes.
    public init(sha256 digest: [UInt8], caller: Caller, limit: RateLimit? = nil) {
        precondition(digest.count == 32, "a SHA-256 digest has 32 bytes")
        self.sha256 = digest
        self.caller = caller
        self.limit = limit
    }

    /// The digest of a token.
    public static func digest(of token: some Sequence<UInt8>) -> [UInt8] { withDigest(of: token) { Array($0) } }

    /// Calls `body` with the 32 bytes of a token's digest, which are good inside it only.
    static func withDigest<Result>(
        of token: some Sequence<UInt8>,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        var hasher = SHA256()
        if token.withContiguousStorageIfAvailable({ hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }) == nil {
            hasher.update(data: Array(token))
        }
        return hasher.finalize().withUnsafeBytes(body)
    }

    public static func digest(of token: String) -> [UInt8] { digest(of: token.utf8) }
}

/// How many requests a key may make in how many seconds.
public struct RateLimit: Sendable, Equatable {
    public var count: Int
    public var seconds: Int

    public init(count: Int, seconds: Int) {
        self.count = count
        self.seconds = seconds
    }
}
