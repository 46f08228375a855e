internal import GatewayCore

/// Paths as plugins write them: into a vendor's JSON, and of a request.
extension ManifestReader {
    /// The names of a path into a vendor's JSON; empty after a fault.
    mutating func names(_ text: String, _ at: String) -> [String] {
        guard let fault = PathText.fault(text) else {
            if !text.contains("[]") { return text.split(separator: ".").map(String.init) }
            self.fault(
                at,
                "\(at) is \"\(text)\"; [] is for the paths of fields.",
                near: text,
                hint: "Name the list itself."
            )
            return []
        }
        self.fault(at, "\(at) is \"\(text)\", which is no path: \(fault).", near: text, hint: PathText.hint(text))
        return []
    }

    /// Methods that an operation may have: what only reads must be a GET, so that asking never changes anything.
    private static func methods(of operation: Operation) -> [String] {
        switch operation {
        case .get, .list: ["GET"]
        case .create, .replace: ["POST", "PUT"]
        case .update: ["PATCH", "PUT", "POST"]
        case .delete, .bulkDelete: ["DELETE", "POST", "PATCH", "PUT"]
        default: ["POST", "PUT", "PATCH", "DELETE"]
        }
    }

    /// Whether the method and the path of an operation can be sent.
    mutating func checkTarget(_ rule: OperationRule, _ operation: Operation, _ at: String) {
        let methods = ManifestReader.methods(of: operation)
        if !methods.contains(rule.method) {
            fault(
                at,
                "\(at) is a \(rule.method); it must be \(methods.joined(separator: ", ")).",
                near: "\(rule.method) \(rule.path)",
                hint: operation.isRead
                    ? "What reads is a GET: a list is asked for by its query."
                    : "Write \"\(methods[0]) \(rule.path)\", or one of the other methods."
            )
        }
        var isOpen = false
        for byte in rule.path.utf8 {
            switch byte {
            case UInt8(ascii: "{") where !isOpen: isOpen = true
            case UInt8(ascii: "}") where isOpen: isOpen = false
            case UInt8(ascii: "{"), UInt8(ascii: "}"):
                return fault(
                    at,
                    "\(at) has a brace that does not fit: \(rule.path).",
                    hint: "Write {id}, in one pair of braces."
                )
            case _ where byte.isAlphanumeric: break
            case _ where "-._~!$&'()*+,;=:@%/?".utf8.contains(byte): break
            default:
                return fault(
                    at,
                    "\(at) has \"\(Character(Unicode.Scalar(byte)))\" in its path, which no address can have: \(rule.path).",
                    hint: "Escape it with % and two hexadecimal digits, as in %20."
                )
            }
        }
        if isOpen {
            fault(at, "\(at) has a { without its }: \(rule.path).", hint: "Write {id}, in one pair of braces.")
        }
    }

    /// Whether a text can be the value of a header.
    mutating func checkHeader(_ text: String, _ at: String) {
        guard text.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else { return }
        fault(
            at,
            "\(at) has a control character, as a line break is: no header can have one.",
            hint: "Take \\r, \\n and \\0 out of the text."
        )
    }
}

/// What a path into a vendor's JSON may be: names joined by dots, each with `[]` behind it where it is a list.
enum PathText {
    /// Why a text is no path; `nil` if it is one.
    static func fault(_ text: String) -> String? {
        let rule = "paths are names joined by dots"
        if text.isEmpty { return "\(rule), and this is empty" }
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            let name = part.hasSuffix("[]") ? part.dropLast(2) : part
            if name.isEmpty { return "\(rule), and one of its names is empty" }
            if name == "$" { return "\(rule), without a $ before them" }
            if name.contains("/") { return "\(rule), not by slashes" }
            if name.contains("[") || name.contains("]") { return "\(rule); an element of a list has no number" }
            if name.contains("*") { return "\(rule); there is no * for all of them" }
        }
        return nil
    }

    /// The path that is probably meant.
    static func hint(_ text: String) -> String {
        var meant = text.replacing("/", with: ".")
        while let open = meant.firstIndex(of: "["), let close = meant[open...].firstIndex(of: "]"),
            meant.index(after: open) != close
        {
            meant.replaceSubrange(open...close, with: "[]")
        }
        meant = meant.split(separator: ".").filter { $0 != "$" && $0 != "*" }.joined(separator: ".")
        return meant != text && fault(meant) == nil
            ? "Write \"\(meant)\"." : "Write it as the vendor nests it: \"error.code\" is code within error."
    }
}
