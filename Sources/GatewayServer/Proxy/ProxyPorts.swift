internal import GatewayCore
internal import JSON
internal import PluginHost

/// What recognised requests of vendors' own clients use of the gateway on one event loop: the operator's hooks, the plugin's
/// functions, reads with the request's own credentials, and the usual create for façades.
struct ProxyPorts: Sendable {
    let targets: [String: UnifiedAPI.Target]
    let entries: EntryAPI

    func recognizer(_ zones: ZoneDatabase) -> NativeRecognizer {
        NativeRecognizer(
            zones: zones,
            now: SystemClock.now,
            ports: { ports(for: $0) },
            create: { request, call, asked throws(Problem) in try await create(request, call, asked) }
        )
    }

    // MARK: - The client's own vendor

    private func ports(for request: ProxiedRequest) -> NativePorts {
        let target = targets[request.connection.name]
        let pipeline = entries.pipeline
        let upstream = entries.upstream
        let timeout = entries.vendorTimeoutMilliseconds
        let vendor = request.plugin.vendor
        let connection = request.reading
        var ports = NativePorts(
            fetch: { read throws(Problem) in
                let question = UpstreamRequest(
                    method: read.method,
                    url: connection.origin + read.target,
                    headers: connection.headers + [Header("Accept", read.accept)],
                    body: nil,
                    allowsPrivate: connection.allowsPrivate,
                    timeoutMilliseconds: timeout
                )
                switch await upstream.send(question) {
                case .success(let answer):
                    return NativeAnswer(status: answer.status, body: answer.body, retryAfter: answer.retryAfter)
                case .failure(let failure): throw Problem(failure, vendor.title, .get)
                }
            },
            scripts: target?.scripts,
            scriptCall: { call in pipeline.scriptCall(call.at(connection), vendor, upstream) }
        )
        if let hooks = target?.hooks {
            ports.onEntry = { entry, call throws(Problem) in
                var call = call.at(connection)
                call.hooks = hooks
                return try await pipeline.hooked(entry, call, at: vendor, upstream).entry
            }
            // Hooks look at an answer and change nothing of it.
            ports.onAnswer = { entry, call throws(Problem) in
                var call = call
                call.hooks = hooks
                _ = try await pipeline.told(call) { () throws(Problem) in
                    .recorded(RecordedEntry(entry: entry, report: MappingReport()))
                }
                return entry
            }
        }
        return ports
    }

    // MARK: - Another vendor's dialect

    private func create(
        _ request: ProxiedRequest,
        _ call: Call,
        _ asked: FacadeRequest
    ) async throws(Problem) -> RecordedEntry {
        guard let target = targets[request.connection.name],
            case .ready(let connection, let plugin) = target.configured.state
        else { throw Problem(.connectionDisabled, "The connection is disabled.", origin: .gateway, retry: .after) }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: asked.body)
        } catch {
            throw Problem(malformed: error)
        }
        var call = entries.gated(call)
        call.hooks = target.hooks
        call.idempotencyKey = asked.idempotencyKey
        let ready = EntryAPI.Target(
            connection: connection,
            plugin: plugin,
            scripts: target.scripts,
            hooks: target.hooks,
            path: target.path
        )
        let written = try await entries.write(call, body: document.root, plugin.vendor) { call throws(Problem) in
            try await entries.pipeline.create(
                document.root,
                call,
                at: plugin.vendor,
                scripts: target.scripts,
                upstream: entries.upstream
            )
        } answer: { outcome in
            entries.answer(outcome, isNew: true, ready)
        }
        switch written {
        case .fresh(.recorded(let recorded), _): return recorded
        case .replayed(let reply): return try ProxyPorts.recorded(reply)
        case .fresh: throw Problem(.internalError, "A create came to something else.", origin: .gateway)
        }
    }

    /// The entry of an answer that was given before.
    private static func recorded(_ reply: StoredReply) throws(Problem) -> RecordedEntry {
        let body = (try? JSONValue(parsing: reply.body)) ?? .null
        if reply.status < 300, let data = body["data"], let entry = try? Entry(golden: data) {
            return RecordedEntry(entry: entry, report: MappingReport())
        }
        let code = body["code"]?.string.flatMap { ProblemCode(rawValue: $0) } ?? .vendorConflict
        throw Problem(code, body["detail"]?.string ?? "It was refused before.", origin: .vendor, sent: .yes)
    }
}

extension ProxiedRequest {
    /// The connection as reads beside the request use it: with the credentials that the request itself goes out with.
    fileprivate var reading: Connection {
        guard rules.credentials == .client else { return connection }
        let names = connection.headers.map { $0.name.lowercased() } + ["authorization", "cookie"]
        var own: [Header] = []
        headers.forEach { name, value in
            let name = String(decoding: name, as: UTF8.self)
            if names.contains(name.lowercased()) { own.append(Header(name, String(decoding: value, as: UTF8.self))) }
        }
        return connection.with(headers: own)
    }
}

extension Call {
    /// The same call at a connection with other headers.
    fileprivate func at(_ connection: Connection) -> Call {
        Call(
            id: id,
            operation: operation,
            entryID: entryID,
            connection: connection,
            caller: caller,
            handling: handling,
            now: now,
            timeoutMilliseconds: timeoutMilliseconds
        )
    }
}
