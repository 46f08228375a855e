import JSON

/// A second JSON parser, written for clearness and sharing nothing with the first: what the first one is compared to.
struct ReferenceParser {
    struct Refusal: Error {}

    private var rest: Substring.UnicodeScalarView

    static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Refusal() }
        var parser = ReferenceParser(rest: text[...].unicodeScalars)
        parser.skipSpace()
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.rest.isEmpty else { throw Refusal() }
        return value
    }

    private mutating func value(depth: Int) throws -> JSONValue {
        switch rest.first {
        case "{":
            guard depth < 64 else { throw Refusal() }
            return try object(depth: depth + 1)
        case "[":
            guard depth < 64 else { throw Refusal() }
            return try array(depth: depth + 1)
        case "\"": return .string(try string())
        case "t": return try literal("true", .bool(true))
        case "f": return try literal("false", .bool(false))
        case "n": return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws -> JSONValue {
        var members: [(key: String, value: JSONValue)] = []
        rest.removeFirst()
        skipSpace()
        if take("}") { return .object(JSONObject()) }
        repeat {
            skipSpace()
            let name = try string()
            guard !members.contains(where: { Array($0.key.utf8) == Array(name.utf8) }) else { throw Refusal() }
            skipSpace()
            guard take(":") else { throw Refusal() }
            skipSpace()
            members.append((name, try value(depth: depth)))
            skipSpace()
        } while take(",")
        guard take("}") else { throw Refusal() }
        return .object(JSONObject(members))
    }

    private mutating func array(depth: Int) throws -> JSONValue {
        var values: [JSONValue] = []
        rest.removeFirst()
        skipSpace()
        if take("]") { return .array([]) }
        repeat {
            skipSpace()
            values.append(try value(depth: depth))
            skipSpace()
        } while take(",")
        guard take("]") else { throw Refusal() }
        return .array(values)
    }

    private mutating func string() throws -> String {
        guard take("\"") else { throw Refusal() }
        var units: [UInt16] = []
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"":
                guard let text = String(validating: units, as: UTF16.self) else { throw Refusal() }
                return text
            case "\\": units.append(try escape())
            case ..<" ": throw Refusal()
            default: units.append(contentsOf: Array(String(Character(scalar)).utf16))
            }
        }
        throw Refusal()
    }

    private mutating func escape() throws -> UInt16 {
        switch rest.popFirst() {
        case "\"": return 0x22
        case "\\": return 0x5C
        case "/": return 0x2F
        case "b": return 8
        case "f": return 12
        case "n": return 10
        case "r": return 13
        case "t": return 9
        case "u":
            var unit: UInt16 = 0
            for _ in 0..<4 {
                guard let digit = rest.popFirst(), digit.isASCII, let value = Character(digit).hexDigitValue else {
                    throw Refusal()
                }
                unit = unit * 16 + UInt16(value)
            }
            return unit
        default: throw Refusal()
        }
    }

    private mutating func number() throws -> JSONValue {
        var text = ""
        while let scalar = rest.first, "+-.0123456789eE".unicodeScalars.contains(scalar) {
            text.unicodeScalars.append(scalar)
            rest.removeFirst()
        }
        guard let match = text.wholeMatch(of: /(-?(?:0|[1-9][0-9]*))(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/) else {
            throw Refusal()
        }
        if match.1.count == text.count, text != "-0", let integer = Int64(text) { return .integer(integer) }
        return .number(text)
    }

    private mutating func literal(_ text: String, _ value: JSONValue) throws -> JSONValue {
        guard rest.starts(with: text.unicodeScalars) else { throw Refusal() }
        rest.removeFirst(text.count)
        return value
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() {
        while let first = rest.first, [" ", "\t", "\n", "\r"].contains(first) { rest.removeFirst() }
    }
}
