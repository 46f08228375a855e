public import GatewayCore
internal import JSON
internal import NIOPosix
internal import PluginHost

/// A request to the unified API without a connection to carry it.
public struct APIRequest: Sendable {
    public var method: String
    /// `/v1/acme/time-entries/7`, escaped.
    public var path: String
    public var query: String?
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(
        method: String,
        path: String,
        query: String? = nil,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}

/// What the unified API answers.
public struct APIAnswer: Sendable {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]
}

/// Single calls without a server: what the command line uses with a configuration. The same pipeline, the same plugins,
/// a libcurl client of its own.
public final class DirectGateway: Sendable {
    /// What a call came to, and the body that the HTTP API would answer with.
    public struct Answer: Sendable {
        public let status: Int
        public let body: [UInt8]
        /// Whether it was given before, under the same key.
        public let isReplay: Bool
    }

    let setup: GatewaySetup
    private let upstream: CurlUpstream
    private let claims = WriteClaims(asksForEachEntry: true)
    let gates: ConnectionGates
    private let openJournal: JournalOpener
    /// The entries of a batch run beside each other and share what runs the plugin, which one thread only may touch.
    let executor = LoopExecutor(MultiThreadedEventLoopGroup.singleton.next())
    let log: @Sendable (ScriptLogLine) -> Void

    /// The journal for a write, opened when the first one comes; `nil` to do without.
    public typealias JournalOpener = @Sendable (_ hasKey: Bool) throws(Problem) -> JournalSource?

    /// - Throws: if libcurl cannot be started.
    public init(
        _ setup: GatewaySetup,
        openJournal: @escaping JournalOpener = { _ in nil },
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        self.setup = setup
        self.openJournal = openJournal
        gates = ConnectionGates(setup.connections) { gate, time in
            Task {
                await SendTimer.concurrent.sleep(time - SendTimer.uptime())
                gate.tick(now: SendTimer.uptime())
            }
        }
        self.log = { line in log("\(line.plugin): \(line.text)") }
        upstream = try CurlUpstream(userAgent: "timegate")
    }

    /// - Parameters:
    ///   - call: the call that is to be made; `nil` for one that only reads.
    ///   - batch: its entries, which may have keys of their own.
    private func entries(for call: Call?, _ batch: EntryBatch? = nil) throws(Problem) -> EntryAPI {
        guard let call, !call.isPlan, !call.operation.isRead else { return entries(with: nil) }
        return entries(with: try writes(hasKey: call.idempotencyKey != nil || batch?.hasKeys == true))
    }

    /// The way into the journal; `nil` where there is none.
    func writes(hasKey: Bool) throws(Problem) -> Writes? {
        try openJournal(hasKey).map { source in
            Writes(journal: source.make(nil), claims: claims, now: SystemClock.milliseconds)
        }
    }

    func entries(with writes: Writes?) -> EntryAPI {
        EntryAPI(
            pipeline: Pipeline(
                zones: setup.zones,
                timer: .concurrent,
                vendorKey: VendorKey.make,
                writeKey: VendorKey.make
            ),
            upstream: upstream,
            vendorTimeoutMilliseconds: setup.vendorTimeoutMilliseconds,
            writes: writes,
            gates: gates
        )
    }

    public func shutdown() {
        upstream.shutdown(drainMilliseconds: 0)
    }

    /// Creates an entry, or plans it.
    ///
    /// - Parameters:
    ///   - handling: `nil` takes the connection's own.
    ///   - isTraced: whether a plan, or a refusal, shows its steps.
    public func create(
        body: [UInt8],
        connection name: String,
        caller: Caller,
        handling: Handling? = nil,
        isPlan: Bool = false,
        isTraced: Bool = false,
        include: Call.Include = [],
        idempotencyKey: String? = nil
    ) async throws(Problem) -> Answer {
        let (connection, plugin) = try ready(name)
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: body)
        } catch {
            throw Problem(malformed: error)
        }
        var ids = RequestIDs()
        let target = try target(connection, plugin)
        let trace = isTraced ? CallTrace(now: SendTimer.uptime) : nil
        let call = Call(
            id: ids.next(),
            operation: .create,
            connection: connection,
            caller: caller,
            handling: handling ?? connection.handling,
            now: SystemClock.now(),
            isPlan: isPlan,
            idempotencyKey: try key(idempotencyKey),
            include: include,
            timeoutMilliseconds: setup.vendorTimeoutMilliseconds,
            trace: trace,
            hooks: target.hooks
        )
        let entries = try entries(for: call)
        let written: EntryAPI.Written
        do throws(Problem) {
            written = try await entries.write(entries.gated(call), body: document.root, plugin.vendor) {
                call throws(Problem) in
                try await entries.pipeline.create(
                    document.root,
                    call,
                    at: plugin.vendor,
                    scripts: target.scripts,
                    upstream: upstream
                )
            } answer: { outcome in
                entries.answer(outcome, isNew: true, target, trace: trace)
            }
        } catch {
            var problem = error
            if let trace { problem.extra["trace"] = trace.json(hidingSecretsOf: connection) }
            throw problem
        }
        switch written {
        case .fresh(_, let response): return Answer(status: response.status, body: response.body, isReplay: false)
        case .replayed(let reply): return Answer(status: reply.status, body: reply.body, isReplay: true)
        }
    }

    /// Does what the HTTP API would do with the request, as the caller.
    ///
    /// - Returns: also every refusal, as a problem.
    public func perform(_ request: APIRequest, as caller: Caller) async -> APIAnswer {
        await withTaskExecutorPreference(executor) { await answer(request, caller) }
    }

    private func answer(_ request: APIRequest, _ caller: Caller) async -> APIAnswer {
        var ids = RequestIDs()
        let id = ids.next()
        var response: OutboundResponse
        do throws(Problem) {
            response = try await respond(request, id, caller)
        } catch {
            response = UnifiedAPI.response(error, id)
        }
        response.addHeader("X-Request-Id", id)
        return APIAnswer(status: response.status, headers: response.headers, body: response.body)
    }

    private func respond(
        _ request: APIRequest,
        _ id: String,
        _ caller: Caller
    ) async throws(Problem) -> OutboundResponse {
        let segments: [String]
        switch RequestPath.parse(request.path) {
        case .success(let path): segments = path.segments
        case .failure(let refusal): throw Problem(.malformedRequest, refusal.rawValue)
        }
        if let answer = try connections(request.method, segments, caller) { return answer }
        guard segments.count >= 3, segments[0] == "v1", segments[2] == "time-entries",
            let method = RequestMethod(name: request.method),
            let route = try EntryRoute.parse(method, segments[3...])
        else { throw Problem(.notFound, "There is nothing at \(request.path).") }
        let (connection, plugin) = try ready(segments[1])
        guard caller.connections.contains(segments[1]) else {
            throw Problem(.connectionForbidden, "The key \(caller.name) may not use the connection \(segments[1]).")
        }
        let target = try target(connection, plugin)
        var parameters = CallParameters(query: request.query)
        for (name, value) in request.headers {
            switch name.lowercased() {
            case "content-type": parameters.contentType = Array(value.utf8)[...]
            case "prefer": parameters.preferences.append(value)
            case "idempotency-key": parameters.idempotencyKeys.append(value)
            case "if-match": parameters.conditions.append(value)
            default: break
            }
        }
        let prepared = try entries(for: nil).prepare(
            route,
            parameters,
            request.body,
            id: id,
            caller: caller,
            target
        )
        return try await entries(for: prepared.call, prepared.batch).perform(prepared, target)
    }

    private func target(_ connection: Connection, _ plugin: LoadedPlugin) throws(Problem) -> EntryAPI.Target {
        EntryAPI.Target(
            connection: connection,
            plugin: plugin,
            scripts: try scripts(plugin),
            hooks: try hooks(connection.name),
            path: "/v1/\(connection.name)/time-entries/"
        )
    }

    private func hooks(_ connection: String) throws(Problem) -> Hooks? {
        let configured = try configured(connection).hooks
        var bench = HookBench(log: log)
        do throws(PluginFault) {
            return try bench.hooks(configured)
        } catch {
            throw Problem(.hookFailed, error.description, origin: .gateway)
        }
    }

    private func ready(_ name: String) throws(Problem) -> (Connection, LoadedPlugin) {
        switch try configured(name).state {
        case .ready(let connection, let plugin): return (connection, plugin)
        case .disabled(_, let reason):
            throw Problem(.connectionDisabled, "The connection \(name) is disabled: \(reason)", origin: .gateway)
        }
    }

    private func key(_ text: String?) throws(Problem) -> String? {
        guard let text else { return nil }
        return try IdempotencyKey.read(text)
    }

    private func scripts(_ plugin: LoadedPlugin) throws(Problem) -> (any PluginScripts)? {
        do throws(PluginFault) {
            return try plugin.makeScripts(log: log)
        } catch {
            throw Problem(.pluginFailed, error.description, origin: .plugin)
        }
    }
}
