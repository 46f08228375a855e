/// One header or trailer line: `name ":" OWS value OWS` (RFC 9112 section 5).
struct FieldLine {
    let field: RequestHeaders.Field
    let nameHasUnderscore: Bool

    /// - Parameters:
    ///   - start: offset of the line's first byte.
    ///   - end: offset of its CR.
    static func parse(
        _ bytes: UnsafeRawBufferPointer,
        _ start: Int,
        _ end: Int
    ) throws(RequestFault) -> FieldLine {
        var offset = start
        var nameHasUnderscore = false
        while offset < end, bytes[offset] != UInt8(ascii: ":") {
            // Also refuses a space before the colon and a folded line, which begins with one.
            guard bytes[offset].isTokenCharacter else { throw RequestFault.fieldLine }
            if bytes[offset] == UInt8(ascii: "_") { nameHasUnderscore = true }
            offset += 1
        }
        guard offset > start, offset < end else { throw RequestFault.fieldLine }
        let nameEnd = offset
        offset += 1
        let (valueStart, valueEnd) = trimmedRange(bytes, offset, end)
        for index in valueStart..<valueEnd {
            guard bytes[index].isFieldValueCharacter else { throw RequestFault.fieldValue }
        }
        return FieldLine(
            field: RequestHeaders.Field(
                nameStart: UInt16(start),
                nameEnd: UInt16(nameEnd),
                valueStart: UInt16(valueStart),
                valueEnd: UInt16(valueEnd)
            ),
            nameHasUnderscore: nameHasUnderscore
        )
    }

    /// Whether the space around the value, up to the CR at `end`, holds a tab.
    func hasTabAroundValue(_ bytes: UnsafeRawBufferPointer, _ end: Int) -> Bool {
        bytes[(Int(field.nameEnd) + 1)..<Int(field.valueStart)].contains(0x09)
            || bytes[Int(field.valueEnd)..<end].contains(0x09)
    }

    /// `start..<end` without the spaces and tabs at both ends.
    static func trimmed(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        let (first, last) = trimmedRange(bytes, start, end)
        return bytes.sub(first, last)
    }

    @inline(__always)
    private static func trimmedRange(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> (Int, Int) {
        var start = start
        var end = end
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        return (start, end)
    }
}
