internal import GatewayCore

/// The parts of a request that say how a call is done, however the request came.
struct CallParameters {
    var query: String?
    var contentType: ArraySlice<UInt8>?
    var contentEncoding: ArraySlice<UInt8>?
    /// The lines of `Prefer`.
    var preferences: [String] = []
    var idempotencyKeys: [String] = []
    var conditions: [String] = []

    init(query: String?) { self.query = query }

    init(_ request: InboundRequest) {
        query = request.query
        let headers = request.headers
        contentType = headers.first("content-type")
        contentEncoding = headers.first("content-encoding")
        if headers.contains("prefer") {
            preferences = headers.all("prefer").map { String(decoding: $0, as: UTF8.self) }
        }
        if headers.contains("idempotency-key") {
            idempotencyKeys = headers.all("idempotency-key").map { String(decoding: $0, as: UTF8.self) }
        }
        if headers.contains("if-match") {
            conditions = headers.all("if-match").map { String(decoding: $0, as: UTF8.self) }
        }
    }
}

/// What a request says beside its entry: query parameters and headers.
struct CallOptions {
    var handling: Handling
    /// What of `Prefer` was applied.
    var applied = ""
    var isPlan = false
    /// Whether the plan may read at the vendor.
    var planReads = false
    /// Whether the plan shows its steps.
    var isTraced = false
    var include: Call.Include = []
    var idempotencyKey: String?
    var ifMatch: String?
    /// Whether the body has one JSON document in each line.
    var isLines = false
    var list = ListQuery()

    static func read(
        _ request: CallParameters,
        _ operation: Operation,
        hasBody: Bool,
        allowsLines: Bool = false,
        connection: Connection
    ) throws(Problem) -> CallOptions {
        var options = CallOptions(handling: connection.handling)
        options.isLines = allowsLines && request.contentType.map(areLines) ?? false
        if hasBody, !options.isLines, let type = request.contentType, !isJSON(type, operation) {
            throw Problem(
                .unsupportedMediaType,
                "The Content-Type is \(String(decoding: type, as: UTF8.self)); entries are application/json."
            )
        }
        if hasBody, let type = request.contentType, let charset = charset(of: type) {
            throw Problem(.unsupportedMediaType, "The Content-Type names the charset \(charset); JSON is UTF-8.")
        }
        if hasBody, let coding = request.contentEncoding, !isEssence("identity", of: coding) {
            throw Problem(
                .unsupportedMediaType,
                "The Content-Encoding is \(String(decoding: coding, as: UTF8.self)); a body is taken as it is only."
            )
        }
        if let query = request.query { try options.readQuery(query, operation) }
        if options.isTraced, !options.isPlan {
            throw Problem(
                .unknownParameter,
                "trace=true is for dry runs; of a call that was made, GET /v1/calls/{X-Request-Id} shows the steps."
            )
        }
        if !request.preferences.isEmpty {
            // Several lines are one list (RFC 9110, section 5.3).
            (options.handling, options.applied) = try Handling.reading(
                prefer: request.preferences.joined(separator: ","),
                default: connection.handling
            )
        }
        if let key = request.idempotencyKeys.first {
            guard request.idempotencyKeys.count == 1 else {
                throw Problem(.idempotencyKeyInvalid, "The request has more than one Idempotency-Key.")
            }
            options.idempotencyKey = try IdempotencyKey.read(key)
        }
        if let condition = request.conditions.first {
            guard request.conditions.count == 1, let tag = tag(condition) else {
                throw Problem(
                    .malformedRequest,
                    "If-Match must be one entity tag in quotes, as the ETag of a GET gave it."
                )
            }
            guard operation != .create, !operation.isRead else {
                throw Problem(.malformedRequest, "If-Match is for changes of an entry that exists.")
            }
            options.ifMatch = tag
        }
        return options
    }

    /// `"abc"` → `abc`. `*` says only that the entry exists, which the vendor says itself.
    private static func tag(_ text: String) -> String? {
        guard text.utf8.count >= 3, text.hasPrefix("\""), text.hasSuffix("\""),
            !text.dropFirst().dropLast().contains("\"")
        else { return nil }
        return String(text.dropFirst().dropLast())
    }

    /// `money,raw`
    static func include(_ value: String) throws(Problem) -> Call.Include {
        var include: Call.Include = []
        for name in value.split(separator: ",") {
            switch name {
            case "money": include.insert(.money)
            case "raw": include.insert(.raw)
            default: throw Problem(.unknownParameter, "include is \"\(name)\"; it can be money and raw.")
            }
        }
        return include
    }

    /// Whether the media type, without its parameters and in any case, is this one.
    private static func isEssence(_ lowercase: StaticString, of type: ArraySlice<UInt8>) -> Bool {
        type.withUnsafeBytes { type in
            let end = type.firstIndex { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: " ") } ?? type.count
            return type.sub(0, end).equalsIgnoringCase(lowercase)
        }
    }

    /// The charset that a media type names, where it is another one than UTF-8 and what that contains.
    private static func charset(of type: ArraySlice<UInt8>) -> String? {
        guard type.contains(UInt8(ascii: ";")) else { return nil }
        for parameter in String(decoding: type, as: UTF8.self).split(separator: ";").dropFirst() {
            let parts = parameter.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\"" } }
            guard parts.count == 2, parts[0].lowercased() == "charset" else { continue }
            return ["utf-8", "utf8", "us-ascii"].contains(parts[1].lowercased()) ? nil : parts[1]
        }
        return nil
    }

    /// Whether the media type is that of one JSON document in each line.
    static func areLines(_ type: ArraySlice<UInt8>) -> Bool { isEssence("application/x-ndjson", of: type) }

    private static func isJSON(_ type: ArraySlice<UInt8>, _ operation: Operation) -> Bool {
        isEssence("application/json", of: type)
            || (operation == .update && isEssence("application/merge-patch+json", of: type))
    }

    private mutating func readQuery(_ query: String, _ operation: Operation) throws(Problem) {
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
            try take(name, value, operation)
        }
    }

    private mutating func take(_ name: String, _ value: String, _ operation: Operation) throws(Problem) {
        switch name {
        case "dry_run" where !operation.isRead:
            guard ["true", "false", "reads"].contains(value) else {
                throw Problem(.unknownParameter, "dry_run is \"\(value)\"; it must be true, reads or false.")
            }
            isPlan = value != "false"
            planReads = value == "reads"
        case "trace" where !operation.isRead:
            guard ["true", "false"].contains(value) else {
                throw Problem(.unknownParameter, "trace is \"\(value)\"; it must be true or false.")
            }
            isTraced = value == "true"
        case "include": include = try CallOptions.include(value)
        case let name where operation == .list: try list.take(name, value)
        default:
            let known = operation.isRead ? ["include"] : ["dry_run", "include", "trace"]
            throw Problem(
                .unknownParameter,
                "There is no query parameter \"\(name)\"; there are \(known.joined(separator: ", "))."
                    + Suggestion.sentence(for: name, among: known)
            )
        }
    }
}
