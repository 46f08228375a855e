import NIOCore
import Synchronization

/// Counts open connections, in all and by peer. Shared by the event loops; touched when a connection opens or closes only.
final class ConnectionAdmission: Sendable {
    /// An IPv4 address, or the /64 of an IPv6 one: what one subscriber is usually given.
    struct Peer: Hashable, Sendable {
        let prefix: UInt64
        let isIPv6: Bool

        init?(_ address: SocketAddress?) {
            // Read as bytes (sockaddr_in holds the address from offset 4, sockaddr_in6 from offset 8): which module the C
            // fields belong to depends on what else is built.
            switch address {
            case .v4(let address):
                prefix = withUnsafeBytes(of: address.address) { Self.bigEndian($0[4..<8]) }
                isIPv6 = false
            case .v6(let address):
                let bytes = withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
                let isMappedIPv4 = bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
                prefix = Self.bigEndian(isMappedIPv4 ? bytes[12..<16] : bytes[0..<8])
                isIPv6 = !isMappedIPv4
            default:
                return nil
            }
        }

        private static func bigEndian(_ bytes: some Sequence<UInt8>) -> UInt64 {
            bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private struct Counts {
        var total = 0
        var byPeer: [Peer: Int] = [:]
    }

    private let maximum: Int
    private let maximumPerPeer: Int
    private let counts = Mutex(Counts())

    init(maximum: Int, maximumPerPeer: Int) {
        self.maximum = maximum
        self.maximumPerPeer = maximumPerPeer
    }

    /// Whether one more connection may be served. It counts either way, until ``leave(_:)``.
    func enter(_ peer: Peer?) -> Bool {
        counts.withLock { counts in
            counts.total += 1
            var isAdmitted = counts.total <= maximum
            if let peer {
                let ofPeer = counts.byPeer[peer, default: 0] + 1
                counts.byPeer[peer] = ofPeer
                isAdmitted = isAdmitted && ofPeer <= maximumPerPeer
            }
            return isAdmitted
        }
    }

    func leave(_ peer: Peer?) {
        counts.withLock { counts in
            counts.total -= 1
            guard let peer, let ofPeer = counts.byPeer[peer] else { return }
            counts.byPeer[peer] = ofPeer > 1 ? ofPeer - 1 : nil
        }
    }
}
