internal import GatewayCore
internal import JSON

/// Keeps a record of each entry of a batch, bounded: a batch may be longer than all that is kept.
///
/// `@unchecked Sendable`: made and used on the event loop that the batch runs on.
final class BatchRecorder: @unchecked Sendable {
    /// Entries that get a record, and entries after those that get one because they were refused or failed.
    static let maximum = 100

    private let api: UnifiedAPI
    private let note: UnifiedAPI.Note
    private var kept = 0
    private var keptFailures = 0
    private var count = 0
    private var failures = 0
    private var parts: [Int] = []

    init(_ api: UnifiedAPI, _ note: UnifiedAPI.Note) {
        self.api = api
        self.note = note
    }

    func begin() -> CallTrace { CallTrace(now: SendTimer.uptime) }

    /// An entry has its outcome.
    func end(_ item: EntryBatch.Item, _ outcome: EntryBatch.Outcome, _ trace: CallTrace) {
        count += 1
        let status = outcome.status
        if status >= 400 { failures += 1 }
        if kept < BatchRecorder.maximum {
            kept += 1
        } else if status >= 400, keptFailures < BatchRecorder.maximum {
            keptFailures += 1
        } else {
            return
        }
        let name = String(outcome.index)
        var body: [UInt8] = []
        if case .success(let document) = item.entry { body = Array(document.root.source) }
        api.keep(
            part: name,
            of: note,
            at: note.connection,
            body: body,
            status,
            EntryBatch.line(outcome, requestID: note.id),
            trace
        )
        parts.append(outcome.index)
    }

    /// The batch has ended: its own record names those of its entries.
    ///
    /// - Parameter answer: `nil` where it was written as it came; how many there were is kept then.
    func end(_ status: Int, _ answer: [UInt8]?) {
        let summary = "{\"entries\":\(count),\"failed\":\(failures)}"
        api.keep(note, status, answer ?? Array(summary.utf8), parts: parts.sorted().map { "\(note.id).\($0)" })
    }
}

extension EntryBatch.Outcome {
    /// As in HTTP.
    var status: Int {
        switch result {
        case .success(.fresh(_, let response)): response.status
        case .success(.replayed(let reply)): reply.status
        case .failure(let problem): problem.status
        }
    }
}
