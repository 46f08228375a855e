import JSON
import NIOHTTP1

/// awork's time entries: `POST /api/v1/timeentries`.
///
/// From the vendor's page: Bearer token; required `timezone` (IANA, at least one character), `typeOfWorkId`, `userId`
/// (UUIDs); optional `isBillable`, `isBilled`, and, each also null, `taskId`, `projectId`, `note`, the eight date and
/// time members, `duration` (seconds) and `breakDuration`, which "cannot be set"; the members of the answer, in the
/// page's order; writing for another user may need a permission.
///
/// From the vendor's other pages: 200, not 201; members that the schema does not have are no part of it; a date member
/// is `2022-03-01T00:00:00Z` (local ones without `Z`) beside a time member `09:21:00`, or holds the time itself; a
/// midnight without a time member means the day only; start and end win over a duration; the pairs are start + end,
/// start + duration, end + duration; a duration of 0 is a running entry; a day alone needs a duration above 0; setting
/// the task sets the project; `end − start = duration + breaks`; `resourceVersion` in .NET ticks; errors
/// `{code, description, link, traceId, details, validationErrors}` with PascalCase properties, 400 for validation, 401
/// with the code `unauthorized` for a missing permission and without a body for a bad token, 404 `not-found`;
/// `RateLimit-*` headers with the reset in seconds.
///
/// Inferred: a refused member of another name or a set `breakDuration` is a `validation-failed`; unreadable JSON is
/// `invalid-model`, another content type 415; UTC and local values must agree; a `Z` on a local value says nothing; a
/// local time in a gap is refused, in an overlap the earlier instant is taken; no time at all is refused; `isBillable`
/// and `isBilled` default to false; the `date-dependency` code for an end before the start.
struct AworkDialect: VendorDialect {
    private enum Operation { case create }

    private static let router = Router<Operation>([(.POST, "/api/v1/timeentries", .create)])

    struct Entry: Sendable {
        let id: String
        let number: Int
        let timezone: String
        let typeOfWorkID: String
        let userID: String
        let isBillable: Bool
        let isBilled: Bool
        let taskID: String?
        let projectID: String?
        let note: String?
        let times: AworkTimes
        let createdAt: Int64
    }

    private let configuration: VendorSimulatorConfiguration
    private var entries = EntryStore<Entry>()
    /// Counts the refusals, so that each has a trace id of its own.
    private var refusals = 0

    init(_ configuration: VendorSimulatorConfiguration) {
        self.configuration = configuration
    }

    mutating func answer(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer {
        switch Self.router.match(request) {
        case .notFound:
            return .empty(404)
        case .otherMethod(let allowed):
            return notSimulated(request, allowed: allowed)
        case .found(.create, parameters: _):
            guard let token = request.bearerToken, configuration.tokens.contains(token) else {
                return .empty(401, headers: [("www-authenticate", "Bearer")])
            }
            guard request.isJSON else {
                return refusal(415, "invalid-model", "The body of the request must be application/json.")
            }
            guard let root = try? JSONDocument(parsing: request.body).root, root.kind == .object else {
                return refusal(400, "invalid-model", "The body of the request is invalid or empty.")
            }
            return create(root, canWrite: !configuration.readOnlyTokens.contains(token), now: now)
        }
    }

    func rateLimitAnswer(retryAfterSeconds: Int64, now: Int64) -> SimulatorAnswer {
        .empty(
            429,
            headers: [
                ("ratelimit-limit", "1000"), ("ratelimit-remaining", "0"),
                ("ratelimit-reset", String(retryAfterSeconds)),
            ]
        )
    }

    private mutating func create(_ root: JSONView, canWrite: Bool, now: Int64) -> SimulatorAnswer {
        var fields = AworkFields(root)
        let timezone = fields.text("timezone", isRequired: true)
        let zone = timezone.flatMap(TimeZoneRules.named)
        if timezone != nil, zone == nil { fields.fail("timezone", "is not a known IANA time zone.") }
        let typeOfWorkID = fields.uuid("typeOfWorkId", isRequired: true)
        let userID = fields.uuid("userId", isRequired: true)
        let isBillable = fields.flag("isBillable")
        let isBilled = fields.flag("isBilled")
        let taskID = fields.uuid("taskId")
        var projectID = fields.uuid("projectId")
        let note = fields.text("note")
        let times = AworkTimes(&fields, zone: zone ?? .utc)
        if fields.integer("breakDuration") != nil { fields.fail("breakDuration", "cannot be set.") }
        fields.refuseOthers()
        guard fields.errors.isEmpty, let timezone, let typeOfWorkID, let userID, let times else {
            let isOrder = fields.errors.allSatisfy(\.isOrder)
            return refusal(
                400,
                isOrder ? "date-dependency" : "validation-failed",
                isOrder
                    ? "Two or more date values are in violation with each other."
                    : "The model sent in the request is invalid. See the validation errors for details.",
                validationErrors: fields.errors
            )
        }
        for id in [typeOfWorkID, userID, taskID, projectID] {
            guard let id, configuration.missingReferences.contains(id) else { continue }
            return refusal(404, "not-found", "The requested resource could not be located.", details: [id])
        }
        guard canWrite, !configuration.deniedUserIDs.contains(userID) else {
            return refusal(401, "unauthorized", "The owner of the request has insufficient permissions.")
        }
        if let taskID, projectID == nil { projectID = Self.project(ofTask: taskID) }
        let entry = entries.create { number in
            let id = Identifiers.uuid(kind: 0xa304_0001, number: number + 1)
            let entry = Entry(
                id: id,
                number: number,
                timezone: timezone,
                typeOfWorkID: typeOfWorkID,
                userID: userID,
                isBillable: isBillable ?? false,
                isBilled: isBilled ?? false,
                taskID: taskID,
                projectID: projectID,
                note: note,
                times: times,
                createdAt: now
            )
            return (id, entry)
        }
        return .json(200, stored: .init(operation: "create", id: entry.id)) {
            write(entry, zone: zone ?? .utc, to: &$0)
        }
    }

    /// The project that a task belongs to here: the same one for each task, and another id than the task's.
    private static func project(ofTask taskID: String) -> String {
        "a3040002" + taskID.dropFirst(8).lowercased()
    }

    private func write(_ entry: Entry, zone: TimeZoneRules, to writer: inout JSONWriter) {
        let createdOn = InstantFormat.zulu(entry.createdAt, milliseconds: true)
        writer.beginObject()
        writer.name("timezone")
        writer.string(entry.timezone)
        writer.name("typeOfWorkId")
        writer.string(entry.typeOfWorkID)
        writer.name("isBillable")
        writer.bool(entry.isBillable)
        writer.name("isBilled")
        writer.bool(entry.isBilled)
        writer.name("taskId")
        Self.write(entry.taskID, to: &writer)
        writer.name("projectId")
        Self.write(entry.projectID, to: &writer)
        writer.name("note")
        Self.write(entry.note, to: &writer)
        entry.times.write(zone: zone, to: &writer)
        writer.name("userId")
        writer.string(entry.userID)
        writer.name("id")
        writer.string(entry.id)
        writer.name("createdBy")
        writer.string(configuration.ownUserID)
        writer.name("createdOn")
        writer.string(createdOn)
        writer.name("updatedBy")
        writer.string(configuration.ownUserID)
        writer.name("updatedOn")
        writer.string(createdOn)
        writer.name("typeOfWork")
        Self.writeReference(entry.typeOfWorkID, [("name", "Development")], to: &writer)
        writer.name("user")
        Self.writeReference(entry.userID, [("firstName", "Jane"), ("lastName", "Smith")], to: &writer)
        writer.name("task")
        Self.writeReference(entry.taskID, [("name", "Sitemap")], to: &writer)
        writer.name("project")
        Self.writeReference(entry.projectID, [("name", "Website Design and Implementation")], to: &writer)
        writer.name("breaks")
        writer.beginArray()
        writer.endArray()
        writer.name("resourceVersion")
        // .NET ticks of 100 ns since the year 1; the entry's number keeps two of one millisecond apart.
        writer.integer(entry.createdAt * 10_000 + 621_355_968_000_000_000 + Int64(entry.number % 10_000))
        writer.name("isExternal")
        writer.bool(false)
        writer.endObject()
    }

    private static func write(_ text: String?, to writer: inout JSONWriter) {
        if let text { writer.string(text) } else { writer.null() }
    }

    private static func writeReference(
        _ id: String?,
        _ members: [(name: String, value: String)],
        to writer: inout JSONWriter
    ) {
        guard let id else {
            writer.null()
            return
        }
        writer.beginObject()
        writer.name("id")
        writer.string(id)
        for (name, value) in members {
            writer.name(name)
            writer.string(value)
        }
        writer.endObject()
    }

    private mutating func refusal(
        _ status: Int,
        _ code: String,
        _ description: String,
        details: [String] = [],
        validationErrors: [AworkFields.Failure] = []
    ) -> SimulatorAnswer {
        refusals += 1
        let traceID = Identifiers.hexadecimal(UInt64(refusals), 32)
        return .json(status) { writer in
            writer.beginObject()
            writer.name("code")
            writer.string(code)
            writer.name("description")
            writer.string(description)
            writer.name("link")
            writer.string("https://developers.awork.com/#response-types")
            writer.name("traceId")
            writer.string(traceID)
            writer.name("details")
            writer.beginArray()
            for detail in details { writer.string(detail) }
            writer.endArray()
            writer.name("validationErrors")
            writer.beginArray()
            for error in validationErrors {
                writer.beginObject()
                writer.name("property")
                writer.string(error.property)
                writer.name("message")
                writer.string(error.message)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }
}
