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
