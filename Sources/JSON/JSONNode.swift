/// One value or one member name of a document, in source order; a container comes before what it holds, a name right
/// before its value.
@usableFromInline
struct JSONNode {
    // The raw values of `JSONView.Kind`, and one more for a member's name.
    @inlinable static var nullTag: UInt32 { 0 }
    @inlinable static var boolTag: UInt32 { 1 }
    @inlinable static var integerTag: UInt32 { 2 }
    @inlinable static var numberTag: UInt32 { 3 }
    @inlinable static var stringTag: UInt32 { 4 }
    @inlinable static var arrayTag: UInt32 { 5 }
    @inlinable static var objectTag: UInt32 { 6 }
    @inlinable static var nameTag: UInt32 { 7 }

    @inlinable static var lengthShift: UInt32 { 4 }

    /// Offset of the first byte: for strings and names the one after the quote.
    @usableFromInline var start: UInt32

    /// Bits 0–2 the kind, bit 3 "has an escape", bits 4–31 the length in bytes (strings and names: without quotes).
    @usableFromInline var meta: UInt32

    /// An integer's value; a bool's 0 or 1; a name's hash; a container's count of children in the high half and, in
    /// the low half, the index of the first node after its last descendant (while it is open: its parent's index).
    @usableFromInline var payload: UInt64

    @inlinable
    @inline(__always)
    init(start: Int, length: Int, tag: UInt32, hasEscape: Bool = false, payload: UInt64) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.meta =
            UInt32(truncatingIfNeeded: length) &<< JSONNode.lengthShift | (hasEscape ? 8 : 0) | tag
        self.payload = payload
    }

    @inlinable var offset: Int { Int(start) }
    @inlinable var length: Int { Int(meta &>> JSONNode.lengthShift) }
    @inlinable var tag: UInt32 { meta & 7 }
    @inlinable var hasEscape: Bool { meta & 8 != 0 }
    @inlinable var isName: Bool { tag == JSONNode.nameTag }
    @inlinable var isContainer: Bool { tag == JSONNode.arrayTag || tag == JSONNode.objectTag }
    @inlinable var kind: JSONView.Kind { JSONView.Kind(rawValue: UInt8(truncatingIfNeeded: tag)) ?? .null }
    @inlinable var childCount: Int { Int(payload &>> 32) }
    @inlinable var hash: UInt32 { UInt32(truncatingIfNeeded: payload) }

    /// The index of the node after this value and all it holds; `index` is the node's own.
    @inlinable
    func end(at index: Int) -> Int {
        isContainer ? Int(UInt32(truncatingIfNeeded: payload)) : index &+ 1
    }
}
