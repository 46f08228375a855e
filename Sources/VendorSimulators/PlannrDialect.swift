import JSON
import NIOHTTP1

/// Plannr CRM's time entries: `POST /api/v1/time-entry`.
///
/// From the vendor's page: path and method; `trackable_type` one of client, board_task, case, circle, firm, task, while
/// the example sends `Client`: any case is taken; `trackable_uuid`, `name`, `description`, `start_date`, `end_date`,
/// `total_time_in_minutes` ("can be used instead of dates"). The answer is 200 with the entry in the page's member
/// order, `account` (who) and `trackable` expanded, `computed_time_elapsed_in_seconds` computed. The page's example
/// sends a range of 45 minutes together with 200 minutes, so contradicting values are taken.
///
/// From the vendor's other pages: type, uuid and name are required; `start_date` and `end_date` may be bare dates too;
/// `Accept` and `Content-Type` JSON and `X-PLANNR-ACCOUNT-UUID` are required; 401 is `{"message":"Unauthenticated."}`;
/// 429 with `X-Ratelimit-Remaining`.
///
/// Inferred: 422 in Laravel's shape `{message, errors}`, also for null, for members that the page does not have, for an
/// end before the start and for an end alone; 403, 404, 406 and 415 with `{message}`; 400 where the account header is
/// missing; a range wins over minutes; start or end together with minutes gives the other; minutes alone leave both
/// dates null; no end and no minutes is a running entry, from now if there is no start; dates are answered in London's
/// offset, as in the page's examples.
struct PlannrDialect: VendorDialect {
    private enum Operation { case create }

    private static let router = Router<Operation>([(.POST, "/api/v1/time-entry", .create)])
    private static let types: Set<String> = ["client", "board_task", "case", "circle", "firm", "task"]

    struct Entry: Sendable {
        let uuid: String
        let accountUUID: String
        let trackableType: String
        let trackableUUID: String
        let name: String
        let description: String?
        /// Milliseconds since 1970.
        let start: Int64?
        let end: Int64?
        /// Set where the entry has minutes and no dates.
        let minutes: Int64?
        let createdAt: Int64
    }

    private let configuration: VendorSimulatorConfiguration
    private let zone = TimeZoneRules.named("Europe/London") ?? .utc
    private var entries = EntryStore<Entry>()

    init(_ configuration: VendorSimulatorConfiguration) {
        self.configuration = configuration
    }

    mutating func answer(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer {
        switch Self.router.match(request) {
        case .notFound:
            return Self.refusal(404, "The route \(request.path.dropFirst()) could not be found.")
        case .otherMethod(let allowed):
            return notSimulated(request, allowed: allowed)
        case .found(.create, parameters: _):
            switch authenticate(request) {
            case .refused(let answer):
                return answer
            case .passed(let accountUUID):
                guard let root = try? JSONDocument(parsing: request.body).root, root.kind == .object else {
                    return Self.refusal(400, "The request body is not a JSON object.")
                }
                return create(root, accountUUID: accountUUID, now: now)
            }
        }
    }

    func rateLimitAnswer(retryAfterSeconds: Int64, now: Int64) -> SimulatorAnswer {
        var answer = Self.refusal(429, "Too Many Attempts.")
        answer.headers = [("x-ratelimit-remaining", "0")]
        return answer
    }

    private enum Authentication {
        case passed(accountUUID: String)
        case refused(SimulatorAnswer)
    }

    private func authenticate(_ request: SimulatorRequest) -> Authentication {
        let accepted = request.headers[canonicalForm: "accept"]
        guard accepted.contains(where: { $0.lowercased().hasPrefix("application/json") }) else {
            return .refused(Self.refusal(406, "The Accept header must name application/json."))
        }
        guard let token = request.bearerToken, configuration.tokens.contains(token) else {
            return .refused(Self.refusal(401, "Unauthenticated."))
        }
        guard let account = request.single("x-plannr-account-uuid"), Identifiers.isUUID(account) else {
            return .refused(Self.refusal(400, "The X-PLANNR-ACCOUNT-UUID header must hold one UUID."))
        }
        guard configuration.accountUUIDs.contains(account.lowercased()), !configuration.readOnlyTokens.contains(token)
        else {
            return .refused(Self.refusal(403, "This action is unauthorized."))
        }
        guard request.isJSON else {
            return .refused(Self.refusal(415, "The Content-Type header must be application/json."))
        }
        return .passed(accountUUID: account.lowercased())
    }

    private mutating func create(_ root: JSONView, accountUUID: String, now: Int64) -> SimulatorAnswer {
        var fields = LaravelFields(root)
        let type = fields.text("trackable_type", isRequired: true)
        if let type, !Self.types.contains(type.lowercased()) {
            fields.fail("trackable_type", "is invalid.", "selected ")
        }
        let trackable = fields.text("trackable_uuid", isRequired: true)
        if let trackable, !Identifiers.isUUID(trackable) {
            fields.fail("trackable_uuid", "field must be a valid UUID.")
        } else if let trackable, configuration.missingReferences.contains(trackable) {
            fields.fail("trackable_uuid", "is invalid.", "selected ")
        }
        let name = fields.text("name", isRequired: true)
        let description = fields.text("description")
        let start = fields.instant("start_date", zone: zone)
        let end = fields.instant("end_date", zone: zone)
        let minutes = fields.minutes("total_time_in_minutes")
        fields.refuseOthers()
        if let start, let end, end < start {
            fields.fail("end_date", "field must be a date after or equal to start date.")
        }
        if root["end_date"] != nil, root["start_date"] == nil, root["total_time_in_minutes"] == nil {
            fields.fail("start_date", "field is required when end date is present.")
        }
        guard fields.errors.isEmpty, let type, let trackable, let name else {
            return Self.validationRefusal(fields.errors)
        }

        let length = minutes.map { $0 * 60_000 }
        let range: (start: Int64?, end: Int64?) =
            switch (start, end, length) {
            case (let start?, let end?, _): (start, end)
            case (let start?, nil, let length?): (start, start + length)
            case (nil, let end?, let length?): (end - length, end)
            case (nil, nil, _?): (nil, nil)
            case (let start, _, nil): (start ?? now, nil)
            }
        let entry = entries.create { number in
            let uuid = Identifiers.uuid(kind: 0x91a9_0001, number: number + 1)
            let entry = Entry(
                uuid: uuid,
                accountUUID: accountUUID,
                trackableType: type,
                trackableUUID: trackable,
                name: name,
                description: description,
                start: range.start,
                end: range.end,
                minutes: range.start == nil ? minutes : nil,
                createdAt: now
            )
            return (uuid, entry)
        }
        return .json(200, stored: .init(operation: "create", id: entry.uuid)) { write(entry, now: now, to: &$0) }
    }

    private func write(_ entry: Entry, now: Int64, to writer: inout JSONWriter) {
        // Only an entry of minutes alone has no start and is not running.
        let isActive = entry.end == nil && entry.minutes == nil
        let seconds =
            entry.minutes.map { $0 * 60 }
            ?? entry.start.map { ((entry.end ?? now) - $0) / 1000 } ?? 0
        let createdAt = text(entry.createdAt)
        writer.beginObject()
        writer.name("name")
        writer.string(entry.name)
        writer.name("uuid")
        writer.string(entry.uuid)
        writer.name("account")
        writePerson(uuid: entry.accountUUID, type: "client", at: createdAt, to: &writer)
        writer.name("end_date")
        if let end = entry.end { writer.string(text(end)) } else { writer.null() }
        writer.name("is_active")
        writer.bool(isActive)
        writer.name("trackable")
        writePerson(uuid: entry.trackableUUID, type: entry.trackableType.lowercased(), at: createdAt, to: &writer)
        writer.name("created_at")
        writer.string(createdAt)
        writer.name("start_date")
        if let start = entry.start { writer.string(text(start)) } else { writer.null() }
        writer.name("updated_at")
        writer.string(createdAt)
        writer.name("description")
        if let description = entry.description { writer.string(description) } else { writer.null() }
        writer.name("trackable_type")
        writer.string(Self.answered(entry.trackableType))
        writer.name("total_time_in_minutes")
        writer.integer(seconds / 60)
        writer.name("computed_time_elapsed_in_seconds")
        writer.integer(seconds)
        writer.endObject()
    }

    /// The page answers `Client`; how it writes `board_task` is not shown, so that one stays as it was sent.
    private static func answered(_ type: String) -> String {
        type.contains("_") ? type : type.prefix(1).uppercased() + type.dropFirst().lowercased()
    }

    /// The eleven members that the page shows for both `account` and `trackable`.
    private func writePerson(uuid: String, type: String, at time: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("name")
        writer.string("Gareth Thompson")
        writer.name("role")
        writer.string(type)
        writer.name("type")
        writer.string(type)
        writer.name("uuid")
        writer.string(uuid)
        writer.name("email")
        writer.string("gareth@codepotato.co.uk")
        writer.name("last_name")
        writer.string("Thompson")
        writer.name("photo_url")
        writer.string("https://eu.ui-avatars.com/api/?name=Gareth+Thompson")
        writer.name("created_at")
        writer.string(time)
        writer.name("first_name")
        writer.string("Gareth")
        writer.name("updated_at")
        writer.string(time)
        writer.name("external_references")
        writer.string("App\\Http\\Resources\\ExternalReferenceResource")
        writer.endObject()
    }

    private func text(_ epochMilliseconds: Int64) -> String {
        InstantFormat.withOffset(epochMilliseconds, offset: zone.offset(at: epochMilliseconds / 1000))
    }

    private static func refusal(_ status: Int, _ message: String) -> SimulatorAnswer {
        .json(status) { writer in
            writer.beginObject()
            writer.name("message")
            writer.string(message)
            writer.endObject()
        }
    }

    /// Laravel's summary: the first message, and how many more there are.
    private static func validationRefusal(_ errors: [(field: String, message: String)]) -> SimulatorAnswer {
        let more = errors.count - 1
        let summary = errors[0].message + (more > 0 ? " (and \(more) more error\(more == 1 ? "" : "s"))" : "")
        return .json(422) { writer in
            writer.beginObject()
            writer.name("message")
            writer.string(summary)
            writer.name("errors")
            FieldMessages.write(errors, to: &writer)
            writer.endObject()
        }
    }
}

/// The members of a Plannr body, checked one by one, with Laravel's messages.
private struct LaravelFields {
    private let root: JSONView
    private var known: Set<String> = []
    private(set) var errors: [(field: String, message: String)] = []

    init(_ root: JSONView) { self.root = root }

    /// Adds "The [prefix]field name message".
    mutating func fail(_ field: String, _ message: String, _ prefix: String = "") {
        let words = String(field.map { $0 == "_" ? " " : $0 })
        errors.append((field, "The \(prefix)\(words) \(message)"))
    }

    private mutating func member(_ name: String) -> JSONView? {
        known.insert(name)
        return root[name]
    }

    mutating func text(_ name: String, isRequired: Bool = false) -> String? {
        guard let view = member(name) else {
            if isRequired { fail(name, "field is required.") }
            return nil
        }
        guard let text = view.string else {
            fail(name, isRequired && view.isNull ? "field is required." : "field must be a string.")
            return nil
        }
        if isRequired, text.allSatisfy(\.isWhitespace) {
            fail(name, "field is required.")
            return nil
        }
        return text
    }

    /// An RFC 3339 date and time with an offset, or a bare date, in milliseconds since 1970.
    mutating func instant(_ name: String, zone: TimeZoneRules) -> Int64? {
        guard let view = member(name) else { return nil }
        if let text = view.string {
            if let instant = DateTimeText(text)?.epochMilliseconds { return instant }
            if let date = CivilDate(text),
                let midnight = zone.instants(forLocal: Int64(date.daysSinceEpoch) * 86_400).first
            {
                return midnight * 1000
            }
        }
        fail(name, "field must be a valid date.")
        return nil
    }

    mutating func minutes(_ name: String) -> Int64? {
        guard let view = member(name) else { return nil }
        guard let minutes = view.int64 else {
            fail(name, "field must be an integer.")
            return nil
        }
        guard minutes >= 0, minutes < 1 << 31 else {
            fail(name, "field must be at least 0.")
            return nil
        }
        return minutes
    }

    mutating func refuseOthers() {
        for member in root.members where !known.contains(member.key.string) {
            fail(member.key.string, "field is prohibited.")
        }
    }
}
