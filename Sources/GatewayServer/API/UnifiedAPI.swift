internal import Crypto
internal import GatewayCore
internal import Glibc
internal import JSON
internal import NIOCore
internal import PluginHost

/// The unified API on one event loop: `/v1/…`.
///
/// `@unchecked Sendable`: everything in it belongs to its event loop. It is made there, called there by the front end, and
/// the calls that it starts run there (`LoopExecutor`).
final class UnifiedAPI: HTTPResponder, @unchecked Sendable {
    /// A connection with what runs its plugin's functions on this loop.
    struct Target {
        let configured: ConfiguredConnection
        let scripts: (any PluginScripts)?
        let path: String
    }

    private let targets: [String: Target]
    private let keys: KeyRing
    private let pipeline: Pipeline
    private let upstream: CurlUpstream
    private let executor: LoopExecutor
    private let accessLog: AccessLog?
    private let vendorTimeoutMilliseconds: Int
    private(set) var metrics = Metrics()
    private var lines = AccessLines()
    private var ids = RequestIDs()
    private var lastID = ""

    init(
        targets: [String: Target],
        keys: KeyRing,
        pipeline: Pipeline,
        upstream: CurlUpstream,
        executor: LoopExecutor,
        accessLog: AccessLog?,
        vendorTimeoutMilliseconds: Int
    ) {
        self.targets = targets
        self.keys = keys
        self.pipeline = pipeline
        self.upstream = upstream
        self.executor = executor
        self.accessLog = accessLog
        self.vendorTimeoutMilliseconds = vendorTimeoutMilliseconds
    }

    // MARK: - Requests

    func respond(to request: InboundRequest, reply: ReplyHandle) {
        let id = ids.next()
        do throws(Problem) {
            try route(request, id, reply)
        } catch {
            send(error, id, connection: "-", operation: "-", reply)
        }
    }

    private func route(_ request: InboundRequest, _ id: String, _ reply: ReplyHandle) throws(Problem) {
        let segments: [String]
        switch RequestPath.parse(request.head.pathBytes) {
        case .success(let path):
            if path.hasTrailingSlash {
                throw Problem(.notFound, "There is nothing at \(request.path): it ends in \"/\".")
            }
            segments = path.segments
        case .failure(let refusal): throw Problem(.malformedRequest, refusal.rawValue)
        }
        if segments == ["livez"] {
            guard request.method == .get || request.method == .head else { throw UnifiedAPI.notAllowed("GET, HEAD") }
            return finish(.text("ok\n"), id, reply)
        }
        guard segments.first == "v1" else {
            throw Problem(.notFound, "There is nothing at \(request.path).")
        }
        let key = try authenticate(request)
        if segments == ["v1", "connections"] {
            guard request.method == .get || request.method == .head else { throw UnifiedAPI.notAllowed("GET, HEAD") }
            return finish(.json(connectionList(key.key.caller)), id, reply)
        }
        if segments.count == 4, segments[2] == "time-entries", let operation = UnifiedAPI.operation(of: request.method)
        {
            throw notOffered(operation, try target(segments[1], key.key.caller))
        }
        guard segments.count == 3, segments[2] == "time-entries" else {
            throw Problem(.notFound, "There is nothing at \(request.path).")
        }
        guard request.method == .post else { throw UnifiedAPI.notAllowed("POST") }
        try create(request, segments[1], key.key.caller, id, reply)
    }

    /// What a method asks of one entry.
    private static func operation(of method: RequestMethod) -> Operation? {
        switch method {
        case .get, .head: .get
        case .patch: .update
        case .put: .replace
        case .delete: .delete
        default: nil
        }
    }

    private func notOffered(_ operation: Operation, _ target: Target) -> Problem {
        guard case .ready(_, let plugin) = target.configured.state else { return disabled(target) }
        let known = plugin.vendor.manifest.operations.keys.map(\.rawValue).sorted()
        var problem = Problem(
            .unsupportedOperation,
            "\(plugin.vendor.title) does not offer \(operation.rawValue) here; it offers \(known.joined(separator: ", ")).",
            origin: .gateway
        )
        problem.extra["operations"] = .array(known.map { .string($0) })
        return problem
    }

    private func disabled(_ target: Target) -> Problem {
        var reason = ""
        if case .disabled(_, let why) = target.configured.state { reason = why }
        return Problem(
            .connectionDisabled,
            "The connection \(target.configured.name) is disabled: \(reason)",
            origin: .gateway,
            retry: .after
        )
    }

    static func notAllowed(_ methods: String) -> Problem {
        var problem = Problem(.methodNotAllowed, "The methods here are: \(methods).")
        problem.extra["allow"] = .string(methods)
        return problem
    }

    // MARK: - Who is calling

    private func authenticate(_ request: InboundRequest) throws(Problem) -> KeyRing.Entry {
        guard let value = request.headers.first("authorization"), request.headers.count(of: "authorization") == 1 else {
            throw Problem(.unauthenticated, "The request has no Authorization header.")
        }
        let bearer = Array("bearer ".utf8)
        guard value.count > bearer.count, zip(value, bearer).allSatisfy({ $0 | 0x20 == $1 || $0 == $1 }) else {
            throw Problem(.unauthenticated, "The Authorization header must be Bearer and a key.")
        }
        let token = value.dropFirst(bearer.count)
        guard let entry = keys.entry(forToken: token) else {
            throw Problem(.unauthenticated, "The key is not known to this gateway.")
        }
        if let seconds = entry.wait(now: NIODeadline.now().uptimeNanoseconds) {
            let limit = entry.key.limit
            throw Problem(
                .rateLimited,
                "The key \(entry.key.caller.name) may make \(limit?.count ?? 0) requests in \(limit?.seconds ?? 0) s.",
                origin: .gateway,
                retry: .after,
                retryAfter: seconds
            )
        }
        return entry
    }

    private func target(_ name: String, _ caller: Caller) throws(Problem) -> Target {
        guard let target = targets[name] else {
            let visible = caller.connections.filter { targets[$0] != nil }.sorted()
            var problem = Problem(
                .unknownConnection,
                "There is no connection \"\(name)\"; this key can see: \(visible.joined(separator: ", "))."
                    + Suggestion.sentence(for: name, among: visible)
            )
            problem.extra["connections"] = .array(visible.map { .string($0) })
            throw problem
        }
        guard caller.connections.contains(name) else {
            throw Problem(.connectionForbidden, "The key \(caller.name) may not use the connection \(name).")
        }
        return target
    }

    // MARK: - Creating

    private func create(
        _ request: InboundRequest,
        _ name: String,
        _ caller: Caller,
        _ id: String,
        _ reply: ReplyHandle
    ) throws(Problem) {
        let target = try target(name, caller)
        guard case .ready(let connection, let plugin) = target.configured.state else {
            throw disabled(target)
        }
        let options = try CallOptions.read(request, connection: connection)
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: request.body)
        } catch {
            throw Problem(malformed: error)
        }
        let call = Call(
            id: id,
            operation: .create,
            connection: connection,
            caller: caller,
            handling: options.handling,
            now: SystemClock.now(),
            isPlan: options.isPlan,
            idempotencyKey: options.idempotencyKey,
            include: options.include,
            timeoutMilliseconds: vendorTimeoutMilliseconds
        )
        let vendor = plugin.vendor
        // Starts at once on this loop; only what waits for the vendor goes on later, and on this loop again.
        Task.immediate(executorPreference: executor) {
            do throws(Problem) {
                let outcome = try await self.pipeline.create(
                    document.root,
                    call,
                    at: vendor,
                    scripts: target.scripts,
                    upstream: self.upstream
                )
                self.answer(outcome, target, options, id, reply)
            } catch {
                self.send(error, id, connection: name, operation: "create", reply)
            }
        }
    }

    private func answer(
        _ outcome: CallOutcome,
        _ target: Target,
        _ options: CallOptions,
        _ id: String,
        _ reply: ReplyHandle
    ) {
        var response: OutboundResponse
        switch outcome {
        case .recorded(let recorded):
            response = .json(status: 201, AnswerBody.recorded(recorded))
            if let entryID = recorded.entry[.id]?.string {
                response.addHeader("Location", target.path + PathEscape.segment(entryID))
            }
        case .planned(let plan): response = .json(status: 200, AnswerBody.planned(plan))
        }
        if !options.applied.isEmpty { response.addHeader("Preference-Applied", options.applied) }
        metrics.count(target.configured.name, "create", response.status)
        finish(response, id, reply)
    }

    private func connectionList(_ caller: Caller) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for name in caller.connections.sorted() {
            guard let target = targets[name] else { continue }
            writer.beginObject()
            writer.name("name")
            writer.string(name)
            writer.name("vendor")
            writer.string(target.configured.vendor)
            writer.name("state")
            switch target.configured.state {
            case .ready(_, let plugin):
                writer.string("ready")
                writer.name("operations")
                writer.beginArray()
                for operation in plugin.vendor.manifest.operations.keys.map(\.rawValue).sorted() {
                    writer.string(operation)
                }
                writer.endArray()
            case .disabled(_, let reason):
                writer.string("disabled")
                writer.name("reason")
                writer.string(reason)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    // MARK: - Answers

    private func send(
        _ problem: Problem,
        _ id: String,
        connection: String,
        operation: String,
        _ reply: ReplyHandle
    ) {
        metrics.count(connection, operation, problem.status)
        metrics.count(problem: problem.code.rawValue)
        finish(UnifiedAPI.response(problem, id), id, reply)
    }

    static func response(_ problem: Problem, _ id: String) -> OutboundResponse {
        var response = OutboundResponse.problem(status: problem.status, problem.body(requestID: id))
        if let seconds = problem.retryAfter { response.addHeader("Retry-After", String(seconds)) }
        if problem.code == .unauthenticated { response.addHeader("WWW-Authenticate", "Bearer realm=\"timegate\"") }
        if problem.code == .methodNotAllowed, let methods = problem.extra["allow"]?.string {
            response.addHeader("Allow", methods)
        }
        return response
    }

    private func finish(_ response: OutboundResponse, _ id: String, _ reply: ReplyHandle) {
        var response = response
        response.addHeader("X-Request-Id", id)
        lastID = id
        reply.send(response)
    }

    /// Faults that the front end finds before there is a request.
    func problem(status: Int, code: String, detail: String) -> OutboundResponse {
        let id = ids.next()
        lastID = id
        metrics.count("-", "-", status)
        metrics.count(problem: code)
        var response = FrontEndProblem.response(status: status, code: code, detail: detail, id: id)
        response.addHeader("X-Request-Id", id)
        return response
    }

    func requestFinished(_ record: AccessRecord) {
        metrics.time(microseconds: record.microseconds)
        guard accessLog != nil else { return }
        lines.add(record, requestID: lastID, second: SystemClock.second())
        if lines.bytes.count > 32_768 { flushLog() }
    }

    func flushLog() {
        guard let accessLog, !lines.bytes.isEmpty else { return }
        accessLog.take(lines.take())
    }
}
