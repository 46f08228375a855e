/// Numbers as text.
public enum JSONNumber {
    /// Whether the text is a number by RFC 8259 section 6, with nothing around it.
    public static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first),
            let last = text.utf8.last, (0x30...0x39).contains(last),
            let document = try? JSONDocument(parsing: text)
        else { return false }
        return document.root.kind == .integer || document.root.kind == .number
    }

    /// The value of an integer that is spelled the one way that integers are written: neither a plus sign, nor a zero before
    /// other digits, nor `-0`. Nil for any other text, and beyond Int64.
    public static func integer(_ text: String) -> Int64? {
        var magnitude: UInt64 = 0
        var count = 0
        var first: UInt8 = 0
        var isNegative = false
        for byte in text.utf8 {
            let digit = byte &- UInt8(ascii: "0")
            if digit > 9 {
                guard byte == UInt8(ascii: "-"), count == 0, !isNegative else { return nil }
                isNegative = true
                continue
            }
            if count == 0 { first = digit }
            count += 1
            // 19 digits are less than 2^64.
            if count > 19 { return nil }
            magnitude = magnitude &* 10 &+ UInt64(digit)
        }
        if count == 0 || (first == 0 && (count > 1 || isNegative)) { return nil }
        if isNegative { return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
        return Int64(exactly: magnitude)
    }

    /// Whether two valid numbers have the same value, digit by digit, without rounding.
    ///
    /// Where an exponent has more than 18 significant digits, only equal texts (or two zeros) are equal.
    static func haveEqualValues(_ left: String, _ right: String) -> Bool {
        if JSONBytes.areEqual(left, right) { return true }
        guard let left = Decimal(left), let right = Decimal(right) else { return false }
        return left == right
    }

    /// A number as sign, digits without zeros at either end, and the power of ten of the last digit; zero has no
    /// digits, no sign and the power 0.
    private struct Decimal: Equatable {
        var isNegative = false
        var digits: [UInt8] = []
        var power: Int64 = 0

        init?(_ text: String) {
            var fractionDigits: Int64 = 0
            var inFraction = false
            var exponent: Int64? = 0
            for (position, byte) in text.utf8.enumerated() {
                switch byte {
                case UInt8(ascii: "-"): isNegative = true
                case UInt8(ascii: "."): inFraction = true
                case UInt8(ascii: "e"), UInt8(ascii: "E"):
                    exponent = Self.exponent(text.utf8.dropFirst(position + 1))
                default:
                    digits.append(byte)
                    if inFraction { fractionDigits += 1 }
                }
                if byte | 0x20 == UInt8(ascii: "e") { break }
            }
            let leadingZeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
            digits.removeFirst(leadingZeros)
            var trailingZeros: Int64 = 0
            while digits.last == UInt8(ascii: "0") {
                digits.removeLast()
                trailingZeros += 1
            }
            if digits.isEmpty {
                isNegative = false
                return
            }
            guard let exponent else { return nil }
            power = exponent - fractionDigits + trailingZeros
        }

        private static func exponent(_ text: Substring.UTF8View) -> Int64? {
            let isNegative = text.first == UInt8(ascii: "-")
            let digits = text.drop { !(0x31...0x39).contains($0) }
            guard digits.count <= 18 else { return nil }
            let magnitude = digits.reduce(into: Int64(0)) { $0 = $0 * 10 + Int64($1 - 0x30) }
            return isNegative ? -magnitude : magnitude
        }
    }
}
