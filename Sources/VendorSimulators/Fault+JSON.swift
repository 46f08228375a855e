import JSON

/// Why the body of `POST /_faults` was refused.
struct FaultFormatError: Error {
    let message: String
}

extension Fault {
    private static let common = ["kind", "when", "count", "forever", "skip"]

    /// Reads one fault, such as `{"kind":"latency","milliseconds":200,"count":3}`.
    ///
    /// Members of every kind: `when` (`before_commit`, `after_commit`), `count` (default 1) or `forever`, `skip`.
    /// Of one kind: `milliseconds` (latency); `status`, `body` (text, or any JSON value), `content_type` (status);
    /// `retry_after_seconds`, `retry_after` = `seconds`, `date` or `none` (rate_limited); `reset`
    /// (close_before_answer); `at` = `header` or `body` (cut_answer); `bytes` (huge_answer); `body`, `content_type`
    /// (not_json).
    init(json: JSONView) throws(FaultFormatError) {
        guard json.kind == .object else { throw FaultFormatError(message: "A fault is a JSON object with a kind.") }
        let kind = try Self.kind(json)
        let moment: Moment? = try Self.choice("when", in: json)
        var count: Int? = try Self.integer("count", in: json, 1...1_000_000_000) ?? 1
        if let forever = json["forever"] {
            guard let isForever = forever.bool, json["count"] == nil else {
                throw FaultFormatError(message: "forever is true or false, and excludes count.")
            }
            if isForever { count = nil }
        }
        let skip = try Self.integer("skip", in: json, 0...1_000_000_000) ?? 0
        self.init(kind, moment: moment, count: count, skip: skip)
    }

    private static func kind(_ json: JSONView) throws(FaultFormatError) -> Kind {
        switch json["kind"]?.string {
        case "latency":
            try allow(["milliseconds"], in: json)
            guard let milliseconds = try integer("milliseconds", in: json, 0...3_600_000) else {
                throw FaultFormatError(message: "latency needs milliseconds.")
            }
            return .latency(milliseconds: Int64(milliseconds))
        case "status":
            try allow(["status", "body", "content_type"], in: json)
            guard let status = try integer("status", in: json, 200...599) else {
                throw FaultFormatError(message: "status needs status, 200 to 599.")
            }
            let body = json["body"]
            let contentType = try text("content_type", in: json)
            return .status(
                status,
                contentType: contentType ?? (body?.string == nil ? "application/json" : "text/plain"),
                body: body.map { $0.string ?? $0.value.serialized() } ?? ""
            )
        case "rate_limited":
            try allow(["retry_after_seconds", "retry_after"], in: json)
            let seconds = try integer("retry_after_seconds", in: json, 0...86_400) ?? 1
            return .rateLimited(
                retryAfterSeconds: Int64(seconds),
                form: try choice("retry_after", in: json) ?? .seconds
            )
        case "close_before_answer":
            try allow(["reset"], in: json)
            guard let reset = json["reset"] else { return .closeBeforeAnswer(reset: false) }
            guard let isReset = reset.bool else { throw FaultFormatError(message: "reset is true or false.") }
            return .closeBeforeAnswer(reset: isReset)
        case "cut_answer":
            try allow(["at"], in: json)
            return .cutAnswer(try choice("at", in: json) ?? .body)
        case "hang":
            try allow([], in: json)
            return .hang
        case "huge_answer":
            try allow(["bytes"], in: json)
            return .hugeAnswer(bytes: try integer("bytes", in: json, 16...(1 << 30)) ?? 8 << 20)
        case "not_json":
            try allow(["body", "content_type"], in: json)
            return .notJSON(
                contentType: try text("content_type", in: json) ?? "text/html; charset=utf-8",
                body: try text("body", in: json) ?? "<html><body><h1>Bad Gateway</h1></body></html>"
            )
        case "ignored_key":
            try allow([], in: json)
            return .ignoredKey
        default:
            throw FaultFormatError(
                message: "kind is latency, status, rate_limited, close_before_answer, cut_answer, hang, huge_answer, "
                    + "not_json or ignored_key."
            )
        }
    }

    private static func allow(_ names: [String], in json: JSONView) throws(FaultFormatError) {
        for member in json.members where !names.contains(member.key.string) && !common.contains(member.key.string) {
            throw FaultFormatError(
                message: "\(member.key.string) is not a member of this kind; it takes "
                    + (common + names).joined(separator: ", ") + "."
            )
        }
    }

    private static func integer(
        _ name: String,
        in json: JSONView,
        _ range: ClosedRange<Int>
    ) throws(FaultFormatError) -> Int? {
        guard let view = json[name] else { return nil }
        guard let value = view.int64, range.contains(Int(value)) else {
            throw FaultFormatError(
                message: "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return Int(value)
    }

    private static func text(_ name: String, in json: JSONView) throws(FaultFormatError) -> String? {
        guard let view = json[name] else { return nil }
        // Control characters in a content type would break out of its header.
        guard let value = view.string, name == "body" || value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw FaultFormatError(message: "\(name) is a string of printable characters.")
        }
        return value
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        in json: JSONView
    ) throws(FaultFormatError) -> Choice? where Choice.RawValue == String {
        guard let view = json[name] else { return nil }
        guard let text = view.string, let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw FaultFormatError(message: "\(name) is one of \(names).")
        }
        return choice
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("kind")
        writer.string(kind.name)
        writer.name("when")
        writer.string(moment.rawValue)
        if let count {
            writer.name("count")
            writer.integer(Int64(count))
        } else {
            writer.name("forever")
            writer.bool(true)
        }
        writer.name("skip")
        writer.integer(Int64(skip))
        writer.endObject()
    }
}
