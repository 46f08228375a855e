internal import GatewayCore
internal import JSON

/// A native client's request of a golden case: recognised, read, changed by the case's hooks, checked, and answered with
/// the case's answer.
struct CaseProxy {
    let golden: GoldenCase
    let vendor: Vendor
    let zones: ZoneDatabase
    let scripts: (any PluginScripts)?

    func run() async -> JSONObject {
        let given = golden.given
        let body = given["text"]?.string ?? given["body"].map { $0.serialized(.compact) } ?? ""
        let request = NativeRequest(
            method: given["method"]?.string ?? "POST",
            target: given["path"]?.string ?? "",
            headers: (given["headers"]?.object ?? JSONObject()).map { Header($0.key, $0.value.string ?? "") },
            body: Array(body.utf8)
        )
        var found = JSONObject()
        var recognition = vendor.recognise(request)
        if case .operation(let operation) = recognition { recognition = vendor.tell(operation, request) }
        switch recognition {
        case .other: found["recognised"] = "other"
        case .doubtful: found["recognised"] = "doubtful"
        case .operation(let operation):
            found["recognised"] = .string(operation.operation.rawValue)
            do throws(Problem) {
                try await perform(request, operation, &found)
            } catch {
                found["refused"] = .object(CaseProxy.shown(vendor.nativeRefusal(error, requestID: "case")))
                found["code"] = .string(error.code.rawValue)
            }
        }
        return found
    }

    private func perform(
        _ request: NativeRequest,
        _ operation: NativeOperation,
        _ found: inout JSONObject
    ) async throws(Problem) {
        var call = golden.call
        call = Call(
            id: call.id,
            operation: operation.operation,
            connection: call.connection,
            caller: call.caller,
            handling: call.handling,
            now: call.now
        )
        let native = NativeCall(
            request,
            operation,
            call,
            at: vendor,
            zones: zones,
            credentials: golden.credentials,
            unreadable: golden.unreadable
        )
        // Reads that rules need take the first answers, and the request itself the last.
        let reads = golden.answers.dropLast(1)
        let ports = NativePorts(
            onEntry: golden.hooks.entry.map { CaseProxy.step($0) },
            onAnswer: golden.hooks.answer.map { CaseProxy.step($0) },
            scripts: scripts,
            reads: CaseReads(answer: reads.first.map { CaseProxy.answer($0) })
        )
        let forward = try await native.prepare(ports)
        found["entry"] = forward.entry.json
        found["mapping"] = forward.report.fieldsByKind
        found["unreadable"] = .array(forward.unreadable.map { .string($0.pointer) })
        let text = String(decoding: forward.request.body, as: UTF8.self)
        found["forward"] = .object(shown(text, golden.expect["forward"]))
        guard let last = golden.answers.last else { return }
        let header = vendor.manifest.operations[operation.operation]?.idHeader
        let outcome = try await native.conclude(CaseProxy.answer(last, naming: header), to: forward, ports)
        let answered = String(decoding: outcome.body, as: UTF8.self)
        found["answer"] = .object(shown(answered, golden.expect["answer"]))
        found["entries"] = .array(outcome.entries.map(\.json))
        if let problem = outcome.problem { found["code"] = .string(problem.code.rawValue) }
    }

    /// The body as text where the case expects it byte for byte, else as JSON.
    private func shown(_ text: String, _ expected: JSONValue?) -> JSONObject {
        var object = JSONObject()
        if expected?["text"] != nil { object["text"] = .string(text) }
        if expected?["body"] != nil { object["body"] = (try? JSONValue(parsing: text)) ?? .string(text) }
        return object
    }

    private static func step(_ patch: JSONValue) -> NativePorts.EntryStep {
        { entry, _ throws(Problem) in
            if let message = patch["refuse"]?.string {
                var problem = Problem(.refusedByPlugin, message, origin: .gateway)
                problem.errors = [FieldError(.refusedByPlugin, patch["field"]?.string, message)]
                throw problem
            }
            return try Entry(golden: entry.json.patched(by: patch))
        }
    }

    /// - Parameter header: the one that names a new entry.
    fileprivate static func answer(_ value: JSONValue, naming header: String? = nil) -> NativeAnswer {
        let text = value["text"]?.string ?? value["body"].map { $0.serialized(.compact) } ?? ""
        var answer = NativeAnswer(status: value["status"]?.int64.map { Int($0) } ?? 200, body: Array(text.utf8))
        answer.idHeader = header.flatMap { name in
            value["headers"]?.object?.first { $0.key.lowercased() == name }?.value.string
        }
        return answer
    }

    static func shown(_ refusal: NativeRefusal) -> JSONObject {
        var headers = JSONObject()
        for header in refusal.headers { headers[header.name] = .string(header.value) }
        return [
            "status": .integer(Int64(refusal.status)), "headers": .object(headers),
            "body": (try? JSONValue(parsing: refusal.body)) ?? .null,
        ]
    }
}

/// The first answer of a case, to whatever a rule reads.
private final class CaseReads: NativeReads {
    private let answer: NativeAnswer?

    init(answer: NativeAnswer?) { self.answer = answer }

    func fetch(_ read: NativeRead, _ call: Call) async throws(Problem) -> NativeAnswer {
        guard let answer else {
            throw Problem(.internalError, "The case has no answer for \(read.method) \(read.target).")
        }
        return answer
    }

    func lookUps(_ call: Call) -> LookUps? { nil }

    func probe(before call: Call) async {}

    func ownedByAnother(_ write: JournaledWrite, answered id: String) async -> Problem? { nil }

    func doubled(_ write: JournaledWrite, answered id: String, _ call: Call) async -> Problem? { nil }
}

extension JSONValue {
    /// RFC 7396, section 2.
    fileprivate func patched(by patch: JSONValue) -> JSONValue {
        guard let changes = patch.object else { return patch }
        var object = self.object ?? JSONObject()
        for member in changes {
            if member.value.isNull {
                object[member.key] = Optional.none
            } else {
                object[member.key] = (object[member.key] ?? .null).patched(by: member.value)
            }
        }
        return .object(object)
    }
}
