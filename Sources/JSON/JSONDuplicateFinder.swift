/// Finds a name that an object has twice: by pairs in small objects, by an open-addressed table of hashes in larger
/// ones, by sorting when somebody has made the hashes collide.
///
/// The table is made once for a document, when the first object needs it.
struct JSONDuplicateFinder: ~Copyable {
    /// How many probes beyond the first an insertion may need on average before the hashes are given up.
    static let probesPerName = 8

    private static let namesComparedByPairs = 6

    private var slots: UnsafeMutableBufferPointer<UInt32>?
    private let probesPerName: Int

    init(probesPerName: Int = Self.probesPerName) {
        self.probesPerName = probesPerName
    }

    deinit {
        slots?.deallocate()
    }

    /// The node index of the second occurrence of some name, or −1. The object may still be open.
    mutating func findDuplicate(
        inObjectAt object: Int,
        nodes: borrowing JSONNodeBuffer,
        text: UnsafePointer<UInt8>
    ) -> Int {
        let nodes = UnsafePointer(nodes.base)
        let count = nodes[object].childCount
        if count <= Self.namesComparedByPairs {
            return findByPairs(first: object &+ 1, count: count, nodes: nodes, text: text)
        }
        return findByHash(first: object &+ 1, count: count, nodes: nodes, text: text)
    }

    private func findByPairs(
        first: Int,
        count: Int,
        nodes: UnsafePointer<JSONNode>,
        text: UnsafePointer<UInt8>
    ) -> Int {
        var later = first
        for position in 0..<count {
            let hash = nodes[later].hash
            var earlier = first
            for _ in 0..<position {
                if nodes[earlier].hash == hash, Self.areEqual(nodes[earlier], nodes[later], text: text) { return later }
                earlier = nodes[earlier &+ 1].end(at: earlier &+ 1)
            }
            later = nodes[later &+ 1].end(at: later &+ 1)
        }
        return -1
    }

    private mutating func findByHash(
        first: Int,
        count: Int,
        nodes: UnsafePointer<JSONNode>,
        text: UnsafePointer<UInt8>
    ) -> Int {
        let slots = clearedSlots(forNames: count)
        let mask = slots.count &- 1
        var probesLeft = count &* probesPerName
        var name = first
        for _ in 0..<count {
            let node = nodes[name]
            var slot = Int(node.hash) & mask
            while slots[slot] != 0 {
                let other = nodes[Int(slots[slot])]
                if other.hash == node.hash, Self.areEqual(other, node, text: text) { return name }
                slot = (slot &+ 1) & mask
                probesLeft &-= 1
                if probesLeft <= 0 { return Self.findBySorting(first: first, count: count, nodes: nodes, text: text) }
            }
            slots[slot] = UInt32(truncatingIfNeeded: name)
            name = nodes[name &+ 1].end(at: name &+ 1)
        }
        return -1
    }

    /// At least twice as many slots as names, a power of two, all 0; node 0 is never a name.
    private mutating func clearedSlots(forNames count: Int) -> UnsafeMutableBufferPointer<UInt32> {
        let needed = 1 &<< (Int.bitWidth &- (count &* 2 &- 1).leadingZeroBitCount)
        if let slots, slots.count >= needed {
            let cleared = UnsafeMutableBufferPointer(rebasing: slots[..<needed])
            cleared.update(repeating: 0)
            return cleared
        }
        slots?.deallocate()
        let made = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: needed)
        made.initialize(repeating: 0)
        slots = made
        return made
    }

    private static func findBySorting(
        first: Int,
        count: Int,
        nodes: UnsafePointer<JSONNode>,
        text: UnsafePointer<UInt8>
    ) -> Int {
        var names: [(content: String, node: Int)] = []
        names.reserveCapacity(count)
        var name = first
        for _ in 0..<count {
            let node = nodes[name]
            let content = JSONUnescaping.string(text + node.offset, count: node.length, hasEscape: node.hasEscape)
            names.append((content, name))
            name = nodes[name &+ 1].end(at: name &+ 1)
        }
        names.sort { left, right in
            left.content.utf8.lexicographicallyPrecedes(right.content.utf8)
        }
        var duplicate = -1
        for index in 1..<max(1, names.count)
        where JSONBytes.areEqual(names[index - 1].content, names[index].content) {
            let later = max(names[index - 1].node, names[index].node)
            if duplicate < 0 || later < duplicate { duplicate = later }
        }
        return duplicate
    }

    private static func areEqual(_ left: JSONNode, _ right: JSONNode, text: UnsafePointer<UInt8>) -> Bool {
        if !left.hasEscape, !right.hasEscape {
            return left.length == right.length
                && JSONBytes.areEqual(text + left.offset, text + right.offset, count: left.length)
        }
        return JSONBytes.areEqual(
            JSONUnescaping.string(text + left.offset, count: left.length, hasEscape: left.hasEscape),
            JSONUnescaping.string(text + right.offset, count: right.length, hasEscape: right.hasEscape)
        )
    }
}
