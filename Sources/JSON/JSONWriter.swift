/// Appends JSON text to a byte array. Commas and nesting are its business; misuse (a value without a name in an
/// object, an end without its begin) traps in debug builds and is the caller's fault in others.
///
/// Strings are written as UTF-8 with `"`, `\` and the control characters escaped (`\b \f \n \r \t`, else `\u00XX`).
public struct JSONWriter: Sendable {
    @usableFromInline var buffer: [UInt8]

    /// Whether the next name or value needs a comma before it.
    @usableFromInline var needsComma = false

    /// What is known of the nesting, for the checks of debug builds.
    @usableFromInline var nesting = JSONWriterNesting()

    /// - Parameter reserving: the expected length in bytes.
    @inlinable
    public init(reserving: Int = 512) {
        self.buffer = []
        self.buffer.reserveCapacity(reserving)
    }

    /// What is written so far.
    @inlinable
    public var bytes: [UInt8] { buffer }

    /// The text; every array and object must be closed.
    @inlinable
    public consuming func finish() -> [UInt8] {
        assert(nesting.depth == 0, "an array or object is still open")
        return buffer
    }

    // MARK: Arrays and objects

    @inlinable
    public mutating func beginObject() { begin(UInt8(ascii: "{"), isObject: true) }

    @inlinable
    public mutating func endObject() { end(UInt8(ascii: "}"), isObject: true) }

    @inlinable
    public mutating func beginArray() { begin(UInt8(ascii: "["), isObject: false) }

    @inlinable
    public mutating func endArray() { end(UInt8(ascii: "]"), isObject: false) }

    @inlinable
    @inline(__always)
    mutating func begin(_ bracket: UInt8, isObject: Bool) {
        appendValue(atMost: 1) { target in
            target[0] = bracket
            return 1
        }
        needsComma = false
        nesting.begin(isObject: isObject)
    }

    @inlinable
    @inline(__always)
    mutating func end(_ bracket: UInt8, isObject: Bool) {
        nesting.end(isObject: isObject)
        buffer.append(bracket)
        needsComma = true
    }

    // MARK: Values without quotes

    @inlinable
    public mutating func null() { literal("null") }

    @inlinable
    public mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    @inlinable
    @inline(__always)
    mutating func literal(_ text: StaticString) {
        text.withUTF8Buffer { raw($0) }
    }

    @inlinable
    public mutating func integer(_ value: Int) { integer(Int64(value)) }

    @inlinable
    public mutating func integer(_ value: Int64) {
        appendValue(atMost: 20) { target in JSONWriter.write(value, to: target) }
    }

    /// Writes the digits of a number as they are.
    ///
    /// - Precondition: the text is a JSON number, see ``JSONNumber/isValid(_:)``; checked in debug builds.
    @inlinable
    public mutating func number(text: String) {
        assert(JSONNumber.isValid(text), "not a JSON number: \(text)")
        var text = text
        text.withUTF8 { raw($0) }
    }

    // MARK: What is JSON already

    /// Writes a value that is JSON text already.
    ///
    /// - Precondition: the bytes are exactly one JSON value; not checked.
    @inlinable
    public mutating func raw(_ bytes: UnsafeBufferPointer<UInt8>) {
        appendValue(atMost: bytes.count) { target in
            if let source = bytes.baseAddress { target.update(from: source, count: bytes.count) }
            return bytes.count
        }
    }

    /// Writes a value that is JSON text already.
    ///
    /// - Precondition: the bytes are exactly one JSON value; not checked.
    @inlinable
    public mutating func raw(_ bytes: some Collection<UInt8>) {
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { raw($0) }
        if isDone == nil { Array(bytes).withUnsafeBufferPointer { raw($0) } }
    }

    /// Writes the view's source bytes as they stand in its document, white space inside included.
    @inlinable
    public mutating func value(_ view: JSONView) {
        view.withSource { raw($0) }
    }

    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .integer(let number): integer(number)
        case .number(let text): number(text: text)
        case .string(let text): string(text)
        case .array(let values):
            beginArray()
            values.withUnsafeBufferPointer { values in
                for index in values.indices { self.value(values[index]) }
            }
            endArray()
        case .object(let object): self.value(object)
        }
    }

    public mutating func value(_ object: JSONObject) {
        beginObject()
        // In place, so that no member is copied to be looked at.
        object.members.withUnsafeBufferPointer { members in
            for index in members.indices {
                self.name(members[index].key)
                self.value(members[index].value)
            }
        }
        endObject()
    }

    // MARK: Appending

    /// Makes room for `capacity` bytes, lets `write` fill them, and counts those it says it has written.
    @inlinable
    @inline(__always)
    mutating func append(atMost capacity: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
        buffer.append(addingCapacity: capacity) { span in
            span.withUnsafeMutableBufferPointer { target, count in
                // The capacity is never 0, so there is an address.
                count = write(target.baseAddress.unsafelyUnwrapped)
            }
        }
    }

    /// The same for a value: with the comma before it, which is not counted in `capacity`.
    @inlinable
    @inline(__always)
    mutating func appendValue(atMost capacity: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
        nesting.value()
        let comma = needsComma ? 1 : 0
        append(atMost: capacity &+ 1) { target in
            target[0] = UInt8(ascii: ",")
            return comma &+ write(target + comma)
        }
        needsComma = true
    }

    /// Writes at most 20 bytes and returns how many.
    @usableFromInline
    static func write(_ value: Int64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        var magnitude = value.magnitude
        var count = value < 0 ? 1 : 0
        target[0] = UInt8(ascii: "-")
        var rest = magnitude
        repeat {
            count &+= 1
            rest /= 10
        } while rest != 0
        var position = count
        repeat {
            position &-= 1
            let (quotient, digit) = magnitude.quotientAndRemainder(dividingBy: 10)
            target[position] = 0x30 &+ UInt8(truncatingIfNeeded: digit)
            magnitude = quotient
        } while magnitude != 0
        return count
    }
}
