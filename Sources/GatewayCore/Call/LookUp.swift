public import JSON

/// One read that a plugin's function asks for with `call.get`: a path and a query of its own vendor, every value escaped.
public struct LookUp: Sendable, Hashable {
    /// Path and query: `/api/v1/tasks/7?include=assignees`.
    public let target: String

    /// Why what a script asks for cannot be read. It is raised at the script's line.
    public struct Mistake: Error, Equatable {
        public let message: String

        public init(_ message: String) { self.message = "call.get: \(message)" }
    }

    /// Reads `{ path = "/api/v1/tasks/{id}", id = …, query = { … } }`: each `{name}` of the path takes the member of that
    /// name.
    ///
    /// - Throws: where the path leads elsewhere, something else than a read is asked for, or a value is missing.
    public init(_ argument: JSONValue) throws(Mistake) {
        guard let order = argument.object else {
            throw Mistake("it takes a table: { path = \"/tasks/{id}\", id = … }.")
        }
        guard let path = order["path"]?.string else {
            throw Mistake("path is missing: { path = \"/tasks/{id}\", id = … }.")
        }
        try LookUp.check(path: path)
        let names = LookUp.places(in: path)
        var values: [String: String] = [:]
        for member in order where member.key != "path" && member.key != "query" {
            guard names.contains(member.key) else { throw LookUp.unknown(member.key, path) }
            guard let text = LookUp.text(member.value), RequestTarget.isSafe(text) else {
                throw Mistake("\(member.key) cannot stand in a path: \(member.value.serialized(.compact).prefix(80)).")
            }
            values[member.key] = text
        }
        for name in names where values[name] == nil { throw Mistake("the path \(path) needs \(name).") }

        var items: [QueryItem] = []
        if let query = order["query"] {
            // A table without anything in it can be either kind.
            guard query.object != nil || query.array?.isEmpty == true else {
                throw Mistake("query must be a table of names and values.")
            }
            for item in query.object ?? JSONObject() {
                guard let text = LookUp.text(item.value) else {
                    throw Mistake("query.\(item.key) must be a text, a number or a boolean.")
                }
                items.append(QueryItem(item.key, text))
            }
        }
        target = RequestTarget.make(OperationRule(method: "GET", path: path), values: values, items: items)
    }

    /// A path stays with the connection's own origin, and says with its own segments where it leads.
    private static func check(path: String) throws(Mistake) {
        guard path.hasPrefix("/"), !path.hasPrefix("//") else {
            throw Mistake(
                "it reads from the connection's own origin only: the path must begin with one \"/\"; it is \"\(path.prefix(120))\"."
            )
        }
        guard path.utf8.count <= 512, path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Mistake("the path must be at most 512 printable ASCII characters; values go into {places}.")
        }
        for byte in "?#\\%".utf8 where path.utf8.contains(byte) {
            let hint = byte == UInt8(ascii: "?") ? " Give parameters as query = { name = value }." : ""
            throw Mistake("the path holds \"\(Unicode.Scalar(byte))\"; values are escaped by the gateway.\(hint)")
        }
        for segment in path.split(separator: "/") where segment == "." || segment == ".." {
            throw Mistake("the path holds the segment \"\(segment)\", which leads elsewhere.")
        }
    }

    private static func places(in path: String) -> Set<String> {
        var names: Set<String> = []
        var rest = Substring(path)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            names.insert(String(rest[rest.index(after: open)..<close]))
            rest = rest[rest.index(after: close)...]
        }
        return names
    }

    private static func unknown(_ name: String, _ path: String) -> Mistake {
        switch name {
        case "method", "body", "headers", "json", "form":
            Mistake("it reads, and nothing else: there is no \(name). The connection's own headers are sent.")
        case "url", "origin", "host", "scheme":
            Mistake("it reads from the connection's own origin only: there is no \(name).")
        default: Mistake("the path \(path) has no {\(name)}; parameters go into query = { \(name) = … }.")
        }
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let digits): digits
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
