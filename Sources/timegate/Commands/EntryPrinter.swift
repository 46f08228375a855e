import JSON

/// Prints the answer to an entry: data to standard output, words to standard error.
struct EntryPrinter {
    let format: OutputFormat
    let connection: String
    /// What was done, for the last word.
    var done = "Created"
    var data = Output.data
    var words = Output.words

    func print(_ answer: EntryAnswer) {
        if format == .json, answer.status != 204 { data.line(answer.body.serialized(.pretty)) }
        if answer.isProblem {
            words.write(ProblemText(problem: answer.body, style: words.style, width: words.width).text)
            if let steps = answer.body["trace"]?.array { words.write(TraceText(style: words.style).text(steps)) }
            return
        }
        switch format {
        case .table: printTable(answer.body)
        case .json: break
        case .jsonl, .csv:
            let entries = answer.body["data"].map { [$0] } ?? []
            EntryListPrinter(format: format, data: data).print(answer.body, entries, isFirst: true)
        }
        if answer.body["plan"] != nil {
            words.line(words.style.faint("Nothing was sent: this is the request as it would be."))
            if ReportText.isLossy(answer.body["mapping"]) {
                words.line(words.style.caution("Something would be rounded, dropped or contradictory: see the report."))
            }
        } else {
            let id = answer.body["data"]?["id"]?.string.map { " \($0)" } ?? ""
            words.line(words.style.good(done) + "\(id) at \(connection).")
        }
    }

    /// The outcome of each entry: those that were refused to standard error.
    func printItems(_ answer: EntryAnswer) {
        guard answer.status == 207 else { return print(answer) }
        if format == .json { data.line(answer.body.serialized(.pretty)) }
        if format == .csv { data.write(CSVText.line(["id", "status", "code"])) }
        for item in answer.body["data"]?.array ?? [] {
            let id = item["id"]?.string ?? ""
            if format == .csv {
                let cells = [id, item["status"]?.int64.map(String.init) ?? "", item["problem"]?["code"]?.string ?? ""]
                data.write(CSVText.line(cells))
            }
            if let problem = item["problem"] {
                words.line(
                    "\(id): \(words.style.bad(problem["code"]?.string ?? "")): \(problem["detail"]?.string ?? "")"
                )
            } else if format == .jsonl {
                // What was deleted is no entry any more.
                data.line((item["data"] ?? ["id": .string(id), "deleted": true]).serialized(.compact))
            } else if format == .table {
                data.line("\(id)\t\(item["data"]?["approval"]?["state"]?.string ?? "done")")
            }
        }
    }

    private func printTable(_ body: JSONValue) {
        if let plan = body["plan"] {
            data.write(PlanText.text(plan, style: data.style))
        } else if let entry = body["data"] {
            data.write(EntryText.text(entry, style: data.style, width: data.width))
        }
        let report = ReportText.text(body["mapping"], style: data.style, width: data.width)
        if !report.isEmpty {
            data.line()
            data.write(report)
        }
        if let steps = body["trace"]?.array {
            data.line()
            data.write(TraceText(style: data.style).text(steps))
        }
    }
}
