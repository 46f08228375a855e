/// Member names that are known before anything is written: each with its quotes, escapes and colon, so that
/// ``JSONWriter/name(_:of:)`` only has to copy it.
public struct JSONNames: Sendable {
    /// Each name as `,"name":`, one after the other, and behind the last one room to read a word.
    @usableFromInline let bytes: [UInt8]

    /// Where each name's comma stands, and where the last name ends.
    @usableFromInline let starts: [Int32]

    /// - Parameter names: the names, unescaped.
    public init(_ names: [String]) {
        var bytes: [UInt8] = []
        var starts: [Int32] = [0]
        for name in names {
            bytes.append(UInt8(ascii: ","))
            bytes += JSONValue.string(name).serializedBytes()
            bytes.append(UInt8(ascii: ":"))
            starts.append(Int32(bytes.count))
        }
        self.bytes = bytes + [UInt8](repeating: 0, count: 8)
        self.starts = starts
    }

    /// How many names there are.
    public var count: Int { starts.count - 1 }
}

extension JSONWriter {
    /// Writes a name that was prepared.
    ///
    /// - Parameter index: its position in the list that `names` was made of.
    public mutating func name(_ index: Int, of names: borrowing JSONNames) {
        nesting.name()
        // Without a comma before it the name is copied from its quote on.
        let start = Int(names.starts[index]) &+ (needsComma ? 0 : 1)
        let count = Int(names.starts[index &+ 1]) &- start
        names.bytes.withUnsafeBufferPointer { all in
            guard let source = all.baseAddress else { return }
            append(atMost: count &+ 8) { target in
                JSONWriter.copyWords(source + start, to: target, count: count)
                return count
            }
        }
        needsComma = false
    }

    /// Copies eight bytes at a time: up to seven more than asked for are read and written.
    @inline(__always)
    private static func copyWords(
        _ source: UnsafePointer<UInt8>,
        to target: UnsafeMutablePointer<UInt8>,
        count: Int
    ) {
        var position = 0
        while position < count {
            UnsafeMutableRawPointer(target + position).storeBytes(
                of: UnsafeRawPointer(source + position).loadUnaligned(as: UInt64.self),
                as: UInt64.self
            )
            position &+= 8
        }
    }
}
