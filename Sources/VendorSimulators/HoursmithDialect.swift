import JSON
import NIOHTTP1

/// Hoursmith's time entries: create, get, list, update, delete; and `/me`.
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
/// From the vendor's other pages too: the members of `/me` (`role`: `OWNER`, `scopes`: `read`, and so on).
///
/// Inferred: the other roles' and scopes' words; the success status is 201; `taskId` is taken; null and all other members are refused, also `userId`,
/// `startedAt` and `stoppedAt`, since no page shows them on create; `billable` defaults to true; only successes are
/// replayed, keyed by token and key and compared byte by byte; a PATCH takes any of create's members, null empties
/// `taskId` and `note`; a DELETE answers 204, and the entry is gone; entries of `invoicedProjects` are invoiced, and
/// locked (409); the default sort of a list is `-entryDate`; a parameter that is not documented is 400; nothing runs.
struct HoursmithDialect: VendorDialect {
    private enum Operation { case create, list, get, update, delete, me }

    private static let router = Router<Operation>([
        (.POST, "/api/v1/time-entries", .create), (.GET, "/api/v1/time-entries", .list),
        (.GET, "/api/v1/time-entries/{id}", .get), (.PATCH, "/api/v1/time-entries/{id}", .update),
        (.DELETE, "/api/v1/time-entries/{id}", .delete), (.GET, "/api/v1/me", .me),
    ])
    private static let replayWindow: Int64 = 24 * 3600 * 1000

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
    private var entries = EntryStore<HoursmithEntry>()
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
        case .found(let operation, let parameters):
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
            let isRead = operation == .list || operation == .get || operation == .me
            guard isRead || !configuration.readOnlyTokens.contains(token) else {
                return Self.refusal(403, "forbidden_scope", "The access token lacks the scope to write time entries.")
            }
            switch operation {
            case .create: return replayOrCreate(request, token: token, now: now)
            case .list: return list(request)
            case .me: return me(token)
            case .get, .update, .delete: return one(operation, parameters["id"] ?? "", request, now: now)
            }
        }
    }

    // MARK: - Reading

    private func me(_ token: String) -> SimulatorAnswer {
        .json(200) { writer in
            let answer: JSONValue = [
                "data": [
                    "orgId": .string(HoursmithEntry.workspaceID), "orgName": "Studio", "plan": "studio",
                    "role": configuration.memberTokens.contains(token) ? "MEMBER" : "OWNER", "tokenName": "gateway",
                    "scopes": configuration.readOnlyTokens.contains(token) ? ["read"] : ["read", "write"],
                    "projectIds": [],
                ]
            ]
            writer.value(answer)
        }
    }

    private func list(_ request: SimulatorRequest) -> SimulatorAnswer {
        do throws(HoursmithList.Refusal) {
            let list = try HoursmithList(RequestQuery(target: request.target))
            let (page, next) = list.page(entries.all, ownUserID: configuration.ownUserID)
            return .json(200) { writer in
                writer.beginObject()
                writer.name("data")
                writer.beginArray()
                for entry in page { write(entry, to: &writer) }
                writer.endArray()
                writer.name("nextCursor")
                if let next { writer.string(next) } else { writer.null() }
                writer.endObject()
            }
        } catch {
            return Self.refusal(400, "bad_request", error.message)
        }
    }

    // MARK: - One entry

    private mutating func one(
        _ operation: Operation,
        _ id: String,
        _ request: SimulatorRequest,
        now: Int64
    ) -> SimulatorAnswer {
        guard let entry = entries[id] else {
            return Self.refusal(404, "not_found", "The time entry does not exist or is not visible to you.")
        }
        if operation == .get {
            return .json(200) { writer in wrapped(entry, to: &writer) }
        }
        guard entry.invoiceID == nil else {
            return Self.refusal(409, "conflict", "The time entry is invoiced, and locked.")
        }
        guard operation == .update else {
            _ = entries.remove(id)
            var answer = SimulatorAnswer.empty(204)
            answer.stored = .init(operation: "delete", id: id)
            return answer
        }
        guard request.isJSON, let root = try? JSONDocument(parsing: request.body).root, root.kind == .object else {
            return Self.refusal(400, "bad_request", "The body must be a JSON object, sent as application/json.")
        }
        var fields = HoursmithFields(root)
        var changed = entry
        changed.change(&fields)
        guard fields.errors.isEmpty else {
            return Self.refusal(422, "validation_error", "The request body is not valid.", fields: fields.errors)
        }
        if let refusal = missing(changed) { return refusal }
        changed.updatedAt = now
        entries.update(id) { $0 = changed }
        return .json(200, stored: .init(operation: "update", id: id)) { writer in wrapped(changed, to: &writer) }
    }

    private func missing(_ entry: HoursmithEntry) -> SimulatorAnswer? {
        for (id, kind) in [(entry.projectID, "project"), (entry.taskID, "task")] {
            guard let id, configuration.missingReferences.contains(id) else { continue }
            return Self.refusal(404, "not_found", "The \(kind) does not exist or is not visible to you.")
        }
        return nil
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
        if !request.ignoresKey, let replay = replays[replayKey], now - replay.at < Self.replayWindow {
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
        let draft = HoursmithEntry(
            id: "",
            projectID: projectID,
            taskID: taskID,
            durationSeconds: durationSeconds,
            isBillable: isBillable ?? true,
            note: note,
            entryDate: entryDate,
            invoiceID: configuration.invoicedProjects.contains(projectID)
                ? "4f163819-178d-470c-a246-d6768476a6ec" : nil,
            createdAt: now,
            updatedAt: now
        )
        if let refusal = missing(draft) { return refusal }
        let entry = entries.create { number in
            var entry = draft
            entry.id = Identifiers.uuid(kind: 0x8075_0001, number: number + 1)
            return (entry.id, entry)
        }
        return .json(201, stored: .init(operation: "create", id: entry.id)) { writer in wrapped(entry, to: &writer) }
    }

    private func wrapped(_ entry: HoursmithEntry, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("data")
        write(entry, to: &writer)
        writer.endObject()
    }

    private func write(_ entry: HoursmithEntry, to writer: inout JSONWriter) {
        entry.write(ownUserID: configuration.ownUserID, to: &writer)
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
