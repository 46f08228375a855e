/// Bytes at an address that stays the same while C holds a pointer to them; the memory is used again.
struct StableBytes: ~Copyable {
    private var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private(set) var count = 0

    /// Bigger buffers are given back between transfers.
    static let keptBytes = 64 << 10

    deinit {
        storage.deallocate()
    }

    var start: UnsafePointer<UInt8>? {
        UnsafePointer(storage.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }

    /// Replaces the contents; earlier pointers are no longer good. There is an address even for no bytes.
    mutating func assign(_ bytes: [UInt8]) {
        reserve(max(1, bytes.count))
        bytes.withUnsafeBytes { storage.copyMemory(from: $0) }
        count = bytes.count
    }

    mutating func clear() {
        count = 0
        if storage.count > Self.keptBytes {
            storage.deallocate()
            storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
    }

    private mutating func reserve(_ wanted: Int) {
        guard storage.count < wanted else { return }
        storage.deallocate()
        // Rounded up so that bodies of similar size share a buffer.
        storage = .allocate(byteCount: (wanted + 255) & ~255, alignment: 16)
    }
}
