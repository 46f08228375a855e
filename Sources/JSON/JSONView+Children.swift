extension JSONView {
    /// The elements of an array in order; none for anything else.
    @inlinable
    public var elements: Elements {
        let node = node
        return Elements(
            document: document,
            position: index &+ 1,
            remaining: node.tag == JSONNode.arrayTag ? Int32(truncatingIfNeeded: node.childCount) : 0
        )
    }

    /// The members of an object in source order; none for anything else.
    @inlinable
    public var members: Members {
        let node = node
        return Members(
            document: document,
            position: index &+ 1,
            remaining: node.tag == JSONNode.objectTag ? Int32(truncatingIfNeeded: node.childCount) : 0
        )
    }

    /// Calls `body` for every member of an object in source order. The same as a loop over ``members``, but it takes
    /// no reference count, which is most of what a loop that looks at few of the members costs.
    @inlinable
    @inline(__always)
    public func forEachMember<E>(_ body: (JSONKey, JSONView) throws(E) -> Void) throws(E) {
        let object = node
        guard object.tag == JSONNode.objectTag else { return }
        var position = Int(index) &+ 1
        for _ in 0..<object.childCount {
            try body(
                JSONKey(document: document, index: position),
                JSONView(document: document, index: position &+ 1)
            )
            position = document.nodes.base[position &+ 1].end(at: position &+ 1)
        }
    }

    /// See ``JSONView/elements``.
    public struct Elements: Sequence, IteratorProtocol, Sendable {
        @usableFromInline let document: JSONDocument
        @usableFromInline var position: Int32
        @usableFromInline var remaining: Int32

        @inlinable
        init(document: JSONDocument, position: Int32, remaining: Int32) {
            self.document = document
            self.position = position
            self.remaining = remaining
        }

        @inlinable
        public var underestimatedCount: Int { Int(remaining) }

        @inlinable
        public mutating func next() -> JSONView? {
            guard remaining > 0 else { return nil }
            remaining &-= 1
            let index = Int(position)
            position = Int32(truncatingIfNeeded: document.nodes.base[index].end(at: index))
            return JSONView(document: document, index: index)
        }
    }

    /// See ``JSONView/members``.
    public struct Members: Sequence, IteratorProtocol, Sendable {
        @usableFromInline let document: JSONDocument
        @usableFromInline var position: Int32
        @usableFromInline var remaining: Int32

        @inlinable
        init(document: JSONDocument, position: Int32, remaining: Int32) {
            self.document = document
            self.position = position
            self.remaining = remaining
        }

        @inlinable
        public var underestimatedCount: Int { Int(remaining) }

        @inlinable
        public mutating func next() -> (key: JSONKey, value: JSONView)? {
            guard remaining > 0 else { return nil }
            remaining &-= 1
            let index = Int(position)
            position = Int32(truncatingIfNeeded: document.nodes.base[index &+ 1].end(at: index &+ 1))
            return (JSONKey(document: document, index: index), JSONView(document: document, index: index &+ 1))
        }
    }
}

extension JSONDocument {
    /// Looks up the name of every member of an object in a table, in source order, and calls `body` with the name's position
    /// in the table, nil if it is not there, and the position of the member's value; see ``view(at:)``, ``key(at:)``.
    ///
    /// The cheapest way through an object of which most members are wanted: neither a view nor a reference count is made
    /// for each. Nothing is called for what is no object.
    @inlinable
    @inline(__always)
    public func forEachMember(ofObjectAt object: Int32, in table: JSONKeyTable, _ body: (Int?, Int32) -> Void) {
        let nodes = UnsafePointer(self.nodes.base)
        guard nodes[Int(object)].tag == JSONNode.objectTag else { return }
        table.withNames { names in
            bytes.withUnsafeBufferPointer { text in
                // A document has at least one byte.
                let text = text.baseAddress.unsafelyUnwrapped
                var position = Int(object) &+ 1
                for _ in 0..<nodes[Int(object)].childCount {
                    let name = nodes[position]
                    let index =
                        name.hasEscape
                        ? table.index(of: JSONKey(document: self, index: position))
                        : names.index(of: text + name.offset, count: name.length, hash: name.hash)
                    body(index, Int32(truncatingIfNeeded: position &+ 1))
                    position = nodes[position &+ 1].end(at: position &+ 1)
                }
            }
        }
    }

    /// Lends the bytes of the value at a position of this same document; see ``JSONView/withSource(_:)``.
    @inlinable
    public func withSource<R, E>(
        at position: Int32,
        _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        try view(at: position).withSource(body)
    }

    /// The kind of the value at a position that ``JSONView/position`` gave for this same document.
    @inlinable
    public func kind(at position: Int32) -> JSONView.Kind { nodes.base[Int(position)].kind }

    /// The name of the member whose value stands at a position of this same document.
    @inlinable
    public func key(at position: Int32) -> JSONKey { JSONKey(document: self, index: Int(position) &- 1) }
}
