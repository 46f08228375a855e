internal import GatewayCore

/// The gateway key of a proxied request, and the account that it names.
struct ProxyCredentials {
    /// The key; `nil` if none was sent.
    var token: ArraySlice<UInt8>?
    /// The connection that is asked for, from `Timegate-Connection` or the user name of the proxy's address.
    var connection: String?

    init(_ headers: RequestHeaders) throws(Problem) {
        if let field = headers.first("timegate-connection") {
            connection = String(decoding: field, as: UTF8.self)
        }
        if headers.contains("timegate-key") {
            guard headers.count(of: "timegate-key") == 1, let field = headers.first("timegate-key"), !field.isEmpty
            else {
                throw Problem(.gatewayKeyRequired, "The request must have one Timegate-Key header, with one key.")
            }
            token = field
        } else if headers.contains("proxy-authorization") {
            try read(headers)
        }
    }

    private mutating func read(_ headers: RequestHeaders) throws(Problem) {
        guard headers.count(of: "proxy-authorization") == 1, let field = headers.first("proxy-authorization"),
            let space = field.firstIndex(of: 0x20)
        else {
            throw Problem(.proxyUnauthenticated, "Proxy-Authorization must stand once, as Bearer or Basic and a key.")
        }
        let scheme = String(decoding: field[..<space].lazy.map(\.asciiLowercased), as: UTF8.self)
        let value = field[field.index(after: space)...].drop { $0 == 0x20 }
        switch scheme {
        case "bearer":
            token = value
        case "basic":
            guard let pair = Base64.decode(value), let colon = pair.firstIndex(of: UInt8(ascii: ":")) else {
                throw Problem(.proxyUnauthenticated, "Proxy-Authorization is not the Base64 of user and password.")
            }
            if colon > pair.startIndex, connection == nil {
                connection = String(decoding: pair[..<colon], as: UTF8.self)
            }
            token = pair[(colon + 1)...]
        default:
            throw Problem(.proxyUnauthenticated, "Proxy-Authorization must be Bearer or Basic, with a gateway key.")
        }
    }
}

/// Base64 as RFC 4648 section 4 has it, for credentials.
enum Base64 {
    /// - Returns: `nil` for characters outside the alphabet, padding that is missing or too much.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard !text.isEmpty, text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for character in text {
            bits <<= 6
            if character == UInt8(ascii: "=") {
                padding += 1
            } else {
                guard padding == 0, let value = value(of: character) else { return nil }
                bits |= value
            }
            count += 1
            if count % 4 == 0 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bits = 0
            }
        }
        guard padding <= 2 else { return nil }
        bytes.removeLast(padding)
        return bytes
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
