/// Header names that the gateway's own decisions rest on, and ways to make them vanish or come twice.
enum HopByHop {
    /// A Connection header may name fields that the next hop must drop (RFC 9110 section 7.6.1). Naming one of these would
    /// make a proxied request lose what it was judged by.
    static func mustNotBeNamedByConnection(_ option: UnsafeRawBufferPointer) -> Bool {
        isReserved(option) || option.equalsIgnoringCase("content-type") || option.equalsIgnoringCase("cookie")
    }

    /// Whether `name` becomes a reserved name when its `_` are read as `-`, as CGI-like servers do.
    static func aliasesReservedName(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count <= 32 else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) { copy in
            copy.copyMemory(from: name)
            for index in 0..<name.count where copy[index] == UInt8(ascii: "_") {
                copy[index] = UInt8(ascii: "-")
            }
            return isReserved(UnsafeRawBufferPointer(rebasing: copy[..<name.count]))
        }
    }

    static func isReserved(_ name: UnsafeRawBufferPointer) -> Bool {
        name.equalsIgnoringCase("host")
            || name.equalsIgnoringCase("authorization")
            || name.equalsIgnoringCase("proxy-authorization")
            || name.equalsIgnoringCase("idempotency-key")
            || name.equalsIgnoringCase("timegate-key")
            || name.equalsIgnoringCase("connection")
            || name.equalsIgnoringCase("content-length")
            || name.equalsIgnoringCase("transfer-encoding")
            || name.hasPrefixIgnoringCase("x-forwarded-")
            || name.equalsIgnoringCase("x-real-ip")
            || name.equalsIgnoringCase("forwarded")
    }
}
