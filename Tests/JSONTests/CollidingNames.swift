@testable import JSON

/// Names that all have the same hash, made as an attacker would make them.
enum CollidingNames {
    /// 300 of them.
    static let names = make(300)

    /// Different names of 16 printable ASCII characters. The first eight are free; the other eight bring the state of
    /// the hash back to the same value. Where they turn out not to be printable the next first eight are tried.
    private static func make(_ count: Int) -> [String] {
        var names: [String] = []
        var target: UInt64?
        var serial = 10_000_000
        while names.count < count {
            serial += 1
            let first = Array(String(serial).utf8)
            let word = first.withUnsafeBufferPointer { JSONBytes.word($0.baseAddress!) }
            let state = JSONHash.mix(JSONHash.seed, word)
            let goal = target ?? state ^ 0x6161_6161_6161_6161
            target = goal
            let second = state ^ goal
            if !isPlain(second) { continue }
            names.append(String(decoding: first + bytes(of: second), as: UTF8.self))
        }
        return names
    }

    static func hash(of name: String) -> UInt32 {
        Array(name.utf8).withUnsafeBufferPointer { JSONHash.hash($0) }
    }

    private static func isPlain(_ word: UInt64) -> Bool {
        if word & 0x8080_8080_8080_8080 != 0 { return false }
        return bytes(of: word).allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C }
    }

    private static func bytes(of word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
    }
}
