import JSON
import NIOHTTP1

/// Plannr CRM's time entries under `/api/v1`: create, change, delete, stop and list; and `GET /logins`.
///
/// From the vendor's page: path and method of create; `trackable_type` one of client, board_task, case, circle, firm,
/// task, while the example sends `Client`: any case is taken; `trackable_uuid`, `name`, `description`, `start_date`,
/// `end_date`, `total_time_in_minutes` ("can be used instead of dates"). The answer is 200 with the entry in the page's
/// member order, `account` (who) and `trackable` expanded, `computed_time_elapsed_in_seconds` computed. The page's
/// example sends a range of 45 minutes together with 200 minutes, so contradicting values are taken.
///
/// From the vendor's other pages: type, uuid and name are required; `start_date` and `end_date` may be bare dates too;
/// `Accept` and `Content-Type` JSON and `X-PLANNR-ACCOUNT-UUID` are required; 401 is `{"message":"Unauthenticated."}`;
/// 429 with `X-Ratelimit-Remaining`; a PUT has the same body as a create; a DELETE is answered 200 with the entry;
/// `is_active` means ongoing; the account's uuid is found in `GET /logins`, in the account of each login.
///
/// Inferred: 422 in Laravel's shape `{message, errors}`, also for null, for members that the page does not have, for an
/// end before the start and for an end alone; 403, 404, 406 and 415 with `{message}`; 400 where the account header is
/// missing; a range wins over minutes; start or end together with minutes gives the other; minutes alone leave both
/// dates null; no end and no minutes is a running entry, from now if there is no start; dates are answered in London's
/// offset, as in the page's examples. Also: `Content-Type` is asked only of requests with a body; a stop ends the entry
/// now, and is a 422 where it does not run; only the account that an entry belongs to changes it, others get a 403; the
/// logins come in `data` and need no account header.
struct PlannrDialect: VendorDialect {
    private enum Operation {
        case create, update, delete, stop, list, logins
    }

    private static let router = Router<Operation>([
        (.POST, "/api/v1/time-entry", .create),
        (.PUT, "/api/v1/time-entry/{uuid}", .update),
        (.DELETE, "/api/v1/time-entry/{uuid}", .delete),
        (.POST, "/api/v1/time-entry/{uuid}/stop", .stop),
        (.GET, "/api/v1/time-entry/{type}/{uuid}", .list),
        (.GET, "/api/v1/logins", .logins),
    ])

    let configuration: VendorSimulatorConfiguration
    let zone = TimeZoneRules.named("Europe/London") ?? .utc
    private(set) var entries = EntryStore<PlannrEntry>()

    init(_ configuration: VendorSimulatorConfiguration) {
        self.configuration = configuration
    }

    mutating func answer(_ request: SimulatorRequest, now: Int64) -> SimulatorAnswer {
        switch Self.router.match(request) {
        case .notFound:
            return Self.refusal(404, "The route \(request.path.dropFirst()) could not be found.")
        case .otherMethod(let allowed):
            return notSimulated(request, allowed: allowed)
        case .found(let operation, let parameters):
            if let refused = refusal(ofHeaders: request, operation) { return refused }
            let account = request.single("x-plannr-account-uuid")?.lowercased() ?? ""
            let uuid = parameters["uuid"]?.lowercased() ?? ""
            do throws(Refused) {
                switch operation {
                case .create: return try create(request, account: account, now: now)
                case .update: return try update(uuid, request, account: account, now: now)
                case .delete: return delete(uuid, account: account, now: now)
                case .stop: return stop(uuid, account: account, now: now)
                case .list:
                    return list(request, type: parameters["type"] ?? "", uuid: uuid, account: account, now: now)
                case .logins: return logins(now: now)
                }
            } catch {
                return error.answer
            }
        }
    }

    func rateLimitAnswer(retryAfterSeconds: Int64, now: Int64) -> SimulatorAnswer {
        var answer = Self.refusal(429, "Too Many Attempts.")
        answer.headers = [("x-ratelimit-remaining", "0")]
        return answer
    }

    private func refusal(ofHeaders request: SimulatorRequest, _ operation: Operation) -> SimulatorAnswer? {
        let accepted = request.headers[canonicalForm: "accept"]
        guard accepted.contains(where: { $0.lowercased().hasPrefix("application/json") }) else {
            return Self.refusal(406, "The Accept header must name application/json.")
        }
        guard let token = request.bearerToken, configuration.tokens.contains(token) else {
            return Self.refusal(401, "Unauthenticated.")
        }
        guard operation != .logins else { return nil }
        guard let account = request.single("x-plannr-account-uuid"), Identifiers.isUUID(account) else {
            return Self.refusal(400, "The X-PLANNR-ACCOUNT-UUID header must hold one UUID.")
        }
        guard configuration.accountUUIDs.contains(account.lowercased()),
            operation == .list || !configuration.readOnlyTokens.contains(token)
        else {
            return Self.refusal(403, "This action is unauthorized.")
        }
        guard request.isJSON || (operation != .create && operation != .update && request.body.isEmpty) else {
            return Self.refusal(415, "The Content-Type header must be application/json.")
        }
        return nil
    }

    // MARK: - Operations

    private mutating func create(
        _ request: SimulatorRequest,
        account: String,
        now: Int64
    ) throws(Refused) -> SimulatorAnswer {
        let form = try form(of: request, now: now)
        let entry = entries.create { number in
            let uuid = Identifiers.uuid(kind: 0x91a9_0001, number: number + 1)
            return (
                uuid, PlannrEntry(uuid: uuid, accountUUID: account, form: form, createdAt: now, updatedAt: now)
            )
        }
        return answer(entry, stored: "create", now: now)
    }

    private mutating func update(
        _ uuid: String,
        _ request: SimulatorRequest,
        account: String,
        now: Int64
    ) throws(Refused) -> SimulatorAnswer {
        guard var entry = entries[uuid] else { return Self.noEntry(uuid) }
        guard entry.accountUUID == account else { return Self.refusal(403, "This action is unauthorized.") }
        entry.form = try form(of: request, now: now)
        return keep(&entry, "update", now: now)
    }

    private mutating func delete(_ uuid: String, account: String, now: Int64) -> SimulatorAnswer {
        guard let entry = entries[uuid] else { return Self.noEntry(uuid) }
        guard entry.accountUUID == account else { return Self.refusal(403, "This action is unauthorized.") }
        _ = entries.remove(uuid)
        return answer(entry, stored: "delete", now: now)
    }

    private mutating func stop(_ uuid: String, account: String, now: Int64) -> SimulatorAnswer {
        guard var entry = entries[uuid] else { return Self.noEntry(uuid) }
        guard entry.accountUUID == account else { return Self.refusal(403, "This action is unauthorized.") }
        guard entry.isActive else {
            return Self.validationRefusal([("time_entry", "The time entry is not active.")])
        }
        entry.form.end = max(now, entry.form.start ?? now)
        return keep(&entry, "stop", now: now)
    }

    private mutating func keep(_ entry: inout PlannrEntry, _ operation: String, now: Int64) -> SimulatorAnswer {
        entry.updatedAt = now
        let changed = entry
        entries.update(changed.uuid) { $0 = changed }
        return answer(changed, stored: operation, now: now)
    }

    private func logins(now: Int64) -> SimulatorAnswer {
        let time = InstantFormat.withOffset(now, offset: zone.offset(at: now / 1000))
        let accounts = configuration.accountUUIDs.sorted()
        return .json(200) { writer in
            writer.beginObject()
            writer.name("data")
            writer.beginArray()
            for (number, account) in accounts.enumerated() {
                writer.beginObject()
                writer.name("uuid")
                writer.string(Identifiers.uuid(kind: 0x91a9_0002, number: number + 1))
                writer.name("email")
                writer.string("gareth@codepotato.co.uk")
                writer.name("preferred_account_uuid")
                writer.string(accounts[0])
                writer.name("account")
                PlannrEntry.writePerson(uuid: account, type: "client", at: time, to: &writer)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }

    // MARK: - What they share

    /// Ends an operation with an answer.
    private struct Refused: Error {
        let answer: SimulatorAnswer
    }

    private func form(of request: SimulatorRequest, now: Int64) throws(Refused) -> PlannrForm {
        guard let root = try? JSONDocument(parsing: request.body).root, root.kind == .object else {
            throw Refused(answer: Self.refusal(400, "The request body is not a JSON object."))
        }
        var fields = PlannrFields(root)
        let missing = configuration.missingReferences
        guard let form = PlannrForm(&fields, root, missingReferences: missing, zone: zone, now: now) else {
            throw Refused(answer: Self.validationRefusal(fields.errors))
        }
        return form
    }

    private func answer(_ entry: PlannrEntry, stored operation: String, now: Int64) -> SimulatorAnswer {
        .json(200, stored: .init(operation: operation, id: entry.uuid)) {
            entry.write(zone: zone, now: now, to: &$0)
        }
    }

    private static func noEntry(_ uuid: String) -> SimulatorAnswer {
        refusal(404, "No query results for model [TimeEntry] \(uuid)")
    }

    static func refusal(_ status: Int, _ message: String) -> SimulatorAnswer {
        .json(status) { writer in
            writer.beginObject()
            writer.name("message")
            writer.string(message)
            writer.endObject()
        }
    }

    /// Laravel's summary: the first message, and how many more there are.
    static func validationRefusal(_ errors: [(field: String, message: String)]) -> SimulatorAnswer {
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
