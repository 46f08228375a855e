/// The hash of member names: words of eight bytes, little endian, the last one filled up with zeros.
///
/// It is written so that the scanner can compute it from the words it has loaded anyway. It is not keyed: who wants
/// names that collide can make them. Nothing may therefore depend on collisions being rare, see
/// ``JSONDuplicateFinder``.
@usableFromInline
enum JSONHash {
    @inlinable static var seed: UInt64 { 0x2545_F491_4F6C_DD1D }

    /// Takes one word in. Every name ends with exactly one word of 0 to 7 bytes.
    @inlinable
    @inline(__always)
    static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    /// Folds the state and the number of bytes, which tells "a" from "a\0".
    @inlinable
    @inline(__always)
    static func finish(_ state: UInt64, count: Int) -> UInt32 {
        let folded = state ^ UInt64(truncatingIfNeeded: count)
        return UInt32(truncatingIfNeeded: folded ^ (folded >> 32))
    }

    @inlinable
    static func hash(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt32 {
        var state = seed
        var position = 0
        while position &+ 8 <= count {
            state = mix(state, JSONBytes.word(bytes + position))
            position &+= 8
        }
        state = mix(state, position == count ? 0 : JSONBytes.tail(bytes, count: count, from: position))
        return finish(state, count: count)
    }

    @inlinable
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        guard let base = bytes.baseAddress else { return finish(mix(seed, 0), count: 0) }
        return hash(base, count: bytes.count)
    }
}
