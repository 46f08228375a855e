internal import GatewayCore

/// The query of `/v1/outcomes`.
enum OutcomeQuery {
    static let maximumLimit = 200

    /// The states by their names; `unknown` is everything that is not settled.
    static func states(_ name: String) -> Set<WriteState>? {
        if name == "unknown" { return Set(WriteState.allCases.filter(\.isUnsettled)) }
        return WriteState(rawValue: name).map { [$0] }
    }

    static let names = ["unknown"] + WriteState.allCases.filter { $0 != .claimed && $0 != .unknown }.map(\.rawValue)

    static func read(_ text: String?) throws(Problem) -> JournalQuery {
        var query = JournalQuery(limit: 50)
        var seen: Set<String> = []
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentDecoding.text(parts[0]),
                let value = PercentDecoding.text(parts.dropFirst().first ?? "")
            else { throw Problem(.malformedRequest, "A percent escape in the query is malformed.") }
            guard seen.insert(name).inserted else {
                throw Problem(.unknownParameter, "The query parameter \"\(name)\" is given more than once.")
            }
            switch name {
            case "state":
                guard let states = states(value) else {
                    throw Problem(
                        .unknownParameter,
                        "state is \"\(value)\"; it can be \(names.joined(separator: ", "))."
                            + Suggestion.sentence(for: value, among: names)
                    )
                }
                query.states = states
            case "connection": query.connection = value
            case "limit":
                guard let limit = Int(value), (1...maximumLimit).contains(limit) else {
                    throw Problem(.unknownParameter, "limit is \"\(value)\"; it must be 1 to \(maximumLimit).")
                }
                query.limit = limit
            case "cursor":
                guard let row = Int64(value), row >= 0 else {
                    throw Problem(.cursorInvalid, "The cursor \"\(value)\" is not one of this list.")
                }
                query.after = row
            default:
                let known = ["state", "connection", "limit", "cursor"]
                throw Problem(
                    .unknownParameter,
                    "There is no query parameter \"\(name)\"; there are \(known.joined(separator: ", "))."
                        + Suggestion.sentence(for: name, among: known)
                )
            }
        }
        return query
    }
}
