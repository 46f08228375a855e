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
    final class Target: Sendable {
        let configured: ConfiguredConnection
        /// What calls take of it; `nil` where the connection is disabled.
        let ready: EntryAPI.Target?
        /// `/v1/acme/time-entries/`
        let path: String

        init(
            configured: ConfiguredConnection,
            scripts: (any PluginScripts)?,
            hooks: Hooks? = nil,
            gate: ConnectionGate? = nil,
            path: String
        ) {
            self.configured = configured
            self.path = path
            guard case .ready(let connection, let plugin) = configured.state else {
                ready = nil
                return
            }
            ready = EntryAPI.Target(
                connection: connection,
                plugin: plugin,
                scripts: scripts,
                hooks: hooks,
                gate: gate,
                path: path
            )
        }

        var scripts: (any PluginScripts)? { ready?.scripts }
        var hooks: Hooks? { ready?.hooks }
    }

    /// What the configuration says: calls take what they need of it at their beginning and end with that.
    private(set) var generation: LoopGeneration
    var targets: [String: Target] { generation.targets }
    var entries: EntryAPI { generation.entries }
    let executor: LoopExecutor
    let eventLoop: any EventLoop
    let desk: CallDesk
    var records: CallRecords?
    let streams: StreamDesk
    /// `nil` where no connection is proxied.
    var proxyAPI: ProxyAPI? { generation.proxy }
    private let accessLog: AccessLog?
    private(set) var metrics = Metrics()
    private var lines = AccessLines()
    private var ids = RequestIDs()
    private var lastID = ""

    init(
        generation: LoopGeneration,
        executor: LoopExecutor,
        eventLoop: any EventLoop,
        desk: CallDesk,
        records: RecordLimits?,
        streams: StreamDesk,
        accessLog: AccessLog?
    ) {
        self.eventLoop = eventLoop
        self.desk = desk
        self.records = records.map { CallRecords($0) }
        self.generation = generation
        self.executor = executor
        self.streams = streams
        self.accessLog = accessLog
        takeNotes()
    }

    /// Takes another configuration on.
    ///
    /// - Returns: the one before, to be let go of elsewhere: closing its sandboxes takes time.
    func adopt(_ next: LoopGeneration) -> LoopGeneration {
        let former = generation
        generation = next
        takeNotes()
        return former
    }

    /// Counts what the proxy answers, and keeps its records.
    private func takeNotes() {
        proxyAPI?.note = { [weak self] id, connection, status, problem in
            guard let self else { return }
            self.lastID = id
            self.metrics.count(connection, "proxy", status)
            if let problem { self.metrics.count(problem: problem.rawValue) }
        }
        proxyAPI?.tunnelOpened = { [weak self] connection in self?.metrics.tunnelOpened(connection) }
        proxyAPI?.tunnelEnded = { [weak self] id, connection, summary in
            guard let self else { return }
            self.lastID = id
            self.metrics.count(connection, "tunnel", 200)
            self.metrics.tunnelEnded(connection, toVendor: summary.toFar, toClient: summary.toClient)
        }
        proxyAPI?.generation = generation.number
        if records != nil { proxyAPI?.keep = { [weak self] record in self?.records?.add(record) } }
    }

    func nextID() -> String { ids.next() }

    // MARK: - Requests

    func respond(to request: InboundRequest, reply: ReplyHandle) {
        if let proxyAPI, proxyAPI.table.takes(request.head) { return proxy(request.head, nil, reply, bound: nil) }
        respond(to: request, nil, reply)
    }

    func respond(to request: StreamedRequest, reply: ReplyHandle) {
        if let proxyAPI, proxyAPI.table.takes(request.head) {
            return proxy(request.head, request.body, reply, bound: nil)
        }
        let whole = InboundRequest(head: request.head, body: [], remoteAddress: request.remoteAddress)
        respond(to: whole, request.body, reply)
    }

    /// - Parameter stream: the body, where it is still arriving.
    private func respond(to request: InboundRequest, _ stream: StreamedBody?, _ reply: ReplyHandle) {
        let id = ids.next()
        do throws(Problem) {
            try route(request, stream, id, reply)
        } catch {
            refuse(error, to: request, id, reply)
        }
    }

    private func route(
        _ request: InboundRequest,
        _ stream: StreamedBody?,
        _ id: String,
        _ reply: ReplyHandle
    ) throws(Problem) {
        // No connection is called as one of the other paths begins.
        if let name = EntryRoute.connection(ofEntriesAt: request.head.pathBytes), targets[name] != nil {
            let key = try authenticate(request)
            if let route = try EntryRoute.parse(request.method, []) {
                return try call(route, request, stream, name, key.key.caller, id, reply)
            }
        }
        let segments: [String]
        switch RequestPath.parse(request.head.pathBytes) {
        case .success(let path):
            if path.hasTrailingSlash {
                throw Problem(.notFound, "There is nothing at \(request.path): it ends in \"/\".")
            }
            segments = path.segments
        case .failure(let refusal):
            if request.head.isConnect {
                throw Problem(.connectRefused, "CONNECT is refused: no connection is proxied.")
            }
            throw Problem(.malformedRequest, refusal.rawValue)
        }
        if segments == ["livez"] {
            guard request.method == .get || request.method == .head else { throw UnifiedAPI.notAllowed("GET, HEAD") }
            return finish(.text("ok\n"), id, reply)
        }
        guard segments.first == "v1" else {
            if let page = try Docs.answer(to: request, at: segments) { return finish(page, id, reply) }
            throw Problem(.notFound, "There is nothing at \(request.path).")
        }
        let key = try authenticate(request)
        if segments == ["v1", "connections"] {
            guard request.method == .get || request.method == .head else { throw UnifiedAPI.notAllowed("GET, HEAD") }
            return finish(.json(ConnectionsBody.list(key.key.caller, targets)), id, reply)
        }
        if segments.count == 3, segments[1] == "connections" {
            guard request.method == .get || request.method == .head else { throw UnifiedAPI.notAllowed("GET, HEAD") }
            let target = try target(segments[2], key.key.caller)
            return finish(.json(ConnectionsBody.one(target)), id, reply)
        }
        if segments.count <= 3, segments.dropFirst().first == "outcomes" {
            return try outcomes(request, key.key.caller, key: segments.count == 3 ? segments[2] : nil, id, reply)
        }
        if segments.count == 3, segments[1] == "calls" {
            return try call(segments[2], request, key.key.caller, id, reply)
        }
        if segments == ["v1", "time-entries"] { return try mergedList(request, key.key.caller, id, reply) }
        guard segments.count >= 3, segments[2] == "time-entries",
            let route = try EntryRoute.parse(request.method, segments[3...])
        else { throw Problem(.notFound, "There is nothing at \(request.path).") }
        try call(route, request, stream, segments[1], key.key.caller, id, reply)
    }

    func disabled(_ target: Target) -> Problem {
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
        let entry = try entry(of: request)
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

    /// Who is calling, whether or not they may call now.
    func caller(of request: InboundRequest) -> Caller? { (try? entry(of: request))?.key.caller }

    private func entry(of request: InboundRequest) throws(Problem) -> KeyRing.Entry {
        guard let value = request.headers.first("authorization"), request.headers.count(of: "authorization") == 1 else {
            throw Problem(.unauthenticated, "The request has no Authorization header.")
        }
        let scheme: StaticString = "bearer "
        guard value.count > scheme.utf8CodeUnitCount, value.withUnsafeBytes({ $0.hasPrefixIgnoringCase(scheme) }) else {
            throw Problem(.unauthenticated, "The Authorization header must be Bearer and a key.")
        }
        let token = value.dropFirst(scheme.utf8CodeUnitCount)
        guard let entry = generation.keys.entry(forToken: token) else {
            throw Problem(.unauthenticated, "The key is not known to this gateway.")
        }
        return entry
    }

    func target(_ name: String, _ caller: Caller) throws(Problem) -> Target {
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

    // MARK: - Calls

    private func call(
        _ route: EntryRoute,
        _ request: InboundRequest,
        _ stream: StreamedBody?,
        _ name: String,
        _ caller: Caller,
        _ id: String,
        _ reply: ReplyHandle
    ) throws(Problem) {
        let target = try target(name, caller)
        guard let ready = target.ready else { throw disabled(target) }
        let entries = entries
        let note =
            records == nil
            ? nil : Note(id, request, caller, ready.connection, route.operation.rawValue, generation.number)
        let prepared: EntryAPI.Prepared
        do throws(Problem) {
            prepared = try entries.prepare(
                route,
                CallParameters(request),
                request.body,
                isStreamed: stream != nil,
                id: id,
                caller: caller,
                ready,
                trace: note?.trace
            )
        } catch {
            if let note { keep(note, error.status, error.body(requestID: id)) }
            throw error
        }
        let recorder = route == .batch ? note.map { BatchRecorder(self, $0) } : nil
        if let stream { return try batch(prepared, ready, stream, recorder, reply) }
        // Starts at once on this loop; only what waits for the vendor goes on later, and on this loop again.
        Task.immediate(executorPreference: executor) {
            do throws(Problem) {
                let response = try await entries.perform(prepared, ready, recorder)
                self.end(prepared.call, response, recorder, note, reply)
            } catch {
                self.end(prepared.call, error, note, reply)
            }
        }
    }

    // MARK: - Answers

    @inline(never)
    private func end(
        _ call: Call,
        _ response: consuming OutboundResponse,
        _ recorder: BatchRecorder?,
        _ note: Note?,
        _ reply: ReplyHandle
    ) {
        response.addLimits(of: call.gate)
        metrics.count(call.connection.name, call.operation.rawValue, response.status)
        finish(response, call.id, reply)
        if let recorder {
            recorder.end(response.status, response.body)
        } else if let note {
            keep(note, response.status, response.body)
        }
    }

    @inline(never)
    private func end(_ call: Call, _ problem: Problem, _ note: Note?, _ reply: ReplyHandle) {
        let (name, operation) = (call.connection.name, call.operation.rawValue)
        send(problem, call.id, connection: name, operation: operation, gate: call.gate, reply)
        if let note { keep(note, problem.status, problem.body(requestID: call.id)) }
    }

    private func send(
        _ problem: Problem,
        _ id: String,
        connection: String,
        operation: String,
        gate: ConnectionGate? = nil,
        _ reply: ReplyHandle
    ) {
        metrics.count(connection, operation, problem.status)
        metrics.count(problem: problem.code.rawValue)
        var response = UnifiedAPI.response(problem, id)
        response.addLimits(of: gate)
        finish(response, id, reply)
    }

    func refuse(_ problem: Problem, _ operation: String, _ id: String, _ reply: ReplyHandle) {
        send(problem, id, connection: "-", operation: operation, reply)
    }

    static func response(_ problem: Problem, _ id: String) -> OutboundResponse {
        var response = OutboundResponse.problem(status: problem.status, problem.body(requestID: id))
        if let seconds = problem.retryAfter { response.addHeader("Retry-After", String(seconds)) }
        if let key = problem.extra["idempotency_key"]?.string { response.addHeader("Idempotency-Key", key) }
        if problem.code == .unauthenticated { response.addHeader("WWW-Authenticate", "Bearer realm=\"timegate\"") }
        if problem.code == .methodNotAllowed, let methods = problem.extra["allow"]?.string {
            response.addHeader("Allow", methods)
        }
        return response
    }

    func count(_ connection: String, _ operation: String, _ status: Int) {
        metrics.count(connection, operation, status)
    }

    func finish(_ response: OutboundResponse, _ id: String, _ reply: ReplyHandle) {
        var response = response
        response.addHeader("X-Request-Id", id)
        lastID = id
        reply.send(response)
    }

    func end(_ answer: StreamedAnswer, _ id: String) {
        lastID = id
        answer.end()
    }

    /// Faults that the front end finds before there is a request.
    func problem(status: Int, code: String, detail: String) -> OutboundResponse {
        let id = ids.next()
        lastID = id
        metrics.count("-", "-", status)
        metrics.count(problem: code)
        var response = FrontEndProblem.response(status: status, code: code, detail: detail, id: id)
        response.addHeader("X-Request-Id", id)
        // A client of a vendor must be able to tell the gateway's refusals from the vendor's.
        if proxyAPI != nil { response.addHeader("Timegate-Error", code) }
        return response
    }

    func requestFinished(_ record: AccessRecord) {
        // A tunnel lasts as long as its ends like.
        if record.head?.isConnect != true { metrics.time(microseconds: record.microseconds) }
        guard accessLog != nil else { return }
        lines.add(record, requestID: lastID, second: SystemClock.second())
        if lines.bytes.count > 32_768 { flushLog() }
    }

    func flushLog() {
        guard let accessLog, !lines.bytes.isEmpty else { return }
        accessLog.take(lines.take())
    }
}

extension OutboundResponse {
    /// Tells what is left of the vendor's rate limits at a connection that has any.
    fileprivate mutating func addLimits(of gate: ConnectionGate?) {
        guard let gate, let policy = gate.policyHeader else { return }
        addHeader("RateLimit-Policy", policy)
        if let limit = gate.limitHeader(now: SendTimer.uptime()) { addHeader("RateLimit", limit) }
    }
}
