public import JSON

/// Numbers, texts and bytes one after the other in one piece of memory: what is kept in great number and seldom looked at.
///
/// Each is preceded by its length and by nothing else: it is read in the order in which it was written, by the code that
/// belongs to the code that wrote it.
public struct PackedBytes: Sendable {
    /// Bytes of a body above which it is kept as it is and not copied.
    static let longestCopied = 16 << 10

    fileprivate(set) var bytes: [UInt8]
    /// Bodies that are not copied, and values that have no bytes yet: most have neither.
    fileprivate var apart: Apart?

    fileprivate final class Apart: Sendable {
        let bodies: [[UInt8]]
        let values: [JSONValue]

        init(_ bodies: [[UInt8]], _ values: [JSONValue]) {
            self.bodies = bodies
            self.values = values
        }
    }

    /// What it holds on to, in bytes; a value counts for what an entry takes, about.
    public var heldBytes: Int {
        guard let apart else { return bytes.count }
        return bytes.count + apart.bodies.reduce(0) { $0 + $1.count } + 2_048 * apart.values.count
    }

    /// Whether it begins with this text.
    public func begins(with text: String) -> Bool {
        var reader = PackedReader(self)
        return reader.bytes(reader.count()).elementsEqual(text.utf8)
    }
}

/// Writes packed bytes.
public struct PackedWriter {
    private var bytes: [UInt8] = []
    private var bodies: [[UInt8]] = []
    private var values: [JSONValue] = []

    /// - Parameter capacity: about how many bytes there will be.
    public init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// A number of 0 or more; a lesser one counts as 0.
    public mutating func add(_ number: Int) {
        var rest = UInt(max(0, number))
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    public mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            add(utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }

    /// A text that there may not be.
    public mutating func add(_ text: String?) {
        add(text == nil ? 0 : 1)
        if let text { add(text) }
    }

    /// A body, copied if it is short.
    public mutating func add(body: [UInt8]) {
        if body.count > PackedBytes.longestCopied {
            add(1)
            bodies.append(body)
        } else {
            add(0)
            add(body.count)
            body.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        }
    }

    /// A value, which is not rendered before somebody asks.
    public mutating func add(_ value: JSONValue) { values.append(value) }

    public consuming func finish() -> PackedBytes {
        var packed = PackedBytes(bytes: bytes)
        if !bodies.isEmpty || !values.isEmpty { packed.apart = PackedBytes.Apart(bodies, values) }
        return packed
    }
}

/// Reads packed bytes, in the order in which they were written.
public struct PackedReader {
    private var rest: ArraySlice<UInt8>
    private var bodies: ArraySlice<[UInt8]>
    private var values: ArraySlice<JSONValue>

    public init(_ packed: PackedBytes) {
        rest = packed.bytes[...]
        bodies = packed.apart?.bodies[...] ?? []
        values = packed.apart?.values[...] ?? []
    }

    public mutating func count() -> Int {
        var (number, shift) = (0, 0)
        while let byte = rest.popFirst() {
            number |= Int(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return number
    }

    public mutating func text() -> String { String(decoding: bytes(count()), as: UTF8.self) }

    public mutating func textIfAny() -> String? { count() == 0 ? nil : text() }

    public mutating func body() -> [UInt8] {
        count() == 1 ? bodies.popFirst() ?? [] : Array(bytes(count()))
    }

    public mutating func value() -> JSONValue { values.popFirst() ?? .null }

    fileprivate mutating func bytes(_ count: Int) -> ArraySlice<UInt8> {
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
