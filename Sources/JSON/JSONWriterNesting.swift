/// Where a ``JSONWriter`` is, as far as its debug checks want to know. Without assertions it is counted but not
/// looked at.
@usableFromInline
struct JSONWriterNesting: Sendable {
    /// How many arrays and objects are open.
    @usableFromInline var depth = 0

    /// Bit n is set if level n is an object. Levels from 64 on are only counted.
    @usableFromInline var objectLevels: UInt64 = 0

    /// Whether a name was written and its value not yet.
    @usableFromInline var hasName = false

    /// Whether the root value is complete.
    @usableFromInline var isComplete = false

    @inlinable
    init() {}

    /// Nil where it is not known.
    @inlinable var isInObject: Bool? {
        if depth == 0 { return false }
        return depth <= 64 ? objectLevels & (1 &<< UInt64(depth &- 1)) != 0 : nil
    }

    @inlinable
    @inline(__always)
    mutating func name() {
        assert(isInObject != false, "a name outside of an object")
        assert(!hasName, "two names without a value between them")
        hasName = true
    }

    /// Before any value, an array or object too.
    @inlinable
    @inline(__always)
    mutating func value() {
        assert(isInObject != true || hasName, "a value without a name in an object")
        assert(depth > 0 || !isComplete, "a second value after the whole text")
        hasName = false
        isComplete = depth == 0
    }

    @inlinable
    @inline(__always)
    mutating func begin(isObject: Bool) {
        if depth < 64 {
            let bit: UInt64 = 1 &<< UInt64(depth)
            objectLevels = isObject ? objectLevels | bit : objectLevels & ~bit
        }
        depth &+= 1
    }

    @inlinable
    @inline(__always)
    mutating func end(isObject: Bool) {
        assert(depth > 0, "an end without its begin")
        assert(!hasName, "a name without a value at the end of an object")
        assert((isInObject ?? isObject) == isObject, "an end of the other kind than its begin")
        depth &-= 1
        isComplete = depth == 0
    }
}
