extension JSONParser {
    /// Reads a string or a name; the position is on its opening quote.
    ///
    /// The loop here is the common case: ASCII without an escape. The hash of a name is made from the same words.
    @inline(__always)
    mutating func readString(tag: UInt32) throws(JSONFailure) {
        let start = position &+ 1
        var offset = start
        var hash = JSONHash.seed
        while true {
            let word = word(at: offset)
            let special = JSONBytes.specialToReader(word)
            if special == 0 {
                hash = JSONHash.mix(hash, word)
                offset &+= 8
                continue
            }
            let bits = UInt64(truncatingIfNeeded: special.trailingZeroBitCount) & 0x38
            if UInt8(truncatingIfNeeded: word &>> bits) == UInt8(ascii: "\"") {
                offset &+= Int(truncatingIfNeeded: bits &>> 3)
                var payload: UInt64 = 0
                if tag == JSONNode.nameTag {
                    hash = JSONHash.mix(hash, word & ((1 &<< bits) &- 1))
                    payload = UInt64(JSONHash.finish(hash, count: offset &- start))
                }
                nodes.append(JSONNode(start: start, length: offset &- start, tag: tag, payload: payload))
                position = offset &+ 1
                return
            }
            offset &+= Int(truncatingIfNeeded: bits &>> 3)
            break
        }
        try readRestOfString(tag: tag, start: start, from: offset)
    }

    /// Goes on where a string has an escape, a byte beyond ASCII or a fault.
    @inline(never)
    private mutating func readRestOfString(tag: UInt32, start: Int, from: Int) throws(JSONFailure) {
        var offset = from
        var hasEscape = false
        scan: while true {
            guard offset < count else { throw failure(.expectedEndOfString, at: count) }
            switch base[offset] {
            case UInt8(ascii: "\""):
                break scan
            case UInt8(ascii: "\\"):
                hasEscape = true
                offset = try endOfEscape(at: offset)
            case 0x80...:
                offset = try endOfSequence(at: offset)
            case ..<0x20:
                throw failure(.controlCharacter, at: offset)
            default:
                let special = JSONBytes.specialToReader(word(at: offset))
                offset &+= special == 0 ? 8 : special.trailingZeroBitCount &>> 3
            }
        }
        let length = offset &- start
        var payload: UInt64 = 0
        if tag == JSONNode.nameTag {
            payload = UInt64(hash(ofContentAt: start, length: length, hasEscape: hasEscape))
        }
        nodes.append(JSONNode(start: start, length: length, tag: tag, hasEscape: hasEscape, payload: payload))
        position = offset &+ 1
    }

    private func hash(ofContentAt start: Int, length: Int, hasEscape: Bool) -> UInt32 {
        guard hasEscape else { return JSONHash.hash(base + start, count: length) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { buffer in
            guard let unescaped = buffer.baseAddress else { return 0 }
            let count = JSONUnescaping.unescape(base + start, count: length, into: unescaped)
            return JSONHash.hash(unescaped, count: count)
        }
    }

    /// The offset after the escape whose backslash is at `offset`.
    private func endOfEscape(at offset: Int) throws(JSONFailure) -> Int {
        guard offset + 1 < count else { throw failure(.expectedEndOfString, at: count) }
        switch base[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return offset + 2
        case UInt8(ascii: "u"):
            let unit = try codeUnit(at: offset)
            guard unit & 0xF800 == 0xD800 else { return offset + 6 }
            guard unit & 0xFC00 == 0xD800, offset + 7 < count,
                base[offset + 6] == UInt8(ascii: "\\"), base[offset + 7] == UInt8(ascii: "u")
            else { throw failure(.loneSurrogate, at: offset) }
            guard try codeUnit(at: offset + 6) & 0xFC00 == 0xDC00 else { throw failure(.loneSurrogate, at: offset) }
            return offset + 12
        default:
            throw failure(.unknownEscape, at: offset)
        }
    }

    /// The UTF-16 code unit that `\uXXXX` at `offset` means.
    private func codeUnit(at offset: Int) throws(JSONFailure) -> UInt32 {
        var unit: UInt32 = 0
        for index in (offset + 2)..<(offset + 6) {
            guard index < count else { throw failure(.expectedEndOfString, at: count) }
            guard let digit = JSONUnescaping.hexadecimalValue(base[index]) else {
                throw failure(.expectedHexadecimalDigits, at: offset)
            }
            unit = unit &<< 4 | UInt32(digit)
        }
        return unit
    }

    /// The offset after the UTF-8 sequence that starts at `offset`, by the table of RFC 3629 section 4.
    private func endOfSequence(at offset: Int) throws(JSONFailure) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch base[offset] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: length = 3
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw failure(.invalidUTF8, at: offset)
        }
        guard offset + length <= count, second.contains(base[offset + 1]) else {
            throw failure(.invalidUTF8, at: offset)
        }
        for index in (offset + 2)..<(offset + max(2, length)) where base[index] & 0xC0 != 0x80 {
            throw failure(.invalidUTF8, at: offset)
        }
        return offset + length
    }
}

/// The three bytes some editors put before a text; RFC 8259 section 8.1 forbids to send them.
enum JSONByteOrderMark {
    static func starts(_ text: UnsafePointer<UInt8>, count: Int) -> Bool {
        count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF
    }
}
