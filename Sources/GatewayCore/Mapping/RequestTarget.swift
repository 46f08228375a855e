/// The path and query of a request to the vendor, with every value escaped (RFC 3986): what a caller wrote never becomes
/// another path.
public enum RequestTarget {
    /// The settings that a path template names: `{settings.workspace_id}`.
    public static func settings(in path: String) -> [String] { names("settings.", in: path) }

    /// The filters of a list that a path template names: `{filter.user}`.
    public static func filters(in path: String) -> [String] { names("filter.", in: path) }

    private static func names(_ prefix: String, in path: String) -> [String] {
        guard path.contains("{" + prefix) else { return [] }
        return path.split(separator: "{").dropFirst().compactMap { part in
            part.hasPrefix(prefix) ? String(part.prefix { $0 != "}" }.dropFirst(prefix.count)) : nil
        }
    }

    /// Fills `{name}` in a path template; constant query parameters and `items` follow.
    static func make(_ rule: OperationRule, values: [String: String] = [:], items: [QueryItem] = []) -> String {
        var target = ""
        var rest = Substring(rule.path)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            target += rest[..<open]
            target += escape(values[String(rest[rest.index(after: open)..<close])] ?? "")
            rest = rest[rest.index(after: close)...]
        }
        target += rest
        var separator: Character = rule.path.contains("?") ? "&" : "?"
        for item in rule.query + items {
            target.append(separator)
            target += escape(item.name) + "=" + escape(item.value)
            separator = "&"
        }
        return target
    }

    /// Whether an identifier can stand in a path: `.` and `..` would lead elsewhere even when escaped.
    public static func isSafe(_ id: String) -> Bool {
        !id.isEmpty && id != "." && id != ".." && id.utf8.count <= 255 && id.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    static func escape(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
