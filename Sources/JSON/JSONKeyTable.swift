/// A lookup from a fixed set of member names to small integers: built once, asked on the hot path without making a
/// String.
public struct JSONKeyTable: Sendable {
    /// One slot of the open-addressed table.
    @usableFromInline
    struct Slot: Sendable {
        @usableFromInline var hash: UInt32
        /// The position in `names`, −1 for a free slot.
        @usableFromInline var index: Int32
        @usableFromInline var offset: Int32
        @usableFromInline var count: Int32
    }

    /// The names as they were given; ``index(of:)-(JSONKey)`` returns positions in this array.
    public let names: [String]

    @usableFromInline let slots: [Slot]
    /// The names' UTF-8, one after the other, and a byte more: never empty.
    @usableFromInline let bytes: [UInt8]

    /// - Parameter names: the names, unescaped. Of a name that occurs twice the first position counts.
    public init(_ names: [String]) {
        self.names = names
        var capacity = 8
        while capacity < names.count * 4 { capacity *= 2 }
        var slots = [Slot](repeating: Slot(hash: 0, index: -1, offset: 0, count: 0), count: capacity)
        var bytes: [UInt8] = []
        for (index, name) in names.enumerated() {
            let content = Array(name.utf8)
            let hash = content.withUnsafeBufferPointer { JSONHash.hash($0) }
            var position = Int(hash) & (capacity - 1)
            var isKnown = false
            while slots[position].index >= 0 {
                if JSONBytes.areEqual(names[Int(slots[position].index)], name) {
                    isKnown = true
                    break
                }
                position = (position + 1) & (capacity - 1)
            }
            if isKnown { continue }
            slots[position] = Slot(
                hash: hash,
                index: Int32(index),
                offset: Int32(bytes.count),
                count: Int32(content.count)
            )
            bytes += content
        }
        self.slots = slots
        self.bytes = bytes + [0]
    }

    /// The position of the key's name in ``names``, or nil.
    @inlinable
    public func index(of key: JSONKey) -> Int? {
        let node = key.node
        return key.document.withContent(of: node) { index(of: $0, hash: node.hash) }
    }

    /// The position of a name in ``names``, or nil.
    public func index(of name: String) -> Int? {
        let fast = name.utf8.withContiguousStorageIfAvailable { index(of: $0) }
        return fast ?? index(ofCopied: name)
    }

    private func index(ofCopied name: String) -> Int? {
        var name = name
        return name.withUTF8 { index(of: $0) }
    }

    /// The position of a name that is at hand as UTF-8, or nil; with ``JSONView/withUTF8(_:)`` a lookup of a string's
    /// content that makes no String.
    public func index(of name: UnsafeBufferPointer<UInt8>) -> Int? {
        index(of: name, hash: JSONHash.hash(name))
    }

    @inlinable
    @inline(__always)
    func index(of name: UnsafeBufferPointer<UInt8>, hash: UInt32) -> Int? {
        withNames { names in
            guard let text = name.baseAddress else { return names.index(of: names.text, count: 0, hash: hash) }
            return names.index(of: text, count: name.count, hash: hash)
        }
    }

    /// The table where it stands in memory, for who asks it many times.
    @usableFromInline
    struct Names {
        @usableFromInline let slots: UnsafePointer<Slot>
        @usableFromInline let mask: Int
        /// The names' UTF-8.
        @usableFromInline let text: UnsafePointer<UInt8>

        @inlinable
        @inline(__always)
        init(slots: UnsafePointer<Slot>, count: Int, text: UnsafePointer<UInt8>) {
            self.slots = slots
            mask = count &- 1
            self.text = text
        }

        @inlinable
        @inline(__always)
        func index(of name: UnsafePointer<UInt8>, count: Int, hash: UInt32) -> Int? {
            var position = Int(hash) & mask
            while slots[position].index >= 0 {
                let slot = slots[position]
                if slot.hash == hash, Int(slot.count) == count,
                    JSONBytes.areEqual(text + Int(slot.offset), name, count: count)
                {
                    return Int(slot.index)
                }
                position = (position &+ 1) & mask
            }
            return nil
        }
    }

    @inlinable
    @inline(__always)
    func withNames<Result>(_ body: (Names) -> Result) -> Result {
        slots.withUnsafeBufferPointer { slots in
            bytes.withUnsafeBufferPointer { bytes in
                // Neither is ever empty.
                body(
                    Names(
                        slots: slots.baseAddress.unsafelyUnwrapped,
                        count: slots.count,
                        text: bytes.baseAddress.unsafelyUnwrapped
                    )
                )
            }
        }
    }
}
