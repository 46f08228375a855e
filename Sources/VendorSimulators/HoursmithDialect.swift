import JSON
import NIOHTTP1

/// Hoursmith's time entries: `POST /api/v1/time-entries`.
///
/// From the vendor's page: Bearer token of the shape `hsk_<env>_<prefix12>_<secret32>`; header `Idempotency-Key`, a
/// UUID or ULID of the caller, replayed for 24 hours; `projectId` and `entryDate`; exactly one of `durationSeconds`
/// (integer) and `duration` (`1h30m`, `1:30`, `90m`, `1.5h`), and if both are sent, the seconds win; the answer
/// `{"data":{…}}` with its fifteen members; errors `{"error":{code,message,fields,requiredPlan,feature}}`.
///
/// From the vendor's other pages: base path `/api/v1`; a missing key is 422; at most 255 characters; a replay carries
/// `Idempotent-Replayed: true`, the same key with another body is 409; the codes 400 `bad_request`, 401
/// `unauthenticated`, 402 `forbidden_plan`, 403 `forbidden_scope`, 404 `not_found`, 409 `conflict`, 422
/// `validation_error` with `fields` from field to reason, 429 `rate_limited` with `X-RateLimit-*` (reset in unix
/// seconds); `note` and `billable` as create members; ids are opaque (a UUID or `pr_…`).
///
/// Inferred: the success status is 201; `taskId` is taken; null and all other members are refused, also `userId`,
/// `startedAt` and `stoppedAt`, since no page shows them on create; `billable` defaults to true; only successes are
/// replayed, keyed by token and key and compared byte by byte.
struct HoursmithDialect: VendorDialect {
    private enum Operation { case create }

    private static let router = Router<Operation>([(.POST, "/api/v1/time-entries", .create)])
    private static let replayWindow: Int64 = 24 * 3600 * 1000

    struct Entry: Sendable {
        let id: String
        let projectID: String
        let taskID: String?
        let durationSeconds: Int64
        let isBillable: Bool
        let note: String?
        let entryDate: String
        let createdAt: Int64
    }

    private struct ReplayKey: Hashable {
        let token: String
        let key: String
    }

    private struct Replay {
        let requestBody: [UInt8]
        let answer: SimulatorAnswer
        let at: Int64
    }

    private let configuration: VendorSimulatorConfiguration
    private var entries = EntryStore<Entry>()
    private var replays: [ReplayKey: Replay] = [:]

    init(_ configuration: VendorSimulatorConfiguration) {
        self.configuration = configuration
    }

    mutating func answer(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer {
        switch Self.router.match(request) {
        case .notFound:
            return Self.refusal(404, "not_found", "No such resource.")
        case .otherMethod(let allowed):
            return notSimulated(request, allowed: allowed)
        case .found(.create, parameters: _):
            guard let token = request.bearerToken, Self.isToken(token), configuration.tokens.contains(token) else {
                return Self.refusal(401, "unauthenticated", "The access token is missing or not valid.")
            }
            guard !configuration.planLimitedTokens.contains(token) else {
                return Self.refusal(
                    402,
                    "forbidden_plan",
                    "The API is not part of this workspace's plan.",
                    plan: ("studio", "api")
                )
            }
            guard !configuration.readOnlyTokens.contains(token) else {
                return Self.refusal(403, "forbidden_scope", "The access token lacks the scope to write time entries.")
            }
            return replayOrCreate(request, token: token, now: now)
        }
    }

    func rateLimitAnswer(retryAfterSeconds: Int64, now: Int64) -> SimulatorAnswer {
        var answer = Self.refusal(429, "rate_limited", "Too many requests.")
        answer.headers = [
            ("x-ratelimit-limit", "600"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", String(now / 1000 + retryAfterSeconds)),
        ]
        return answer
    }

    /// `hsk_<env>_<12 letters or digits>_<32 letters or digits>`.
    private static func isToken(_ token: String) -> Bool {
        let parts = token.split(separator: "_", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "hsk" && !parts[1].isEmpty && parts[2].utf8.count == 12
            && parts[3].utf8.count == 32
            && parts.allSatisfy { $0.utf8.allSatisfy(Identifiers.isAlphanumeric) }
    }

    private mutating func replayOrCreate(_ request: SimulatorRequest, token: String, now: Int64) -> SimulatorAnswer {
        guard let key = request.single("idempotency-key"), Identifiers.isUUID(key) || Identifiers.isULID(key) else {
            return Self.refusal(
                422,
                "validation_error",
                "The Idempotency-Key header is required.",
                fields: [("Idempotency-Key", "Required: a UUID or ULID")]
            )
        }
        let replayKey = ReplayKey(token: token, key: key)
        if let replay = replays[replayKey], now - replay.at < Self.replayWindow {
            guard replay.requestBody == request.body else {
                return Self.refusal(409, "conflict", "This Idempotency-Key was used with another request body.")
            }
            var answer = replay.answer
            answer.stored = nil
            answer.headers.append(("idempotent-replayed", "true"))
            return answer
        }
        guard request.isJSON, let root = try? JSONDocument(parsing: request.body).root, root.kind == .object else {
            return Self.refusal(400, "bad_request", "The body must be a JSON object, sent as application/json.")
        }
        let answer = create(root, now: now)
        if answer.status == 201 {
            replays[replayKey] = Replay(requestBody: request.body, answer: answer, at: now)
        }
        return answer
    }

    private mutating func create(_ root: JSONView, now: Int64) -> SimulatorAnswer {
        var fields = HoursmithFields(root)
        let projectID = fields.id("projectId", isRequired: true)
        let taskID = fields.id("taskId")
        let entryDate = fields.date("entryDate")
        let durationSeconds = fields.duration()
        let note = fields.text("note")
        let isBillable = fields.flag("billable")
        fields.refuseOthers()
        guard fields.errors.isEmpty, let projectID, let entryDate, let durationSeconds else {
            return Self.refusal(422, "validation_error", "The request body is not valid.", fields: fields.errors)
        }
        for (id, kind) in [(projectID, "project"), (taskID, "task")] {
            guard let id, configuration.missingReferences.contains(id) else { continue }
            return Self.refusal(404, "not_found", "The \(kind) does not exist or is not visible to you.")
        }
        let entry = entries.create { number in
            let id = Identifiers.uuid(kind: 0x8075_0001, number: number + 1)
            let entry = Entry(
                id: id,
                projectID: projectID,
                taskID: taskID,
                durationSeconds: durationSeconds,
                isBillable: isBillable ?? true,
                note: note,
                entryDate: entryDate,
                createdAt: now
            )
            return (id, entry)
        }
        return .json(201, stored: .init(operation: "create", id: entry.id)) { write(entry, to: &$0) }
    }

    private func write(_ entry: Entry, to writer: inout JSONWriter) {
        let createdAt = InstantFormat.zulu(entry.createdAt)
        writer.beginObject()
        writer.name("data")
        writer.beginObject()
        writer.name("id")
        writer.string(entry.id)
        writer.name("orgId")
        writer.string("25b2c2d5-a7fc-47d0-89e4-8709a1560bfa")
        writer.name("userId")
        writer.string(configuration.ownUserID)
        writer.name("projectId")
        writer.string(entry.projectID)
        writer.name("taskId")
        if let taskID = entry.taskID { writer.string(taskID) } else { writer.null() }
        writer.name("invoiceId")
        writer.null()
        writer.name("durationSeconds")
        writer.integer(entry.durationSeconds)
        writer.name("billable")
        writer.bool(entry.isBillable)
        writer.name("note")
        if let note = entry.note { writer.string(note) } else { writer.null() }
        writer.name("entryDate")
        writer.string(entry.entryDate)
        writer.name("startedAt")
        writer.null()
        writer.name("stoppedAt")
        writer.null()
        writer.name("createdAt")
        writer.string(createdAt)
        writer.name("updatedAt")
        writer.string(createdAt)
        writer.name("deletedAt")
        writer.null()
        writer.endObject()
        writer.endObject()
    }

    private static func refusal(
        _ status: Int,
        _ code: String,
        _ message: String,
        fields: [(field: String, message: String)] = [],
        plan: (required: String, feature: String)? = nil
    ) -> SimulatorAnswer {
        .json(status) { writer in
            writer.beginObject()
            writer.name("error")
            writer.beginObject()
            writer.name("code")
            writer.string(code)
            writer.name("message")
            writer.string(message)
            if !fields.isEmpty {
                writer.name("fields")
                writer.beginObject()
                var written: Set<String> = []
                for (field, message) in fields where written.insert(field).inserted {
                    writer.name(field)
                    writer.string(message)
                }
                writer.endObject()
            }
            if let plan {
                writer.name("requiredPlan")
                writer.string(plan.required)
                writer.name("feature")
                writer.string(plan.feature)
            }
            writer.endObject()
            writer.endObject()
        }
    }
}

/// The members of a Hoursmith body, checked one by one.
private struct HoursmithFields {
    private let root: JSONView
    private var known: Set<String> = []
    private(set) var errors: [(field: String, message: String)] = []

    init(_ root: JSONView) { self.root = root }

    private mutating func member(_ name: String) -> JSONView? {
        known.insert(name)
        return root[name]
    }

    private mutating func fail(_ field: String, _ message: String) { errors.append((field, message)) }

    mutating func text(_ name: String, isRequired: Bool = false) -> String? {
        guard let view = member(name) else {
            if isRequired { fail(name, "Required") }
            return nil
        }
        if view.string == nil { fail(name, "Expected string, received \(view.kind)") }
        return view.string
    }

    /// An opaque id: letters, digits, `-` and `_`.
    mutating func id(_ name: String, isRequired: Bool = false) -> String? {
        guard let id = text(name, isRequired: isRequired) else { return nil }
        let isPlausible =
            (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { Identifiers.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
        if !isPlausible { fail(name, "Invalid id") }
        return id
    }

    mutating func date(_ name: String) -> String? {
        guard let text = text(name, isRequired: true) else { return nil }
        if CivilDate(text) == nil { fail(name, "Invalid date, expected YYYY-MM-DD") }
        return text
    }

    mutating func flag(_ name: String) -> Bool? {
        guard let view = member(name) else { return nil }
        if view.bool == nil { fail(name, "Expected boolean, received \(view.kind)") }
        return view.bool
    }

    /// Seconds from `durationSeconds`, else from `duration`; one of them is required.
    mutating func duration() -> Int64? {
        let secondsView = member("durationSeconds")
        let textView = member("duration")
        if let secondsView {
            guard let seconds = secondsView.int64, (0..<1 << 31).contains(seconds) else {
                fail("durationSeconds", "Expected a whole number of seconds")
                return nil
            }
            return seconds
        }
        guard let textView else {
            fail("durationSeconds", "Exactly one of durationSeconds or duration is required")
            return nil
        }
        guard let text = textView.string, let seconds = Self.seconds(text) else {
            fail("duration", "Expected a duration such as 1h30m, 1:30, 90m or 1.5h")
            return nil
        }
        return seconds
    }

    mutating func refuseOthers() {
        for member in root.members where !known.contains(member.key.string) {
            fail(member.key.string, "Unrecognized key")
        }
    }

    /// The four forms of the page: `1h30m`, `1:30` (hours and minutes), `90m` and `1.5h`.
    static func seconds(_ text: String) -> Int64? {
        if text.hasSuffix("h") { return hours(text.dropLast()) }
        if text.hasSuffix("m") {
            let parts = text.dropLast().split(separator: "h", omittingEmptySubsequences: false)
            if parts.count == 1 { return number(parts[0]).map { $0 * 60 } }
            guard parts.count == 2, let hours = number(parts[0]), let minutes = number(parts[1]), minutes < 60 else {
                return nil
            }
            return hours * 3600 + minutes * 60
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 2, let hours = number(parts[0]), let minutes = number(parts[1]),
            minutes < 60
        else { return nil }
        return hours * 3600 + minutes * 60
    }

    /// Whole hours, or hours with a decimal fraction of up to four digits, cut to the second.
    private static func hours(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = number(parts[0]), parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return whole * 3600 }
        guard parts[1].utf8.count <= 4, let fraction = number(parts[1]) else { return nil }
        let scale = (0..<parts[1].utf8.count).reduce(Int64(1)) { scale, _ in scale * 10 }
        return whole * 3600 + fraction * 3600 / scale
    }

    private static func number(_ text: Substring) -> Int64? {
        guard (1...6).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }
}
