import JSON

/// The mapping report as a person reads it: what became of each field on its way.
enum ReportText {
    /// The kinds of notes that say something was lost or does not agree.
    static let losses = ["rounded", "dropped", "inconsistent"]

    static func text(_ mapping: JSONValue?, style: Style, width: Int, indent: Int = 0) -> String {
        var table = TextTable(indent: indent)
        for (kind, notes) in mapping?.object ?? [:] {
            for line in lines(of: notes.array ?? []) {
                table.add([
                    TextTable.Cell(kind) { losses.contains(kind) ? style.caution($0) : style.good($0) },
                    TextTable.Cell(line),
                ])
            }
        }
        return table.rendered(width: width)
    }

    /// What was lost or does not agree, alone.
    static func lossText(_ mapping: JSONValue?, style: Style, width: Int) -> String {
        let lost = (mapping?.object?.members ?? []).filter { losses.contains($0.key) }
        return text(.object(JSONObject(lost)), style: style, width: width)
    }

    static func isLossy(_ mapping: JSONValue?) -> Bool { !losses(in: mapping).isEmpty }

    /// The kinds of loss that there are.
    static func losses(in mapping: JSONValue?) -> [String] {
        losses.filter { !(mapping?[$0]?.array ?? []).isEmpty }
    }

    /// One line a note. Neighbours that say the same of several fields share one.
    private static func lines(of notes: [JSONValue]) -> [String] {
        var lines: [String] = []
        var fields: [String] = []
        for (index, note) in notes.enumerated() {
            let change = change(of: note)
            fields.append(self.fields(of: note))
            let next: JSONValue? = index + 1 < notes.count ? notes[index + 1] : nil
            if change.isEmpty, let next, self.change(of: next).isEmpty, next["why"] == note["why"] { continue }
            let why = note["why"]?.string ?? ""
            lines.append("\(fields.joined(separator: ", "))\(change.isEmpty ? ": " : ": \(change). ")\(why)")
            fields = []
        }
        return lines
    }

    /// `duration_seconds (attributes.time)`
    private static func fields(of note: JSONValue) -> String {
        let field = note["field"]?.string ?? ""
        guard let vendorField = note["vendor_field"]?.string, vendorField != field else { return field }
        return "\(field) (\(vendorField))"
    }

    /// `5400 → 90`
    private static func change(of note: JSONValue) -> String {
        switch (note["asked"], note["sent"]) {
        case (let asked?, let sent?): "\(short(asked)) → \(short(sent))"
        case (let asked?, nil): short(asked)
        case (nil, let sent?): short(sent)
        case (nil, nil): ""
        }
    }

    private static func short(_ value: JSONValue) -> String {
        let text = EntryText.plain(value).split(whereSeparator: \.isNewline).joined(separator: " ")
        return text.count <= 48 ? text : text.prefix(47) + "…"
    }
}
