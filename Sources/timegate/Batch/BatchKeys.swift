import Crypto
import GatewayServer
import JSON

/// The idempotency keys of a batch's entries that have none of their own.
struct BatchKeys {
    enum Source {
        case none
        /// New ones, for this run only.
        case new
        /// Made of this text and the entry, so that the same file sent again has the same keys.
        case text(String)
    }

    private let source: Source
    /// How often each entry came so far, by the beginning of its digest: the same entry twice is two entries.
    private var counts: [UInt64: UInt32] = [:]

    init(_ source: Source) { self.source = source }

    /// The key in place of one that remembers a refusal: the same each time, so that two runs that write the same refusal down
    /// do not give the entry two keys.
    static func key(after key: String) -> String {
        UUIDText.make(digest: SHA256.hash(data: Array("after \(key)".utf8)))
    }

    /// - Parameter entry: the entry alone, without what stands around it.
    /// - Returns: `nil` where it gets none.
    mutating func key(of entry: JSONValue) -> String? {
        switch source {
        case .none: return nil
        case .new: return UUIDText.makeNew()
        case .text(let text):
            // What cannot be parsed again is refused by the gateway.
            guard let document = try? JSONDocument(parsing: entry.serializedBytes(), limits: BatchElement.limits) else {
                return nil
            }
            var bytes = Array(text.utf8) + [0]
            document.root.appendCanonical(to: &bytes)
            let digest = SHA256.hash(data: bytes)
            let beginning = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let count = counts[beginning, default: 0]
            counts[beginning] = count + 1
            // Which of several that are alike, and not which line: lines come and go.
            bytes += Array("\u{0}\(count)".utf8)
            return UUIDText.make(digest: SHA256.hash(data: bytes))
        }
    }
}
