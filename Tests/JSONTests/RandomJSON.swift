import JSON

/// SplitMix64: small, seeded, the same on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Random values, and random ways to write them.
struct RandomJSON {
    var generator: SeededGenerator

    init(seed: UInt64) {
        self.generator = SeededGenerator(state: seed)
    }

    mutating func value(depth: Int = 0) -> JSONValue {
        switch Int.random(in: 0..<(depth < 6 ? 9 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2:
            let bits = Int.random(in: 0..<64, using: &generator)
            return .integer(Int64.random(in: .min ... .max, using: &generator) >> Int64(bits))
        case 3: return .number(number())
        case 4, 5: return .string(string())
        case 6:
            let count = Int.random(in: 0..<6, using: &generator)
            return .array((0..<count).map { _ in value(depth: depth + 1) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<12, using: &generator) { object[string()] = value(depth: depth + 1) }
            return .object(object)
        }
    }

    private mutating func digits(_ count: ClosedRange<Int>) -> String {
        let count = Int.random(in: count, using: &generator)
        return (0..<count).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
    }

    private mutating func number() -> String {
        var text = Bool.random(using: &generator) ? "-" : ""
        text += Bool.random(using: &generator) ? "0" : "1" + digits(0...25)
        text += "." + digits(1...20)
        if Bool.random(using: &generator) {
            text += ["e", "E", "e+", "E-"].randomElement(using: &generator)! + digits(1...4)
        }
        return text
    }

    mutating func string() -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<20, using: &generator) {
            let range: ClosedRange<UInt32> =
                [
                    0x20...0x7E, 0x61...0x7A, 0x00...0x1F, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF,
                    0x10000...0x10FFFF,
                ]
                .randomElement(using: &generator)!
            text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: range, using: &generator))!)
        }
        return text
    }

    /// The value with white space and escapes where they may be.
    mutating func text(of value: JSONValue) -> String {
        switch value {
        case .array(let values):
            return "[" + values.map { space() + text(of: $0) + space() }.joined(separator: ",") + "]"
        case .object(let object):
            return "{"
                + object.map { space() + quoted($0.key) + space() + ":" + space() + text(of: $0.value) + space() }
                .joined(separator: ",") + "}"
        case .string(let string): return quoted(string)
        default: return value.serialized()
        }
    }

    private mutating func space() -> String {
        ["", "", "", " ", "\n", "\r\n\t", "         "].randomElement(using: &generator)!
    }

    private mutating func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || Int.random(in: 0..<8, using: &generator) == 0
            {
                for unit in String(Character(scalar)).utf16 {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
