/// The query of a request target, decoded as HTML forms are: `+` is a space, `%XX` a byte of UTF-8.
struct RequestQuery: Sendable {
    /// In the order in which they came.
    let items: [(name: String, value: String)]

    /// nil where an escape is not two hexadecimal digits, or the bytes are not UTF-8.
    init?(target: String) {
        var items: [(name: String, value: String)] = []
        for part in target.drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(halves[0]), let value = Self.decode(halves.count == 2 ? halves[1] : "") else {
                return nil
            }
            items.append((name, value))
        }
        self.items = items
    }

    /// The first value of that name.
    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// The first name that is not one of `known`, or that came a second time.
    func stranger(known: Set<String>) -> String? {
        var seen: Set<String> = []
        return items.first { !known.contains($0.name) || !seen.insert($0.name).inserted }?.name
    }

    /// The value as a whole number in decimal digits within `range`; `standard` where the name is absent, nil where it
    /// is something else.
    func integer(_ name: String, in range: ClosedRange<Int>, default standard: Int) -> Int? {
        guard let text = self[name] else { return standard }
        guard Identifiers.isNumeric(text), let value = Int(text), range.contains(value) else { return nil }
        return value
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var source = text.utf8.makeIterator()
        while let byte = source.next() {
            switch byte {
            case UInt8(ascii: "+"):
                bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = source.next(), let low = source.next(), Identifiers.isHexadecimal(high),
                    Identifiers.isHexadecimal(low),
                    let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
            default:
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
