import JSON

/// The steps of a call, one line each, with what a step did below it.
struct TraceText {
    let style: Style

    func text(_ steps: [JSONValue]) -> String {
        steps.map { step(VisibleText.of($0)) }.joined()
    }

    private func step(_ step: JSONValue) -> String {
        let name = step["function"]?.string ?? step["step"]?.string ?? ""
        let padding = String(repeating: " ", count: max(1, 14 - name.count))
        var text = "\(style.accent(name))\(padding)\(style.strong(Self.duration(step["took_us"]?.int64 ?? 0)))"
        var facts: [String] = []
        if let instructions = step["instructions"]?.int64 {
            facts.append("\(instructions) instructions, \(Self.duration(step["script_us"]?.int64 ?? 0)) in Lua")
            facts.append("\((step["memory"]?.int64 ?? 0) / 1024) KiB")
        }
        if let request = step["request"] {
            facts.append("\(request["method"]?.string ?? "") \(request["url"]?.string ?? "")")
        }
        if let status = step["answer"]?["status"]?.int64 { facts.append("→ \(status)") }
        if let failure = step["failure"] {
            facts.append("→ \(style.bad(failure["message"]?.string ?? "")) (sent: \(failure["sent"]?.string ?? ""))")
        }
        if !facts.isEmpty { text += "  " + style.faint(facts.joined(separator: "  ")) }
        text += "\n"
        for (kind, fields) in step["fields"]?.object ?? [:] {
            let names = (fields.array ?? []).compactMap(\.string).joined(separator: ", ")
            text += "    \(kind): \(names)\n"
        }
        for change in step["changed"]?.array ?? [] {
            let before = change["before"].map { $0.serialized(.compact) } ?? "nothing"
            let after = change["after"].map { $0.serialized(.compact) } ?? "nothing"
            text += "    \(change["field"]?.string ?? ""): \(before) → \(after)\n"
        }
        return text
    }

    /// `840 µs`, `12.3 ms`, `1.2 s`.
    static func duration(_ microseconds: Int64) -> String {
        if microseconds < 1_000 { return "\(microseconds) µs" }
        let unit = microseconds < 1_000_000 ? (1_000, "ms") : (1_000_000, "s")
        let tenths = microseconds * 10 / Int64(unit.0)
        return "\(tenths / 10).\(tenths % 10) \(unit.1)"
    }
}
