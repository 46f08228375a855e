internal import GatewayCore
internal import JSON
internal import PluginHost

/// What recognised requests of vendors' own clients use of the gateway on one event loop: the operator's hooks, the plugin's
/// functions, reads with the request's own credentials, and the usual create for façades.
struct ProxyPorts: Sendable {
    let targets: [String: UnifiedAPI.Target]
    let entries: EntryAPI

    /// Milliseconds after which a request whose answer was lost has surely arrived or not.
    let settleMilliseconds: Int

    func recognizer(_ zones: ZoneDatabase) -> NativeRecognizer {
        NativeRecognizer(
            zones: zones,
            now: SystemClock.now,
            ports: { ports(for: $0) },
            create: { request, call, asked throws(Problem) in try await create(request, call, asked) },
            writes: entries.writes.map { NativeWrites(writes: $0, settleMilliseconds: Int64(settleMilliseconds)) }
        )
    }

    // MARK: - The client's own vendor

    func ports(for request: ProxiedRequest) -> NativePorts {
        let target = targets[request.connection.name]
        var ports = NativePorts(scripts: target?.scripts, reads: ProxiedReads(request, entries, target?.scripts))
        guard let hooks = target?.hooks else { return ports }
        let pipeline = entries.pipeline
        let upstream = entries.upstream
        ports.onEntry = { entry, call throws(Problem) in
            var call = call.at(request.reading)
            call.hooks = hooks
            return try await pipeline.hooked(entry, call, at: request.plugin.vendor, upstream).entry
        }
        if hooks.looksOn {
            let start = pipeline.timer.now()
            ports.ended = { end, call in
                var call = call
                call.hooks = hooks
                pipeline.tell(end, call, since: start)
            }
        }
        return ports
    }

    // MARK: - Another vendor's dialect

    /// What is kept is the answer of the unified API, and the dialect's answer is made of it, the first time as every other:
    /// so that they are the same bytes.
    private func create(
        _ request: ProxiedRequest,
        _ call: Call,
        _ asked: FacadeRequest
    ) async throws(Problem) -> FacadeExchange.Created {
        guard let ready = targets[request.connection.name]?.ready else {
            throw Problem(.connectionDisabled, "The connection is disabled.", origin: .gateway, retry: .after)
        }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: asked.body)
        } catch {
            throw Problem(malformed: error)
        }
        var call = entries.gated(call)
        call.hooks = ready.hooks
        call.idempotencyKey = asked.idempotencyKey
        do throws(Problem) {
            let written = try await entries.write(call, body: document.root, ready.plugin.vendor) {
                call throws(Problem) in
                try await entries.pipeline.create(
                    document.root,
                    call,
                    at: ready.plugin.vendor,
                    scripts: ready.scripts,
                    upstream: entries.upstream
                )
            } answer: { outcome in
                entries.answer(outcome, isNew: true, ready)
            }
            switch written {
            case .fresh(_, let response):
                let key = response.value(of: "Idempotency-Key")
                return try ProxyPorts.created(response.body, call.id, key: key, isReplay: false)
            case .replayed(let reply):
                return try ProxyPorts.created(reply.body, call.id, key: asked.idempotencyKey, isReplay: true)
            }
        } catch {
            let key = error.extra["idempotency_key"]?.string
            return try ProxyPorts.created(error.body(requestID: call.id), call.id, key: key, isReplay: false)
        }
    }

    /// A create by the body of its answer.
    private static func created(
        _ body: [UInt8],
        _ id: String,
        key: String?,
        isReplay: Bool
    ) throws(Problem) -> FacadeExchange.Created {
        let body = (try? JSONValue(parsing: body)) ?? .null
        if let problem = Problem(stored: body) {
            let first = problem.extra["request_id"]?.string ?? id
            return FacadeExchange.Created(.failure(problem), requestID: first, key: key, isReplay: isReplay)
        }
        let entry = try Entry(golden: body["data"] ?? .null)
        return FacadeExchange.Created(
            .success(RecordedEntry(entry: entry, report: MappingReport())),
            requestID: id,
            key: key,
            isReplay: isReplay
        )
    }
}

/// Reads beside a request, with the credentials that it goes out with itself.
private final class ProxiedReads: NativeReads {
    private let request: ProxiedRequest
    private let entries: EntryAPI
    private let scripts: (any PluginScripts)?

    init(_ request: ProxiedRequest, _ entries: EntryAPI, _ scripts: (any PluginScripts)?) {
        self.request = request
        self.entries = entries
        self.scripts = scripts
    }

    private var vendor: Vendor { request.plugin.vendor }

    func fetch(_ read: NativeRead, _ call: Call) async throws(Problem) -> NativeAnswer {
        try await entries.pipeline.fetch(read, call.at(request.reading), at: vendor, upstream: entries.upstream)
    }

    func lookUps(_ call: Call) -> LookUps? {
        entries.pipeline.lookUps(call.at(request.reading), at: vendor, upstream: entries.upstream)
    }

    func probe(before call: Call) async {
        await entries.pipeline.probe(before: call.at(request.reading), at: vendor, upstream: entries.upstream)
    }

    /// Only where the vendor may have named the entry for another create is the journal asked.
    func ownedByAnother(_ write: JournaledWrite, answered id: String) async -> Problem? {
        guard write.isNamedAgain(id) else { return nil }
        return await entries.pipeline.ownedByAnother(write, answered: id, at: vendor)
    }

    func doubled(_ write: JournaledWrite, answered id: String, _ call: Call) async -> Problem? {
        await entries.pipeline.doubled(
            write,
            answered: id,
            call.at(request.reading),
            at: vendor,
            scripts: scripts,
            upstream: entries.upstream
        )
    }
}

extension Call {
    /// The same call at a connection with other headers.
    fileprivate func at(_ connection: Connection) -> Call {
        var call = self
        call.connection = connection
        return call
    }
}
