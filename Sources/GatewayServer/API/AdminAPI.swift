internal import GatewayCore
internal import Glibc
internal import JSON
internal import NIOCore
internal import PluginHost

/// The admin listener: readiness and metrics. It is meant for loopback or a network of its own; it has no keys.
final class AdminAPI: HTTPResponder, @unchecked Sendable {
    // `@unchecked Sendable`: made, called and answered on its own event loop.
    private let running: RunningConfiguration
    private let desk: CallDesk
    private let browsers: BrowserGuard
    private let reload: GatewayServer.Reload?
    private let isDraining: @Sendable () -> Bool
    private let gather: @Sendable () -> EventLoopFuture<Metrics>
    private let eventLoop: any EventLoop
    private let journal: JournalSource?
    private let executor: LoopExecutor
    private let journalDesk: JournalDesk?
    private var ids = RequestIDs()

    init(
        running: RunningConfiguration,
        desk: CallDesk,
        browsers: BrowserGuard,
        reload: GatewayServer.Reload?,
        eventLoop: any EventLoop,
        journal: JournalSource?,
        arrivalMilliseconds: Int,
        claims: WriteClaims,
        isDraining: @escaping @Sendable () -> Bool,
        gather: @escaping @Sendable () -> EventLoopFuture<Metrics>
    ) {
        self.running = running
        self.desk = desk
        self.browsers = browsers
        self.reload = reload
        self.eventLoop = eventLoop
        self.journal = journal
        let executor = LoopExecutor(eventLoop)
        self.executor = executor
        journalDesk = journal.map { source in
            JournalDesk(
                Writes(
                    journal: source.make { resume in eventLoop.execute { executor.run(resume) } },
                    claims: claims,
                    now: SystemClock.milliseconds
                ),
                arrivalMilliseconds: arrivalMilliseconds
            ) { running.state.connections }
        }
        self.isDraining = isDraining
        self.gather = gather
    }

    func respond(to request: InboundRequest, reply: ReplyHandle) {
        let segments = request.path.split(separator: "/").map(String.init)
        let isForAll = ["livez", "readyz", "metrics"].contains(segments.first ?? "")
        if !isForAll || request.method == .post, let refusal = browsers.refusal(request) {
            return reply.send(UnifiedAPI.response(refusal, ids.next()))
        }
        if segments.first == "journal", segments.count <= 2 {
            return answerJournal(request, number: segments.count == 2 ? segments[1] : nil, reply)
        }
        if segments == ["reload"] { return answerReload(request, reply) }
        guard request.method == .get || request.method == .head else {
            return reply.send(UnifiedAPI.response(UnifiedAPI.notAllowed("GET, HEAD"), ids.next()))
        }
        if segments.count == 2, segments[0] == "calls" { return answerCall(segments[1], reply) }
        switch request.path {
        case "/livez": reply.send(.text("ok\n"))
        case "/readyz": reply.send(readiness())
        case "/metrics":
            gather().hop(to: eventLoop).whenComplete { result in
                switch result {
                case .success(let metrics):
                    var response = OutboundResponse(
                        status: 200,
                        contentType: "text/plain; version=0.0.4; charset=utf-8",
                        body: Array((metrics.text + self.reloadMetrics + self.gateMetrics).utf8)
                    )
                    response.addHeader("Cache-Control", "no-store")
                    reply.send(response)
                case .failure: reply.send(.empty(status: 503))
                }
            }
        default:
            reply.send(
                UnifiedAPI.response(
                    Problem(
                        .notFound,
                        "The admin listener has /livez, /readyz, /metrics, /journal, /calls/{id} and /reload."
                    ),
                    ids.next()
                )
            )
        }
    }

    /// `POST /reload`: answers when what could be taken on runs on every event loop.
    private func answerReload(_ request: InboundRequest, _ reply: ReplyHandle) {
        guard request.method == .post else {
            return reply.send(UnifiedAPI.response(UnifiedAPI.notAllowed("POST"), ids.next()))
        }
        guard let reload else {
            let problem = Problem(
                .notFound,
                "This gateway was started without a configuration file: there is nothing to read anew.",
                origin: .gateway
            )
            return reply.send(UnifiedAPI.response(problem, ids.next()))
        }
        let eventLoop = eventLoop
        Task {
            let response = await reload().response
            eventLoop.execute { reply.send(response) }
        }
    }

    /// `GET /calls/{id}`: the record of any call.
    private func answerCall(_ asked: String, _ reply: ReplyHandle) {
        desk.find(asked, for: eventLoop).whenComplete { result in
            guard case .success(let record?) = result else {
                return reply.send(UnifiedAPI.response(CallDesk.notFound(asked), self.ids.next()))
            }
            reply.send(.json(record.answerBody))
        }
    }

    private var gateMetrics: String { running.state.gates.metrics(now: SendTimer.uptime()) }

    private var reloadMetrics: String {
        let state = running.state
        var text = "# HELP timegate_configuration_generation Configurations taken on since the start.\n"
        text += "# TYPE timegate_configuration_generation gauge\n"
        text += "timegate_configuration_generation \(state.generation)\n"
        text += "# HELP timegate_reloads_total Reloads by what they came to.\n# TYPE timegate_reloads_total counter\n"
        for (outcome, count) in state.reloads.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            text += "timegate_reloads_total{status=\"\(outcome.rawValue)\"} \(count)\n"
        }
        text += "# HELP timegate_sandboxes Lua states in the process.\n# TYPE timegate_sandboxes gauge\n"
        text += "timegate_sandboxes \(Sandboxes.count)\n"
        return text
    }

    /// `GET /journal`, `GET /journal/{number}`, and a person's word on a write: `POST /journal/{number}`.
    private func answerJournal(_ request: InboundRequest, number: String?, _ reply: ReplyHandle) {
        let id = ids.next()
        let isDecision = request.method == .post
        guard request.method == .get || request.method == .head || (isDecision && number != nil) else {
            let methods = number == nil ? "GET, HEAD" : "GET, HEAD, POST"
            return reply.send(UnifiedAPI.response(UnifiedAPI.notAllowed(methods), id))
        }
        guard let desk = journalDesk else {
            let problem = Problem(
                .journalUnavailable,
                "This gateway runs without a journal (state: none).",
                origin: .gateway
            )
            return reply.send(UnifiedAPI.response(problem, id))
        }
        if let asked = request.headers.firstString("timegate-journal-process"), asked != String(getpid()) {
            let problem = Problem(
                .preconditionFailed,
                "This gateway (process \(getpid())) has another journal than the one that is asked for, which process "
                    + "\(asked.prefix(20)) has.",
                origin: .gateway,
                sent: .no
            )
            return reply.send(UnifiedAPI.response(problem, id))
        }
        let query = request.query
        let body = request.body
        Task.immediate(executorPreference: executor) {
            do throws(Problem) {
                let answer: [UInt8]
                if let number {
                    answer = isDecision ? try await desk.resolve(number, body) : try await desk.show(number)
                } else {
                    answer = try await desk.list(query: query)
                }
                reply.send(.json(answer))
            } catch {
                reply.send(UnifiedAPI.response(error, id))
            }
        }
    }

    /// 200 while at least one connection works and calls are taken; a disabled connection is named with its reason.
    private func readiness() -> OutboundResponse {
        let state = running.state
        let connections = state.connections
        let hasFailed = state.lastReload.map { $0.outcome == .failed || $0.outcome == .partial } ?? false
        let ready = connections.filter { if case .ready = $0.state { true } else { false } }
        let isDraining = isDraining()
        let failure = journal?.failure()
        let isReady = !isDraining && failure == nil && (!ready.isEmpty || connections.isEmpty)
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("status")
        writer.string(
            isDraining
                ? "draining"
                : !isReady ? "not_ready" : ready.count == connections.count && !hasFailed ? "ready" : "degraded"
        )
        writer.name("configuration")
        writer.beginObject()
        writer.name("generation")
        writer.integer(Int64(state.generation))
        writer.name("since")
        writer.string(state.since)
        if let report = state.lastReload {
            writer.name("last_reload")
            report.write(to: &writer)
        }
        writer.endObject()
        writer.name("journal")
        writer.beginObject()
        writer.name("state")
        writer.string(journal == nil ? "off" : failure == nil ? "ready" : "failed")
        if let failure {
            writer.name("reason")
            writer.string(failure.message)
        }
        writer.endObject()
        writer.name("connections")
        writer.beginArray()
        for connection in connections {
            writer.beginObject()
            writer.name("name")
            writer.string(connection.name)
            writer.name("vendor")
            writer.string(connection.vendor)
            writer.name("state")
            switch connection.state {
            case .ready:
                writer.string("ready")
                if let status = state.gates[connection.name]?.status(now: SendTimer.uptime()) {
                    writer.name("sending")
                    status.write(to: &writer)
                }
            case .disabled(_, let reason):
                writer.string("disabled")
                writer.name("reason")
                writer.string(reason)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return .json(status: isReady ? 200 : 503, writer.finish())
    }

    func problem(status: Int, code: String, detail: String) -> OutboundResponse {
        FrontEndProblem.response(status: status, code: code, detail: detail, id: ids.next())
    }
}
