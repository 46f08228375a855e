/// One value in a ``JSONDocument``: a reference and an index, cheap to copy. It keeps the document alive.
public struct JSONView: Sendable {
    public enum Kind: UInt8, Sendable {
        case null, bool
        /// An integer literal that Int64 holds exactly.
        case integer
        /// Any other number: a fraction, an exponent, an integer beyond Int64, `-0`. Its digits are kept.
        case number
        case string, array, object
    }

    public let document: JSONDocument

    @usableFromInline let index: Int32

    /// Where the value stands in its document: with ``JSONDocument/view(at:)`` the view again, for tables of many views
    /// that are to take no reference count each.
    @inlinable
    public var position: Int32 { index }

    @inlinable
    @inline(__always)
    init(document: JSONDocument, index: Int) {
        self.document = document
        self.index = Int32(truncatingIfNeeded: index)
    }

    @inlinable
    @inline(__always)
    var node: JSONNode { document.nodes.base[Int(index)] }

    @inlinable
    public var kind: Kind { node.kind }

    @inlinable
    public var isNull: Bool { node.tag == JSONNode.nullTag }

    @inlinable
    public var bool: Bool? {
        let node = node
        return node.tag == JSONNode.boolTag ? node.payload != 0 : nil
    }

    /// The value of an ``Kind/integer``, nil for all else.
    @inlinable
    public var int64: Int64? {
        let node = node
        return node.tag == JSONNode.integerTag ? Int64(bitPattern: node.payload) : nil
    }

    /// The source digits of an ``Kind/integer`` or ``Kind/number``.
    public var numberText: String? {
        let node = node
        guard node.tag == JSONNode.integerTag || node.tag == JSONNode.numberTag else { return nil }
        return document.makeString(of: node)
    }

    /// The content of a string, unescaped.
    public var string: String? {
        let node = node
        return node.tag == JSONNode.stringTag ? document.makeString(of: node) : nil
    }

    /// Lends the content of a string, unescaped: without a copy when it has no escape. Nil if this is no string.
    ///
    /// The buffer may not be used after `body` returns.
    @inlinable
    public func withUTF8<R, E>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R) throws(E) -> R? {
        let node = node
        guard node.tag == JSONNode.stringTag else { return nil }
        return try document.withContent(of: node, body)
    }

    /// Whether this is a string with exactly this content, byte by byte.
    @inlinable
    public func equals(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { expected in
            withUTF8 { $0.count == expected.count && JSONBytes.areEqual($0, expected) } ?? false
        }
    }

    /// How many elements or members an array or object has, else 0.
    @inlinable
    public var count: Int {
        let node = node
        return node.isContainer ? node.childCount : 0
    }

    /// The member of that name, compared byte by byte; nil if there is none or this is no object.
    ///
    /// It looks at one name after the other. To read many members of one object, go through ``members`` once with a
    /// ``JSONKeyTable``.
    public subscript(name: String) -> JSONView? {
        var name = name
        return name.withUTF8 { member(named: $0) }
    }

    /// The same for a name that is at hand as UTF-8.
    public func member(named name: UnsafeBufferPointer<UInt8>) -> JSONView? {
        let object = node
        guard object.tag == JSONNode.objectTag else { return nil }
        let hash = JSONHash.hash(name)
        var position = Int(index) + 1
        let end = object.end(at: Int(index))
        while position < end {
            let node = document.nodes.base[position]
            if node.hash == hash,
                document.withContent(of: node, { $0.count == name.count && JSONBytes.areEqual($0, name) })
            {
                return JSONView(document: document, index: position + 1)
            }
            position = document.nodes.base[position + 1].end(at: position + 1)
        }
        return nil
    }

    /// The element at that position from 0; nil beyond the end, for a negative position, or if this is no array.
    ///
    /// It takes time in proportion to the position: to read all, use ``elements``.
    public subscript(position: Int) -> JSONView? {
        let array = node
        guard array.tag == JSONNode.arrayTag, position >= 0, position < array.childCount else { return nil }
        var child = Int(index) + 1
        for _ in 0..<position {
            child = document.nodes.base[child].end(at: child)
        }
        return JSONView(document: document, index: child)
    }

    /// Lends the value's own bytes exactly as they stand in the document: a string with its quotes and escapes.
    ///
    /// The buffer may not be used after `body` returns.
    @inlinable
    public func withSource<R, E>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R) throws(E) -> R {
        let range = sourceRange
        return try document.bytes.withUnsafeBufferPointer { (all) throws(E) in
            try body(UnsafeBufferPointer(rebasing: all[range]))
        }
    }

    /// The same as a slice of the document's bytes.
    public var source: ArraySlice<UInt8> { document.bytes[sourceRange] }

    /// Where the value's own bytes are in the document.
    @inlinable
    public var sourceRange: Range<Int> {
        let node = node
        let quotes = node.tag == JSONNode.stringTag ? 1 : 0
        return (node.offset &- quotes)..<(node.offset &+ node.length &+ quotes)
    }

    /// A deep copy that does not need the document.
    public var value: JSONValue {
        let node = node
        switch node.kind {
        case .null: return .null
        case .bool: return .bool(node.payload != 0)
        case .integer: return .integer(Int64(bitPattern: node.payload))
        case .number: return .number(document.makeString(of: node))
        case .string: return .string(document.makeString(of: node))
        case .array:
            var values: [JSONValue] = []
            values.reserveCapacity(node.childCount)
            for element in elements { values.append(element.value) }
            return .array(values)
        case .object:
            var object = JSONObject()
            object.members.reserveCapacity(node.childCount)
            for (key, member) in members { object.members.append((key.string, member.value)) }
            return .object(object)
        }
    }
}

extension JSONDocument {
    /// The view at a position that ``JSONView/position`` gave for this same document.
    @inlinable
    @inline(__always)
    public func view(at position: Int32) -> JSONView {
        JSONView(document: self, index: Int(position))
    }
}
