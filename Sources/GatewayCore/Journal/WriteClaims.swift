internal import Synchronization

/// The keys of the writes that are under way in this process, for all event loops: each has one owner.
public final class WriteClaims: Sendable {
    private let held = Mutex<[WriteScope: [UInt8]]>([:])
    /// What the vendors have named for creates of this process.
    let given = GivenEntries()

    public init() {}

    enum Outcome: Equatable {
        case taken
        /// Somebody is at it, with the same request or with another one.
        case busy(isSameRequest: Bool)
    }

    func take(_ scope: WriteScope, _ fingerprint: [UInt8]) -> Outcome {
        held.withLock { held in
            if let other = held[scope] { return .busy(isSameRequest: other == fingerprint) }
            held[scope] = fingerprint
            return .taken
        }
    }

    func release(_ scope: WriteScope) {
        held.withLock { _ = $0.removeValue(forKey: scope) }
    }

    /// How many are under way.
    public var count: Int { held.withLock { $0.count } }
}
