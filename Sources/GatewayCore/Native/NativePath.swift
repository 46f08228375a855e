/// A path of a native request, taken apart.
struct NativePath {
    /// The segments, each decoded once; `nil` where servers read the path in different ways.
    let segments: [String]?
    /// Why there are none.
    let why: String
    /// The segments as a server reads them that resolves everything: dots, doubled and escaped slashes; `nil` where even
    /// that is not certain.
    let loose: [String]?

    init(_ path: Substring) {
        var segments: [String] = []
        var loose: [String] = []
        var why: String?
        let text = path.hasSuffix("/") && path.count > 1 ? path.dropLast() : path
        if !text.hasPrefix("/") { why = "The path does not begin with a slash." }
        for part in text.drop(while: { $0 == "/" }).split(separator: "/", omittingEmptySubsequences: false) {
            guard let decoded = NativePath.decoded(part) else {
                self.init(segments: nil, why: "The path holds an escape that no server need understand.", loose: nil)
                return
            }
            segments.append(decoded)
            let inner = decoded.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
            if inner.count > 1 { why = why ?? "The path holds an escaped slash." }
            if part.isEmpty { why = why ?? "The path has two slashes in a row." }
            for name in inner {
                if name == "." || name == ".." { why = why ?? "The path holds \".\" or \"..\"." }
                switch name {
                case "", ".": break
                case "..": if !loose.isEmpty { loose.removeLast() }
                default: loose.append(String(name))
                }
            }
        }
        if text.hasPrefix("//") { why = why ?? "The path has two slashes in a row." }
        self.init(segments: why == nil ? segments : nil, why: why ?? "", loose: loose)
    }

    private init(segments: [String]?, why: String, loose: [String]?) {
        self.segments = segments
        self.why = why
        self.loose = loose
    }

    /// The items of a query, decoded once, a plus as a space; `nil` where an escape is wrong.
    static func query(_ text: some StringProtocol) -> [(name: String, value: String)]? {
        var items: [(name: String, value: String)] = []
        for item in text.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                NativePath.decoded(Substring($0.map { $0 == "+" ? " " : $0 }))
            }
            guard let name = pair[0], let value = pair.count == 2 ? pair[1] : "" else { return nil }
            items.append((name, value))
        }
        return items
    }

    /// `nil` where an escape is not two hexadecimal digits, the bytes are no UTF-8, or a control character stands there.
    static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            var value = byte
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                value = high << 4 | low
            }
            if value < 0x20 || value == 0x7F { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
