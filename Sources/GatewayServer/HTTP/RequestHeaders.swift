/// The header fields of one request, in the order they came, as ranges of the bytes that came.
///
/// Looking a field up builds no string; ask for a string only where one is needed. Values hold printable ASCII, spaces
/// and tabs only, with the space around them already cut off; anything else was refused with 400.
public struct RequestHeaders: Sendable {
    /// Where a field stands in the head. 16 bits are enough because the limits keep a head below 64 KiB.
    struct Field: Sendable {
        var nameStart: UInt16
        var nameEnd: UInt16
        var valueStart: UInt16
        var valueEnd: UInt16

        func moved(by count: Int) -> Field {
            let count = UInt16(count)
            return Field(
                nameStart: nameStart + count,
                nameEnd: nameEnd + count,
                valueStart: valueStart + count,
                valueEnd: valueEnd + count
            )
        }
    }

    let bytes: [UInt8]
    let fields: ContiguousArray<Field>

    /// How many fields there are, each line counted.
    public var count: Int { fields.count }

    /// The value of the first field of this name, or nil. `lowercaseName` must hold no upper-case letters.
    public func first(_ lowercaseName: StaticString) -> ArraySlice<UInt8>? {
        guard let field = firstField(lowercaseName) else { return nil }
        return bytes[Int(field.valueStart)..<Int(field.valueEnd)]
    }

    /// The value of the first field of this name as a string, or nil. `lowercaseName` must hold no upper-case letters.
    public func firstString(_ lowercaseName: StaticString) -> String? {
        first(lowercaseName).map { String(decoding: $0, as: UTF8.self) }
    }

    public func contains(_ lowercaseName: StaticString) -> Bool { firstField(lowercaseName) != nil }

    /// How many lines have this name. Ask it of a field that must not be repeated.
    public func count(of lowercaseName: StaticString) -> Int {
        bytes.withUnsafeBytes { raw in
            var count = 0
            for field in fields
            where raw.sub(Int(field.nameStart), Int(field.nameEnd)).equalsIgnoringCase(lowercaseName) {
                count += 1
            }
            return count
        }
    }

    /// All values of this name, in order. `lowercaseName` must hold no upper-case letters.
    public func all(_ lowercaseName: StaticString) -> [ArraySlice<UInt8>] {
        var values: [ArraySlice<UInt8>] = []
        bytes.withUnsafeBytes { raw in
            for field in fields
            where raw.sub(Int(field.nameStart), Int(field.nameEnd)).equalsIgnoringCase(lowercaseName) {
                values.append(bytes[Int(field.valueStart)..<Int(field.valueEnd)])
            }
        }
        return values
    }

    /// Calls `body` with each field's name, as the client spelt it, and value, in order.
    public func forEach(_ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws -> Void) rethrows {
        for field in fields {
            try body(
                bytes[Int(field.nameStart)..<Int(field.nameEnd)],
                bytes[Int(field.valueStart)..<Int(field.valueEnd)]
            )
        }
    }

    /// Calls `body` with each field's name and value, in order. The pointers are good inside `body` only.
    func forEachField(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { raw in
            for field in fields {
                body(
                    raw.sub(Int(field.nameStart), Int(field.nameEnd)),
                    raw.sub(Int(field.valueStart), Int(field.valueEnd))
                )
            }
        }
    }

    private func firstField(_ lowercaseName: StaticString) -> Field? {
        bytes.withUnsafeBytes { raw in
            for field in fields
            where raw.sub(Int(field.nameStart), Int(field.nameEnd)).equalsIgnoringCase(lowercaseName) {
                return field
            }
            return nil
        }
    }
}
