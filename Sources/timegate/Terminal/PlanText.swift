import JSON

/// A plan as the request that would go to the vendor, with secrets hidden.
enum PlanText {
    static func text(_ plan: JSONValue, style: Style) -> String {
        let plan = VisibleText.of(plan)
        let url = plan["url"]?.string ?? ""
        let (host, path) = split(url)
        var text = style.strong("\(plan["method"]?.string ?? "") \(path) HTTP/1.1") + "\n"
        text += header("Host", host, style)
        for (name, value) in plan["headers"]?.object ?? [:] { text += header(name, EntryText.plain(value), style) }
        guard let body = plan["body"], !body.isNull else { return text }
        return text + "\n" + body.serialized(.pretty) + "\n"
    }

    private static func header(_ name: String, _ value: String, _ style: Style) -> String {
        "\(style.accent(name)): \(value)\n"
    }

    /// `https://api.example.com/v1/x` becomes `api.example.com` and `/v1/x`.
    private static func split(_ url: String) -> (host: String, path: String) {
        var rest = Substring(url)
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        guard let slash = rest.firstIndex(of: "/") else { return (String(rest), "/") }
        return (String(rest[..<slash]), String(rest[slash...]))
    }
}
