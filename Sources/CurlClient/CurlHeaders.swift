internal import Glibc

/// The header fields of an answer, kept as the bytes that came and looked up when asked for.
///
/// Only the fields of the final answer: not those of interim answers (1xx), not trailers. Names keep their case;
/// look-ups ignore it. Each look-up walks the bytes, so keep what is needed often.
public struct CurlHeaders: Sendable {
    /// `name: value` per line, each ended by CR LF or LF; folded lines were joined by spaces.
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value of the first field of this name; bytes that are no UTF-8 become U+FFFD.
    public subscript(name: String) -> String? {
        var result: String?
        var name = name
        name.withUTF8 { wanted in
            let wanted = UnsafeRawBufferPointer(wanted)
            bytes.withUnsafeBytes { all in
                Self.walkLines(all) { name, value in
                    guard HeaderSyntax.equalsIgnoringCase(name, wanted), HeaderSyntax.isToken(name) else { return true }
                    result = String(decoding: HeaderSyntax.trimmed(value), as: UTF8.self)
                    return false
                }
            }
        }
        return result
    }

    /// Calls `body` with the bytes of the first value of this name, or with `nil`. `lowercaseName` has to be lower
    /// case. The pointer is good inside `body` only.
    public func withValue<Result>(
        of lowercaseName: StaticString,
        _ body: (UnsafeRawBufferPointer?) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBytes { all in
            var found: UnsafeRawBufferPointer?
            Self.walk(all) { name, value in
                guard HeaderSyntax.equals(name, lowercaseName) else { return true }
                found = value
                return false
            }
            return try body(found)
        }
    }

    /// All values of this name in the order they came.
    public func values(_ name: String) -> [String] {
        var result: [String] = []
        var name = name
        name.withUTF8 { wanted in
            forEachField { name, value in
                if HeaderSyntax.equalsIgnoringCase(name, UnsafeRawBufferPointer(wanted)) {
                    result.append(String(decoding: value, as: UTF8.self))
                }
                return true
            }
        }
        return result
    }

    /// Calls `body` for each field in order, until it returns `false`. The pointers are good inside `body` only.
    public func forEachField(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool) {
        bytes.withUnsafeBytes { Self.walk($0, body) }
    }

    /// All fields as text: handy in tests, too slow for every request.
    public var fields: [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        forEachField { name, value in
            result.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
            return true
        }
        return result
    }

    /// Lines whose name is no token are left out: nothing may be forwarded under a name that others read differently.
    private static func walk(
        _ all: UnsafeRawBufferPointer,
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) {
        walkLines(all) { name, value in !HeaderSyntax.isToken(name) || body(name, HeaderSyntax.trimmed(value)) }
    }

    /// Calls `body` with what stands on each line before and behind the first colon, until it returns `false`.
    private static func walkLines(
        _ all: UnsafeRawBufferPointer,
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) {
        var start = 0
        while start < all.count {
            var end = offset(of: 0x0A, in: all, from: start, to: all.count) ?? all.count
            let next = end + 1
            if end > start, all[end - 1] == 0x0D { end -= 1 }
            if let colon = offset(of: UInt8(ascii: ":"), in: all, from: start, to: end), colon > start {
                let name = UnsafeRawBufferPointer(rebasing: all[start..<colon])
                let value = UnsafeRawBufferPointer(rebasing: all[(colon + 1)..<end])
                if !body(name, value) { return }
            }
            start = next
        }
    }

    private static func offset(of byte: UInt8, in all: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
        guard let base = all.baseAddress, let found = memchr(base + start, CInt(byte), end - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
