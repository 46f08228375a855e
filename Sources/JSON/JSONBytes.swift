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
    ///
    /// Reads that overlap take any number of bytes without a loop.
    @inlinable
    @inline(__always)
    static func partialWord(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt64 {
        if count >= 4 {
            let last = count &- 4
            return UInt64(halfWord(bytes)) | UInt64(halfWord(bytes + last)) &<< bits(last)
        }
        if count <= 0 { return 0 }
        let middle = count &>> 1
        let last = count &- 1
        return UInt64(bytes[0]) | UInt64(bytes[middle]) &<< bits(middle) | UInt64(bytes[last]) &<< bits(last)
    }

    /// Four bytes, the first one lowest.
    @inlinable
    @inline(__always)
    static func halfWord(_ bytes: UnsafePointer<UInt8>) -> UInt32 {
        UInt32(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt32.self))
    }

    @inlinable
    @inline(__always)
    static func bits(_ bytes: Int) -> UInt64 { UInt64(truncatingIfNeeded: bytes &* 8) }

    /// The bytes behind the last whole word of a text, 1 to 7, the first one lowest, the rest zero.
    @inlinable
    @inline(__always)
    static func tail(_ bytes: UnsafePointer<UInt8>, count: Int, from position: Int) -> UInt64 {
        if position == 0 { return partialWord(bytes, count: count) }
        return word(bytes + (count &- 8)) &>> bits(8 &- (count &- position))
    }

    @inlinable
    @inline(__always)
    static func areEqual(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, count: Int) -> Bool {
        if count < 8 { return partialWord(left, count: count) == partialWord(right, count: count) }
        let last = count &- 8
        var position = 0
        while position < last {
            if word(left + position) != word(right + position) { return false }
            position &+= 8
        }
        return word(left + last) == word(right + last)
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
        // With bit 1 turned over, the controls and the quote are what is below 0x21.
        let quoteOrControl = (word ^ (ones &* 0x02)) &- (ones &* 0x21)
        let backslash = (word ^ (ones &* 0x5C)) &- ones
        return (quoteOrControl | backslash | word) & (ones &* 0x80)
    }

    /// The same for a string to be written: a quote, a backslash or a control.
    @inlinable
    @inline(__always)
    static func specialToWriter(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quoteOrControl = (word ^ (ones &* 0x02)) &- (ones &* 0x21)
        let backslash = (word ^ (ones &* 0x5C)) &- ones
        return (quoteOrControl | backslash) & ~word & (ones &* 0x80)
    }
}
