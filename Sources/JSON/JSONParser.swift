/// Reads a text into nodes: one loop, no recursion, no allocation but the node buffer.
///
/// The stack of open containers is kept in the nodes themselves: an open container's payload holds the index of the
/// one around it.
struct JSONParser: ~Copyable {
    let base: UnsafePointer<UInt8>
    let count: Int
    let maximumDepth: Int
    var position = 0
    var nodes: JSONNodeBuffer
    /// The index of the innermost open container, −1 at the root.
    var container = -1
    var containerIsObject = false
    var depth = 0
    var names = JSONDuplicateFinder()

    private init(_ text: UnsafeBufferPointer<UInt8>, base: UnsafePointer<UInt8>, maximumDepth: Int) {
        self.base = base
        self.count = text.count
        self.maximumDepth = maximumDepth
        // Compact API answers have a node every 8 to 10 bytes.
        self.nodes = JSONNodeBuffer(capacity: text.count / 8 + 16)
    }

    static func parse(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> JSONNodeBuffer {
        var result: JSONNodeBuffer?
        try bytes.withUnsafeBufferPointer { (text) throws(JSONError) in
            guard let base = text.baseAddress, text.count > 0 else {
                throw JSONFailureReport.error(JSONFailure(reason: .emptyText, offset: 0), in: text)
            }
            let maximumBytes = min(limits.maximumBytes, JSONLimits.hardMaximumBytes)
            guard text.count <= maximumBytes else {
                throw JSONFailureReport.error(JSONFailure(reason: .tooLarge, offset: max(0, maximumBytes)), in: text)
            }
            var parser = JSONParser(text, base: base, maximumDepth: limits.maximumDepth)
            do throws(JSONFailure) {
                try parser.readText()
            } catch {
                throw JSONFailureReport.error(error, in: text, nodes: parser.nodes, container: parser.container)
            }
            result = parser.takeNodes()
        }
        return result.take()!
    }

    private consuming func takeNodes() -> JSONNodeBuffer {
        nodes
    }

    private mutating func readText() throws(JSONFailure) {
        if JSONByteOrderMark.starts(base, count: count) { throw failure(.byteOrderMark, at: 0) }
        skipWhiteSpace()
        if position == count { throw failure(.emptyText) }
        var isFirstMember = false
        values: while true {
            if containerIsObject { try readName(orFail: isFirstMember ? .expectedNameOrEndOfObject : .expectedName) }
            switch peek() {
            case UInt8(ascii: "\""):
                try readString(tag: JSONNode.stringTag)
            case UInt8(ascii: "{"):
                try open(asObject: true)
                skipWhiteSpace()
                if peek() != UInt8(ascii: "}") {
                    isFirstMember = true
                    continue values
                }
                try close()
            case UInt8(ascii: "["):
                try open(asObject: false)
                skipWhiteSpace()
                if peek() != UInt8(ascii: "]") {
                    countElement()
                    if position == count { throw failure(.expectedValueOrEndOfArray) }
                    continue values
                }
                try close()
            case UInt8(ascii: "-"), 0x30...0x39:
                try readNumber()
            case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
                try readLiteral()
            default:
                throw failure(.expectedValue)
            }
            // A value has ended: close what ends with it, then go on to the next value.
            while true {
                skipWhiteSpace()
                if container < 0 {
                    if position != count { throw failure(.expectedEndOfText) }
                    return
                }
                let byte = peek()
                if byte == UInt8(ascii: ",") {
                    position &+= 1
                    skipWhiteSpace()
                    if !containerIsObject { countElement() }
                    isFirstMember = false
                    continue values
                }
                if containerIsObject {
                    if byte != UInt8(ascii: "}") { throw failure(.expectedCommaOrEndOfObject) }
                } else {
                    if byte != UInt8(ascii: "]") { throw failure(.expectedCommaOrEndOfArray) }
                }
                try close()
            }
        }
    }

    // MARK: Containers

    @inline(__always)
    private mutating func open(asObject: Bool) throws(JSONFailure) {
        if depth >= maximumDepth { throw failure(.tooDeep) }
        depth &+= 1
        nodes.append(
            JSONNode(
                start: position,
                length: 0,
                tag: asObject ? JSONNode.objectTag : JSONNode.arrayTag,
                payload: UInt64(UInt32(truncatingIfNeeded: container))
            )
        )
        container = nodes.count &- 1
        containerIsObject = asObject
        position &+= 1
    }

    /// Ends the innermost container; the position is on its closing bracket.
    @inline(__always)
    private mutating func close() throws(JSONFailure) {
        let index = container
        let node = nodes.base[index]
        if containerIsObject, node.childCount > 1 {
            let duplicate = names.findDuplicate(inObjectAt: index, nodes: nodes, text: base)
            if duplicate >= 0 {
                throw failure(.duplicateName, at: nodes.base[duplicate].offset &- 1)
            }
        }
        position &+= 1
        nodes.base[index] = JSONNode(
            start: node.offset,
            length: position &- node.offset,
            tag: node.tag,
            payload: node.payload & 0xFFFF_FFFF_0000_0000 | UInt64(nodes.count)
        )
        container = Int(Int32(truncatingIfNeeded: node.payload))
        depth &-= 1
        containerIsObject = container >= 0 && nodes.base[container].tag == JSONNode.objectTag
    }

    @inline(__always)
    private mutating func countElement() {
        nodes.base[container].payload &+= 1 &<< 32
    }

    /// A member's name, the colon and the white space around it.
    @inline(__always)
    private mutating func readName(orFail reason: JSONFailure.Reason) throws(JSONFailure) {
        guard peek() == UInt8(ascii: "\"") else { throw failure(reason) }
        try readString(tag: JSONNode.nameTag)
        countElement()
        if peek() != UInt8(ascii: ":") {
            skipWhiteSpace()
            if peek() != UInt8(ascii: ":") { throw failure(.expectedColon) }
        }
        position &+= 1
        skipWhiteSpace()
    }

    // MARK: Small parts

    /// The byte at the position, 0 at the end: no token starts with it, so one comparison serves both.
    @inline(__always)
    func peek() -> UInt8 {
        position < count ? base[position] : 0
    }

    /// Eight bytes from `offset`; those beyond the end are 0.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        if offset &+ 8 <= count { return JSONBytes.word(base + offset) }
        return JSONParser.lastWord(base + offset, count: count &- offset)
    }

    /// Apart, and without the parser, which would be copied for the call.
    @inline(never)
    static func lastWord(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt64 {
        JSONBytes.partialWord(bytes, count: count)
    }

    @inline(__always)
    mutating func skipWhiteSpace() {
        if peek() > 0x20 { return }
        skipWhiteSpaceRun()
    }

    private mutating func skipWhiteSpaceRun() {
        while position < count {
            let byte = base[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position &+= 1
        }
    }

    @inline(__always)
    private mutating func readLiteral() throws(JSONFailure) {
        let start = position
        let word = word(at: start)
        let four = UInt32(truncatingIfNeeded: word)
        if four == 0x6C6C_756E {  // "null"
            position &+= 4
            nodes.append(JSONNode(start: start, length: 4, tag: JSONNode.nullTag, payload: 0))
        } else if four == 0x6575_7274 {  // "true"
            position &+= 4
            nodes.append(JSONNode(start: start, length: 4, tag: JSONNode.boolTag, payload: 1))
        } else if word & 0xFF_FFFF_FFFF == 0x65_736C_6166 {  // "false"
            position &+= 5
            nodes.append(JSONNode(start: start, length: 5, tag: JSONNode.boolTag, payload: 0))
        } else {
            throw literalFailure()
        }
    }

    /// Points to the first byte that departs from the literal which the first letter promises.
    private func literalFailure() -> JSONFailure {
        let literal: StaticString =
            switch peek() {
            case UInt8(ascii: "n"): "null"
            case UInt8(ascii: "t"): "true"
            default: "false"
            }
        var matched = 0
        while position + matched < count, base[position + matched] == literal.utf8Start[matched] { matched += 1 }
        return failure(.expectedLiteral, at: position + matched)
    }

    func failure(_ reason: JSONFailure.Reason) -> JSONFailure {
        JSONFailure(reason: reason, offset: position)
    }

    func failure(_ reason: JSONFailure.Reason, at offset: Int) -> JSONFailure {
        JSONFailure(reason: reason, offset: offset)
    }
}
