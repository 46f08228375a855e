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
    private let log: Logger
    private let reconciling = Reconciling()

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
        log: Logger
    ) {
        self.group = group
        self.server = server
        self.admin = admin
        self.proxies = proxies
        self.upstreams = upstreams
        self.accessLog = accessLog
        self.apis = apis
        self.log = log
    }

    /// Starts listening.
    ///
    /// - Throws: if an address cannot be bound, or libcurl cannot be started.
    public static func start(_ setup: GatewaySetup, log: Logger) async throws -> GatewayServer {
        _ = FileDescriptorLimit.raise(toAtLeast: 65_536)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, setup.eventLoops))
        let accessLog = setup.accessLog ? AccessLog(descriptor: setup.accessLogDescriptor) : nil
        var upstreams: [CurlUpstream] = []
        do {
            let keys = KeyRing(setup.keys)
            let claims = WriteClaims()
            let gates = ConnectionGates(setup.connections, on: group.next())
            let isProxied = setup.connections.contains { $0.proxy != nil }
            let shared = ProxyShared()
            var bound: [(loop: any EventLoop, api: UnifiedAPI)] = []
            for loop in group.makeIterator() {
                let executor = LoopExecutor(loop)
                let desk = StreamDesk(loop)
                let upstream = try CurlUpstream(userAgent: "timegate") { news in
                    loop.execute { desk.take(news) }
                } hop: { resume in
                    loop.execute { executor.run(resume) }
                }
                desk.send = { [weak upstream] in upstream?.send($0) }
                upstreams.append(upstream)
                let writes = setup.journal.map { source in
                    let journal = source.make { resume in loop.execute { executor.run(resume) } }
                    return Writes(journal: journal, claims: claims, now: SystemClock.milliseconds)
                }
                let api = UnifiedAPI(
                    targets: targets(setup, log),
                    keys: keys,
                    entries: EntryAPI(
                        pipeline: Pipeline(
                            zones: setup.zones,
                            timer: .on(loop, executor),
                            vendorKey: VendorKey.make
                        ),
                        upstream: upstream,
                        vendorTimeoutMilliseconds: setup.vendorTimeoutMilliseconds,
                        writes: writes,
                        gates: gates
                    ),
                    executor: executor,
                    proxyAPI: isProxied
                        ? ProxyAPI(
                            setup,
                            shared: shared,
                            keys: keys,
                            gates: gates,
                            desk: desk,
                            eventLoop: loop,
                            executor: executor
                        ) : nil,
                    accessLog: accessLog
                )
                bound.append((loop, api))
                if accessLog != nil { flushRegularly(api, on: loop) }
            }
            let apis = Loops(bound)
            var configuration = HTTPServerConfiguration(listener: .address(host: setup.host, port: setup.port))
            configuration.takesAbsoluteForm = isProxied
            let server = try await HTTPServer.start(configuration: configuration, group: group) { apis.api(on: $0) }
            shared.ownPorts.add(host: setup.host, port: server.localPort)
            let admin = try await startAdmin(setup, group, apis, claims)
            let proxies = try await startProxies(setup, group, apis, shared)
            let gateway = GatewayServer(
                group: group,
                server: server,
                admin: admin,
                proxies: proxies,
                upstreams: upstreams,
                accessLog: accessLog,
                apis: apis,
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

    /// The connections as one event loop uses them: each with a Lua state of its own.
    private static func targets(_ setup: GatewaySetup, _ log: Logger) -> [String: UnifiedAPI.Target] {
        var targets: [String: UnifiedAPI.Target] = [:]
        var scripts: [String: any PluginScripts] = [:]
        for configured in setup.connections {
            var configured = configured
            var own: (any PluginScripts)?
            if case .ready(let connection, let plugin) = configured.state {
                do throws(PluginFault) {
                    if scripts[plugin.id] == nil {
                        scripts[plugin.id] = try plugin.makeScripts { line in
                            log.info("script", metadata: ["plugin": "\(line.plugin)", "text": "\(line.text)"])
                        }
                    }
                    own = scripts[plugin.id]
                } catch {
                    configured.state = .disabled(vendor: connection.vendor, reason: error.description)
                }
            }
            targets[configured.name] = UnifiedAPI.Target(
                configured: configured,
                scripts: own,
                path: "/v1/\(configured.name)/time-entries/"
            )
        }
        return targets
    }

    private static func startAdmin(
        _ setup: GatewaySetup,
        _ group: MultiThreadedEventLoopGroup,
        _ apis: Loops,
        _ claims: WriteClaims
    ) async throws -> HTTPServer? {
        guard let host = setup.adminHost else { return nil }
        let connections = setup.connections
        return try await HTTPServer.start(
            configuration: HTTPServerConfiguration(listener: .address(host: host, port: setup.adminPort)),
            group: group
        ) { loop in
            AdminAPI(
                connections: connections,
                eventLoop: loop,
                journal: setup.journal,
                claims: claims,
                isDraining: { apis.isDraining.load(ordering: .relaxed) }
            ) {
                let all = apis.bound.map { bound in bound.loop.submit { bound.api.metrics } }
                return EventLoopFuture.reduce(into: Metrics(), all, on: loop) { sum, metrics in sum.add(metrics) }
            }
        }
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
            var configuration = HTTPServerConfiguration(listener: .address(host: place.host, port: place.port))
            configuration.takesAbsoluteForm = true
            let server = try await HTTPServer.start(configuration: configuration, group: group) { loop in
                ProxyListener(apis.api(on: loop), connection: configured.name)
            }
            shared.ownPorts.add(host: place.host, port: server.localPort)
            servers[configured.name] = server
        }
        return servers
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
                entries: api.entries,
                writes: writes,
                targets: api.targets,
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

    /// Stops listening, lets calls in flight end for so many seconds, and closes.
    public func stop(graceSeconds: Int) async {
        apis.isDraining.store(true, ordering: .relaxed)
        let reconciler = reconciling.task.withLock { $0 }
        reconciler?.cancel()
        await server.stop(gracePeriod: .seconds(graceSeconds))
        for proxy in proxies.values { await proxy.stop(gracePeriod: .seconds(graceSeconds)) }
        await admin?.stop(gracePeriod: .seconds(1))
        for upstream in upstreams { upstream.shutdown(drainMilliseconds: 0) }
        await reconciler?.value
        for bound in apis.bound { try? await bound.loop.submit { bound.api.flushLog() }.get() }
        accessLog?.flush()
        try? await group.shutdownGracefully()
        log.debug("stopped")
    }
}
