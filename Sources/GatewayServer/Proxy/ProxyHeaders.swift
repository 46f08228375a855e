internal import CurlClient
internal import GatewayCore

/// What the gateway itself says to a vendor, put together once.
struct ProxyOwnFields: Sendable {
    private let fields: [CurlRequestHeaders]

    /// - Parameter via: what the gateway calls itself.
    init(via: String) {
        fields = ["1.0 \(via)", "1.1 \(via)"].flatMap { via in
            [["Via": via], ["Accept-Encoding": "identity", "Via": via]]
        }
    }

    /// - Parameters:
    ///   - isHTTP11: whether the client's request came so; else as HTTP/1.0.
    ///   - asksForIdentity: whether the answer is to be one that can be read.
    func fields(isHTTP11: Bool, asksForIdentity: Bool) -> CurlRequestHeaders {
        fields[(isHTTP11 ? 2 : 0) + (asksForIdentity ? 1 : 0)]
    }
}

/// The header fields that pass a proxy, both ways (RFC 9110 section 7.6.1).
enum ProxyHeaders {
    /// About one connection only, or set anew from the message's parts.
    static func isHopByHop(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 2: name.equalsIgnoringCase("te")
        case 4: name.equalsIgnoringCase("host")
        case 6: name.equalsIgnoringCase("expect")
        case 7: name.equalsIgnoringCase("trailer") || name.equalsIgnoringCase("upgrade")
        case 10: name.equalsIgnoringCase("connection") || name.equalsIgnoringCase("keep-alive")
        case 14: name.equalsIgnoringCase("content-length") || name.equalsIgnoringCase("http2-settings")
        case 16: name.equalsIgnoringCase("proxy-connection")
        case 17: name.equalsIgnoringCase("transfer-encoding")
        case 18: name.equalsIgnoringCase("proxy-authenticate")
        case 19: name.equalsIgnoringCase("proxy-authorization")
        case 25: name.equalsIgnoringCase("proxy-authentication-info")
        default: false
        }
    }

    /// The gateway's own: they go neither to the vendor nor, from the vendor, to the client.
    static func isGateways(_ name: UnsafeRawBufferPointer) -> Bool {
        name.count >= 9 && name.hasPrefixIgnoringCase("timegate-")
    }

    /// Those whose values hold no credential, as far as anybody knows: a record shows them.
    static func isHarmless(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 6: name.equalsIgnoringCase("accept") || name.equalsIgnoringCase("prefer")
        case 8: name.equalsIgnoringCase("if-match")
        case 10: name.equalsIgnoringCase("user-agent")
        case 12: name.equalsIgnoringCase("content-type")
        case 13: name.equalsIgnoringCase("cache-control") || name.equalsIgnoringCase("if-none-match")
        case 15: name.equalsIgnoringCase("idempotency-key") || name.equalsIgnoringCase("accept-language")
        case 16: name.equalsIgnoringCase("content-encoding") || name.equalsIgnoringCase("content-language")
        default: false
        }
    }

    /// The names that `Connection` fields list, in lower case.
    static func named(by values: [ArraySlice<UInt8>]) -> [[UInt8]] {
        values.flatMap { $0.split(separator: UInt8(ascii: ",")) }.map { option in
            option.filter { $0 != 0x20 && $0 != 0x09 }.map(\.asciiLowercased)
        }
    }

    static func isNamed(_ name: UnsafeRawBufferPointer, in names: [[UInt8]]) -> Bool {
        names.contains { other in
            guard other.count == name.count else { return false }
            for index in 0..<name.count where other[index] != name[index].asciiLowercased { return false }
            return true
        }
    }

    /// What goes to the vendor.
    ///
    /// - Parameters:
    ///   - own: the gateway's own fields, which go behind all others.
    ///   - replaced: names, in lower case, whose fields are not the client's to set.
    ///   - added: fields in their place.
    static func request(
        _ head: RequestHead,
        _ own: ProxyOwnFields,
        replaced: [[UInt8]],
        added: [Header],
        asksForIdentity: Bool = false
    ) -> CurlRequestHeaders {
        var headers = CurlRequestHeaders()
        headers.reserveCapacity(bytes: head.headers.bytes.count + 64)
        let named = head.headers.contains("connection") ? named(by: head.headers.all("connection")) : []
        head.headers.forEachField { name, value in
            if isHopByHop(name) || isGateways(name) || (!named.isEmpty && isNamed(name, in: named))
                || (!replaced.isEmpty && isNamed(name, in: replaced))
                || (asksForIdentity && name.equalsIgnoringCase("accept-encoding"))
            {
                return
            }
            headers.append(name: name, value: value)
        }
        for header in added { headers.append(name: header.name, value: header.value) }
        headers.append(contentsOf: own.fields(isHTTP11: head.isHTTP11, asksForIdentity: asksForIdentity))
        return headers
    }

    /// Adds the vendor's fields to an answer.
    ///
    /// - Parameter dropsCookies: with the connection's own credentials a session of the vendor's would let the client go
    ///   around the gateway.
    static func add(_ fields: CurlHeaders, via: String, dropsCookies: Bool, to response: inout OutboundResponse) {
        let before = response
        response.reserveHeaders(fields.bytes.count + via.utf8.count + 16)
        if !add(fields, without: [], dropsCookies, to: &response) {
            response = before
            let named = named(by: fields.values("connection").map { Array($0.utf8)[...] })
            _ = add(fields, without: named, dropsCookies, to: &response)
        }
        response.addHeader("Via", "1.1 ", via)
    }

    /// - Parameter named: what `Connection` names.
    /// - Returns: whether `Connection` names no field. Most say `keep-alive` or `close`, which stay here by their own names.
    private static func add(
        _ fields: CurlHeaders,
        without named: [[UInt8]],
        _ dropsCookies: Bool,
        to response: inout OutboundResponse
    ) -> Bool {
        var namesNone = true
        fields.forEachField { name, value in
            if isHopByHop(name) || isGateways(name) || (!named.isEmpty && isNamed(name, in: named))
                || (dropsCookies && name.equalsIgnoringCase("set-cookie"))
            {
                if name.equalsIgnoringCase("connection"), !value.equalsIgnoringCase("keep-alive"),
                    !value.equalsIgnoringCase("close")
                {
                    namesNone = false
                }
                return true
            }
            response.addHeader(name: name, value: value)
            return true
        }
        return namesNone
    }

    /// Adds the fields of an answer that the gateway writes.
    static func add(_ headers: [(name: String, value: String)], to response: inout OutboundResponse) {
        for header in headers {
            var name = header.name
            if name.withUTF8({ isHopByHop(UnsafeRawBufferPointer($0)) || isGateways(UnsafeRawBufferPointer($0)) }) {
                continue
            }
            response.addHeader(name: name.utf8, value: header.value.utf8)
        }
    }

    /// Trailer fields as lines on the wire: none that says where a message ends or who sends it, and none that cannot be sent.
    static func trailerLines(_ fields: CurlHeaders) -> [UInt8] {
        var lines: [UInt8] = []
        fields.forEachField { name, value in
            var one = OutboundResponse(status: 200)
            if !isHopByHop(name), !isGateways(name), !HopByHop.isReserved(name) {
                one.addHeader(name: name, value: value)
            }
            if one.isSendable { lines.append(contentsOf: one.headerBlock) }
            return true
        }
        return lines
    }

    /// Trailer fields of a request; the front end has refused those that say where it ends or who sends it.
    static func trailers(_ fields: RequestHeaders?) -> CurlRequestHeaders {
        var trailers = CurlRequestHeaders()
        fields?.forEachField { name, value in
            if !isHopByHop(name), !isGateways(name) { trailers.append(name: name, value: value) }
        }
        return trailers
    }
}
