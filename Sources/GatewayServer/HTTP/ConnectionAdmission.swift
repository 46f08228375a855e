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

    enum Verdict {
        case admitted
        /// To be told so.
        case refused
        /// Too many are being told so already: to be closed without a word.
        case dropped
    }

    /// Refused connections that may be open at a time, so that a flood of them cannot use up the descriptors.
    static let maximumRefused = 256

    private struct Counts {
        var total = 0
        var refused = 0
        var byPeer: [Peer: Int] = [:]
    }

    private let maximum: Int
    private let maximumPerPeer: Int
    private let counts = Mutex(Counts())

    init(maximum: Int, maximumPerPeer: Int) {
        self.maximum = maximum
        self.maximumPerPeer = maximumPerPeer
    }

    /// Whether one more connection may be served. Those that may not do not count against those that may.
    func enter(_ peer: Peer?) -> Verdict {
        counts.withLock { counts in
            let ofPeer = peer.flatMap { counts.byPeer[$0] } ?? 0
            if counts.total < maximum, ofPeer < maximumPerPeer {
                counts.total += 1
                if let peer { counts.byPeer[peer] = ofPeer + 1 }
                return .admitted
            }
            guard counts.refused < Self.maximumRefused else { return .dropped }
            counts.refused += 1
            return .refused
        }
    }

    /// - Parameter verdict: what ``enter(_:)`` said of the connection that has closed.
    func leave(_ peer: Peer?, _ verdict: Verdict) {
        counts.withLock { counts in
            switch verdict {
            case .admitted:
                counts.total -= 1
                guard let peer, let ofPeer = counts.byPeer[peer] else { return }
                counts.byPeer[peer] = ofPeer > 1 ? ofPeer - 1 : nil
            case .refused:
                counts.refused -= 1
            case .dropped:
                break
            }
        }
    }
}
