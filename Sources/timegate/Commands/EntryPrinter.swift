import JSON

/// Prints the answer to an entry: data to standard output, words to standard error.
struct EntryPrinter {
    let format: OutputFormat
    let connection: String
    var data = Output.data
    var words = Output.words

    func print(_ answer: EntryAnswer) {
        if format == .json { data.line(answer.body.serialized(.pretty)) }
        if answer.isProblem {
            words.write(ProblemText(problem: answer.body, style: words.style, width: words.width).text)
            return
        }
        if format == .table { printTable(answer.body) }
        if answer.body["plan"] != nil {
            words.line(words.style.faint("Nothing was sent: this is the request as it would be."))
            if ReportText.isLossy(answer.body["mapping"]) {
                words.line(words.style.caution("Something would be rounded, dropped or contradictory: see the report."))
            }
        } else {
            let id = answer.body["data"]?["id"]?.string.map { " \($0)" } ?? ""
            words.line(words.style.good("Created") + "\(id) at \(connection).")
        }
    }

    private func printTable(_ body: JSONValue) {
        if let plan = body["plan"] {
            data.write(PlanText.text(plan, style: data.style))
        } else if let entry = body["data"] {
            data.write(EntryText.text(entry, style: data.style, width: data.width))
        }
        let report = ReportText.text(body["mapping"], style: data.style, width: data.width)
        guard !report.isEmpty else { return }
        data.line()
        data.write(report)
    }
}
