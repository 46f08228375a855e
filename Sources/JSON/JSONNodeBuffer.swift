/// The nodes of one document: a growing block of memory with one owner.
///
/// Sendable, because whoever holds it without `inout` can only read.
@usableFromInline
struct JSONNodeBuffer: ~Copyable, @unchecked Sendable {
    @usableFromInline private(set) var base: UnsafeMutablePointer<JSONNode>
    @usableFromInline private(set) var count: Int
    private var capacity: Int

    init(capacity: Int) {
        self.base = .allocate(capacity: capacity)
        self.count = 0
        self.capacity = capacity
    }

    deinit {
        base.deallocate()
    }

    @inline(__always)
    mutating func append(_ node: JSONNode) {
        if count == capacity { grow() }
        (base + count).initialize(to: node)
        count &+= 1
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<JSONNode>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: base, count: count)
        base.deallocate()
        base = larger
        capacity *= 2
    }
}
