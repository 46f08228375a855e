import JSON

/// Writes of the journal, as people read them.
enum JournalText {
    static func table(_ outcomes: [JSONValue], style: Style, width: Int) -> String {
        var table = TextTable()
        table.header(["NUMBER", "SINCE", "CALLER", "CONNECTION", "OPERATION", "STATE", "ENTRY", "WHY"], style)
        for outcome in outcomes {
            table.add([
                TextTable.Cell(outcome["number"]?.int64.map { String($0) } ?? ""),
                TextTable.Cell(outcome["created_at"]?.string ?? ""),
                TextTable.Cell(outcome["caller"]?.string ?? ""),
                TextTable.Cell(outcome["connection"]?.string ?? ""),
                TextTable.Cell(outcome["operation"]?.string ?? ""),
                state(outcome, style),
                TextTable.Cell(outcome["entry_id"]?.string ?? ""),
                TextTable.Cell(outcome["reason"]?.string ?? ""),
            ])
        }
        return table.rendered(width: width)
    }

    static func one(_ outcome: JSONValue, style: Style, width: Int) -> String {
        var table = TextTable()
        for member in outcome.object ?? JSONObject() where !["request", "entry", "vendor"].contains(member.key) {
            let text = member.value.string ?? member.value.serialized(.compact)
            let value = member.key == "state" ? state(outcome, style) : TextTable.Cell(text)
            table.add([TextTable.Cell(member.key, style.faint), value])
        }
        var text = table.rendered(width: width)
        for name in ["entry", "request", "vendor"] {
            guard let value = outcome[name] else { continue }
            text += "\n\(style.faint(name))\n\(VisibleText.of(value).serialized(.pretty))\n"
        }
        return text
    }

    private static func state(_ outcome: JSONValue, _ style: Style) -> TextTable.Cell {
        let state = outcome["state"]?.string ?? ""
        switch state {
        case "done", "not_recorded", "expired": return TextTable.Cell(state, style.good)
        case "needs_operator": return TextTable.Cell(state, style.bad)
        default: return TextTable.Cell(state, style.caution)
        }
    }
}
