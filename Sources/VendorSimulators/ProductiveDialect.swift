import JSON
import NIOHTTP1

/// Productive's time entries: every operation of the vendor's page.
///
/// From the vendor's page: JSON:API bodies of type `time_entries`; `date`, person and service required; task, `note`,
/// `time` (minutes), `jira_*`, `rejected_reason`, `started_at` and `calendar_event_id` optional, with their types;
/// person, service and task as relationships (the examples) or as flat `person_id`, `service_id`, `task_id` attributes
/// (the parameter list); without `time` it is 0; the answer is 201 with the attributes and relationships in the page's
/// order, `included: false` and `meta: {}`, ids counted from the page's 227; a blank date gives two errors with the
/// pointer `data/attributes/date`, without a leading slash; `billable_time` on update.
///
/// From the vendor's other pages: `X-Auth-Token` and `X-Organization-Id`, else 403; `Content-Type` must be
/// `application/vnd.api+json`, else 415; `billable_time` defaults to `time`; 429 with `errors[{status:429, …, limit}]`.
///
/// Also: `PATCH …/{id}/start` and `…/stop` for the timer of an entry; one runs for a person.
///
/// From public client code: `billable_time` on create; a missing relationship's pointer is `data/attributes/project`
/// (so here `person` and `service`); 404 is `record_not_found`, "The requested record was not found".
///
/// Inferred: the answers of start and stop, and their conflicts; codes and titles of 400, 403 and 415; an unknown person, service or task answers that 404; a wrong `type`
/// is 409 (JSON:API); members that the page does not have, fractions of a minute, and two body styles that contradict
/// each other are 422; the money members follow the page's examples: 20.00 EUR and 25.00 USD an hour, rounded half up.
struct ProductiveDialect: VendorDialect {
    private enum Operation {
        case list, create, get, update, delete
        case approve, unapprove, reject, unreject, bulkApprove, bulkUnapprove, start, stop
    }

    private static let path = "/api/v2/time_entries"
    private static let router = Router<Operation>([
        (.GET, path, .list), (.POST, path, .create), (.PATCH, "\(path)/bulk_approve", .bulkApprove),
        (.PATCH, "\(path)/bulk_unapprove", .bulkUnapprove), (.GET, "\(path)/{id}", .get),
        (.PATCH, "\(path)/{id}", .update), (.DELETE, "\(path)/{id}", .delete),
        (.PATCH, "\(path)/{id}/approve", .approve), (.PATCH, "\(path)/{id}/unapprove", .unapprove),
        (.PATCH, "\(path)/{id}/reject", .reject), (.PATCH, "\(path)/{id}/unreject", .unreject),
        (.PATCH, "\(path)/{id}/start", .start), (.PATCH, "\(path)/{id}/stop", .stop),
    ])
    private static let mediaType = "application/vnd.api+json"

    private let configuration: VendorSimulatorConfiguration
    private let zone = TimeZoneRules.named("Europe/Zagreb") ?? .utc
    private var entries = EntryStore<ProductiveEntry>()

    init(_ configuration: VendorSimulatorConfiguration) {
        self.configuration = configuration
    }

    /// What a request's headers say, once they are known to be good.
    private struct Caller {
        let organization: String
        let canWrite: Bool
    }

    mutating func answer(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer {
        switch Self.router.match(request) {
        case .notFound:
            return Self.notFound
        case .otherMethod(let allowed):
            return notSimulated(request, allowed: allowed)
        case .found(let operation, let parameters):
            guard let token = request.single("x-auth-token"), configuration.tokens.contains(token),
                let organization = request.single("x-organization-id"),
                configuration.organizationIDs.contains(organization)
            else {
                return Self.refusal(403, "unauthorized", "Unauthorized", "Invalid authentication token or organization")
            }
            if operation != .list, operation != .get, operation != .delete, !Self.isDocument(request) {
                return Self.refusal(
                    415,
                    "unsupported_media_type",
                    "Unsupported Media Type",
                    "Content-Type must be \(Self.mediaType)"
                )
            }
            let caller = Caller(
                organization: organization,
                canWrite: !configuration.readOnlyTokens.contains(token)
            )
            return perform(operation, parameters["id"] ?? "", request, caller, now: now)
        }
    }

    private static func isDocument(_ request: SimulatorRequest) -> Bool {
        guard let (type, parameters) = request.contentType else { return false }
        return type == mediaType && parameters.allSatisfy { $0 == "charset=utf-8" }
    }

    private mutating func perform(
        _ operation: Operation,
        _ id: String,
        _ request: SimulatorRequest,
        _ caller: Caller,
        now: Int64
    ) -> SimulatorAnswer {
        switch operation {
        case .list: return list(request)
        case .create: return create(request, caller, now: now)
        case .bulkApprove, .bulkUnapprove:
            return bulk(request, isApproving: operation == .bulkApprove, caller, now: now)
        default: break
        }
        guard let entry = entries[id] else { return Self.notFound }
        let included: Set<String>
        do throws(ProductiveList.Refusal) {
            included = try ProductiveList.included(RequestQuery(target: request.target)?["include"] ?? "")
        } catch {
            return Self.refusal(error)
        }
        if operation == .get { return one(200, entry, including: included) }
        guard caller.canWrite else {
            return Self.refusal(403, "forbidden", "Forbidden", "You are not allowed to change this time entry")
        }
        switch operation {
        case .delete:
            _ = entries.remove(id)
            var answer = SimulatorAnswer.empty(204)
            answer.stored = .init(operation: "delete", id: id)
            return answer
        case .update: return update(id, request, including: included, now: now)
        case .start, .stop: return run(operation == .start, entry, including: included, now: now)
        default: return decide(operation, entry, request, including: included, now: now)
        }
    }

    // MARK: - Reading

    private func list(_ request: SimulatorRequest) -> SimulatorAnswer {
        guard let query = RequestQuery(target: request.target) else {
            return Self.refusal(400, "bad_request", "Bad Request", "The query is malformed")
        }
        do throws(ProductiveList.Refusal) {
            let list = try ProductiveList(query)
            let page = list.page(entries.all)
            return .json(200, contentType: "\(Self.mediaType); charset=utf-8") { writer in
                list.write(page, host: request.single("host") ?? "api.productive.io", zone: zone, to: &writer)
            }
        } catch {
            return Self.refusal(error)
        }
    }

    private func one(
        _ status: Int,
        _ entry: ProductiveEntry,
        including included: Set<String> = [],
        stored: LedgerEntry.Stored? = nil
    ) -> SimulatorAnswer {
        .json(status, contentType: "\(Self.mediaType); charset=utf-8", stored: stored) { writer in
            writer.beginObject()
            writer.name("data")
            entry.write(zone: zone, including: included, to: &writer)
            if !included.isEmpty { ProductiveList.writeIncluded([entry], included, to: &writer) }
            writer.name("meta")
            writer.beginObject()
            writer.endObject()
            writer.endObject()
        }
    }

    // MARK: - Changing

    private mutating func update(
        _ id: String,
        _ request: SimulatorRequest,
        including included: Set<String>,
        now: Int64
    ) -> SimulatorAnswer {
        guard let document = try? JSONDocument(parsing: request.body).root, let data = document["data"],
            data.kind == .object
        else {
            return Self.refusal(400, "bad_request", "Bad Request", "The request body is not a JSON:API document")
        }
        // The page's example says `time-entries`.
        guard let type = data["type"]?.string, ["time_entries", "time-entries"].contains(type) else {
            return Self.refusal(409, "invalid_resource_type", "Conflict error", "The type must be time_entries")
        }
        guard var entry = entries[id] else { return Self.notFound }
        var fields = ProductiveFields(document, data)
        guard entry.draft.change(&fields) else { return Self.validationRefusal(fields.errors) }
        for reference in [entry.draft.personID, entry.draft.serviceID, entry.draft.taskID] {
            if let reference, configuration.missingReferences.contains(reference) { return Self.notFound }
        }
        entry.updatedAt = now
        entries.update(id) { $0 = entry }
        return one(200, entry, including: included, stored: .init(operation: "update", id: id))
    }

    /// Starting a timer stops the one that runs for the person; stopping adds its whole minutes to the entry.
    private mutating func run(
        _ isStarting: Bool,
        _ entry: ProductiveEntry,
        including included: Set<String>,
        now: Int64
    ) -> SimulatorAnswer {
        guard entry.isRunning != isStarting else {
            return Self.conflict(isStarting ? "timer_already_started" : "timer_already_stopped")
        }
        if isStarting {
            for other in entries.all where other.isRunning && other.draft.personID == entry.draft.personID {
                entries.update(other.id) { $0.stopTimer(now: now) }
            }
        }
        entries.update(entry.id) { if isStarting { $0.startTimer(now: now) } else { $0.stopTimer(now: now) } }
        guard let changed = entries[entry.id] else { return Self.notFound }
        return one(
            200,
            changed,
            including: included,
            stored: .init(operation: isStarting ? "start" : "stop", id: entry.id)
        )
    }

    /// The page shows the conflicts of reject (approved) and unreject (not rejected); those of approve and unapprove
    /// follow them.
    private mutating func decide(
        _ operation: Operation,
        _ entry: ProductiveEntry,
        _ request: SimulatorRequest,
        including included: Set<String>,
        now: Int64
    ) -> SimulatorAnswer {
        var entry = entry
        let name: String
        switch operation {
        case .approve:
            guard entry.approval != .approved else { return Self.conflict("record_already_approved") }
            entry.approve(now: now)
            name = "approve"
        case .unapprove:
            guard entry.approval == .approved else { return Self.conflict("record_already_unapproved") }
            entry.reset()
            name = "unapprove"
        case .reject:
            guard entry.approval != .approved else { return Self.conflict("record_already_approved") }
            entry.reset()
            entry.approval = .rejected
            entry.rejectedAt = now
            if !request.body.isEmpty {
                let reason = (try? JSONDocument(parsing: request.body))?.root["data"]?["attributes"]?["rejected_reason"]
                guard let text = reason?.string else {
                    return Self.refusal(400, "bad_request", "Bad Request", "The body holds no rejected_reason")
                }
                entry.draft.rejectedReason = text
            }
            name = "reject"
        default:
            guard entry.approval == .rejected else { return Self.conflict("record_already_unrejected") }
            entry.reset()
            name = "unreject"
        }
        entry.updatedAt = now
        entries.update(entry.id) { $0 = entry }
        return one(200, entry, including: included, stored: .init(operation: name, id: entry.id))
    }

    /// All or none: an id that is not there is a 404. Those that are in the state already stay in it.
    private mutating func bulk(
        _ request: SimulatorRequest,
        isApproving: Bool,
        _ caller: Caller,
        now: Int64
    ) -> SimulatorAnswer {
        guard caller.canWrite else {
            return Self.refusal(403, "forbidden", "Forbidden", "You are not allowed to change time entries")
        }
        guard let root = try? JSONDocument(parsing: request.body).root, let list = root["ids"], list.kind == .array
        else { return Self.refusal(400, "bad_request", "Bad Request", "The body must hold ids") }
        let ids = list.elements.compactMap { $0.int64.map(String.init) ?? $0.string }
        guard ids.count == list.count, ids.allSatisfy({ entries[$0] != nil }) else { return Self.notFound }
        for id in ids {
            entries.update(id) { entry in
                if isApproving {
                    if entry.approval != .approved { entry.approve(now: now) }
                } else {
                    entry.reset()
                }
                entry.updatedAt = now
            }
        }
        let changed = ids.compactMap { entries[$0] }
        let name = isApproving ? "bulk_approve" : "bulk_unapprove"
        return .json(
            200,
            contentType: "\(Self.mediaType); charset=utf-8",
            stored: .init(operation: name, id: ids.joined(separator: ","))
        ) { writer in
            writer.beginObject()
            writer.name("data")
            writer.beginArray()
            for entry in changed { entry.write(zone: zone, to: &writer) }
            writer.endArray()
            writer.name("meta")
            writer.beginObject()
            writer.endObject()
            writer.endObject()
        }
    }

    func rateLimitAnswer(retryAfterSeconds: Int64, now: Int64) -> SimulatorAnswer {
        .json(429, contentType: "\(Self.mediaType); charset=utf-8") { writer in
            writer.beginObject()
            writer.name("errors")
            writer.beginArray()
            writer.beginObject()
            writer.name("status")
            writer.integer(429)
            writer.name("title")
            writer.string("Too Many Requests")
            writer.name("detail")
            writer.string("You have exceeded the rate limit")
            writer.name("limit")
            writer.integer(100)
            writer.endObject()
            writer.endArray()
            writer.endObject()
        }
    }

    private mutating func create(_ request: SimulatorRequest, _ caller: Caller, now: Int64) -> SimulatorAnswer {
        guard let document = try? JSONDocument(parsing: request.body).root, let data = document["data"],
            data.kind == .object
        else {
            return Self.refusal(400, "bad_request", "Bad Request", "The request body is not a JSON:API document")
        }
        guard data["type"]?.equals("time_entries") == true else {
            return Self.refusal(409, "invalid_resource_type", "Conflict error", "The type must be time_entries")
        }
        var fields = ProductiveFields(document, data)
        let draft = ProductiveEntry.Draft(&fields)
        guard let draft else { return Self.validationRefusal(fields.errors) }
        guard caller.canWrite, !configuration.deniedUserIDs.contains(draft.personID) else {
            return Self.refusal(403, "forbidden", "Forbidden", "You are not allowed to create this time entry")
        }
        for id in [draft.personID, draft.serviceID, draft.taskID] {
            if let id, configuration.missingReferences.contains(id) { return Self.notFound }
        }
        let entry = entries.create { number in
            // The page's example answer has this id.
            let id = String(227 + number)
            return (id, ProductiveEntry(id: id, organizationID: caller.organization, draft: draft, createdAt: now))
        }
        return one(201, entry, stored: .init(operation: "create", id: entry.id))
    }

    // MARK: - Refusals

    /// As on the page: a title, and neither detail nor place.
    private static func conflict(_ code: String) -> SimulatorAnswer {
        errors(409, [ErrorLine(code: code, title: "Conflict error")])
    }

    private static func refusal(_ refusal: ProductiveList.Refusal) -> SimulatorAnswer {
        switch refusal {
        case .filter(.value(let value, let filter, let type)):
            var line = ErrorLine(
                code: "unsupported_filter_value_type",
                title: "Unsupported filter value type",
                detail: "Unsupported value '\(value)' for filter '\(filter)' on this endpoint. "
                    + "Expected a value of type '\(type)'"
            )
            line.parameter = "filter[\(filter)]"
            // The page's own `status` for this one is a word.
            line.status = "unprocessable_entity"
            return errors(422, [line])
        case .filter(.unsupported(let parameter)): return bad("unsupported_filter", "filter", parameter)
        case .sort(let name): return bad("unsupported_sort", "sort \(name)", "sort")
        case .page(let name): return bad("invalid_page", "page", name)
        case .include(let name): return bad("unsupported_include", "include \(name)", "include")
        }
    }

    private static func bad(_ code: String, _ what: String, _ parameter: String) -> SimulatorAnswer {
        var line = ErrorLine(code: code, title: "Bad Request", detail: "The \(what) is not supported on this endpoint")
        line.parameter = parameter
        return errors(400, [line])
    }

    private static var notFound: SimulatorAnswer {
        refusal(404, "record_not_found", "Record Not Found", "The requested record was not found")
    }

    private static func refusal(_ status: Int, _ code: String, _ title: String, _ detail: String) -> SimulatorAnswer {
        errors(status, [ErrorLine(code: code, title: title, detail: detail)])
    }

    private static func validationRefusal(_ failures: [(pointer: String, detail: String)]) -> SimulatorAnswer {
        errors(
            422,
            failures.map { failure in
                var line = ErrorLine(code: "invalid_attribute", title: "Invalid Attribute", detail: failure.detail)
                line.pointer = failure.pointer
                return line
            }
        )
    }

    private struct ErrorLine {
        var code: String
        var title: String
        var detail: String?
        var pointer: String?
        var parameter: String?
        var status: String?
    }

    private static func errors(_ status: Int, _ errors: [ErrorLine]) -> SimulatorAnswer {
        .json(status, contentType: "\(mediaType); charset=utf-8") { writer in
            writer.beginObject()
            writer.name("errors")
            writer.beginArray()
            for error in errors {
                writer.beginObject()
                for (name, text) in [
                    ("status", error.status ?? String(status)), ("code", error.code), ("title", error.title),
                    ("detail", error.detail),
                ] {
                    guard let text else { continue }
                    writer.name(name)
                    writer.string(text)
                }
                writer.name("source")
                writer.beginObject()
                for (name, text) in [("pointer", error.pointer), ("parameter", error.parameter)] {
                    guard let text else { continue }
                    writer.name(name)
                    writer.string(text)
                }
                writer.endObject()
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }
}
