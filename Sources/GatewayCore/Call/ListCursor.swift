internal import JSON

/// Where a list goes on: opaque to the caller, and bound to the list that it came from.
///
/// It is no secret and no permission: a forged one leads to another page of what the caller may read anyway.
struct ListCursor: Equatable {
    enum Position: Equatable {
        /// 1-based.
        case page(Int)
        /// The vendor's own cursor; `nil` before the first page.
        case vendor(String?)
    }

    var position: Position
    /// Entries in one page of the vendor: page numbers mean nothing without it.
    var size: Int
    /// Entries of the page that were given already.
    var skip: Int
    /// Entries on the pages before it: a vendor's page may be smaller than was asked for, so only counting tells the end.
    var before: Int
    /// Of connection, filters and sorts.
    var fingerprint: String

    init(position: Position, size: Int, skip: Int, fingerprint: String, before: Int = 0) {
        self.position = position
        self.size = size
        self.skip = skip
        self.fingerprint = fingerprint
        self.before = before
    }

    var text: String {
        var object: JSONObject = [
            "f": .string(fingerprint), "n": .integer(Int64(size)), "s": .integer(Int64(skip)),
            "b": .integer(Int64(before)),
        ]
        switch position {
        case .page(let page): object["p"] = .integer(Int64(page))
        case .vendor(let cursor): object["c"] = cursor.map { .string($0) } ?? .null
        }
        return Base64URL.encode(Array(JSONValue.object(object).serialized(.compact).utf8))
    }

    /// - Throws: `cursor_invalid`.
    static func read(_ text: String, fingerprint: String, _ paging: PagingRule) throws(Problem) -> ListCursor {
        guard let bytes = Base64URL.decode(text), let value = try? JSONValue(parsing: bytes),
            let size = value["n"]?.int64, (1...Int64(paging.maximumSize)).contains(size),
            let skip = value["s"]?.int64, (0...1_000_000).contains(skip),
            let before = value["b"]?.int64, (0...1_000_000_000_000).contains(before)
        else { throw Problem(.cursorInvalid, "The cursor is not one that this gateway gave out.") }
        guard value["f"]?.string == fingerprint else {
            throw Problem(.cursorInvalid, "The cursor came from a list with another connection, filter or sort.")
        }
        let position: Position
        switch paging.style {
        case .page:
            guard let page = value["p"]?.int64, (1...1_000_000_000).contains(page) else {
                throw Problem(.cursorInvalid, "The cursor is not one that this gateway gave out.")
            }
            position = .page(Int(page))
        case .cursor: position = .vendor(value["c"]?.string)
        }
        return ListCursor(
            position: position,
            size: Int(size),
            skip: Int(skip),
            fingerprint: fingerprint,
            before: Int(before)
        )
    }

    /// FNV-1a, 64 bits: enough to tell one list from another by mistake, which is all it is for.
    static func fingerprint(of text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return String(hash, radix: 36)
    }
}

/// RFC 4648, section 5, without padding.
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count % 4 != 1, text.utf8.count <= 4096 else { return nil }
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}
