internal import Synchronization

/// Numbers for what lives as long as a configuration does: no two in a process are the same, also where a place in memory is
/// used again.
enum SerialNumber {
    private static let last = Atomic<UInt64>(0)

    static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
