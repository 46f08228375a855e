import JSON

/// Prints the outcomes of a batch, in the order of its file.
final class BatchPrinter {
    /// More failures than these are counted in a table, not shown.
    static let shownFailures = 50
    static let columns = ["index", "line", "key", "status", "id", "code", "sent", "field", "message"]

    private let format: OutputFormat
    /// `line` or `element`.
    private let noun: String
    private let data = Output.data
    private var isFirst = true
    private var failures = 0

    init(format: OutputFormat, noun: String) {
        self.format = format
        self.noun = noun
    }

    func begin() throws(FileContent.Failure) {
        switch format {
        case .json: try data.deliver("{\"data\": [")
        case .csv: try data.deliver(CSVText.line(Self.columns, isShown: data.isTerminal))
        case .table, .jsonl: break
        }
    }

    func print(_ outcomes: [BatchOutcome]) throws(FileContent.Failure) {
        // One write for all: a batch may have a hundred thousand.
        var text = ""
        for outcome in outcomes {
            switch format {
            case .json: text += (isFirst ? "\n" : ",\n") + JSONValue.object(outcome.item).printed(.compact)
            case .jsonl: text += JSONValue.object(outcome.item).printed(.compact) + "\n"
            case .csv: text += CSVText.line(Self.columns.map { Self.cell($0, outcome) }, isShown: data.isTerminal)
            case .table: text += failure(outcome)
            }
            isFirst = false
        }
        try data.deliver(text)
    }

    func end() throws(FileContent.Failure) {
        if format == .json { try data.deliver("\n]}\n") }
        if format == .table, failures > Self.shownFailures {
            try data.deliver("… and \(failures - Self.shownFailures) more: -o jsonl prints every outcome.\n")
        }
    }

    private func failure(_ outcome: BatchOutcome) -> String {
        guard let problem = outcome.problem else { return "" }
        failures += 1
        guard failures <= Self.shownFailures else { return "" }
        let status = Int(outcome.item["status"]?.int64 ?? 500)
        var answer = EntryAnswer(status: status, body: problem)
        answer.adviseInFlags()
        let key = outcome.item["key"]?.string.map { data.style.faint("  key \(VisibleText.of($0))") } ?? ""
        let earlier = outcome.isReplayed ? data.style.faint("  the answer of an earlier request with this key") : ""
        let text = ProblemText(problem: answer.body, style: data.style, width: data.width).text
        return data.style.strong("\(noun) \(outcome.element.place)") + key + earlier + ": " + text
    }

    static func cell(_ column: String, _ outcome: BatchOutcome) -> String {
        let problem = outcome.problem
        let error = problem?["errors"]?.array?.first
        return switch column {
        case "index", "line", "status": outcome.item[column]?.int64.map(String.init) ?? ""
        case "key": outcome.item["key"]?.string ?? ""
        case "id": outcome.item["data"]?["id"]?.string ?? ""
        case "code", "sent": problem?[column]?.string ?? ""
        case "field": error?["field"]?.string ?? ""
        default: error?["message"]?.string ?? problem?["detail"]?.string ?? ""
        }
    }
}
