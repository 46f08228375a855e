extension CurlRequest {
    /// What in the request breaks a rule, or `nil`. The text shows nothing of path, query or values.
    ///
    /// - Parameter isURLKnown: whether the URL was looked at before and found in order, for the same ``allowPrivate``.
    func problem(isURLKnown: Bool = false) -> String? {
        if let problem = headers.problem { return problem }
        if let problem = Self.methodProblem(method, hasBody: body != nil) { return problem }
        if !isURLKnown, let problem = Self.urlProblem(url, allowHTTP: allowPrivate) { return problem }
        if let target, let problem = Self.targetProblem(target) { return problem }
        let millisecondsLimit = Int(Int32.max)  // about 24 days: also fits a 32-bit long
        if !(1...millisecondsLimit).contains(timeouts.connectMilliseconds)
            || !(1...millisecondsLimit).contains(timeouts.totalMilliseconds)
        {
            return "connectMilliseconds and totalMilliseconds have to be 1 to \(millisecondsLimit)"
        }
        if timeouts.lowSpeedSeconds < 0 || timeouts.lowSpeedBytesPerSecond < 0 || timeouts.maxIdleSeconds < 1 {
            return "low-speed limits must not be negative, and maxIdleSeconds has to be 1 or more"
        }
        if limits.bodyBytes < 0 || limits.headerBytes < 1 {
            return "limits.bodyBytes must not be negative, and limits.headerBytes has to be 1 or more"
        }
        if let caFile, caFile.utf8.contains(0) { return "caFile holds a NUL byte" }
        return nil
    }

    static func methodProblem(_ method: String, hasBody: Bool) -> String? {
        guard HeaderSyntax.isToken(method), method.utf8.count <= 32 else {
            return "the method has to be a token of RFC 9110 of at most 32 characters"
        }
        switch method {
        case "CONNECT", "TRACE": return "method \(method) is not sent"
        case "HEAD" where hasBody: return "a HEAD request cannot have a body"
        default: return nil
        }
    }

    /// Stricter than libcurl's own parser, so that two readers of the URL cannot see different hosts in it.
    static func urlProblem(_ url: String, allowHTTP: Bool) -> String? {
        var url = url
        return url.withUTF8 { bytes in
            guard bytes.count <= 16 << 10 else { return "the URL is longer than 16 KiB" }
            for byte in bytes where byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "\\") {
                return "the URL holds a character that has to be percent-encoded (space, control, backslash, non-ASCII)"
            }
            let raw = UnsafeRawBufferPointer(bytes)
            let start: Int
            if hasPrefix(raw, "https://") {
                start = 8
            } else if hasPrefix(raw, "http://") {
                guard allowHTTP else { return "plain http is only for requests with allowPrivate" }
                start = 7
            } else {
                return "the URL has to begin with https://"
            }
            guard !bytes.contains(UInt8(ascii: "#")) else { return "the URL must not have a fragment (#)" }
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") { end += 1 }
            return authorityProblem(UnsafeRawBufferPointer(rebasing: raw[start..<end]))
        }
    }

    static func targetProblem(_ target: String) -> String? {
        var target = target
        return target.withUTF8 { bytes in
            guard bytes.count <= 16 << 10 else { return "the target is longer than 16 KiB" }
            guard bytes.first == UInt8(ascii: "/") || bytes.elementsEqual("*".utf8) else {
                return "the target has to begin with /"
            }
            for byte in bytes where byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "#") {
                return "the target holds a character that has to be percent-encoded (space, control, #, non-ASCII)"
            }
            return nil
        }
    }

    /// `host` or `host:port`; no user name, no percent-encoding, no zone.
    private static func authorityProblem(_ authority: UnsafeRawBufferPointer) -> String? {
        var host = authority
        var portStart = authority.count
        if authority.first == UInt8(ascii: "[") {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { return "the URL's host lacks a ]" }
            host = UnsafeRawBufferPointer(rebasing: authority[1..<close])
            portStart = close + 1
            for byte in host where !isHexDigit(byte) && byte != UInt8(ascii: ":") && byte != UInt8(ascii: ".") {
                return "the URL's host is not an IPv6 address"
            }
        } else {
            portStart = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.count
            host = UnsafeRawBufferPointer(rebasing: authority[..<portStart])
            for byte in host where !isHostCharacter(byte) {
                return
                    "the URL's host may hold letters, digits, '.', '-' and '_' only, with no user name before it"
            }
        }
        guard !host.isEmpty, host.count <= 253 else { return "the URL's host is empty or longer than 253 characters" }
        guard portStart < authority.count else { return nil }
        let port = authority[(portStart + 1)...]
        guard authority[portStart] == UInt8(ascii: ":"), (1...5).contains(port.count),
            port.allSatisfy({ $0 &- 0x30 < 10 }),
            (1...65_535).contains(port.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        else { return "the URL's port has to be 1 to 65535" }
        return nil
    }

    /// Host and port as the URL spells them, for messages.
    static func authority(of url: String) -> Substring {
        guard let scheme = url.utf8.firstIndex(of: UInt8(ascii: ":")) else { return "" }
        let rest = url[scheme...].drop { $0 == ":" || $0 == "/" }
        return rest.prefix { $0 != "/" && $0 != "?" }
    }

    private static func hasPrefix(_ bytes: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
        let count = lowercase.utf8CodeUnitCount
        return bytes.count >= count
            && HeaderSyntax.equals(UnsafeRawBufferPointer(rebasing: bytes[..<count]), lowercase)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6
    }

    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}
