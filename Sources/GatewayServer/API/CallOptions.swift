internal import GatewayCore

/// What a request says beside its entry: query parameters and headers.
struct CallOptions {
    var handling: Handling
    /// What of `Prefer` was applied.
    var applied = ""
    var isPlan = false
    var include: Call.Include = []
    var idempotencyKey: String?

    static func read(_ request: InboundRequest, connection: Connection) throws(Problem) -> CallOptions {
        var options = CallOptions(handling: connection.handling)
        if let type = request.headers.first("content-type"), !isJSON(type) {
            throw Problem(
                .unsupportedMediaType,
                "The Content-Type is \(String(decoding: type, as: UTF8.self)); entries are application/json."
            )
        }
        if let query = request.query { try options.readQuery(query) }
        if request.headers.contains("prefer") {
            // Several lines are one list (RFC 9110, section 5.3).
            let lines = request.headers.all("prefer").map { String(decoding: $0, as: UTF8.self) }
            (options.handling, options.applied) = try Handling.reading(
                prefer: lines.joined(separator: ","),
                default: connection.handling
            )
        }
        if let key = request.headers.firstString("idempotency-key") {
            guard request.headers.count(of: "idempotency-key") == 1 else {
                throw Problem(.idempotencyKeyInvalid, "The request has more than one Idempotency-Key.")
            }
            options.idempotencyKey = try IdempotencyKey.read(key)
        }
        return options
    }

    private static func isJSON(_ type: ArraySlice<UInt8>) -> Bool {
        let essence = type.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        return String(decoding: essence, as: UTF8.self).lowercased() == "application/json"
    }

    private mutating func readQuery(_ query: String) throws(Problem) {
        var seen: [String] = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentDecoding.text(parts[0]),
                let value = PercentDecoding.text(parts.dropFirst().first ?? "")
            else {
                throw Problem(
                    .malformedRequest,
                    "A percent escape in the query is malformed: each is '%' and two hexadecimal digits of UTF-8."
                )
            }
            // Two values could contradict each other, and one of them decides whether anything is sent.
            if seen.contains(name) {
                throw Problem(.unknownParameter, "The query parameter \"\(name)\" is given more than once.")
            }
            seen.append(name)
            switch name {
            case "dry_run":
                // There are no look-ups yet, so `reads` allows nothing more than `true`.
                guard ["true", "false", "reads"].contains(value) else {
                    throw Problem(.unknownParameter, "dry_run is \"\(value)\"; it must be true, reads or false.")
                }
                isPlan = value != "false"
            case "include":
                for name in value.split(whereSeparator: { $0 == "," }) {
                    switch name {
                    case "money": include.insert(.money)
                    case "raw": include.insert(.raw)
                    default:
                        throw Problem(.unknownParameter, "include is \"\(name)\"; it can be money and raw.")
                    }
                }
            default:
                let known = ["dry_run", "include"]
                throw Problem(
                    .unknownParameter,
                    "There is no query parameter \"\(name)\"; there are \(known.joined(separator: ", "))."
                        + Suggestion.sentence(for: name, among: known)
                )
            }
        }
    }
}
