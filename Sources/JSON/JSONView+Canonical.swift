extension JSONView {
    /// Appends the value in a form in which neither the order of members nor white space matters, to be hashed: two values
    /// give the same bytes only if they have the same members, texts and elements, and numbers that are spelled alike.
    ///
    /// Members stand in the order of their names' bytes; names and texts are unescaped behind their length and a colon;
    /// numbers, `true`, `false` and `null` are as spelled, with a comma behind. Journals hold hashes of this form: it must
    /// not change.
    public func appendCanonical(to bytes: inout [UInt8]) {
        document.appendCanonical(Int(index), to: &bytes)
    }
}

extension JSONDocument {
    fileprivate func appendCanonical(_ index: Int, to bytes: inout [UInt8]) {
        let node = nodes.base[index]
        switch node.tag {
        case JSONNode.objectTag:
            bytes.append(UInt8(ascii: "{"))
            // Positions of names, which costs no reference count.
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: node.childCount) { names in
                sortNames(ofObjectAt: index, into: names)
                for name in names {
                    appendContent(of: nodes.base[Int(name)], to: &bytes)
                    appendCanonical(Int(name) &+ 1, to: &bytes)
                }
            }
            bytes.append(UInt8(ascii: "}"))
        case JSONNode.arrayTag:
            bytes.append(UInt8(ascii: "["))
            var element = index &+ 1
            for _ in 0..<node.childCount {
                appendCanonical(element, to: &bytes)
                element = nodes.base[element].end(at: element)
            }
            bytes.append(UInt8(ascii: "]"))
        case JSONNode.stringTag:
            appendContent(of: node, to: &bytes)
        default:
            withBytes(of: node) { bytes.append(contentsOf: $0) }
            bytes.append(UInt8(ascii: ","))
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

    private func appendContent(of node: JSONNode, to bytes: inout [UInt8]) {
        withContent(of: node) { content in
            JSONDocument.append(content.count, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: content)
        }
    }

    private static func append(_ count: Int, to bytes: inout [UInt8]) {
        if count >= 10 { append(count / 10, to: &bytes) }
        bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: count % 10))
    }
}
