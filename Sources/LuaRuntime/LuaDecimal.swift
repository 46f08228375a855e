/// Decides what a JSON number becomes in a script.
enum LuaDecimal: Equatable {
    case integer(Int64)
    case number(Double)
    /// No double has this value, or its text is no number; the digits cross as they are.
    case decimal

    /// Every decimal of so many significant digits survives the way to a double and back.
    private static let safeDigits = 15

    static func classify(_ text: UnsafeBufferPointer<UInt8>) -> LuaDecimal {
        if let integer = integer(text) { return .integer(integer) }
        let string = String(decoding: text, as: UTF8.self)
        guard let value = Double(string), value.isFinite else { return .decimal }
        let wanted = Normal(text)
        if wanted.digits.count <= safeDigits, abs(wanted.exponent) < 300 { return .number(value) }
        var shortest = value.description
        return shortest.withUTF8 { Normal($0) == wanted } ? .number(value) : .decimal
    }

    /// An integer literal that fits; "-0" does not, because an integer would lose the sign.
    private static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        let negative = text.first == UInt8(ascii: "-")
        let digits = text.dropFirst(negative ? 1 : 0)
        guard !digits.isEmpty, digits.count <= 19 else { return nil }
        var value: Int64 = 0
        for byte in digits {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(negative ? -digit : digit)
            if overflow || overflow2 { return nil }
            value = sum
        }
        return negative && value == 0 ? nil : value
    }

    /// A number as 0.DIGITS × 10^exponent without zeros at either end.
    private struct Normal: Equatable {
        var negative = false
        var digits: [UInt8] = []
        var exponent = 0

        init(_ text: UnsafeBufferPointer<UInt8>) {
            var fraction = false
            var at = text.startIndex
            if text.first == UInt8(ascii: "-") {
                negative = true
                at += 1
            }
            scan: while at < text.endIndex {
                let byte = text[at]
                at += 1
                switch byte {
                case UInt8(ascii: "."):
                    fraction = true
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    if digits.isEmpty, byte == UInt8(ascii: "0") {
                        if fraction { exponent -= 1 }
                    } else {
                        if !fraction { exponent += 1 }
                        digits.append(byte)
                    }
                default:
                    exponent += Int(String(decoding: text[at...], as: UTF8.self)) ?? 0
                    break scan
                }
            }
            while digits.last == UInt8(ascii: "0") { digits.removeLast() }
            if digits.isEmpty { exponent = 0 }
        }
    }
}
