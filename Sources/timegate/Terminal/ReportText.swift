import JSON

/// The mapping report as a person reads it: what became of each field on its way.
enum ReportText {
    /// The kinds of notes that say something was lost or does not agree.
    static let losses = ["rounded", "dropped", "inconsistent"]

    static func text(_ mapping: JSONValue?, style: Style, width: Int, indent: Int = 0) -> String {
        var table = TextTable(indent: indent)
        for (kind, notes) in mapping?.object ?? [:] {
            for note in notes.array ?? [] {
                table.add([
                    TextTable.Cell(kind, losses.contains(kind) ? style.caution : style.good),
                    TextTable.Cell(fields(of: note), style.strong),
                    TextTable.Cell(change(of: note)),
                    TextTable.Cell(note["why"]?.string ?? "", style.faint),
                ])
            }
        }
        return table.rendered(width: width)
    }

    static func isLossy(_ mapping: JSONValue?) -> Bool {
        losses.contains { !(mapping?[$0]?.array ?? []).isEmpty }
    }

    /// `duration_seconds → attributes.time`
    static func fields(of note: JSONValue) -> String {
        let field = note["field"]?.string ?? ""
        guard let vendorField = note["vendor_field"]?.string else { return field }
        return "\(field) → \(vendorField)"
    }

    /// `5400 → 90`
    static func change(of note: JSONValue) -> String {
        switch (note["asked"], note["sent"]) {
        case (let asked?, let sent?): "\(short(asked)) → \(short(sent))"
        case (let asked?, nil): "\(short(asked)) →"
        case (nil, let sent?): "→ \(short(sent))"
        case (nil, nil): ""
        }
    }

    private static func short(_ value: JSONValue) -> String {
        let text = EntryText.plain(value).split(whereSeparator: \.isNewline).joined(separator: " ")
        return text.count <= 40 ? text : text.prefix(39) + "…"
    }
}
