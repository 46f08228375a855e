internal import JSON

/// Writes a short ASCII text (a date, an instant, a duration) into stack memory, to be appended or made a string at once.
///
/// Nothing here is checked against the capacity of 64 bytes: the longest text of this folder, an instant with nine
/// fraction digits, has 35.
struct ASCIIWriter {
    static let capacity = 64

    private let base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    private init(base: UnsafeMutablePointer<UInt8>) {
        self.base = base
    }

    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        base[count] = byte
        count &+= 1
    }

    /// The last two decimal digits of a value that is not negative.
    @inline(__always)
    mutating func twoDigits(_ value: Int) {
        base[count] = UInt8(truncatingIfNeeded: value / 10 % 10) &+ ASCII.zero
        base[count &+ 1] = UInt8(truncatingIfNeeded: value % 10) &+ ASCII.zero
        count &+= 2
    }

    /// The last four decimal digits of a value that is not negative.
    @inline(__always)
    mutating func fourDigits(_ value: Int) {
        twoDigits(value / 100 % 100)
        twoDigits(value % 100)
    }

    /// All digits of a value, without leading zeros.
    mutating func decimal(_ value: UInt64) {
        var digits = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        rest = value
        for index in stride(from: digits - 1, through: 0, by: -1) {
            base[count + index] = UInt8(truncatingIfNeeded: rest % 10) &+ ASCII.zero
            rest /= 10
        }
        count += digits
    }

    /// A point and the first `digits` digits of a nanosecond; nothing at all for no digits.
    mutating func fraction(nanosecond: Int, digits: Int) {
        guard digits > 0 else { return }
        byte(ASCII.point)
        var rest = nanosecond
        for index in stride(from: 8, through: 0, by: -1) {
            if index < digits {
                base[count + index] = UInt8(truncatingIfNeeded: rest % 10) &+ ASCII.zero
            }
            rest /= 10
        }
        count += digits
    }

    /// Appends what `body` writes.
    @inline(__always)
    static func append(to bytes: inout [UInt8], _ body: (inout ASCIIWriter) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { memory in
            var writer = ASCIIWriter(base: memory.baseAddress!)
            body(&writer)
            bytes.append(contentsOf: UnsafeBufferPointer(start: memory.baseAddress, count: writer.count))
        }
    }

    /// Writes what `body` writes as a JSON string. It needs no escape.
    @inline(__always)
    static func write(to writer: inout JSONWriter, _ body: (inout ASCIIWriter) -> Void) {
        writer.plainString(atMost: capacity) { memory in
            var writer = ASCIIWriter(base: memory)
            body(&writer)
            return writer.count
        }
    }

    /// Hands over what `body` writes.
    @inline(__always)
    static func with(_ body: (inout ASCIIWriter) -> Void, _ take: (UnsafeBufferPointer<UInt8>) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { memory in
            var writer = ASCIIWriter(base: memory.baseAddress!)
            body(&writer)
            take(UnsafeBufferPointer(start: memory.baseAddress, count: writer.count))
        }
    }

    /// The string that `body` writes.
    static func string(_ body: (inout ASCIIWriter) -> Void) -> String {
        String(unsafeUninitializedCapacity: capacity) { memory in
            var writer = ASCIIWriter(base: memory.baseAddress!)
            body(&writer)
            return writer.count
        }
    }
}

/// The ASCII characters that dates, times and durations are written with.
enum ASCII {
    static let tab = UInt8(ascii: "\t")
    static let newline = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let plus = UInt8(ascii: "+")
    static let comma = UInt8(ascii: ",")
    static let minus = UInt8(ascii: "-")
    static let point = UInt8(ascii: ".")
    static let slash = UInt8(ascii: "/")
    static let zero = UInt8(ascii: "0")
    static let colon = UInt8(ascii: ":")
    static let less = UInt8(ascii: "<")
    static let greater = UInt8(ascii: ">")
    static let upperT = UInt8(ascii: "T")
    static let upperZ = UInt8(ascii: "Z")
    static let lowerT = UInt8(ascii: "t")
    static let lowerZ = UInt8(ascii: "z")

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }

    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }
}
