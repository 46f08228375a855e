internal import Glibc
internal import Synchronization

/// UUIDs (RFC 9562) in lower case.
public enum UUIDText {
    /// Version 8: made from a digest.
    public static func make(digest: some Sequence<UInt8>) -> String {
        var halves: (UInt64, UInt64) = (0, 0)
        for (index, byte) in digest.prefix(16).enumerated() {
            if index < 8 { halves.0 = halves.0 << 8 | UInt64(byte) } else { halves.1 = halves.1 << 8 | UInt64(byte) }
        }
        return text(halves.0, halves.1, version: 8)
    }

    /// Version 7: the time in milliseconds and chance. Those made one after another sort so, which keeps an index of them
    /// small in memory.
    public static func makeNew() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let milliseconds = UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
        let chance = Chance.pair()
        return text(milliseconds << 16 | chance.0 & 0xFFFF, chance.1, version: 7)
    }

    /// - Parameters:
    ///   - high: the first eight bytes, the most significant first.
    ///   - low: the others.
    private static func text(_ high: UInt64, _ low: UInt64, version: UInt64) -> String {
        let high = high & ~0xF000 | version << 12
        let low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    text[place] = UInt8(ascii: "-")
                    place += 1
                }
                let half = index < 16 ? high : low
                text[place] = digit(UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (index & 15))) & 15)
                place += 1
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
