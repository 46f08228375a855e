/// How much of calls is kept: whichever limit is reached first lets the oldest go.
public struct RecordLimits: Sendable, Equatable {
    /// Calls, of all event loops together.
    public var count: Int
    /// Bytes of bodies and steps, of all event loops together.
    public var bytes: Int
    public var seconds: Int

    public static let usual = RecordLimits(count: 2_000, bytes: 16 << 20, seconds: 3_600)

    public init(count: Int, bytes: Int, seconds: Int) {
        self.count = count
        self.bytes = bytes
        self.seconds = seconds
    }
}

/// The records of one event loop, the oldest first to go.
struct CallRecords {
    private let limits: RecordLimits
    private var slots: [CallRecord?] = []
    private var first = 0
    private(set) var count = 0
    private(set) var bytes = 0

    /// - Parameter limits: of this event loop alone.
    init(_ limits: RecordLimits) { self.limits = limits }

    mutating func add(_ record: CallRecord) {
        let size = record.bytes
        guard limits.count > 0, size <= limits.bytes else { return }
        while count > 0, count == limits.count || bytes + size > limits.bytes { drop() }
        expire(record.time)
        if count == slots.count { grow() }
        slots[(first + count) % slots.count] = record
        count += 1
        bytes += size
    }

    /// Lets go of what is too old.
    mutating func expire(_ now: Int64) {
        while count > 0, let oldest = slots[first], oldest.time < now - Int64(limits.seconds) * 1000 { drop() }
    }

    func find(_ id: String, _ now: Int64) -> CallRecord? {
        for offset in 0..<count {
            guard let record = slots[(first + count - 1 - offset) % slots.count], record.hasID(id) else { continue }
            return record.time < now - Int64(limits.seconds) * 1000 ? nil : record
        }
        return nil
    }

    private mutating func drop() {
        bytes -= slots[first]?.bytes ?? 0
        slots[first] = nil
        first = (first + 1) % slots.count
        count -= 1
    }

    private mutating func grow() {
        var larger: [CallRecord?] = []
        larger.reserveCapacity(max(16, slots.count * 2))
        for offset in 0..<count { larger.append(slots[(first + offset) % slots.count]) }
        while larger.count < max(16, slots.count * 2) { larger.append(nil) }
        slots = larger
        first = 0
    }
}
