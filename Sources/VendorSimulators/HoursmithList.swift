/// What a request asks of the list: filters, sort and cursor.
///
/// The cursor holds the sort and the place of the last entry that was given (its sort value and id), so that entries
/// which come or go meanwhile move no other.
struct HoursmithList {
    struct Refusal: Error {
        let message: String
    }

    private static let sorts = ["createdAt", "durationSeconds", "entryDate", "id", "updatedAt"]
    private static let known: Set<String> = [
        "cursor", "limit", "sort", "search", "projectId", "taskId", "userId", "billable", "entryDate", "entryDateFrom",
        "entryDateTo", "createdAtFrom", "createdAtTo", "durationSecondsMin", "durationSecondsMax", "running",
    ]

    private let query: RequestQuery
    private let limit: Int
    private let sort: String
    private let isDescending: Bool
    /// The sort value and the id behind which the page begins.
    private let place: (key: String, id: String)?
    private let billable: Bool?

    init(_ query: RequestQuery?) throws(Refusal) {
        guard let query else { throw Refusal(message: "The query is malformed.") }
        self.query = query
        if let name = query.stranger(known: Self.known) {
            throw Refusal(message: "The query parameter \(name) is not known, or is given twice.")
        }
        guard let limit = query.integer("limit", in: 1...200, default: 50) else {
            throw Refusal(message: "limit must be a whole number from 1 to 200.")
        }
        self.limit = limit
        let text = query["sort"] ?? "-entryDate"
        isDescending = text.hasPrefix("-")
        sort = String(isDescending ? text.dropFirst() : text[...])
        guard Self.sorts.contains(sort) else { throw Refusal(message: "sort cannot be \(text).") }
        for name in ["entryDate", "entryDateFrom", "entryDateTo"] {
            if let text = query[name], CivilDate(text) == nil {
                throw Refusal(message: "\(name) must be a date, YYYY-MM-DD.")
            }
        }
        for name in ["durationSecondsMin", "durationSecondsMax"] {
            if let text = query[name], Int64(text) == nil { throw Refusal(message: "\(name) must be a number.") }
        }
        for name in ["createdAtFrom", "createdAtTo"] {
            if let text = query[name], Self.moment(text, isEnd: false) == nil {
                throw Refusal(message: "\(name) must be a date or a time.")
            }
        }
        if let text = query["search"], text.count > 200 { throw Refusal(message: "search is longer than 200.") }
        switch query["billable"] {
        case nil: billable = nil
        case "true"?, "1"?, "yes"?: billable = true
        case "false"?, "0"?, "no"?: billable = false
        case let text?: throw Refusal(message: "billable cannot be \(text).")
        }
        if let cursor = query["cursor"] {
            let parts = cursor.split(separator: "~", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, parts[0] == text else {
                throw Refusal(message: "The cursor is not valid, or is one of another sort.")
            }
            place = (parts[1], parts[2])
        } else {
            place = nil
        }
    }

    func page(_ entries: [HoursmithEntry], ownUserID: String) -> (entries: [HoursmithEntry], next: String?) {
        let sorted = entries.filter { matches($0, ownUserID) }.sorted { precedes(key($0), $0.id, key($1), $1.id) }
        let rest = place.map { place in
            sorted.drop { !precedes(place.key, place.id, key($0), $0.id) }
        }
        let page = Array((rest ?? sorted[...]).prefix(limit))
        guard let last = page.last, (rest ?? sorted[...]).count > page.count else { return (page, nil) }
        return (page, "\(isDescending ? "-" : "")\(sort)~\(key(last))~\(last.id)")
    }

    private func precedes(_ a: String, _ idA: String, _ b: String, _ idB: String) -> Bool {
        let isBefore = a == b ? idA < idB : a < b
        let isSame = a == b && idA == idB
        return isDescending ? !isBefore && !isSame : isBefore
    }

    /// A text that sorts as the value does.
    private func key(_ entry: HoursmithEntry) -> String {
        switch sort {
        case "createdAt": String(1_000_000_000_000_000 + entry.createdAt)
        case "updatedAt": String(1_000_000_000_000_000 + entry.updatedAt)
        case "durationSeconds": String(1_000_000_000_000 + entry.durationSeconds)
        case "id": entry.id
        default: entry.entryDate
        }
    }

    private func matches(_ entry: HoursmithEntry, _ ownUserID: String) -> Bool {
        if let id = query["projectId"], id != entry.projectID { return false }
        if let id = query["taskId"], id != entry.taskID { return false }
        if let id = query["userId"], id != ownUserID { return false }
        if let billable, billable != entry.isBillable { return false }
        if let date = query["entryDate"], date != entry.entryDate { return false }
        if let date = query["entryDateFrom"], entry.entryDate < date { return false }
        if let date = query["entryDateTo"], entry.entryDate > date { return false }
        if let text = query["createdAtFrom"], let from = Self.moment(text, isEnd: false), entry.createdAt < from {
            return false
        }
        if let text = query["createdAtTo"], let to = Self.moment(text, isEnd: true), entry.createdAt > to {
            return false
        }
        if let text = query["durationSecondsMin"], let least = Int64(text), entry.durationSeconds < least {
            return false
        }
        if let text = query["durationSecondsMax"], let most = Int64(text), entry.durationSeconds > most { return false }
        if let text = query["search"], entry.note?.lowercased().contains(text.lowercased()) != true { return false }
        if let text = query["running"], text == "true" { return false }
        return true
    }

    /// Milliseconds since 1970; a date as an upper bound includes the whole day.
    private static func moment(_ text: String, isEnd: Bool) -> Int64? {
        if let time = DateTimeText(text)?.epochMilliseconds { return time }
        guard let start = DateTimeText("\(text)T00:00:00Z")?.epochMilliseconds else { return nil }
        return isEnd ? start + 86_399_999 : start
    }
}
