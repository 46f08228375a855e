import GatewayCore
import JSON

/// Prints the pages of a list.
struct EntryListPrinter {
    let format: OutputFormat
    /// Whether entries are of several connections, so that each says of which.
    var isMerged = false
    /// Whether there may be several pages, of which JSON is one document all the same.
    var hasPages = false
    var data = Output.data

    /// The columns of CSV; what the entry does not have is empty.
    static let columns = [
        "id", "work_date", "started_at", "ended_at", "duration_seconds", "user.id", "subjects", "activity", "title",
        "note",
        "billable", "approval.state", "billing.state", "timer_state", "updated_at",
    ]

    /// - Parameters:
    ///   - isFirst: whether it is the first page.
    ///   - hasEntries: whether a page before it had any.
    func print(_ body: JSONValue, _ entries: [JSONValue], isFirst: Bool, hasEntries: Bool) {
        data.write(text(body, entries, isFirst: isFirst, hasEntries: hasEntries))
    }

    var isOneDocument: Bool { format == .json && hasPages }

    /// Ends the document of several pages.
    ///
    /// - Parameter last: what stands beside the entries, as the last answer has it.
    func end(_ last: JSONObject) {
        let members = last.filter { $0.key != "data" }
            .map { ",\n\(JSONValue.string($0.key).printed(.compact)): \($0.value.printed(.compact))" }
        data.write("\n]\(members.joined())}\n")
    }

    func text(_ body: JSONValue, _ entries: [JSONValue], isFirst: Bool, hasEntries: Bool = false) -> String {
        switch format {
        case .json where hasPages:
            // Printed as they come, so that memory does not grow with the list.
            let lines = entries.map { $0.printed(.compact) }.joined(separator: ",\n")
            return (isFirst ? "{\"data\": [\n" : "") + (hasEntries && !entries.isEmpty ? ",\n" : "") + lines
        case .json: return body.printed(.pretty) + "\n"
        case .jsonl: return entries.map { $0.printed(.compact) + "\n" }.joined()
        case .csv:
            let columns = (isMerged ? ["connection"] : []) + Self.columns
            let head = isFirst ? CSVText.line(columns) : ""
            let lines = entries.map { entry in
                CSVText.line(columns.map { Self.cell($0, entry) }, isShown: data.isTerminal)
            }
            return head + lines.joined()
        case .table: return table(entries, isFirst: isFirst)
        }
    }

    private func table(_ entries: [JSONValue], isFirst: Bool) -> String {
        var table = TextTable()
        if isFirst, !entries.isEmpty {
            table.header(
                (isMerged ? ["connection"] : []) + [
                    "id", "day", "from", "to", "length", "user", "on", "state", "note",
                ],
                data.style
            )
        }
        for entry in entries {
            let note = (entry["note"]?.string ?? entry["title"]?.string ?? "").split(whereSeparator: \.isNewline).first
            let state = entry["approval"]?["state"]?.string ?? entry["timer_state"]?.string ?? ""
            let origin = isMerged ? [TextTable.Cell(entry["connection"]?.string ?? "")] : []
            table.add(
                origin + [
                    TextTable.Cell(entry["id"]?.string ?? "", data.style.strong),
                    TextTable.Cell(entry["work_date"]?.string ?? Self.day(entry["started_at"]) ?? ""),
                    TextTable.Cell(Self.clock(entry["started_at"])), TextTable.Cell(Self.clock(entry["ended_at"])),
                    TextTable.Cell(entry["duration_seconds"]?.int64.map(ClockText.hours) ?? ""),
                    TextTable.Cell(entry["user"]?["name"]?.string ?? entry["user"]?["id"]?.string ?? ""),
                    TextTable.Cell(Self.subjects(entry)), TextTable.Cell(state, data.style.faint),
                    TextTable.Cell(note.map(String.init) ?? ""),
                ]
            )
        }
        return table.rendered(width: data.width)
    }

    static func cell(_ column: String, _ entry: JSONValue) -> String {
        switch column {
        case "subjects": return subjects(entry)
        case "activity": return entry["activity"]?["name"]?.string ?? entry["activity"]?["id"]?.string ?? ""
        default:
            var value: JSONValue? = entry
            for part in column.split(separator: ".") { value = value?[String(part)] }
            guard let value, !value.isNull else { return "" }
            return value.string ?? value.serialized(.compact)
        }
    }

    /// `project:7 task:9`
    static func subjects(_ entry: JSONValue) -> String {
        (entry["subjects"]?.object ?? JSONObject()).map { subject in
            "\(subject.key):\(subject.value["id"]?.string ?? subject.value["name"]?.string ?? "")"
        }.joined(separator: " ")
    }

    private static func day(_ time: JSONValue?) -> String? { time?.string.map { String($0.prefix(10)) } }

    private static func clock(_ time: JSONValue?) -> String {
        time?.string.map { String($0.dropFirst(11).prefix(5)) } ?? ""
    }
}

/// A length as a clock shows it.
enum ClockText {
    /// `1:30`; seconds only where there are some.
    static func hours(_ seconds: Int64) -> String {
        let minutes = seconds / 60 % 60
        let text = "\(seconds / 3600):\(minutes < 10 ? "0" : "")\(minutes)"
        let rest = seconds % 60
        return rest == 0 ? text : "\(text):\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// RFC 4180.
enum CSVText {
    /// - Parameter isShown: on a terminal, which would obey control characters; a file keeps them as they are.
    static func line(_ cells: [String], isShown: Bool = false) -> String {
        cells.map { cell(isShown ? VisibleText.of($0) : $0) }.joined(separator: ",") + "\r\n"
    }

    /// A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    static func cell(_ text: String) -> String {
        var text = text
        if let first = text.first, "=+-@\t".contains(first) { text = "'" + text }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
