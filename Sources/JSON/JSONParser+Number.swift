extension JSONParser {
    /// Reads a number; the position is on its minus sign or first digit.
    ///
    /// An integer literal that Int64 holds becomes `.integer`; anything else, `-0` too, becomes `.number` and lives
    /// on as its digits.
    @inline(__always)
    mutating func readNumber() throws(JSONFailure) {
        let start = position
        let isNegative = base[start] == UInt8(ascii: "-")
        var offset = isNegative ? start &+ 1 : start
        let firstDigit = offset
        // Wraps only beyond 19 digits, where it is not looked at.
        var magnitude: UInt64 = 0
        while offset < count {
            let digit = base[offset] &- 0x30
            if digit > 9 { break }
            magnitude = magnitude &* 10 &+ UInt64(digit)
            offset &+= 1
        }
        let digits = offset &- firstDigit
        if digits == 0 { throw failure(.expectedDigit, at: offset) }
        if digits > 1, base[firstDigit] == 0x30 { throw failure(.leadingZero, at: firstDigit) }
        if offset < count {
            let next = base[offset]
            if next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") {
                try readFractionAndExponent(start: start, from: offset)
                return
            }
        }
        position = offset
        let isExact: Bool
        if isNegative {
            isExact = magnitude != 0 && (digits < 19 || (digits == 19 && magnitude <= 1 &<< 63))
        } else {
            isExact = digits < 19 || (digits == 19 && magnitude < 1 &<< 63)
        }
        nodes.append(
            JSONNode(
                start: start,
                length: offset &- start,
                tag: isExact ? JSONNode.integerTag : JSONNode.numberTag,
                payload: isExact ? (isNegative ? 0 &- magnitude : magnitude) : 0
            )
        )
    }

    @inline(never)
    private mutating func readFractionAndExponent(start: Int, from: Int) throws(JSONFailure) {
        position = from
        if peek() == UInt8(ascii: ".") {
            position &+= 1
            try skipDigits()
        }
        if peek() | 0x20 == UInt8(ascii: "e") {
            position &+= 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position &+= 1 }
            try skipDigits()
        }
        nodes.append(JSONNode(start: start, length: position &- start, tag: JSONNode.numberTag, payload: 0))
    }

    /// One digit or more.
    private mutating func skipDigits() throws(JSONFailure) {
        let first = position
        while peek() &- 0x30 <= 9 { position &+= 1 }
        if position == first { throw failure(.expectedDigit) }
    }
}
