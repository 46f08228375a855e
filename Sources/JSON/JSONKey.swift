/// The name of one member of an object in a ``JSONDocument``.
public struct JSONKey: Sendable {
    @usableFromInline let document: JSONDocument
    @usableFromInline let index: Int32

    @inlinable
    @inline(__always)
    init(document: JSONDocument, index: Int) {
        self.document = document
        self.index = Int32(truncatingIfNeeded: index)
    }

    @inlinable
    @inline(__always)
    var node: JSONNode { document.nodes.base[Int(index)] }

    /// A hash of the unescaped name. Equal names have equal hashes in every document and process.
    @inlinable
    public var hash: UInt32 { node.hash }

    /// The name, unescaped.
    public var string: String { document.makeString(of: node) }

    /// Lends the name, unescaped: without a copy when it has no escape.
    ///
    /// The buffer may not be used after `body` returns.
    @inlinable
    public func withUTF8<R, E>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R) throws(E) -> R {
        try document.withContent(of: node, body)
    }

    /// Whether this is exactly that name, byte by byte.
    @inlinable
    public func equals(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { expected in
            withUTF8 { $0.count == expected.count && JSONBytes.areEqual($0, expected) }
        }
    }
}
