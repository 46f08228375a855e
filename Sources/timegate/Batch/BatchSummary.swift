/// What a person reads at the end of a batch.
struct BatchSummary {
    let run: BatchRun
    let connection: String
    let format: OutputFormat
    /// Whether the same file sent again has the same keys.
    var isRepeatable = false
    /// Where failures were written.
    let failuresFile: String?
    /// Why the end of standard output is missing, where everything else is there.
    var unended: FileContent.Failure?
    let words: Output

    func print() {
        let tally = run.tally
        let style = words.style
        let verb = tally.isPlan ? "would be recorded" : "recorded"
        var line = "\(tally.done) of \(tally.total) \(verb) at \(connection)"
        line = tally.done == tally.total ? style.good(line) : style.caution(line)
        line += style.faint(" in \(run.elapsed)")
        if !tally.reasons.isEmpty { line += "; not: \(tally.reasons)" }
        if tally.total > 0 || run.stop == nil { words.line(line + ".") }
        if tally.total == 0, run.stop == nil, run.firstPlace > 1 {
            words.line(style.caution("Nothing stands at \(run.file.noun) \(run.firstPlace) or behind it."))
        }
        if tally.replayed > 0 {
            words.line("\(tally.replayed) of them an earlier request with the same key had recorded: not sent again.")
        }
        if tally.lossy > 0 { words.line(style.caution(losses)) }
        if tally.replayedFailures > 0 {
            words.line(
                "\(tally.replayedFailures) of those that failed had been refused before: nothing was sent now. "
                    + (failuresFile.map { "In \($0) they have other keys." }
                        ?? "--output-failed writes them down with other keys.")
            )
        }
        if let failuresFile, tally.failed > 0, !isUnwritable { words.line(failures(failuresFile)) }
        printUncertain()
        printUnshown()
        printStop()
        if tally.isPlan {
            words.line(style.faint("Nothing was sent\(isRepeatable ? ", and no key was looked up" : "")."))
        }
    }

    private var isUnwritable: Bool {
        if case .unwritable? = run.stop?.reason { true } else { false }
    }

    /// What was lost can still be seen when the entries are recorded: the plan of the same file says it again.
    private var losses: String {
        let tally = run.tally
        let how =
            switch format {
            case .json, .jsonl: "each outcome's mapping says what"
            case .csv, .table:
                tally.isPlan ? "-o json says what for each" : "--dry-run -o json on the same file says what for each"
            }
        return "\(tally.lossy) of them with a loss (\(tally.lossReasons)): \(how)."
    }

    private func failures(_ file: String) -> String {
        let tally = run.tally
        let written = tally.failed - tally.unreadable
        var text =
            "\(written) of \(tally.failed) that failed stand\(written == 1 ? "s" : "") in \(file), to be sent again"
        if tally.unreadable > 0 { text += "; \(tally.unreadable) could not be read as entries" }
        return text + "."
    }

    private func printUncertain() {
        let places = run.tally.uncertain
        guard !places.isEmpty else { return }
        let noun = run.file.noun
        var text =
            "Not known, or recorded with an answer that could not be read: \(noun)\(places.count == 1 ? "" : "s") "
        text +=
            places.count > 20
            ? "\(places[0]) to \(places[places.count - 1])" : places.map(String.init).joined(separator: ", ")
        text += " (\(places.count)). "
        text +=
            isRepeatable
            ? "Send the file again with the same --batch-key and handling: none is recorded twice. What stays open is settled "
                + "by a running gateway or timegate journal settle, or by a person with timegate journal"
            : "Look at the vendor before you send them again"
        text += failuresFile.map { "; they are not in \($0)." } ?? "."
        words.line(words.style.caution(text))
    }

    private func printUnshown() {
        if let unshown = run.unshown {
            let noun = run.file.noun
            let places = unshown.first == unshown.last ? noun : "\(noun)s \(unshown.first) to"
            let lost = "The outcomes of \(places) \(unshown.last) are not all there."
            words.line("\(Output.unwritable(unshown.failure)) \(lost)")
        } else if let unended {
            words.line("\(Output.unwritable(unended)) Its end is missing.")
        }
    }

    private func printStop() {
        guard let stop = run.stop else { return }
        let noun = run.file.noun
        switch stop.reason {
        case .unreadable(let message):
            words.line(message)
            words.line("Stopped before \(noun) \(stop.place): go on with --from-line \(stop.place).")
        case .unwritable(let message):
            words.line("\(failuresFile ?? "") cannot be written: \(message). What failed is not all in it.")
            words.line("Stopped before \(noun) \(stop.place): go on with --from-line \(stop.place).")
        case .unshown where run.isAllSent:
            words.line(run.tally.isPlan ? "All of it was planned." : "All of it was sent: do not send it again.")
        case .signal, .unshown:
            words.line("Stopped before \(noun) \(stop.place): go on with --from-line \(stop.place).")
        case .refused(let answer):
            printProblem(answer)
            words.line(
                "Stopped before \(noun) \(stop.place), of which nothing was sent: go on with --from-line \(stop.place)."
            )
        case .unknown(let answer, let last):
            printProblem(answer)
            words.line(
                "Stopped: \(noun)s \(stop.place) to \(last) were on their way. "
                    + (isRepeatable
                        ? "Send the file again with the same --batch-key."
                        : "Look which of them the vendor has, then go on with --from-line \(last + 1).")
            )
        }
    }

    private func printProblem(_ answer: EntryAnswer) {
        words.write(ProblemText(problem: answer.body, style: words.style, width: words.width).text)
    }
}
