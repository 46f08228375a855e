/// A parsed text: its bytes and one flat array of nodes. Immutable, so it may be shared freely; a class, so that a
/// ``JSONView`` is a reference and an index.
///
/// The text is strict RFC 8259 in UTF-8. Beyond the grammar it must have no byte order mark, no name twice in one
/// object and no lone surrogate escape.
public final class JSONDocument: Sendable {
    /// The text as it was given.
    public let bytes: [UInt8]

    @usableFromInline let nodes: JSONNodeBuffer

    /// - Throws: ``JSONError`` for anything that is not one strict JSON value within the limits.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self.nodes = try JSONParser.parse(bytes, limits: limits)
        self.bytes = bytes
    }

    public convenience init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// The value that the text is.
    @inlinable
    public var root: JSONView { JSONView(document: self, index: 0) }

    /// Lends the bytes of a node: for strings and names without the quotes and with the escapes as they stand.
    @inlinable
    @inline(__always)
    func withBytes<R, E>(
        of node: JSONNode,
        _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        try bytes.withUnsafeBufferPointer { (all) throws(E) in
            try body(UnsafeBufferPointer(rebasing: all[node.offset..<(node.offset &+ node.length)]))
        }
    }

    /// Lends the content of a string or name, unescaped.
    @inlinable
    @inline(__always)
    func withContent<R, E>(
        of node: JSONNode,
        _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        if node.hasEscape {
            return try withUnescapedContent(of: node, body)
        }
        return try withBytes(of: node, body)
    }

    @usableFromInline
    func withUnescapedContent<R, E>(
        of node: JSONNode,
        _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: node.length) { (buffer) throws(E) in
            let count = bytes.withUnsafeBufferPointer { all in
                JSONUnescaping.unescape(all.baseAddress! + node.offset, count: node.length, into: buffer.baseAddress!)
            }
            return try body(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    @usableFromInline
    func makeString(of node: JSONNode) -> String {
        bytes.withUnsafeBufferPointer { all in
            JSONUnescaping.string(all.baseAddress! + node.offset, count: node.length, hasEscape: node.hasEscape)
        }
    }
}
