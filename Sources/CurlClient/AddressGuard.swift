internal import Glibc

/// Tells addresses of the public internet from those a request chosen by a stranger must not reach.
///
/// It looks at the address that is about to be connected to, after the name was resolved, so that neither a name that
/// resolves to an inner address (DNS rebinding) nor an odd spelling of one (`2130706433`, `0x7f.1`) gets around it.
/// The lists are the IANA special-purpose registries (RFC 6890), everything not "globally reachable".
public enum AddressGuard {
    /// `false` for any family but IPv4 and IPv6.
    static func isPublic(_ address: UnsafePointer<sockaddr>) -> Bool {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                isPublic(ipv4: UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
            }
        case AF_INET6:
            return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin6_addr) { isPublic(ipv6: $0) }
            }
        default:
            return false
        }
    }

    /// Whether the text is a numeric IPv4 or IPv6 address of the public internet. Names are not resolved: `false`.
    public static func isPublic(numeric text: String) -> Bool {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return isPublic(ipv4: UInt32(bigEndian: v4.s_addr)) }
        var v6 = in6_addr()
        if inet_pton(AF_INET6, text, &v6) == 1 { return withUnsafeBytes(of: v6) { isPublic(ipv6: $0) } }
        return false
    }

    static func isPublic(ipv4 address: UInt32) -> Bool {
        func within(_ network: UInt32, _ bits: UInt32) -> Bool {
            (address ^ network) >> (32 - bits) == 0
        }
        return
            !(within(0x0000_0000, 8)  // 0.0.0.0/8: this host
            || within(0x0A00_0000, 8)  // 10/8: private
            || within(0x6440_0000, 10)  // 100.64/10: carrier-grade NAT
            || within(0x7F00_0000, 8)  // 127/8: loopback
            || within(0xA9FE_0000, 16)  // 169.254/16: link-local, cloud metadata
            || within(0xAC10_0000, 12)  // 172.16/12: private
            || within(0xC000_0000, 24)  // 192.0.0/24: protocol assignments
            || within(0xC000_0200, 24)  // 192.0.2/24: documentation
            || within(0xC058_6300, 24)  // 192.88.99/24: former 6to4 relays
            || within(0xC0A8_0000, 16)  // 192.168/16: private
            || within(0xC612_0000, 15)  // 198.18/15: benchmarks
            || within(0xC633_6400, 24)  // 198.51.100/24: documentation
            || within(0xCB00_7100, 24)  // 203.0.113/24: documentation
            || within(0xE000_0000, 3))  // 224/4 multicast, 240/4 reserved, broadcast
    }

    /// `bytes` are the 16 of the address in network order.
    static func isPublic(ipv6 bytes: UnsafeRawBufferPointer) -> Bool {
        func word(_ index: Int) -> UInt16 { UInt16(bytes[2 * index]) << 8 | UInt16(bytes[2 * index + 1]) }
        func embedded(_ index: Int) -> UInt32 { UInt32(word(index)) << 16 | UInt32(word(index + 1)) }

        // ::ffff:a.b.c.d reaches the IPv4 address itself, 64:ff9b::a.b.c.d a NAT64 translator that does.
        if bytes[0..<10].allSatisfy({ $0 == 0 }), word(5) == 0xFFFF { return isPublic(ipv4: embedded(6)) }
        if word(0) == 0x0064, word(1) == 0xFF9B, bytes[4..<12].allSatisfy({ $0 == 0 }) {
            return isPublic(ipv4: embedded(6))
        }
        // 6to4 carries the IPv4 address of the tunnel's end.
        if word(0) == 0x2002 { return isPublic(ipv4: embedded(1)) }
        // Global unicast is 2000::/3: outside lie loopback, unspecified, ULA, link-local, site-local, multicast …
        guard bytes[0] >> 5 == 0b001 else { return false }
        if word(0) == 0x2001, word(1) < 0x0200 { return false }  // 2001::/23: Teredo, ORCHID, benchmarks
        if word(0) == 0x2001, word(1) == 0x0DB8 { return false }  // documentation
        if word(0) == 0x3FFF, word(1) < 0x1000 { return false }  // 3fff::/20: documentation
        return true
    }
}
