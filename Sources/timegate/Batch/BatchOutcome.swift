import GatewayCore
import JSON

/// What became of one element.
struct BatchOutcome {
    enum Kind {
        case done
        /// Nothing was recorded: it can be corrected and sent again.
        case failed
        /// It may have been recorded, or was, and its answer could not be read: it must not be sent again unseen.
        case uncertain
    }

    let element: BatchElement
    let kind: Kind
    let exit: ExitStatus
    /// As the API gives it, with the index in the whole file, and the line.
    let item: JSONObject

    /// - Parameter answer: `{index, key?, status, data, mapping?}` or `{index, key?, status, problem}`.
    init(_ element: BatchElement, answer: JSONValue, isLines: Bool) {
        self.element = element
        var item: JSONObject = ["index": .integer(Int64(element.index))]
        if isLines { item["line"] = .integer(Int64(element.place)) }
        for member in answer.object ?? [:] where member.key != "index" { item[member.key] = member.value }
        self.item = item
        let status = Int(answer["status"]?.int64 ?? 500)
        let one = EntryAnswer(status: status, body: status >= 400 ? answer["problem"] ?? .null : answer)
        exit = one.exit
        let isOpen = exit == .partly || Self.isOfAnother(answer)
        kind = !Self.isWhole(answer) || isOpen ? .uncertain : status < 400 ? .done : .failed
    }

    /// Whether another request has the entry's key. Most likely it was for the same entry, which may be recorded.
    private static func isOfAnother(_ answer: JSONValue) -> Bool {
        answer["problem"]?["code"]?.string == ProblemCode.idempotencyKeyReused.rawValue
    }

    /// Whether it says what became of the element; else nobody knows.
    private static func isWhole(_ answer: JSONValue) -> Bool {
        guard let status = answer["status"]?.int64 else { return false }
        if status >= 400 { return answer["problem"]?["code"]?.string != nil }
        return answer["data"]?.object != nil || answer["plan"]?.object != nil
    }

    /// An element that was not sent.
    init(_ element: BatchElement, refused problem: Problem, isLines: Bool) {
        let body = EntryAnswer(problem).body
        self.init(element, answer: ["status": .integer(Int64(problem.status)), "problem": body], isLines: isLines)
    }

    var problem: JSONValue? { item["problem"] }
    /// Whether this was answered to an earlier request with the same key, so that nothing was sent.
    var isReplayed: Bool { item["replayed"] == true }

    /// The element as it can be sent again; `nil` where it is none.
    var again: JSONValue? { element.again(isSpent: problem?[Problem.spentKey] == true) }
    var code: String? { problem.map { $0["code"]?.string ?? "unknown" } }
}
