internal import CurlClient
internal import GatewayCore
public import Logging
internal import NIOCore
internal import NIOPosix
internal import PluginHost
internal import Synchronization

/// A running gateway: the unified API on one listener, and readiness and metrics on another.
public final class GatewayServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let server: HTTPServer
    private let admin: HTTPServer?
    /// The listeners of single connections, by the connections' names.
    private let proxies: [String: HTTPServer]
    private let upstreams: [CurlUpstream]
    private let accessLog: AccessLog?
    private let apis: Loops
    private let claims: WriteClaims
    private let log: Logger
    private let reconciling = Reconciling()
    private let running: RunningConfiguration
    private let parts: Parts

    /// What every generation is made with.
    private final class Parts: Sendable {
        struct Changing: Sendable {
            var gates: ConnectionGates
            var keys: KeyRing
        }

        let changing: Mutex<Changing>
        /// Where the gates' alarms ring.
        let loop: any EventLoop
        let watch: ScriptWatch?
        let shared: ProxyShared
        let makeProxyRecognizer: (@Sendable () -> any ProxyRecognizer)?

        init(
            gates: ConnectionGates,
            keys: KeyRing,
            loop: any EventLoop,
            watch: ScriptWatch?,
            shared: ProxyShared,
            makeProxyRecognizer: (@Sendable () -> any ProxyRecognizer)?
        ) {
            self.makeProxyRecognizer = makeProxyRecognizer
            self.watch = watch
            self.shared = shared
            changing = Mutex(Changing(gates: gates, keys: keys))
            self.loop = loop
        }
    }

    public var port: Int { server.localPort }
    public var adminPort: Int? { admin?.localPort }
    /// The ports of the proxied connections' own listeners, by the connections' names.
    public var proxyPorts: [String: Int] { proxies.mapValues(\.localPort) }

    /// The task that settles what is not settled.
    private final class Reconciling: Sendable {
        let task = Mutex<Task<Void, Never>?>(nil)
    }

    /// What stands on each event loop.
    private final class Loops: Sendable {
        let bound: [(loop: any EventLoop, api: UnifiedAPI)]
        let isDraining = Atomic(false)

        init(_ bound: [(loop: any EventLoop, api: UnifiedAPI)]) {
            self.bound = bound
        }

        func api(on loop: any EventLoop) -> UnifiedAPI {
            bound.first { $0.loop === loop }?.api ?? bound[0].api
        }
    }

    private init(
        group: MultiThreadedEventLoopGroup,
        server: HTTPServer,
        admin: HTTPServer?,
        proxies: [String: HTTPServer],
        upstreams: [CurlUpstream],
        accessLog: AccessLog?,
        apis: Loops,
        claims: WriteClaims,
        running: RunningConfiguration,
        parts: Parts,
        log: Logger
    ) {
        self.running = running
        self.parts = parts
        self.group = group
        self.server = server
        self.admin = admin
        self.proxies = proxies
        self.upstreams = upstreams
        self.accessLog = accessLog
        self.apis = apis
        self.claims = claims
        self.log = log
    }

    /// Reads everything anew and has it adopted, and tells what came of it.
    public typealias Reload = @Sendable () async -> ReloadReport

    /// Starts listening.
    ///
    /// - Parameter reload: what `POST /reload` of the admin listener does; `nil` where there is nothing to read anew.
    /// - Throws: if an address cannot be bound, or libcurl cannot be started.
    public static func start(
        _ setup: GatewaySetup,
        log: Logger,
        reload: Reload? = nil
    ) async throws -> GatewayServer {
        _ = FileDescriptorLimit.raise(toAtLeast: 65_536)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, setup.eventLoops))
        let accessLog = setup.accessLog ? AccessLog(descriptor: setup.accessLogDescriptor) : nil
        var upstreams: [CurlUpstream] = []
        do {
            let keys = KeyRing(setup.keys)
            let claims = WriteClaims()
            let gateLoop = group.next()
            let gates = ConnectionGates(setup.connections, on: gateLoop)
            let running = RunningConfiguration(setup.connections, gates)
            let desk = CallDesk()
            let loops = max(1, setup.eventLoops)
            let records = setup.records.map {
                RecordLimits(count: max(1, $0.count / loops), bytes: $0.bytes / loops, seconds: $0.seconds)
            }
            let shared = ProxyShared()
            var bound: [(loop: any EventLoop, api: UnifiedAPI)] = []
            for loop in group.makeIterator() {
                let executor = LoopExecutor(loop)
                let streams = StreamDesk(loop)
                let upstream = try CurlUpstream(userAgent: "timegate") { news in
                    loop.execute { executor.run { streams.take(news) } }
                } hop: { resume in
                    loop.execute { executor.run(resume) }
                }
                streams.send = { [weak upstream] in upstream?.send($0) }
                upstreams.append(upstream)
                let writes = setup.journal.map { source in
                    let journal = source.make { resume in loop.execute { executor.run(resume) } }
                    return Writes(journal: journal, claims: claims, now: SystemClock.milliseconds) {
                        number,
                        connection,
                        reason in
                        log.warning(
                            "a vendor has recorded an entry more than once",
                            metadata: ["number": "\(number)", "connection": "\(connection)", "reason": "\(reason)"]
                        )
                    }
                }
                let entries = EntryAPI(
                    pipeline: Pipeline(
                        zones: setup.zones,
                        timer: .on(loop, executor),
                        vendorKey: VendorKey.make,
                        writeKey: VendorKey.make
                    ),
                    upstream: upstream,
                    vendorTimeoutMilliseconds: setup.vendorTimeoutMilliseconds,
                    writes: writes,
                    gates: gates
                )
                let targets = LoopGeneration.targets(setup, gates, write: GatewayServer.scriptLog(log))
                let api = UnifiedAPI(
                    generation: LoopGeneration(
                        number: 1,
                        targets: targets,
                        keys: keys,
                        entries: entries,
                        proxy: ProxyAPI.make(
                            setup,
                            shared: shared,
                            targets: targets,
                            entries: entries,
                            keys: keys,
                            gates: gates,
                            desk: streams,
                            eventLoop: loop,
                            executor: executor
                        )
                    ),
                    executor: executor,
                    eventLoop: loop,
                    desk: desk,
                    records: records,
                    streams: streams,
                    accessLog: accessLog
                )
                bound.append((loop, api))
                if records != nil {
                    let pause = TimeAmount.seconds(10)
                    loop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in api.expireRecords() }
                }
                if accessLog != nil { flushRegularly(api, on: loop) }
            }
            if let source = setup.journal { await learnEntries(claims, source, log) }
            desk.serve(bound)
            let apis = Loops(bound)
            var configuration = HTTPServerConfiguration(
                listener: listener(setup.inheritedListener, setup.host, setup.port)
            )
            configuration.takesAbsoluteForm = setup.connections.contains { $0.proxy != nil }
            let server = try await HTTPServer.start(configuration: configuration, group: group) { apis.api(on: $0) }
            shared.ownPorts.add(host: setup.host, port: server.localPort)
            let admin = try await startAdmin(setup, group, apis, claims, running, desk, reload)
            if let admin, let host = setup.adminHost { shared.ownPorts.add(host: host, port: admin.localPort) }
            let proxies = try await startProxies(setup, group, apis, shared)
            let gateway = GatewayServer(
                group: group,
                server: server,
                admin: admin,
                proxies: proxies,
                upstreams: upstreams,
                accessLog: accessLog,
                apis: apis,
                claims: claims,
                running: running,
                parts: Parts(
                    gates: gates,
                    keys: keys,
                    loop: gateLoop,
                    watch: setup.watch,
                    shared: shared,
                    makeProxyRecognizer: setup.makeProxyRecognizer
                ),
                log: log
            )
            if accessLog != nil { gateway.writeLogRegularly() }
            gateway.reconcileRegularly(setup)
            return gateway
        } catch {
            for upstream in upstreams { upstream.shutdown(drainMilliseconds: 0) }
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Lets the answers of vendors be held against what they have named to the process before, too.
    private static func learnEntries(_ claims: WriteClaims, _ source: JournalSource, _ log: Logger) async {
        do throws(JournalFailure) {
            try await claims.learnEntries(from: source.make(nil))
        } catch {
            log.warning("the journal's latest entries could not be read", metadata: ["reason": "\(error.message)"])
        }
    }

    private static func listener(
        _ descriptor: Int32?,
        _ host: String,
        _ port: Int
    ) -> HTTPServerConfiguration.Listener {
        descriptor.map { .inherited(descriptor: $0) } ?? .address(host: host, port: port)
    }

    private static func startAdmin(
        _ setup: GatewaySetup,
        _ group: MultiThreadedEventLoopGroup,
        _ apis: Loops,
        _ claims: WriteClaims,
        _ running: RunningConfiguration,
        _ desk: CallDesk,
        _ reload: Reload?
    ) async throws -> HTTPServer? {
        guard let host = setup.adminHost else { return nil }
        return try await HTTPServer.start(
            configuration: HTTPServerConfiguration(
                listener: listener(setup.inheritedAdminListener, host, setup.adminPort)
            ),
            group: group
        ) { loop in
            AdminAPI(
                running: running,
                desk: desk,
                browsers: BrowserGuard(host: host),
                reload: reload,
                eventLoop: loop,
                journal: setup.journal,
                arrivalMilliseconds: setup.arrivalMilliseconds,
                claims: claims,
                isDraining: { apis.isDraining.load(ordering: .relaxed) }
            ) {
                let all = apis.bound.map { bound in bound.loop.submit { bound.api.metrics } }
                return EventLoopFuture.reduce(into: Metrics(), all, on: loop) { sum, metrics in sum.add(metrics) }
            }
        }
    }

    // MARK: - Reloading

    /// Takes another configuration on: connections with their plugins, and keys. Calls under way end on the one that they
    /// began with. When it returns, no event loop takes a call with the one before: a key that is gone is refused.
    ///
    /// What stays is what the gateway was started with: addresses, event loops, journal, timeouts; and for each connection
    /// and key that has not changed what it has learned and used up. One at a time.
    ///
    /// - Returns: the number of the configuration.
    @discardableResult
    public func adopt(_ setup: GatewaySetup) async -> Int {
        // The watchdog looks on over reloads.
        var setup = setup
        setup.watch = parts.watch
        setup.makeProxyRecognizer = setup.makeProxyRecognizer ?? parts.makeProxyRecognizer
        let (gates, keys) = parts.changing.withLock { changing in
            changing.gates = ConnectionGates(setup.connections, replacing: changing.gates, on: parts.loop)
            changing.keys = KeyRing(setup.keys, replacing: changing.keys)
            return (changing.gates, changing.keys)
        }
        let number = running.state.generation + 1
        for bound in apis.bound {
            // Made here: compiling a plugin would hold a loop up.
            let targets = LoopGeneration.targets(setup, gates, write: GatewayServer.scriptLog(log))
            let shared = parts.shared
            let adopted = setup
            let former = try? await bound.loop.submit {
                let entries = bound.api.entries.with(gates: gates)
                return bound.api.adopt(
                    LoopGeneration(
                        number: number,
                        targets: targets,
                        keys: keys,
                        entries: entries,
                        proxy: ProxyAPI.make(
                            adopted,
                            shared: shared,
                            targets: targets,
                            entries: entries,
                            keys: keys,
                            gates: gates,
                            desk: bound.api.streams,
                            eventLoop: bound.loop,
                            executor: bound.api.executor
                        )
                    )
                )
            }.get()
            // Sandboxes that no call uses any more are closed here too.
            withExtendedLifetime(former) {}
        }
        running.change { state in
            state.generation = number
            state.connections = setup.connections
            state.gates = gates
            state.since = SystemClock.now().description
        }
        return number
    }

    /// The number of the configuration that runs: 1 at the start, and one more for each that was adopted.
    public var generation: Int { running.state.generation }

    /// Shows what a reload came to, in the log and on the admin listener.
    public func note(_ report: ReloadReport) {
        running.change { state in
            state.lastReload = report
            state.reloads[report.outcome, default: 0] += 1
        }
        let metadata: Logger.Metadata = [
            "status": "\(report.outcome.rawValue)", "trigger": "\(report.trigger)",
            "generation": "\(report.generation)",
        ]
        if report.outcome == .reloaded || report.outcome == .unchanged {
            log.info("reload", metadata: metadata)
        } else {
            log.warning("reload", metadata: metadata)
        }
        for failure in report.failures { log.warning("\(failure)") }
        for change in report.restart { log.warning("\(change)") }
    }

    /// The listeners of single connections.
    private static func startProxies(
        _ setup: GatewaySetup,
        _ group: MultiThreadedEventLoopGroup,
        _ apis: Loops,
        _ shared: ProxyShared
    ) async throws -> [String: HTTPServer] {
        var servers: [String: HTTPServer] = [:]
        for configured in setup.connections {
            guard let place = configured.proxy?.listener else { continue }
            var configuration = HTTPServerConfiguration(
                listener: listener(setup.inheritedProxyListeners[configured.name], place.host, place.port)
            )
            configuration.takesAbsoluteForm = true
            let server = try await HTTPServer.start(configuration: configuration, group: group) { loop in
                ProxyListener(apis.api(on: loop), connection: configured.name)
            }
            shared.ownPorts.add(host: place.host, port: server.localPort)
            servers[configured.name] = server
        }
        return servers
    }

    private static func scriptLog(_ log: Logger) -> @Sendable (ScriptLogLine) -> Void {
        { line in log.info("script", metadata: ["plugin": "\(line.plugin)", "text": "\(line.text)"]) }
    }

    // MARK: - What is not settled

    /// One reconciler for the process, on the first event loop.
    private func reconcileRegularly(_ setup: GatewaySetup) {
        guard let bound = apis.bound.first, let writes = bound.api.entries.writes else { return }
        let api = bound.api
        let loop = bound.loop
        let log = log
        let stopping = reconciling
        loop.execute {
            let reconciler = Reconciler(
                current: { api.generation },
                writes: writes,
                settleMilliseconds: setup.settleMilliseconds,
                log: log
            )
            let task = Task(executorPreference: api.executor) {
                while !Task.isCancelled {
                    await reconciler.round()
                    try? await Task.sleep(for: .milliseconds(setup.reconcileMilliseconds))
                }
            }
            stopping.task.withLock { $0 = task }
        }
    }

    // MARK: - The access log

    private static func flushRegularly(_ api: UnifiedAPI, on loop: any EventLoop) {
        loop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) { _ in api.flushLog() }
    }

    /// Standard error may block, so it is written on a thread of the pool and never on an event loop.
    private func writeLogRegularly() {
        guard let accessLog, let loop = apis.bound.first?.loop else { return }
        loop.scheduleRepeatedTask(initialDelay: .milliseconds(150), delay: .milliseconds(100)) { _ in
            NIOThreadPool.singleton.submit { _ in accessLog.flush() }
        }
    }

    // MARK: - Stopping

    /// Stops listening, lets calls in flight end for so many seconds, and closes. When it returns, every write that was
    /// under way has said its last word to the journal, which may be closed then.
    public func stop(graceSeconds: Int) async {
        let graceEnd = ContinuousClock.now + .seconds(graceSeconds)
        apis.isDraining.store(true, ordering: .relaxed)
        let reconciler = reconciling.task.withLock { $0 }
        reconciler?.cancel()
        await server.stop(gracePeriod: .seconds(graceSeconds))
        for proxy in proxies.values { await proxy.stop(gracePeriod: .seconds(graceSeconds)) }
        await admin?.stop(gracePeriod: .seconds(1))
        // Calls whose clients have gone have no connection that would be waited for.
        await writesEnd(before: graceEnd)
        for upstream in upstreams { upstream.shutdown(drainMilliseconds: 0) }
        // Those that were given up tell the journal that their outcome is not known.
        await writesEnd(before: .now + GatewayServer.lastWords)
        await reconciler?.value
        for bound in apis.bound { try? await bound.loop.submit { bound.api.flushLog() }.get() }
        accessLog?.flush()
        try? await group.shutdownGracefully()
        log.debug("stopped")
    }

    /// How long a write that was given up may take to enter that in the journal: a few commits on a slow disk.
    private static let lastWords = Duration.seconds(3)

    private func writesEnd(before deadline: ContinuousClock.Instant) async {
        while claims.count > 0, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }
}
