internal import Synchronization

/// How many tunnels each connection has open, in the whole process.
final class TunnelPlaces: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// Takes a place.
    /// - Returns: false if the connection has no more.
    func enter(_ connection: String, limit: Int) -> Bool {
        counts.withLock { counts in
            let count = counts[connection, default: 0]
            guard count < limit else { return false }
            counts[connection] = count + 1
            return true
        }
    }

    func leave(_ connection: String) {
        counts.withLock { counts in
            let count = counts[connection, default: 0]
            counts[connection] = count > 1 ? count - 1 : nil
        }
    }
}
