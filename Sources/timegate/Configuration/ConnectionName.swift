import GatewayCore

/// The name of a connection, which is a part of URLs.
enum ConnectionName {
    /// What stands at the same place of a URL.
    static let reserved = ["connections", "calls", "outcomes", "time-entries"]

    /// What is wrong with a name, or `nil`.
    static func fault(in name: String) -> (message: String, hint: String)? {
        if reserved.contains(name) {
            return (
                "A connection cannot be called \"\(name)\": the HTTP API uses that word.",
                "Name it after the account, such as acme-\(name)."
            )
        }
        let bytes = Array(name.utf8)
        let isValid =
            (1...63).contains(bytes.count) && bytes[0] != UInt8(ascii: "-")
            && bytes.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
        guard !isValid else { return nil }
        return (
            "\"\(name)\" cannot be the name of a connection.",
            "Use 1 to 63 of a-z, 0-9 and -, not beginning with -: it stands in URLs."
        )
    }
}
