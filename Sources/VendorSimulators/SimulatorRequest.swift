import NIOHTTP1

/// One whole request as a simulator sees it.
struct SimulatorRequest: Sendable {
    let method: HTTPMethod
    /// The request target as it came, with its query.
    let target: String
    let headers: HTTPHeaders
    /// Empty where the body was longer than the limit.
    let body: [UInt8]
    let isBodyTooLarge: Bool
    let isKeepAlive: Bool
    /// Whether it counts as new although its idempotency key is known: a fault.
    var ignoresKey = false

    /// The target up to the query.
    var path: Substring { target.prefix { $0 != "?" } }

    /// The one value of a header; nil where it is absent or came more than once.
    func single(_ name: String) -> String? {
        let values = headers[name]
        return values.count == 1 ? values[0] : nil
    }

    /// The media type of `Content-Type` and its parameters, lower case, without spaces.
    var contentType: (mediaType: String, parameters: [String])? {
        guard let value = single("content-type") else { return nil }
        let parts = value.split(separator: ";", omittingEmptySubsequences: false).map {
            $0.lowercased().filter { $0 != " " && $0 != "\t" }
        }
        return (parts[0], Array(parts.dropFirst()))
    }

    /// Whether the body is announced as `application/json`, in no other charset than UTF-8.
    var isJSON: Bool {
        guard let (mediaType, parameters) = contentType else { return false }
        return mediaType == "application/json" && parameters.allSatisfy { $0 == "charset=utf-8" }
    }

    /// The token of a well-formed `Authorization: Bearer` header; nil where it is missing or has another form.
    var bearerToken: String? {
        guard let value = single("authorization") else { return nil }
        let parts = value.split(separator: " ", omittingEmptySubsequences: false)
        // RFC 6750 section 2.1: one space, and a token68 of letters, digits and -._~+/ with = at the end only.
        guard parts.count == 2, parts[0].lowercased() == "bearer", !parts[1].isEmpty else { return nil }
        let core = parts[1].utf8.reversed().drop { $0 == 0x3D }
        let isToken =
            !core.isEmpty
            && core.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E: true
                default: false
                }
            }
        return isToken ? String(parts[1]) : nil
    }
}
