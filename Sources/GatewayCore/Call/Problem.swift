public import JSON

/// Why a call was not done, as RFC 9457 problem details with what a program needs to decide on a retry.
public struct Problem: Error, Sendable, Equatable {
    /// Who said no.
    public enum Origin: String, Sendable { case caller, gateway, plugin, vendor }

    /// Whether the request may have reached the vendor.
    public enum Sent: String, Sendable { case no, maybe, yes }

    /// Whether trying again makes sense.
    public enum Retry: String, Sendable {
        /// The same request will be refused again.
        case never
        /// Again with the same Idempotency-Key, and only so.
        case sameKey = "same_key"
        /// Again after `retryAfter` seconds, or at once if there is none.
        case after
    }

    /// In one place of its own, so that a function which may throw one keeps room for a reference: a call that waits for
    /// its vendor holds the frames of all functions that it is in.
    private var parts: Shared<Parts>

    private struct Parts: Sendable, Equatable {
        var code: ProblemCode
        var detail: String
        var origin: Origin
        var sent: Sent
        var retry: Retry
        var retryAfter: Int?
        var isLate = false
        var errors: [FieldError]
        var vendor: VendorAnswer?
        var place: ScriptPlace?
        var rule: String?
        var source: String?
        var extra = JSONObject()
    }

    public struct VendorAnswer: Sendable, Equatable {
        public var status: Int
        /// The answer's body: JSON if it was JSON, else its text, at most 8 KiB.
        public var body: JSONValue

        public init(status: Int, body: JSONValue) {
            self.status = status
            self.body = body
        }
    }

    public struct ScriptPlace: Sendable, Equatable {
        /// `plugins/acme/plugin.lua:41`.
        public var place: String
        /// The function that was running: `authorize`.
        public var function: String?
        /// The lines around the place.
        public var excerpt: String?

        public init(place: String, function: String? = nil, excerpt: String? = nil) {
            self.place = place
            self.function = function
            self.excerpt = excerpt
        }
    }

    /// The members that problems have by themselves: none of `extra` takes the place of one.
    public static let members: Set<String> = [
        "type", "title", "status", "detail", "code", "origin", "sent", "retry", "retry_after", "hint", "request_id",
        "rule",
        "source", "place", "function", "excerpt", "errors", "vendor",
    ]

    /// The HTTP status: the code's own, but 504 where an outcome is unknown because time ran out.
    public var status: Int { isLate ? 504 : code.status }

    public init(
        _ code: ProblemCode,
        _ detail: String,
        origin: Origin = .caller,
        sent: Sent = .no,
        retry: Retry = .never,
        retryAfter: Int? = nil,
        errors: [FieldError] = []
    ) {
        parts = Shared(
            Parts(
                code: code,
                detail: detail,
                origin: origin,
                sent: sent,
                retry: retry,
                retryAfter: retryAfter,
                errors: errors.count > Problem.mostFaults ? Array(errors.prefix(Problem.mostFaults)) : errors
            )
        )
    }

    public static func == (left: Problem, right: Problem) -> Bool { left.parts.value == right.parts.value }

    private mutating func change(_ change: (inout Parts) -> Void) { parts = parts.changed(change) }

    /// One problem from the faults of an entry: the code of the only one, or `invalid_entry` for several.
    public init(faults: [FieldError], origin: Origin = .caller) {
        let codes = Set(faults.map(\.code))
        let code = codes.count == 1 ? ProblemCode(rawValue: faults[0].code) ?? .invalidEntry : .invalidEntry
        let detail = faults.count == 1 ? faults[0].message : "\(faults.count) faults: \(faults[0].message); …"
        self.init(code, detail, origin: origin, errors: faults)
    }

    /// An answer tells so many faults: whoever has more of them does not read them one by one.
    static let mostFaults = 100

    /// The body of the answer: `application/problem+json`.
    public func body(requestID: String) -> [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        writer.name("type")
        writer.string("urn:timegate:problem:\(code.rawValue)")
        writer.name("title")
        writer.string(code.title)
        writer.name("status")
        writer.integer(Int64(status))
        writer.name("detail")
        writer.string(detail)
        writer.name("code")
        writer.string(code.rawValue)
        writer.name("origin")
        writer.string(origin.rawValue)
        writer.name("sent")
        writer.string(sent.rawValue)
        writer.name("retry")
        writer.string(retry.rawValue)
        if let retryAfter {
            writer.name("retry_after")
            writer.integer(Int64(retryAfter))
        }
        writer.name("hint")
        writer.string(code.hint)
        writer.name("request_id")
        writer.string(requestID)
        if let rule {
            writer.name("rule")
            writer.string(rule)
        }
        if let source {
            writer.name("source")
            writer.string(source)
        }
        if let place {
            writer.name("place")
            writer.string(place.place)
            if let function = place.function {
                writer.name("function")
                writer.string(function)
            }
            if let excerpt = place.excerpt {
                writer.name("excerpt")
                writer.string(excerpt)
            }
        }
        for member in extra where !Problem.members.contains(member.key) {
            writer.name(member.key)
            writer.value(member.value)
        }
        if !errors.isEmpty {
            writer.name("errors")
            writer.beginArray()
            for error in errors { error.write(to: &writer) }
            writer.endArray()
        }
        if let vendor {
            writer.name("vendor")
            writer.beginObject()
            writer.name("status")
            writer.integer(Int64(vendor.status))
            writer.name("body")
            writer.value(vendor.body)
            writer.endObject()
        }
        writer.endObject()
        return writer.finish()
    }
}

extension Problem {
    public var code: ProblemCode {
        get { parts.value.code }
        set { change { $0.code = newValue } }
    }

    public var detail: String {
        get { parts.value.detail }
        set { change { $0.detail = newValue } }
    }

    public var origin: Origin {
        get { parts.value.origin }
        set { change { $0.origin = newValue } }
    }

    public var sent: Sent {
        get { parts.value.sent }
        set { change { $0.sent = newValue } }
    }

    public var retry: Retry {
        get { parts.value.retry }
        set { change { $0.retry = newValue } }
    }

    /// Seconds.
    public var retryAfter: Int? {
        get { parts.value.retryAfter }
        set { change { $0.retryAfter = newValue } }
    }

    /// Whether the vendor's answer did not come within the time.
    public var isLate: Bool {
        get { parts.value.isLate }
        set { change { $0.isLate = newValue } }
    }

    public var errors: [FieldError] {
        get { parts.value.errors }
        set { change { $0.errors = newValue } }
    }

    /// What the vendor answered, secrets hidden.
    public var vendor: VendorAnswer? {
        get { parts.value.vendor }
        set { change { $0.vendor = newValue } }
    }

    /// Where a script failed.
    public var place: ScriptPlace? {
        get { parts.value.place }
        set { change { $0.place = newValue } }
    }

    /// The rule that a refusal rests on, and where the vendor states it.
    public var rule: String? {
        get { parts.value.rule }
        set { change { $0.rule = newValue } }
    }

    public var source: String? {
        get { parts.value.source }
        set { change { $0.source = newValue } }
    }

    /// Members that only some problems have (`connections`, `operations`, `required_plan`).
    public var extra: JSONObject {
        get { parts.value.extra }
        set { change { $0.extra = newValue } }
    }
}

/// One fault of one field.
public struct FieldError: Sendable, Equatable {
    /// The unified member that the caller sent or left out.
    public var field: String?
    public var vendorField: String?
    /// A code of the catalogue.
    public var code: String
    /// The vendor's own code.
    public var vendorCode: String?
    public var message: String
    public var hint: String?

    public init(
        _ code: ProblemCode,
        _ field: String?,
        _ message: String,
        vendorField: String? = nil,
        vendorCode: String? = nil,
        hint: String? = nil
    ) {
        self.code = code.rawValue
        self.field = field.map { FieldError.shortened($0, to: FieldError.longestField) }
        self.message = FieldError.shortened(message, to: FieldError.longestMessage)
        self.vendorField = vendorField
        self.vendorCode = vendorCode
        self.hint = hint ?? code.hint
    }

    /// Bytes: what a caller has sent, a name or a number of a megabyte, is not said back whole.
    private static let longestField = 200
    private static let longestMessage = 1_000

    private static func shortened(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        // Whole characters only.
        var shown = String(decoding: text.utf8.prefix(limit / 2), as: UTF8.self)
        while shown.unicodeScalars.last == "\u{FFFD}" { shown.unicodeScalars.removeLast() }
        return "\(shown)… (\(text.utf8.count) bytes)"
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if let field {
            writer.name("field")
            writer.string(field)
        }
        if let vendorField {
            writer.name("vendor_field")
            writer.string(vendorField)
        }
        writer.name("code")
        writer.string(code)
        if let vendorCode {
            writer.name("vendor_code")
            writer.string(vendorCode)
        }
        writer.name("message")
        writer.string(message)
        if let hint {
            writer.name("hint")
            writer.string(hint)
        }
        writer.endObject()
    }
}
