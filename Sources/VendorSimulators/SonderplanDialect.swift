import JSON
import NIOHTTP1

/// Sonderplan's time entries under `/v2`: create, list and stop; and the list of activities.
///
/// From the vendor's page: path and method of create; Bearer token; JSON body; required `owner_id` (integer), `name`
/// (string) and `start` (unix integer); optional `owner` (object), `description`, `end` (unix integer),
/// `start_date_time_iso`, `end_date_time_iso` (ISO 8601 strings), `project` and `booking` (arrays of objects,
/// `booking[].resources` too), `billable` and `locked`, typed boolean while the example sends the text `"false"`: both
/// are taken. The answer is 200 with `{"success":{"id":…}}`, ids counted from the page's 2384. The page's example holds
/// unix and ISO values of different years, so the two are never compared.
///
/// From the vendor's other pages: the names inside `project` (`id name code description status_id`); a list is
/// `{data, meta:{pagination:{total, count, per_page, current_page}}}`, its entries have `duration_sec` as a string,
/// `created_id`, `created`, `updated_id` and `updated` (unix), and `billable` and `locked` as strings.
///
/// Second hand, from clients: `page` and `limit` (25, up to 1000), `total_pages`, the id of a single entry as `id` in
/// the query, and `PATCH /time-entry/stop?id=…`; one client says PUT, which is not taken here. No update and no delete
/// is known.
///
/// Inferred, since no error is documented at all: 401, 403, 404, 415 and 422 with
/// `{"error":{"message":…,"errors":{field:[…]}}}`; an empty name, an `end` before `start`, and times outside the years
/// 1970 to 3000 (milliseconds sent for seconds) are refused; so are null and members that the page does not have, and
/// query parameters that no client was seen to send. Also: an entry without `end` runs; a stop ends it now and answers
/// as create does; stopping what does not run or is locked is a 422; `id` answers a list of one, or a 404; the list is
/// in the order of creation; a token without WRITE access reads all.
struct SonderplanDialect: VendorDialect {
    private enum Operation { case create, list, stop, activities }

    private static let router = Router<Operation>([
        (.POST, "/v2/time-entry", .create),
        (.GET, "/v2/time-entry", .list),
        (.PATCH, "/v2/time-entry/stop", .stop),
        (.GET, "/v2/time-activity", .activities),
    ])
    /// Names as in the page's example; entries may have other ones.
    private static let activities = ["Colour Grading", "Editing", "Sound Mix"]

    private let configuration: VendorSimulatorConfiguration
    private var entries = EntryStore<SonderplanEntry>()

    init(_ configuration: VendorSimulatorConfiguration) {
        self.configuration = configuration
    }

    mutating func answer(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer {
        switch Self.router.match(request) {
        case .notFound:
            return Self.refusal(404, "Not found.")
        case .otherMethod(let allowed):
            return notSimulated(request, allowed: allowed)
        case .found(let operation, parameters: _):
            guard let token = request.bearerToken, configuration.tokens.contains(token) else {
                return Self.refusal(401, "Unauthorized.")
            }
            if operation == .create || operation == .stop, configuration.readOnlyTokens.contains(token) {
                return Self.refusal(403, "This API client has no WRITE access.")
            }
            do throws(Refused) {
                switch operation {
                case .create: return create(request, now: now)
                case .list: return try list(request)
                case .stop: return stop(request, now: now)
                case .activities: return try activities(request)
                }
            } catch {
                return error.answer
            }
        }
    }

    func rateLimitAnswer(retryAfterSeconds: Int64, now: Int64) -> SimulatorAnswer {
        Self.refusal(429, "Too many requests.")
    }

    // MARK: - Operations

    private mutating func create(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer {
        guard request.isJSON else { return Self.refusal(415, "The body must be application/json.") }
        guard let root = try? JSONDocument(parsing: request.body).root, root.kind == .object else {
            return Self.refusal(400, "The body is not a JSON object.")
        }
        var fields = SonderplanFields(root)
        let ownerID = fields.integer("owner_id", isRequired: true)
        fields.object("owner", SonderplanFields.owner)
        let name = fields.text("name", isRequired: true)
        let description = fields.text("description")
        let start = fields.unixTime("start", isRequired: true)
        let end = fields.unixTime("end")
        fields.isoTime("start_date_time_iso")
        fields.isoTime("end_date_time_iso")
        let projects = fields.objects("project", SonderplanFields.project)
        let bookings = fields.objects("booking", SonderplanFields.booking)
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
            let entry = SonderplanEntry(
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
                createdAt: now / 1000,
                updatedAt: now / 1000
            )
            return (String(id), entry)
        }
        return Self.success(entry.id, stored: "create")
    }

    private func list(_ request: SimulatorRequest) throws(Refused) -> SimulatorAnswer {
        let (query, number, limit) = try page(request, known: ["page", "limit", "id"])
        var found = entries.all
        if let id = query["id"] {
            found = found.filter { String($0.id) == id }
            guard !found.isEmpty else { return Self.refusal(404, "No time entry has the id \(id).") }
        }
        return Self.list(NumberedPage(found, number: number, size: limit)) { $0.write(to: &$1) }
    }

    private func activities(_ request: SimulatorRequest) throws(Refused) -> SimulatorAnswer {
        let (_, number, limit) = try page(request, known: ["page", "limit"])
        let activities = Array(Self.activities.enumerated())
        return Self.list(NumberedPage(activities, number: number, size: limit)) { activity, writer in
            writer.beginObject()
            writer.name("id")
            writer.integer(activity.offset + 1)
            writer.name("name")
            writer.string(activity.element)
            writer.endObject()
        }
    }

    private mutating func stop(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer {
        guard let query = RequestQuery(target: request.target), query.stranger(known: ["id"]) == nil,
            let id = query["id"], Identifiers.isNumeric(id)
        else {
            return Self.refusal(422, "The given data was invalid.", [("id", "is required, once and alone")])
        }
        guard let entry = entries[id] else { return Self.refusal(404, "No time entry has the id \(id).") }
        if configuration.deniedUserIDs.contains(String(entry.ownerID)) {
            return Self.refusal(403, "No WRITE access to the time entries of this owner.")
        }
        guard entry.end == nil, !entry.isLocked else {
            let problem = entry.isLocked ? "is locked" : "is not running"
            return Self.refusal(422, "The given data was invalid.", [("id", problem)])
        }
        entries.update(id) { entry in
            entry.end = max(now / 1000, entry.start)
            entry.updatedAt = now / 1000
        }
        return Self.success(entry.id, stored: "stop")
    }

    // MARK: - What they share

    /// Ends an operation with an answer.
    private struct Refused: Error {
        let answer: SimulatorAnswer

        init(_ field: String, _ message: String) {
            answer = SonderplanDialect.refusal(422, "The given data was invalid.", [(field, message)])
        }
    }

    private func page(
        _ request: SimulatorRequest,
        known: Set<String>
    ) throws(Refused) -> (query: RequestQuery, number: Int, limit: Int) {
        guard let query = RequestQuery(target: request.target) else { throw Refused("query", "is not well-formed") }
        if let name = query.stranger(known: known) {
            throw Refused(name, "is no parameter of this list, or came twice")
        }
        guard let number = query.integer("page", in: 1...1_000_000, default: 1) else {
            throw Refused("page", "must be a page number from 1")
        }
        guard let limit = query.integer("limit", in: 1...1000, default: 25) else {
            throw Refused("limit", "must be between 1 and 1000")
        }
        return (query, number, limit)
    }

    private static func list<Element>(
        _ page: NumberedPage<Element>,
        _ write: (Element, inout JSONWriter) -> Void
    ) -> SimulatorAnswer {
        .json(200) { writer in
            writer.beginObject()
            writer.name("data")
            writer.beginArray()
            for element in page.elements { write(element, &writer) }
            writer.endArray()
            writer.name("meta")
            writer.beginObject()
            writer.name("pagination")
            writer.beginObject()
            writer.name("total")
            writer.integer(page.total)
            writer.name("count")
            writer.integer(page.elements.count)
            writer.name("per_page")
            writer.integer(page.size)
            writer.name("current_page")
            writer.integer(page.number)
            writer.name("total_pages")
            writer.integer(page.last)
            writer.endObject()
            writer.endObject()
            writer.endObject()
        }
    }

    private static func success(_ id: Int, stored operation: String) -> SimulatorAnswer {
        .json(200, stored: .init(operation: operation, id: String(id))) { writer in
            writer.beginObject()
            writer.name("success")
            writer.beginObject()
            writer.name("id")
            writer.integer(id)
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
