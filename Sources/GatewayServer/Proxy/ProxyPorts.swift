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
            ports: { ports(for: $0, $1) },
            create: { request, call, asked throws(Problem) in try await create(request, call, asked) },
            writes: entries.writes.map { NativeWrites(writes: $0, settleMilliseconds: Int64(settleMilliseconds)) }
        )
    }

    // MARK: - The client's own vendor

    func ports(for request: ProxiedRequest, _ connection: Connection) -> NativePorts {
        let target = targets[request.connection.name]
        let pipeline = entries.pipeline
        let upstream = entries.upstream
        let vendor = request.plugin.vendor
        var ports = NativePorts(
            fetch: { read, call throws(Problem) in
                try await pipeline.fetch(read, call.at(connection), at: vendor, upstream: upstream)
            },
            scripts: target?.scripts,
            scriptCall: { call in pipeline.scriptCall(call.at(connection), vendor, upstream) }
        )
        ports.probe = { call in await pipeline.probe(before: call.at(connection), at: vendor, upstream: upstream) }
        ports.doubled = { write, id, call in
            await pipeline.doubled(
                write,
                answered: id,
                call.at(connection),
                at: vendor,
                scripts: target?.scripts,
                upstream: upstream
            )
        }
        guard let hooks = target?.hooks else { return ports }
        ports.onEntry = { entry, call throws(Problem) in
            var call = call.at(connection)
            call.hooks = hooks
            return try await pipeline.hooked(entry, call, at: vendor, upstream).entry
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

extension Call {
    /// The same call at a connection with other headers.
    fileprivate func at(_ connection: Connection) -> Call {
        var call = self
        call.connection = connection
        return call
    }
}
