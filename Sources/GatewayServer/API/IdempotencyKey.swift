internal import GatewayCore

/// A caller's `Idempotency-Key`: a UUID or a ULID, bare or as a quoted string (structured field).
enum IdempotencyKey {
    /// - Returns: the key in the case that it is written in: a UUID in lower case (RFC 9562, section 4), a ULID in upper case.
    ///   Programs and databases change the case on the way, and one key must not become two.
    static func read(_ text: String) throws(Problem) -> String {
        var key = text[...]
        if key.count >= 2, key.first == "\"", key.last == "\"" { key = key.dropFirst().dropLast() }
        if isUUIDText(key) { return key.lowercased() }
        if isULID(key) { return key.uppercased() }
        throw Problem(
            .idempotencyKeyInvalid,
            "The Idempotency-Key must be a UUID or a ULID, such as 0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b."
        )
    }

    /// The keys that an outcome may be asked for by: one of the gateway's, or one of a vendor's own, which may be any text and
    /// stands in the journal as it came.
    static func asked(_ text: String) throws(Problem) -> [String] {
        guard text.utf8.count <= NativeWrites.longestKey else { return [try read(text)] }
        guard let key = try? read(text), key != text else { return [text] }
        return [key, text]
    }

    private static func isUUIDText(_ text: Substring) -> Bool {
        guard text.utf8.count == 36 else { return false }
        return text.utf8.enumerated().allSatisfy { index, byte in
            index == 8 || index == 13 || index == 18 || index == 23
                ? byte == UInt8(ascii: "-") : Character(Unicode.Scalar(byte)).isHexDigit
        }
    }

    /// 26 characters of Crockford's base 32.
    private static func isULID(_ text: Substring) -> Bool {
        text.utf8.count == 26
            && text.uppercased().utf8.allSatisfy { "0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8.contains($0) }
    }
}
