import JSON
import NIOHTTP1

/// Sonderplan's time entries: `POST /v2/time-entry`.
///
/// From the vendor's page: path and method; Bearer token; JSON body; required `owner_id` (integer), `name` (string) and
/// `start` (unix integer); optional `owner` (object), `description`, `end` (unix integer), `start_date_time_iso`,
/// `end_date_time_iso` (ISO 8601 strings), `project` and `booking` (arrays of objects, `booking[].resources` too),
/// `billable` and `locked`, typed boolean while the example sends the text `"false"`: both are taken. The answer is 200
/// with `{"success":{"id":…}}`, ids counted from the page's 2384. The page's example holds unix and ISO values of
/// different years, so the two are never compared.
///
/// From the vendor's other pages: the names inside `project` (`id name code description status_id`).
///
/// Inferred, since no error is documented at all: 401, 403, 404, 415 and 422 with
/// `{"error":{"message":…,"errors":{field:[…]}}}`; an empty name, an `end` before `start`, and times outside the years
/// 1970 to 3000 (milliseconds sent for seconds) are refused; so are null and members that the page does not have.
struct SonderplanDialect: VendorDialect {
    private enum Operation { case create }

    private static let router = Router<Operation>([(.POST, "/v2/time-entry", .create)])

    struct Entry: Sendable {
        let id: Int
        let ownerID: Int64
        let name: String
        let description: String?
        let start: Int64
        let end: Int64?
        let projects: [JSONValue]
        let bookings: [JSONValue]
        let isBillable: Bool
        let isLocked: Bool
        let createdAt: Int64
    }

    private let configuration: VendorSimulatorConfiguration
    private var entries = EntryStore<Entry>()

    init(_ configuration: VendorSimulatorConfiguration) {
        self.configuration = configuration
    }

    mutating func answer(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer {
        switch Self.router.match(request) {
        case .notFound:
            return Self.refusal(404, "Not found.")
        case .otherMethod(let allowed):
            return notSimulated(request, allowed: allowed)
        case .found(.create, parameters: _):
            guard let token = request.bearerToken, configuration.tokens.contains(token) else {
                return Self.refusal(401, "Unauthorized.")
            }
            guard !configuration.readOnlyTokens.contains(token) else {
                return Self.refusal(403, "This API client has no WRITE access.")
            }
            guard request.isJSON else { return Self.refusal(415, "The body must be application/json.") }
            guard let root = try? JSONDocument(parsing: request.body).root, root.kind == .object else {
                return Self.refusal(400, "The body is not a JSON object.")
            }
            return create(root, now: now)
        }
    }

    func rateLimitAnswer(retryAfterSeconds: Int64, now: Int64) -> SimulatorAnswer {
        Self.refusal(429, "Too many requests.")
    }

    private mutating func create(_ root: JSONView, now: Int64) -> SimulatorAnswer {
        var fields = Fields(root)
        let ownerID = fields.integer("owner_id", isRequired: true)
        fields.object("owner", Fields.owner)
        let name = fields.text("name", isRequired: true)
        let description = fields.text("description")
        let start = fields.unixTime("start", isRequired: true)
        let end = fields.unixTime("end")
        fields.isoTime("start_date_time_iso")
        fields.isoTime("end_date_time_iso")
        let projects = fields.objects("project", Fields.project)
        let bookings = fields.objects("booking", Fields.booking)
        let isBillable = fields.flag("billable")
        let isLocked = fields.flag("locked")
        fields.refuseOthers()
        if let start, let end, end < start { fields.fail("end", "must not be before start") }
        guard fields.errors.isEmpty, let ownerID, let name, let start else {
            return Self.refusal(422, "The given data was invalid.", fields.errors)
        }
        if configuration.deniedUserIDs.contains(String(ownerID)) {
            return Self.refusal(403, "No WRITE access to the time entries of this owner.")
        }
        var missing: [(String, String)] = []
        if configuration.missingReferences.contains(String(ownerID)) { missing.append(("owner_id", "does not exist")) }
        for (list, field) in [(projects, "project"), (bookings, "booking")] {
            for element in list {
                guard let id = element["id"]?.int64, configuration.missingReferences.contains(String(id)) else {
                    continue
                }
                missing.append((field, "does not exist"))
            }
        }
        guard missing.isEmpty else { return Self.refusal(422, "The given data was invalid.", missing) }

        let entry = entries.create { number in
            // The page's example answer has this id.
            let id = 2384 + number
            let entry = Entry(
                id: id,
                ownerID: ownerID,
                name: name,
                description: description,
                start: start,
                end: end,
                projects: projects,
                bookings: bookings,
                isBillable: isBillable ?? false,
                isLocked: isLocked ?? false,
                createdAt: now
            )
            return (String(id), entry)
        }
        return .json(200, stored: .init(operation: "create", id: String(entry.id))) { writer in
            writer.beginObject()
            writer.name("success")
            writer.beginObject()
            writer.name("id")
            writer.integer(Int64(entry.id))
            writer.endObject()
            writer.endObject()
        }
    }

    private static func refusal(
        _ status: Int,
        _ message: String,
        _ errors: [(field: String, message: String)] = []
    ) -> SimulatorAnswer {
        .json(status) { writer in
            writer.beginObject()
            writer.name("error")
            writer.beginObject()
            writer.name("message")
            writer.string(message)
            if !errors.isEmpty {
                writer.name("errors")
                FieldMessages.write(errors, to: &writer)
            }
            writer.endObject()
            writer.endObject()
        }
    }
}

/// The members of a Sonderplan body, checked one by one.
private struct Fields {
    /// What a member of a nested object may be.
    indirect enum Shape {
        case integer, text, unixTime
        case object([String: Shape])
        case objects([String: Shape])
    }

    static let owner: [String: Shape] = [
        "first_name": .text, "last_name": .text, "primary_email": .text,
        "icon": .object(["id": .integer, "name": .text, "alias": .text, "extension": .text, "mime_type": .text]),
    ]
    static let project: [String: Shape] = [
        "id": .integer, "name": .text, "code": .text, "description": .text, "status_id": .integer,
    ]
    static let booking: [String: Shape] = [
        "id": .integer, "name": .text, "start": .unixTime, "end": .unixTime, "resources": .objects(["id": .integer]),
    ]

    private let root: JSONView
    private var known: Set<String> = []
    private(set) var errors: [(field: String, message: String)] = []

    init(_ root: JSONView) { self.root = root }

    mutating func fail(_ field: String, _ message: String) { errors.append((field, message)) }

    private mutating func member(_ name: String, isRequired: Bool) -> JSONView? {
        known.insert(name)
        let view = root[name]
        if view == nil, isRequired { fail(name, "is required") }
        return view
    }

    mutating func integer(_ name: String, isRequired: Bool = false) -> Int64? {
        guard let view = member(name, isRequired: isRequired) else { return nil }
        if view.int64 == nil { fail(name, "must be an integer") }
        return view.int64
    }

    mutating func text(_ name: String, isRequired: Bool = false) -> String? {
        guard let view = member(name, isRequired: isRequired) else { return nil }
        guard let text = view.string else {
            fail(name, "must be a string")
            return nil
        }
        if isRequired, text.allSatisfy(\.isWhitespace) { fail(name, "must not be empty") }
        return text
    }

    mutating func unixTime(_ name: String, isRequired: Bool = false) -> Int64? {
        guard let view = member(name, isRequired: isRequired) else { return nil }
        if let problem = Self.problem(view, .unixTime) { fail(name, problem) }
        return view.int64
    }

    mutating func isoTime(_ name: String) {
        guard let text = text(name) else { return }
        if DateTimeText(text)?.offset == nil { fail(name, "must be an ISO 8601 date and time with an offset") }
    }

    /// A boolean, or one of the texts `true` and `false` as in the page's example.
    mutating func flag(_ name: String) -> Bool? {
        guard let view = member(name, isRequired: false) else { return nil }
        if let flag = view.bool { return flag }
        switch view.string {
        case "true": return true
        case "false": return false
        default:
            fail(name, "must be true or false")
            return nil
        }
    }

    mutating func object(_ name: String, _ shape: [String: Shape]) {
        guard let view = member(name, isRequired: false) else { return }
        if let problem = Self.problem(view, .object(shape)) { fail(name, problem) }
    }

    mutating func objects(_ name: String, _ shape: [String: Shape]) -> [JSONValue] {
        guard let view = member(name, isRequired: false) else { return [] }
        if let problem = Self.problem(view, .objects(shape)) {
            fail(name, problem)
            return []
        }
        return view.value.array ?? []
    }

    mutating func refuseOthers() {
        for member in root.members where !known.contains(member.key.string) {
            fail(member.key.string, "is not a member of a time entry")
        }
    }

    private static func problem(_ view: JSONView, _ shape: Shape) -> String? {
        switch shape {
        case .integer:
            return view.int64 == nil ? "must be an integer" : nil
        case .text:
            return view.string == nil ? "must be a string" : nil
        case .unixTime:
            guard let seconds = view.int64 else { return "must be an integer" }
            return (0..<32_503_680_000).contains(seconds) ? nil : "must be a unix time in seconds"
        case .objects(let members):
            guard view.kind == .array else { return "must be an array of objects" }
            for element in view.elements {
                if let problem = problem(element, .object(members)) { return problem }
            }
            return nil
        case .object(let members):
            guard view.kind == .object else { return "must be an object" }
            for member in view.members {
                let name = member.key.string
                guard let shape = members[name] else { return "has no member \(name)" }
                if let problem = problem(member.value, shape) { return "\(name) \(problem)" }
            }
            return nil
        }
    }
}
