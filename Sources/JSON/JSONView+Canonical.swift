extension JSONView {
    /// Appends the value in a form in which neither the order of members nor white space matters, to be hashed: two values
    /// give the same bytes only if they have the same members, texts and elements, and numbers that are spelled alike.
    ///
    /// Members stand in the order of their names' bytes; names and texts are unescaped behind their length and a colon;
    /// numbers, `true`, `false` and `null` are as spelled, with a comma behind. Journals hold hashes of this form: it must
    /// not change.
    public func appendCanonical(to bytes: inout [UInt8]) {
        document.withCanonical(Int(index)) { bytes.append(contentsOf: $0) }
    }
}

extension JSONDocument {
    /// The most bytes that the form of any part has: a text with a length of one or two digits takes no more than with its quotes
    /// and what separates it from the next, a longer one a byte for each digit more.
    private var longestCanonical: Int { bytes.count + bytes.count / 32 + 16 }

    fileprivate func withCanonical(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: longestCanonical) { buffer in
            var writer = CanonicalWriter(to: buffer)
            write(index, to: &writer)
            body(UnsafeBufferPointer(rebasing: buffer[..<writer.count]))
        }
    }

    private func write(_ index: Int, to writer: inout CanonicalWriter) {
        let node = nodes.base[index]
        switch node.tag {
        case JSONNode.objectTag:
            writer.byte(UInt8(ascii: "{"))
            // Positions of names, which costs no reference count.
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: node.childCount) { names in
                sortNames(ofObjectAt: index, into: names)
                for name in names {
                    withContent(of: nodes.base[Int(name)]) { writer.text($0) }
                    write(Int(name) &+ 1, to: &writer)
                }
            }
            writer.byte(UInt8(ascii: "}"))
        case JSONNode.arrayTag:
            writer.byte(UInt8(ascii: "["))
            var element = index &+ 1
            for _ in 0..<node.childCount {
                write(element, to: &writer)
                element = nodes.base[element].end(at: element)
            }
            writer.byte(UInt8(ascii: "]"))
        case JSONNode.stringTag:
            withContent(of: node) { writer.text($0) }
        default:
            withBytes(of: node) { writer.bytes($0) }
            writer.byte(UInt8(ascii: ","))
        }
    }

    private func sortNames(ofObjectAt index: Int, into names: UnsafeMutableBufferPointer<Int32>) {
        var position = index &+ 1
        var isSorted = true
        for count in 0..<nodes.base[index].childCount {
            names.initializeElement(at: count, to: Int32(truncatingIfNeeded: position))
            if count > 0, isSorted, !isBefore(names[count &- 1], names[count]) { isSorted = false }
            position = nodes.base[position &+ 1].end(at: position &+ 1)
        }
        if isSorted { return }
        var unsorted = names
        unsorted.sort(by: isBefore)
    }

    private func isBefore(_ one: Int32, _ other: Int32) -> Bool {
        withContent(of: nodes.base[Int(one)]) { one in
            withContent(of: nodes.base[Int(other)]) { other in
                let common = min(one.count, other.count)
                for place in 0..<common where one[place] != other[place] { return one[place] < other[place] }
                return one.count < other.count
            }
        }
    }
}

/// Writes into memory that has room for all of it.
private struct CanonicalWriter {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(to buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

    mutating func byte(_ byte: UInt8) {
        precondition(count < buffer.count, "a canonical form is longer than it can be")
        buffer[count] = byte
        count &+= 1
    }

    mutating func bytes(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        precondition(bytes.count <= buffer.count - count, "a canonical form is longer than it can be")
        (buffer.baseAddress! + count).update(from: source, count: bytes.count)
        count &+= bytes.count
    }

    mutating func text(_ content: UnsafeBufferPointer<UInt8>) {
        length(content.count)
        byte(UInt8(ascii: ":"))
        bytes(content)
    }

    private mutating func length(_ value: Int) {
        if value >= 10 { length(value / 10) }
        byte(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10))
    }
}
