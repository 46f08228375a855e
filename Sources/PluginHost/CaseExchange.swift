internal import GatewayCore
internal import JSON
internal import Synchronization

/// An operation of a golden case from end to end: the requests that the vendor gets, the answers that the case gives in
/// turn, and what the caller gets.
struct CaseExchange {
    let golden: GoldenCase
    let plugin: LoadedPlugin
    let pipeline: Pipeline
    let scripts: (any PluginScripts)?

    func run() async throws(Problem) -> JSONObject {
        let upstream = ScriptedUpstream(answers: golden.answers, origin: golden.connection.origin)
        var found = JSONObject()
        do throws(Problem) {
            found = try await perform(upstream)
        } catch {
            found["problem"] = (try? JSONValue(parsing: error.body(requestID: "case"))) ?? .null
        }
        found["requests"] = .array(upstream.requests)
        if upstream.left > 0 { found["unused_answers"] = .integer(Int64(upstream.left)) }
        return found
    }

    /// What the plugin's `reconcile` makes of an entry whose answer was lost.
    func reconcile() async throws(Problem) -> JSONObject {
        guard plugin.vendor.manifest.functions.contains(.reconcile), let scripts else {
            throw Problem(.pluginFailed, "The plugin has no function reconcile.", origin: .plugin)
        }
        let upstream = ScriptedUpstream(answers: golden.answers, origin: golden.connection.origin)
        var found = JSONObject()
        do throws(Problem) {
            let finding = try await pipeline.find(
                golden.given,
                sentAt: golden.now,
                golden.call,
                at: plugin.vendor,
                scripts: scripts,
                upstream: upstream
            )
            switch finding {
            case .found(let id): found["found"] = .string(id)
            case .absent: found["found"] = false
            case .unclear(let reason): found["unclear"] = .string(reason)
            }
        } catch {
            found["problem"] = (try? JSONValue(parsing: error.body(requestID: "case"))) ?? .null
        }
        found["requests"] = .array(upstream.requests)
        return found
    }

    private func perform(_ upstream: ScriptedUpstream) async throws(Problem) -> JSONObject {
        var call = golden.call
        let given = golden.given
        call.entryID = given["id"]?.string
        call.isPlan = false
        var found = JSONObject()
        let vendor = plugin.vendor
        switch golden.operation {
        case .create, .replace:
            let document = try parse(given["entry"])
            let outcome = try await pipeline.create(
                document.root,
                call,
                at: vendor,
                scripts: scripts,
                upstream: upstream
            )
            add(outcome, to: &found)
        case .update:
            let document = try parse(given["entry"])
            let outcome = try await pipeline.update(
                document.root,
                call,
                at: vendor,
                scripts: scripts,
                upstream: upstream
            )
            add(outcome, to: &found)
        case .get:
            add(.recorded(try await pipeline.get(call, at: vendor, scripts: scripts, upstream: upstream)), to: &found)
        case .delete where given["ids"] == nil:
            add(try await pipeline.delete(call, at: vendor, scripts: scripts, upstream: upstream), to: &found)
        case .list:
            var query = ListQuery()
            for member in given["query"]?.object ?? JSONObject() {
                try query.take(member.key, member.value.string ?? member.value.serialized(.compact))
            }
            let page = try await pipeline.list(query, call, at: vendor, scripts: scripts, upstream: upstream)
            found["entries"] = .array(page.entries.map(\.entry.json))
            found["has_more"] = .bool(page.nextCursor != nil)
        default:
            let reason = given["reason"]?.string
            guard let ids = given["ids"]?.array?.compactMap(\.string) else {
                let outcome = try await pipeline.act(
                    reason: reason,
                    call,
                    at: vendor,
                    scripts: scripts,
                    upstream: upstream
                )
                add(outcome, to: &found)
                return found
            }
            var items: [ItemOutcome] = []
            if pipeline.actsInBulk(call, reason, vendor) {
                items = try await pipeline.act(
                    inBulk: ids,
                    call,
                    at: vendor,
                    scripts: scripts,
                    upstream: upstream
                )
            } else {
                for id in ids {
                    var one = call
                    one.entryID = id
                    do throws(Problem) {
                        let outcome =
                            if one.operation == .delete {
                                try await pipeline.delete(one, at: vendor, scripts: scripts, upstream: upstream)
                            } else {
                                try await pipeline.act(
                                    reason: reason,
                                    one,
                                    at: vendor,
                                    scripts: scripts,
                                    upstream: upstream
                                )
                            }
                        items.append(ItemOutcome(id: id, result: .success(outcome)))
                    } catch {
                        items.append(ItemOutcome(id: id, result: .failure(error)))
                    }
                }
            }
            found["outcomes"] = .array(
                items.map { item in
                    switch item.result {
                    case .success(.recorded(let recorded)):
                        [
                            "id": .string(item.id), "status": 200,
                            "approval": recorded.entry[.approvalState]?.json ?? .null,
                        ]
                    case .success: ["id": .string(item.id), "status": 204]
                    case .failure(let problem):
                        [
                            "id": .string(item.id), "status": .integer(Int64(problem.status)),
                            "code": .string(problem.code.rawValue),
                        ]
                    }
                }
            )
        }
        return found
    }

    private func add(_ outcome: CallOutcome, to found: inout JSONObject) {
        switch outcome {
        case .recorded(let recorded):
            found["entry"] = recorded.entry.json
            found["mapping"] = recorded.report.fieldsByKind
        case .deleted: found["deleted"] = true
        case .acted: break
        case .planned: break
        }
    }

    private func parse(_ value: JSONValue?) throws(Problem) -> JSONDocument {
        do throws(JSONError) {
            return try JSONDocument(parsing: (value ?? .null).serialized(.compact))
        } catch {
            throw Problem(.malformedJSON, error.message)
        }
    }
}

/// Answers each request with the next answer of the case, and keeps what was asked.
private final class ScriptedUpstream: Upstream {
    private struct State {
        var answers: [JSONValue]
        var requests: [JSONValue] = []
    }

    private let state: Mutex<State>
    private let origin: String

    init(answers: [JSONValue], origin: String) {
        state = Mutex(State(answers: answers.reversed()))
        self.origin = origin
    }

    var requests: [JSONValue] { state.withLock { $0.requests } }

    /// How many answers nobody asked for.
    var left: Int { state.withLock { $0.answers.count } }

    func send(_ request: UpstreamRequest) async -> Result<UpstreamAnswer, UpstreamFailure> {
        var headers = JSONObject()
        for header in request.headers { headers[header.name] = .string(header.shown) }
        var shown: JSONObject = [
            "method": .string(request.method), "path": .string(String(request.url.dropFirst(origin.count))),
            "headers": .object(headers),
        ]
        shown["body"] = request.body.flatMap { try? JSONValue(parsing: $0) } ?? .null
        let answer = state.withLock { state in
            state.requests.append(.object(shown))
            return state.answers.popLast()
        }
        guard let answer else {
            let message = "the case has no answer for \(request.method) \(request.url)"
            return .failure(UpstreamFailure(kind: .unreachable, maySent: false, message: message))
        }
        let body = answer["text"]?.string ?? answer["body"].map { $0.serialized(.compact) } ?? ""
        let headerValues = answer["headers"]
        var result = UpstreamAnswer(
            status: answer["status"]?.int64.map { Int($0) } ?? 200,
            body: Array(body.utf8),
            retryAfter: headerValues?["Retry-After"]?.string
        )
        if let name = request.wantedHeader {
            result.wantedHeader = headerValues?.object?.first { $0.key.lowercased() == name }?.value.string
        }
        return .success(result)
    }
}
