internal import Synchronization

/// What the proxies of all event loops share.
struct ProxyShared: Sendable {
    let keyless = KeylessCallers()
    let ownPorts = OwnPorts()
    let tunnels = TunnelPlaces()
    let via: String

    init() {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        let tail = (0..<8).map { _ in digits[Int.random(in: 0..<16, using: &generator)] }
        via = "timegate-" + String(decoding: tail, as: UTF8.self)
    }
}

/// Where the gateway itself listens, once it does.
final class OwnPorts: Sendable {
    private let addresses = Mutex<[(host: String, port: Int)]>([])

    func add(host: String, port: Int) {
        addresses.withLock { $0.append((host, port)) }
    }

    /// Whether a target's `host:port` is one of the gateway's own listeners, as far as that can be seen without asking a
    /// name server.
    func isOwn(_ authority: ArraySlice<UInt8>) -> Bool {
        guard let target = ProxyAuthority(String(decoding: authority, as: UTF8.self), isTLS: false) else {
            return false
        }
        return addresses.withLock { addresses in
            addresses.contains { own in
                guard own.port == target.effectivePort else { return false }
                let isHere = Self.isLoopback(target.host)
                return target.host == own.host || (isHere && (Self.isLoopback(own.host) || own.host == "0.0.0.0"))
            }
        }
    }

    /// Whether one of its listeners has this port, whatever its address.
    func isListening(at port: Int) -> Bool {
        addresses.withLock { $0.contains { $0.port == port } }
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "[::1]" || host == "::1" || host.hasPrefix("127.")
    }
}
