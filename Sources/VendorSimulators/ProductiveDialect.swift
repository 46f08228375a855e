import JSON
import NIOHTTP1

/// Productive's time entries: `POST /api/v2/time_entries`.
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
/// From public client code: `billable_time` on create; a missing relationship's pointer is `data/attributes/project`
/// (so here `person` and `service`); 404 is `record_not_found`, "The requested record was not found".
///
/// Inferred: codes and titles of 400, 403 and 415; an unknown person, service or task answers that 404; a wrong `type`
/// is 409 (JSON:API); members that the page does not have, fractions of a minute, and two body styles that contradict
/// each other are 422; the money members follow the page's examples: 20.00 EUR and 25.00 USD an hour, rounded half up.
struct ProductiveDialect: VendorDialect {
    private enum Operation { case create }

    private static let router = Router<Operation>([(.POST, "/api/v2/time_entries", .create)])
    private static let mediaType = "application/vnd.api+json"

    private let configuration: VendorSimulatorConfiguration
    private let zone = TimeZoneRules.named("Europe/Zagreb") ?? .utc
    private var entries = EntryStore<ProductiveEntry>()

    init(_ configuration: VendorSimulatorConfiguration) {
        self.configuration = configuration
    }

    mutating func answer(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer {
        switch Self.router.match(request) {
        case .notFound:
            return Self.notFound
        case .otherMethod(let allowed):
            return notSimulated(request, allowed: allowed)
        case .found(.create, parameters: _):
            guard let token = request.single("x-auth-token"), configuration.tokens.contains(token),
                let organization = request.single("x-organization-id"),
                configuration.organizationIDs.contains(organization)
            else {
                return Self.refusal(403, "unauthorized", "Unauthorized", "Invalid authentication token or organization")
            }
            guard let (type, parameters) = request.contentType, type == Self.mediaType,
                parameters.allSatisfy({ $0 == "charset=utf-8" })
            else {
                return Self.refusal(
                    415,
                    "unsupported_media_type",
                    "Unsupported Media Type",
                    "Content-Type must be \(Self.mediaType)"
                )
            }
            guard let document = try? JSONDocument(parsing: request.body).root, let data = document["data"],
                data.kind == .object
            else {
                return Self.refusal(400, "bad_request", "Bad Request", "The request body is not a JSON:API document")
            }
            guard data["type"]?.equals("time_entries") == true else {
                return Self.refusal(409, "invalid_resource_type", "Conflict error", "The type must be time_entries")
            }
            let canWrite = !configuration.readOnlyTokens.contains(token)
            return create(document, data, organization: organization, canWrite: canWrite, now: now)
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

    private mutating func create(
        _ document: JSONView,
        _ data: JSONView,
        organization: String,
        canWrite: Bool,
        now: Int64
    ) -> SimulatorAnswer {
        var fields = ProductiveFields(document, data)
        let draft = ProductiveEntry.Draft(&fields)
        guard let draft else { return Self.validationRefusal(fields.errors) }
        guard canWrite, !configuration.deniedUserIDs.contains(draft.personID) else {
            return Self.refusal(403, "forbidden", "Forbidden", "You are not allowed to create this time entry")
        }
        for id in [draft.personID, draft.serviceID, draft.taskID] {
            if let id, configuration.missingReferences.contains(id) { return Self.notFound }
        }
        let entry = entries.create { number in
            // The page's example answer has this id.
            let id = String(227 + number)
            return (id, ProductiveEntry(id: id, organizationID: organization, draft: draft, createdAt: now))
        }
        return .json(
            201,
            contentType: "\(Self.mediaType); charset=utf-8",
            stored: .init(operation: "create", id: entry.id)
        ) { writer in
            writer.beginObject()
            writer.name("data")
            entry.write(zone: zone, to: &writer)
            writer.name("meta")
            writer.beginObject()
            writer.endObject()
            writer.endObject()
        }
    }

    private static var notFound: SimulatorAnswer {
        refusal(404, "record_not_found", "Record Not Found", "The requested record was not found")
    }

    private static func refusal(_ status: Int, _ code: String, _ title: String, _ detail: String) -> SimulatorAnswer {
        errors(status, [(code, title, detail, nil)])
    }

    private static func validationRefusal(_ failures: [(pointer: String, detail: String)]) -> SimulatorAnswer {
        errors(422, failures.map { ("invalid_attribute", "Invalid Attribute", $0.detail, $0.pointer) })
    }

    private static func errors(
        _ status: Int,
        _ errors: [(code: String, title: String, detail: String, pointer: String?)]
    ) -> SimulatorAnswer {
        .json(status, contentType: "\(mediaType); charset=utf-8") { writer in
            writer.beginObject()
            writer.name("errors")
            writer.beginArray()
            for error in errors {
                writer.beginObject()
                writer.name("status")
                writer.string(String(status))
                writer.name("code")
                writer.string(error.code)
                writer.name("title")
                writer.string(error.title)
                writer.name("detail")
                writer.string(error.detail)
                writer.name("source")
                writer.beginObject()
                if let pointer = error.pointer {
                    writer.name("pointer")
                    writer.string(pointer)
                }
                writer.endObject()
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }
}
