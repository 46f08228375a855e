/// Raw access to bytes, eight at a time.
@usableFromInline
enum JSONBytes {
    /// Eight bytes, the first one lowest.
    @inlinable
    @inline(__always)
    static func word(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
    }

    /// Fewer than eight bytes, the first one lowest, the rest zero.
    @inlinable
    @inline(__always)
    static func partialWord(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt64 {
        var word: UInt64 = 0
        var index = 0
        while index < count {
            word |= UInt64(bytes[index]) &<< UInt64(truncatingIfNeeded: index &* 8)
            index &+= 1
        }
        return word
    }

    @inlinable
    static func areEqual(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, count: Int) -> Bool {
        var position = 0
        while position &+ 8 <= count {
            if word(left + position) != word(right + position) { return false }
            position &+= 8
        }
        while position < count {
            if left[position] != right[position] { return false }
            position &+= 1
        }
        return true
    }

    /// Whether two buffers of the same length have the same bytes.
    @inlinable
    @inline(__always)
    static func areEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let leftBase = left.baseAddress, let rightBase = right.baseAddress else { return true }
        return areEqual(leftBase, rightBase, count: left.count)
    }

    /// Byte by byte, unlike `==` of `String`, for which composed and decomposed letters are the same.
    static func areEqual(_ left: String, _ right: String) -> Bool {
        let left = left.utf8
        let right = right.utf8
        guard left.count == right.count else { return false }
        let fast = left.withContiguousStorageIfAvailable { left in
            right.withContiguousStorageIfAvailable { right in areEqual(left, right) }
        }
        return (fast ?? nil) ?? left.elementsEqual(right)
    }

    /// The high bit of every byte that ends a plain run in a string to be read: a quote, a backslash, a control, or
    /// a byte of a sequence beyond ASCII. The lowest bit that is set is exact; those above it may be false.
    @inlinable
    @inline(__always)
    static func specialToReader(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = (word ^ (ones &* 0x22)) &- ones
        let backslash = (word ^ (ones &* 0x5C)) &- ones
        let control = word &- (ones &* 0x20)
        return (quote | backslash | control | word) & (ones &* 0x80)
    }

    /// The same for a string to be written: a quote, a backslash or a control.
    @inlinable
    @inline(__always)
    static func specialToWriter(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = (word ^ (ones &* 0x22)) &- ones
        let backslash = (word ^ (ones &* 0x5C)) &- ones
        let control = word &- (ones &* 0x20)
        return (quote | backslash | control) & ~word & (ones &* 0x80)
    }
}
