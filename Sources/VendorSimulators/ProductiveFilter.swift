/// One `filter[name]` or `filter[name][operator]` of a list of Productive time entries.
struct ProductiveFilter: Sendable {
    /// What the page says of a filter's value.
    private enum Kind {
        case date, array, integer, boolean, text
    }

    /// The filters of the page. Of what the simulator does not hold (a company, a deal), a filter finds nothing.
    private static let kinds: [String: Kind] = [
        "after": .date, "approved_at": .date, "approver_id": .array, "autotracked": .boolean, "before": .date,
        "billing_type_id": .integer, "booking_id": .array, "budget_id": .array, "company_id": .array,
        "creator_id": .array, "date": .date, "deal_id": .array, "id": .array, "invoicing_status": .integer,
        "invoice_attribution_id": .array, "invoice_id": .array, "invoiced": .boolean, "jira_issue_id": .text,
        "jira_issue_status": .text, "jira_issue_summary": .text, "jira_worklog_id": .text, "last_activity_at": .date,
        "last_actor_id": .array, "person_id": .array, "project_id": .array, "responsible_id": .array,
        "service_id": .array, "started_at": .date, "status": .integer, "task_id": .array, "time": .integer,
        "track_method_id": .array, "updated_at": .date,
    ]
    private static let operators = ["eq", "not_eq", "contains", "not_contain", "gt", "gt_eq", "lt", "lt_eq"]

    /// Why a filter is refused.
    enum Refusal: Error {
        case unsupported(parameter: String)
        case value(String, filter: String, type: String)
    }

    private let name: String
    private let operation: String
    private let values: [String]

    /// - Parameter parameter: `filter[person_id]`, `filter[time][gt]`, `filter[person_id][]`.
    static func read(_ parameter: String, _ value: String) throws(Refusal) -> ProductiveFilter {
        let parts = parameter.dropFirst("filter".count).split(separator: "]", omittingEmptySubsequences: false)
            .dropLast()
        let words = parts.map { String($0.drop { $0 == "[" }) }
        guard parameter.hasSuffix("]"), (1...2).contains(words.count), let kind = kinds[words[0]] else {
            throw .unsupported(parameter: parameter)
        }
        let operation = words.count == 2 && !words[1].isEmpty ? words[1] : "eq"
        guard operators.contains(operation) else { throw .unsupported(parameter: parameter) }
        let values = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for value in values {
            switch kind {
            case .date where CivilDate(value) == nil && DateTimeText(value) == nil:
                throw .value(value, filter: words[0], type: "Date")
            case .integer where Int64(value) == nil:
                throw .value(value, filter: words[0], type: "Integer")
            case .boolean where !["true", "false"].contains(value):
                throw .value(value, filter: words[0], type: "Boolean")
            default: break
            }
        }
        return ProductiveFilter(name: words[0], operation: operation, values: values)
    }

    func matches(_ entry: ProductiveEntry) -> Bool {
        switch name {
        // Both include the day: the page does not say.
        case "after": return entry.draft.date >= String(values[0].prefix(10))
        case "before": return entry.draft.date <= String(values[0].prefix(10))
        case "date": return matches(text: entry.draft.date)
        case "approved_at": return matches(instant: entry.approvedAt)
        case "updated_at": return matches(instant: entry.updatedAt)
        case "last_activity_at": return matches(instant: entry.createdAt)
        case "started_at": return matches(instant: entry.draft.startedAt)
        case "person_id": return matches(text: entry.draft.personID)
        case "service_id": return matches(text: entry.draft.serviceID)
        case "task_id": return matches(text: entry.draft.taskID)
        case "creator_id", "last_actor_id": return matches(text: ProductiveEntry.actorID)
        case "approver_id": return matches(text: entry.related("approver")?.id)
        case "id": return matches(text: entry.id)
        case "track_method_id": return matches(text: "1")
        case "status": return matches(number: entry.approval.rawValue)
        case "invoicing_status": return matches(number: 1)
        case "time": return matches(number: entry.draft.time)
        case "invoiced", "autotracked": return matches(text: "false")
        default: return matches(text: entry.draft.jira[name])
        }
    }

    private func matches(text: String?) -> Bool {
        switch operation {
        case "eq": text.map(values.contains) ?? false
        case "not_eq": !(text.map(values.contains) ?? false)
        case "contains": text?.contains(values[0]) ?? false
        case "not_contain": !(text?.contains(values[0]) ?? false)
        default: text.map { compare($0, values[0]) } ?? false
        }
    }

    private func matches(number: Int64) -> Bool {
        let wanted = values.compactMap { Int64($0) }
        switch operation {
        case "eq", "contains": return wanted.contains(number)
        case "not_eq", "not_contain": return !wanted.contains(number)
        default: return compare(number, wanted[0])
        }
    }

    /// A date stands for its first moment in UTC, and for the whole day where it must be equal.
    private func matches(instant: Int64?) -> Bool {
        guard let instant else { return operation == "not_eq" }
        let day: Int64 = 86_400_000
        func start(_ text: String) -> Int64? {
            DateTimeText(text)?.epochMilliseconds ?? DateTimeText("\(text)T00:00:00Z")?.epochMilliseconds
        }
        guard let wanted = start(values[0]) else { return false }
        let isDay = values[0].utf8.count == 10
        let isEqual = isDay ? (wanted..<wanted + day).contains(instant) : instant == wanted
        switch operation {
        case "eq", "contains": return isEqual
        case "not_eq", "not_contain": return !isEqual
        default: return compare(instant, wanted)
        }
    }

    private func compare<Value: Comparable>(_ a: Value, _ b: Value) -> Bool {
        switch operation {
        case "gt": a > b
        case "gt_eq": a >= b
        case "lt": a < b
        default: a <= b
        }
    }
}
