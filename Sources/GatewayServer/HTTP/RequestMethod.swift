/// The method of a request (RFC 9110 section 9), case-sensitive.
public enum RequestMethod: Hashable, Sendable {
    case get, head, post, put, patch, delete, options
    /// Any other: 1 to 24 upper-case letters, `-` or `_`, beginning with a letter.
    case other(String)

    /// The method as it stands on the request line.
    public var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other(let name): name
        }
    }

    static let longestName = 24

    init?(name: String) {
        var name = name
        guard let method = name.withUTF8({ RequestMethod(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = method
    }

    /// Nil if the bytes are no method that is taken. RFC 9110 allows any token; lower case, digits and punctuation are refused
    /// here because nothing that is served uses them and some servers fold case.
    init?(_ bytes: UnsafeRawBufferPointer) {
        if bytes.equals("GET") {
            self = .get
        } else if bytes.equals("POST") {
            self = .post
        } else if bytes.equals("PATCH") {
            self = .patch
        } else if bytes.equals("PUT") {
            self = .put
        } else if bytes.equals("DELETE") {
            self = .delete
        } else if bytes.equals("HEAD") {
            self = .head
        } else if bytes.equals("OPTIONS") {
            self = .options
        } else {
            guard (1...Self.longestName).contains(bytes.count), Self.isLetter(bytes[0]),
                bytes.allSatisfy({ Self.isLetter($0) || $0 == 0x2D || $0 == 0x5F })
            else { return nil }
            self = .other(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Whether a method can begin with this byte, so that a client that speaks something else (TLS, say) is told at once.
    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }
}
