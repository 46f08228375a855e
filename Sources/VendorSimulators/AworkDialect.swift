import JSON
import NIOHTTP1

/// awork's time entries under `/api/v1`: create, read, list, change, delete, timers and batches.
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
/// `RateLimit-*` headers with the reset in seconds. What they say of each other operation stands with it.
///
/// Inferred: a refused member of another name or a set `breakDuration` is a `validation-failed`; unreadable JSON is
/// `invalid-model`, another content type 415; UTC and local values must agree; a `Z` on a local value says nothing; a
/// local time in a gap is refused, in an overlap the earlier instant is taken; no time at all is refused; `isBillable`
/// and `isBilled` default to false; the `date-dependency` code for an end before the start; query parameters that no
/// page names are refused; an id in the path that is no UUID is a 404 without a body; a token that may not write reads
/// everything.
struct AworkDialect: VendorDialect {
    private enum Operation {
        case create, list, listOfProject, listOfTask, get, update, delete, removeBreaks, batch
        case last, start, stop, pause, resume
        case me, settings, task
    }

    private static let router = Router<Operation>([
        (.POST, "/api/v1/timeentries", .create),
        (.GET, "/api/v1/timeentries", .list),
        (.GET, "/api/v1/projects/{id}/timeentries", .listOfProject),
        (.GET, "/api/v1/tasks/{id}/timeentries", .listOfTask),
        (.GET, "/api/v1/timeentries/{id}", .get),
        (.PUT, "/api/v1/timeentries/{id}", .update),
        (.DELETE, "/api/v1/timeentries/{id}", .delete),
        (.POST, "/api/v1/timeentries/{id}/removebreaks", .removeBreaks),
        (.POST, "/api/v1/timeentries/batch/{operation}", .batch),
        (.GET, "/api/v1/me/timeentries/last", .last),
        (.GET, "/api/v1/users/{id}/timeentries/last", .last),
        (.POST, "/api/v1/me/timetracking/start", .start),
        (.POST, "/api/v1/users/{id}/timetracking/start", .start),
        (.POST, "/api/v1/me/timetracking/stop", .stop),
        (.POST, "/api/v1/users/{id}/timetracking/stop", .stop),
        (.POST, "/api/v1/me/timetracking/pause", .pause),
        (.POST, "/api/v1/users/{id}/timetracking/pause", .pause),
        (.POST, "/api/v1/me/timetracking/resume", .resume),
        (.POST, "/api/v1/users/{id}/timetracking/resume", .resume),
        (.GET, "/api/v1/users/me", .me),
        (.GET, "/api/v1/timetracking/settings", .settings),
        (.GET, "/api/v1/tasks/{id}", .task),
    ])

    let configuration: VendorSimulatorConfiguration
    var entries = EntryStore<AworkEntry>()
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
        case .found(let operation, let parameters):
            guard let token = request.bearerToken, configuration.tokens.contains(token) else {
                return .empty(401, headers: [("www-authenticate", "Bearer")])
            }
            let id = parameters["id"]?.lowercased()
            if let id, !Identifiers.isUUID(id) { return .empty(404) }
            let canWrite = !configuration.readOnlyTokens.contains(token)
            let call = Call(request: request, canWrite: canWrite, now: now)
            let batch = parameters["operation"] ?? ""
            do throws(Refused) {
                return try perform(operation, on: id ?? configuration.ownUserID, batch: batch, call)
            } catch {
                return error.answer
            }
        }
    }

    /// - Parameters:
    ///   - id: what the path names: an entry, project, task or user; the token's own user where it names none.
    ///   - batch: the operation of a batch.
    private mutating func perform(
        _ operation: Operation,
        on id: String,
        batch: String,
        _ call: Call
    ) throws(Refused) -> SimulatorAnswer {
        switch operation {
        case .create: try create(call)
        case .list: list(call)
        case .listOfProject: list(call, of: id) { $0.projectID == id }
        case .listOfTask: list(call, of: id) { $0.taskID == id }
        case .get: get(id)
        case .update: try update(id, call)
        case .delete: delete(id, call)
        case .removeBreaks: removeBreaks(id, call)
        case .batch: try self.batch(batch, call)
        case .last: last(of: id, call)
        case .start: try start(for: id, call)
        case .stop: stop(of: id, call)
        case .pause: pause(of: id, call)
        case .resume: resume(of: id, call)
        case .me: me()
        case .settings: settings()
        case .task: task(id)
        }
    }

    /// A request with a good token.
    struct Call {
        let request: SimulatorRequest
        let canWrite: Bool
        /// Milliseconds since 1970.
        let now: Int64

        var seconds: Int64 { now / 1000 }
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

    // MARK: - What the operations share

    /// Ends an operation with an answer.
    struct Refused: Error {
        let answer: SimulatorAnswer
    }

    /// The body as an object.
    mutating func body(of call: Call) throws(Refused) -> JSONView {
        guard call.request.isJSON else {
            throw Refused(answer: refusal(415, "invalid-model", "The body of the request must be application/json."))
        }
        guard let root = try? JSONDocument(parsing: call.request.body).root, root.kind == .object else {
            throw Refused(answer: refusal(400, "invalid-model", "The body of the request is invalid or empty."))
        }
        return root
    }

    mutating func validationRefusal(_ failures: [AworkFields.Failure]) -> SimulatorAnswer {
        let isOrder = failures.allSatisfy(\.isOrder)
        return refusal(
            400,
            isOrder ? "date-dependency" : "validation-failed",
            isOrder
                ? "Two or more date values are in violation with each other."
                : "The model sent in the request is invalid. See the validation errors for details.",
            validationErrors: failures
        )
    }

    /// The 404 for the first of the ids that the vendor does not know; nil where it knows them all.
    mutating func refusal(ofReferences ids: [String]) -> SimulatorAnswer? {
        ids.first(where: configuration.missingReferences.contains).map { notFound($0) }
    }

    mutating func notFound(_ id: String) -> SimulatorAnswer {
        refusal(404, "not-found", "The requested resource could not be located.", details: [id])
    }

    func mayWrite(for user: String, _ call: Call) -> Bool {
        call.canWrite && !configuration.deniedUserIDs.contains(user)
    }

    mutating func unauthorized() -> SimulatorAnswer {
        refusal(401, "unauthorized", "The owner of the request has insufficient permissions.")
    }

    func answer(_ entry: AworkEntry, stored operation: String? = nil) -> SimulatorAnswer {
        .json(200, stored: operation.map { .init(operation: $0, id: entry.id) }) {
            entry.write(ownUserID: configuration.ownUserID, to: &$0)
        }
    }

    mutating func refusal(
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
