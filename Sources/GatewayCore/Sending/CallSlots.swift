/// How many calls are under way at once, and who waits for a place: first come, first served. A vendor that hangs can then
/// fill its own places, and none of another vendor's.
public struct CallSlots: Sendable {
    public let maximumInFlight: Int
    public let maximumWaiting: Int
    public private(set) var inFlight = 0
    private var queue: [UInt64] = []

    public init(maximumInFlight: Int = 32, maximumWaiting: Int = 256) {
        self.maximumInFlight = max(1, maximumInFlight)
        self.maximumWaiting = max(0, maximumWaiting)
    }

    public var hasFreeSlot: Bool { inFlight < maximumInFlight }
    public var waiting: Int { queue.count }
    /// Who is next.
    public var first: UInt64? { queue.first }
    public var tickets: [UInt64] { queue }

    public mutating func occupy() { inFlight += 1 }

    public mutating func release() { inFlight = max(0, inFlight - 1) }

    /// - Returns: whether there was room.
    public mutating func enqueue(_ ticket: UInt64) -> Bool {
        guard queue.count < maximumWaiting else { return false }
        queue.append(ticket)
        return true
    }

    public mutating func removeFirst() { queue.removeFirst() }

    /// - Returns: whether it waited.
    @discardableResult
    public mutating func remove(_ ticket: UInt64) -> Bool {
        guard let index = queue.firstIndex(of: ticket) else { return false }
        queue.remove(at: index)
        return true
    }

    public mutating func removeAll() { queue.removeAll() }
}
