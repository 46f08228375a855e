internal import Glibc
internal import Synchronization

/// UUIDs (RFC 9562) in lower case.
enum UUIDText {
    /// Version 8: made from a digest.
    static func make(digest: some Sequence<UInt8>) -> String {
        text(Array(digest.prefix(16)), version: 8)
    }

    /// Version 7: the time in milliseconds and chance. Those made one after another sort so, which keeps an index of them
    /// small in memory.
    static func makeNew() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let milliseconds = UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
        let chance = Chance.pair()
        var bytes = [UInt8](repeating: 0, count: 16)
        for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64(index))) }
        for index in 6..<8 { bytes[index] = UInt8(truncatingIfNeeded: chance.0 >> (8 * UInt64(index - 6))) }
        for index in 8..<16 { bytes[index] = UInt8(truncatingIfNeeded: chance.1 >> (8 * UInt64(index - 8))) }
        return text(bytes, version: 7)
    }

    private static func text(_ bytes: [UInt8], version: UInt8) -> String {
        var bytes = bytes
        bytes[6] = bytes[6] & 0x0F | version << 4
        bytes[8] = bytes[8] & 0x3F | 0x80
        return String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for (index, byte) in bytes.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    text[place] = UInt8(ascii: "-")
                    place += 1
                }
                text[place] = digit(byte >> 4)
                text[place + 1] = digit(byte & 15)
                place += 2
            }
            return place
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

/// Numbers from the system's source of chance, fetched some at a time: each fetch is a system call.
private enum Chance {
    private static let count = 32
    private static let rest = Mutex<[UInt64]>([])

    static func pair() -> (UInt64, UInt64) {
        rest.withLock { rest in
            if rest.count < 2 {
                var bytes = [UInt64](repeating: 0, count: count)
                let size = count * MemoryLayout<UInt64>.stride
                // 256 bytes at most. Where the call fails, Swift's own generator does it.
                if bytes.withUnsafeMutableBytes({ getentropy($0.baseAddress!, size) }) != 0 {
                    var generator = SystemRandomNumberGenerator()
                    for index in bytes.indices { bytes[index] = generator.next() }
                }
                rest = bytes
            }
            return (rest.removeLast(), rest.removeLast())
        }
    }
}
