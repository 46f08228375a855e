import GatewayCore
import JSON

/// Prints the answer to an entry: data to standard output, words to standard error.
struct EntryPrinter {
    let format: OutputFormat
    let connection: String
    /// What was done, for the last word.
    var done = "Created"
    /// Whether an answer means that something is different at the vendor.
    var isChange = true
    var data = Output.data
    var words = Output.words

    /// - Returns: what the command ends with.
    @discardableResult
    func print(_ answer: EntryAnswer) -> ExitStatus {
        let lost = deliver(text(answer))
        if answer.isProblem {
            words.write(ProblemText(problem: answer.body, style: words.style, width: words.width).text)
            if let steps = answer.body["trace"]?.array { words.write(TraceText(style: words.style).text(steps)) }
            tellReplay(answer)
            if let lost { words.line(Output.unwritable(lost)) }
            // What went wrong first is what a script must hear.
            return answer.exit
        }
        let isPlan = answer.body["plan"] != nil
        // These hold the entry alone.
        if format == .csv || format == .jsonl {
            words.write(ReportText.lossText(answer.body["mapping"], style: words.style, width: words.width))
        }
        if let lost { return end(lost, isChange && !isPlan ? "\(done)\(id(answer)) at \(connection)" : nil) }
        if isPlan {
            words.line(words.style.faint("Nothing was sent: this is the request as it would be."))
            if ReportText.isLossy(answer.body["mapping"]) {
                words.line(words.style.caution("Something would be rounded, dropped or contradictory: see the report."))
            }
        } else {
            words.line(words.style.good(done) + "\(id(answer)) at \(connection).")
            tellReplay(answer)
        }
        return answer.exit
    }

    /// What was done before looks like what is done now.
    private func tellReplay(_ answer: EntryAnswer) {
        guard answer.isReplay else { return }
        words.line(
            words.style.caution("That was before, under the same idempotency key: nothing was sent now.")
        )
    }

    /// The outcome of each entry: those that were refused to standard error.
    ///
    /// - Returns: what the command ends with.
    func printItems(_ answer: EntryAnswer) -> ExitStatus {
        guard answer.status == 207 else { return print(answer) }
        let items = answer.body["data"]?.array ?? []
        let lost = deliver(text(items, answer))
        for item in items {
            guard let problem = item["problem"].map({ VisibleText.of($0) }) else { continue }
            let id = VisibleText.of(item["id"]?.string ?? "")
            words.line("\(id): \(words.style.bad(problem["code"]?.string ?? "")): \(problem["detail"]?.string ?? "")")
            if problem[Problem.spentKey]?.bool == true {
                words.line("  → Under this key it is not tried again: use another one for it.")
            } else if problem["sent"]?.string == "maybe", let key = problem["idempotency_key"]?.string {
                words.line("  → It may be done. Its key: \(key)")
            }
        }
        tellReplay(answer)
        guard let lost else { return answer.exitOfItems }
        let ids = items.filter { $0["problem"] == nil }.compactMap { $0["id"]?.string }
        guard !ids.isEmpty else {
            words.line(Output.unwritable(lost))
            return answer.exitOfItems
        }
        return end(lost, "\(done) \(VisibleText.of(ids.joined(separator: ", "))) at \(connection)")
    }

    // MARK: - Standard output

    private func deliver(_ text: String) -> FileContent.Failure? {
        do throws(FileContent.Failure) { try data.deliver(text) } catch { return error }
        return nil
    }

    /// Says what is lost with standard output, and what is done all the same.
    private func end(_ lost: FileContent.Failure, _ change: String?) -> ExitStatus {
        words.line("\(Output.unwritable(lost)) What was to be shown is lost.")
        guard let change else { return .fault }
        words.line(words.style.caution("\(change): this is recorded, so do not send it again."))
        return .partly
    }

    private func id(_ answer: EntryAnswer) -> String {
        answer.body["data"]?["id"]?.string.map { " \(VisibleText.of($0))" } ?? ""
    }

    private func text(_ answer: EntryAnswer) -> String {
        if format == .json { return answer.status == 204 ? "" : answer.body.printed(.pretty) + "\n" }
        if answer.isProblem { return "" }
        if format == .table { return table(answer.body) }
        let entries = answer.body["data"].map { [$0] } ?? []
        return EntryListPrinter(format: format, data: data).text(answer.body, entries, isFirst: true)
    }

    private func text(_ items: [JSONValue], _ answer: EntryAnswer) -> String {
        if format == .json { return answer.body.printed(.pretty) + "\n" }
        var text = format == .csv ? CSVText.line(["id", "status", "code"]) : ""
        for item in items {
            let id = item["id"]?.string ?? ""
            if format == .csv {
                let cells = [id, item["status"]?.int64.map(String.init) ?? "", item["problem"]?["code"]?.string ?? ""]
                text += CSVText.line(cells, isShown: data.isTerminal)
            } else if item["problem"] != nil {
                continue
            } else if format == .jsonl {
                // What was deleted is no entry any more.
                text += (item["data"] ?? ["id": .string(id), "deleted": true]).printed(.compact) + "\n"
            } else {
                let state = item["data"]?["approval"]?["state"]?.string ?? "done"
                text += "\(VisibleText.of(id))\t\(VisibleText.of(state))\n"
            }
        }
        return text
    }

    private func table(_ body: JSONValue) -> String {
        var text = ""
        if let plan = body["plan"] {
            text += PlanText.text(plan, style: data.style)
        } else if let entry = body["data"] {
            text += EntryText.text(entry, style: data.style, width: data.width)
        }
        let report = ReportText.text(body["mapping"], style: data.style, width: data.width)
        if !report.isEmpty { text += "\n" + report }
        if let steps = body["trace"]?.array { text += "\n" + TraceText(style: data.style).text(steps) }
        return text
    }
}
