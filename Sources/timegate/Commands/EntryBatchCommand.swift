import ArgumentParser
import JSON

struct EntryBatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Create many entries from one file.",
        discussion: """
            The file has one entry in each line (NDJSON), or is a JSON list. An element is an entry, or \
            {"key": …, "entry": {…}}. One that is refused spoils no other. Lines are read as they are sent, so that a \
            file may have any length. Ends with 0 if all are recorded, 8 if some are or may be, else with what was \
            wrong. Ctrl-C, or a terminal that is closed, lets the request under way finish.
            """
    )

    @Argument(help: ArgumentHelp("NDJSON or a JSON list; - reads standard input.", valueName: "file"))
    var file = "-"

    @Option(help: ArgumentHelp("The connection: the same as --connection.", valueName: "name")) var to: String?

    @OptionGroup var options: EntryOptions

    @Flag(help: "Plan every entry, and send nothing.") var dryRun = false

    @Flag(help: "Give each entry that has none a new key. It takes the journal, or a vendor with keys.")
    var withKeys = false

    @Option(
        help: ArgumentHelp(
            "Give each entry that has no key one that is made of this text and the entry: the same file sent again by the "
                + "same caller with the same text records nothing twice, for at least 24 hours.",
            valueName: "text"
        )
    )
    var batchKey: String?

    @Option(help: ArgumentHelp("Go on from this line (of a list: this element), from 1.", valueName: "line"))
    var fromLine = 1

    @Option(
        help: ArgumentHelp(
            "Write the entries that failed, and were surely not recorded, to this file, new or empty.",
            valueName: "file"
        )
    )
    var outputFailed: String?

    func validate() throws {
        if to != nil, options.named != nil { throw ValidationError("Give --to or --connection, not both.") }
        if let to, let fault = ConnectionName.fault(in: to) { throw ValidationError(fault.message) }
        guard to != nil || options.named != nil else { throw ValidationError("Name the connection: --to <name>.") }
        if withKeys, batchKey != nil { throw ValidationError("Give --with-keys or --batch-key, not both.") }
        if let batchKey, batchKey.allSatisfy(\.isWhitespace) { throw ValidationError("--batch-key is empty.") }
        guard fromLine >= 1 else { throw ValidationError("--from-line counts from 1.") }
    }

    func run() async throws {
        BrokenPipes.ignore()
        var options = options
        options.named = to ?? options.named
        let underWay = PlacesUnderWay()
        let isRepeatable = batchKey != nil
        let signal = TerminationSignal(
            takesHangup: true,
            onFirst: { Output.words.line("Stopping after what is under way. Another signal gives that up.") },
            onSecond: {
                guard let words = underWay.lastWords(isRepeatable) else { return .interrupted }
                Output.words.line(words)
                return .partly
            }
        )
        let file = try source { signal.hasCome }
        let failures = try failuresFile(file.lines)
        let printer = BatchPrinter(format: options.output, noun: file.file.noun)
        var order = APIOrder(method: "POST", connection: options.connection, segments: ["batch"])
        order.headers = options.preferences
        if dryRun { order.query.append(("dry_run", "true")) }
        // A gateway answers a batch when all of it is done, and a vendor may take half a minute for each entry.
        order.timeoutMilliseconds = 3_600_000
        let run = try await options.withGateway { perform in
            var run = BatchRun(
                file: file.file,
                firstPlace: fromLine,
                order: order,
                isPlan: dryRun,
                perform: perform,
                isStopped: { signal.hasCome },
                underWay: dryRun ? nil : underWay,
                progress: ProgressLine(),
                take: { outcomes throws(FileContent.Failure) in
                    let failed = outcomes.filter { $0.kind == .failed }.compactMap(\.again)
                    try failures?.write(failed.map { $0.serialized(.compact) + "\n" }.joined())
                },
                show: { outcomes throws(FileContent.Failure) in try printer.print(outcomes) }
            )
            do throws(FileContent.Failure) {
                try printer.begin()
            } catch {
                Output.words.line("\(Output.unwritable(error)) Nothing was sent.")
                throw ExitStatus.fault.exit
            }
            await run.run()
            return run
        }
        // A command before this one in a pipe that failed gives nothing, too.
        if run.tally.total == 0, run.stop == nil, file.file.isLines, fromLine == 1 {
            Output.words.line("There is no entry in it. If that is right, give an empty list: [].")
            throw ExitStatus.refused.exit
        }
        var summary = BatchSummary(
            run: run,
            connection: options.connection,
            format: options.output,
            isRepeatable: batchKey != nil,
            failuresFile: outputFailed,
            words: Output.words
        )
        if run.unshown == nil {
            do throws(FileContent.Failure) { try printer.end() } catch { summary.unended = error }
        }
        summary.print()
        do throws(FileContent.Failure) {
            try failures?.close()
        } catch {
            Output.words.line("\(outputFailed ?? "") cannot be written: \(error.reason). What failed is not all in it.")
            throw ExitStatus.fault.exit
        }
        let exit = run.tally.exit(stop: run.stop?.reason.exit ?? (summary.unended == nil ? nil : .fault))
        guard exit == .done else { throw exit.exit }
    }

    private func source(_ isStopped: @escaping () -> Bool) throws -> (file: BatchFile, lines: LineReader) {
        let name = file == "-" ? "Standard input" : file
        do {
            let lines = try LineReader(path: file, isStopped: isStopped)
            let keys = BatchKeys(batchKey.map { .text($0) } ?? (withKeys ? .new : .none))
            return (try BatchFile(lines, name: name, keys: keys), lines)
        } catch let error as FileContent.Failure {
            Output.words.line("\(name) cannot be read: \(error.reason).")
        } catch let error as BatchFile.Unreadable {
            Output.words.line(error.message)
        }
        throw ExitStatus.refused.exit
    }

    // MARK: - What failed

    private func failuresFile(_ lines: LineReader) throws -> FileWriter? {
        guard let outputFailed else { return nil }
        if lines.isSame(as: outputFailed) {
            throw ValidationError("--output-failed \(outputFailed) is the file that is read.")
        }
        do throws(FileContent.Failure) {
            // Entries are nobody else's business.
            return try FileWriter(takingEmpty: outputFailed, mode: 0o600)
        } catch {
            Output.words.line("\(outputFailed) cannot be written: \(error.reason). Nothing was sent.")
            if error.reason == FileWriter.notEmpty.reason {
                // Most likely what failed in an earlier run, of which there is no other copy.
                Output.words.line("  → Name another file with --output-failed, or move this one away.")
            }
            throw ExitStatus.refused.exit
        }
    }
}
