import JSON

/// A list, asked for page by page and printed as it comes.
struct EntryListRun {
    /// Without limit and cursor.
    let order: APIOrder
    let limit: Int
    /// Where to begin.
    let cursor: String?
    let followsPages: Bool
    let printer: EntryListPrinter

    func run(_ perform: (APIOrder) async -> EntryAnswer) async throws {
        // Entries that come by on the same terminal say enough.
        let progress = ProgressLine(isWanted: followsPages && !ProgressLine.isOutputTerminal)
        let words = Output.words
        var next = cursor
        var pages = 0
        var count = 0
        var seconds: Int64 = 0
        var unmeasured = 0
        var incomplete: [JSONValue] = []
        var last: JSONObject = [:]
        repeat {
            progress.show("\(pages) \(pages == 1 ? "page" : "pages"), \(count) entries")
            var order = order
            order.query.append(("limit", String(limit)))
            if let next { order.query.append(("cursor", next)) }
            let answer = await perform(order)
            progress.clear()
            if answer.isProblem {
                if pages > 0, printer.isOneDocument {
                    printer.end(["next_cursor": next.map { .string($0) } ?? .null, "problem": answer.body])
                }
                let format: OutputFormat = printer.format == .json && pages == 0 ? .json : .table
                EntryPrinter(format: format, connection: "").print(answer)
                if count > 0 { words.line("The list is not complete: \(count) entries came before this.") }
                throw (count > 0 ? ExitStatus.partly : answer.exit).exit
            }
            let entries = answer.body["data"]?.array ?? []
            next = answer.body["next_cursor"]?.string
            incomplete = answer.body["incomplete"]?.array ?? []
            printer.print(answer.body, entries, isFirst: pages == 0, hasEntries: count > 0)
            pages += 1
            count += entries.count
            seconds += entries.reduce(0) { $0 + ($1["duration_seconds"]?.int64 ?? 0) }
            unmeasured += entries.count {
                $0["duration_seconds"]?.int64 == nil && $0["timer_state"]?.string != "running"
            }
            last = answer.body.object ?? [:]
        } while followsPages && next != nil
        if printer.isOneDocument { printer.end(last) }
        let more = next.map { "; more with --all or --cursor \(VisibleText.of($0))" } ?? ""
        // A length that could not be read is in no sum.
        let length = ClockText.hours(seconds) + (unmeasured == 0 ? "" : " and \(unmeasured) without a length")
        words.line(words.style.faint("\(count) \(count == 1 ? "entry" : "entries"), \(length)\(more)"))
        if let exit = report(incomplete, count, words) { throw exit.exit }
    }

    /// Says which connections of a merged list did not answer. What a page leaves out, the pages after it name too.
    private func report(_ incomplete: [JSONValue], _ count: Int, _ words: Output) -> ExitStatus? {
        for part in incomplete.map({ VisibleText.of($0) }) {
            let name = part["connection"]?.string ?? ""
            let problem = part["problem"]
            let code = words.style.bad(problem?["code"]?.string ?? "")
            words.line("\(words.style.strong(name)) is not in the list: \(code): \(problem?["detail"]?.string ?? "")")
        }
        guard let first = incomplete.first?["problem"] else { return nil }
        if count > 0 { return .partly }
        return EntryAnswer(status: Int(first["status"]?.int64 ?? 502), body: first).exit
    }
}
