import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// Another configuration under load: nobody notices, but for what has changed.
@Suite(.serialized)
struct ReloadTests {
    /// Sonderplan's plugin, with a function that puts a version into the note.
    static func plugin(version: Int) throws -> LoadedPlugin {
        let source = try Plugins.sonderplan(
            as: "versioned",
            with: "  from_vendor = function(entry) entry.title = \"version \(version)\" return entry end,"
        )
        return try Plugins.load(id: "versioned", source: source)
    }

    static func plan() throws -> GatewayPlan {
        var plan = try GatewayPlan(.sonderplan)
        try plan.addSonderplan("versioned", try plugin(version: 1))
        plan.eventLoops = 2
        return plan
    }

    /// The gateway's setup with another plugin behind `versioned`.
    static func setup(_ gateway: TestGateway, version: Int) throws -> GatewaySetup {
        var setup = gateway.setup
        let plugin = try plugin(version: version)
        for index in setup.connections.indices where setup.connections[index].name == "versioned" {
            guard case .ready(let connection, _) = setup.connections[index].state else { continue }
            setup.connections[index].state = .ready(connection, plugin)
        }
        return setup
    }

    @Test func everyCallOfManyReloadsUnderLoadIsAnsweredByAWholeVersionAndOldSandboxesAreFreed() async throws {
        try await withGateway(try Self.plan()) { gateway in
            let sandboxes = Sandboxes.count
            let reloads = 60
            async let answers = gateway.blocking {
                var answers: [Answer] = []
                let clients = try (0..<8).map { _ in try RawClient(port: gateway.port, timeout: 20) }
                for _ in 0..<60 {
                    for client in clients {
                        client.send(
                            TestGateway.createRequest("versioned", Sample.entry(.sonderplan).serializedBytes())
                        )
                    }
                    for client in clients { answers.append(gateway.keep(try client.response())) }
                }
                return answers
            }
            for version in 2...reloads + 1 {
                let number = await gateway.server.adopt(try Self.setup(gateway, version: version))
                #expect(number == version)
            }
            let found = try await answers
            #expect(found.count == 480)
            #expect(found.allSatisfy { $0.status == 201 }, "\(found.first { $0.status != 201 }?.body ?? "")")
            let after = try await gateway.create("versioned", Sample.entry(.sonderplan))
            #expect(after["data.title"]?.string == "version \(reloads + 1)")
            // Each reload makes four. Other tests make sandboxes of their own, but not so many more while this one runs.
            #expect(try await soon { Sandboxes.count < sandboxes + 120 }, "\(sandboxes) → \(Sandboxes.count)")
        }
    }

    @Test func aCallUnderWayEndsOnTheVersionThatItBeganWith() async throws {
        var plan = try Self.plan()
        plan.eventLoops = 1
        let old = try Plugins.sonderplan(
            as: "versioned",
            with: "  from_vendor = function(entry) entry.title = \"read by 1\" return entry end,"
        )
        plan.change("versioned") { link in
            link.plugin = (try? Plugins.load(id: "versioned", source: old)) ?? link.plugin
        }
        try await withGateway(plan) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.latency(milliseconds: 400)))
            async let slow = gateway.create("versioned", Sample.entry(.sonderplan))
            #expect(try await soon { !gateway.ledger(.sonderplan).isEmpty })
            await gateway.server.adopt(try Self.setup(gateway, version: 2))
            let answer = try await slow
            #expect(answer.status == 201)
            #expect(answer["data.title"]?.string == "read by 1")
            let next = try await gateway.create("versioned", Sample.entry(.sonderplan))
            #expect(next["data.title"] == "version 2")
        }
    }

    @Test func aKeyThatIsGoneIsRefusedAtOnceAndANewOneWorks() async throws {
        var plan = try Self.plan()
        plan.keys.append(GatewayPlan.Key(name: "joe", connections: ["sonderplan"]))
        try await withGateway(plan) { gateway in
            let before = try await gateway.get("/v1/connections", key: "joe")
            #expect(before.status == 200)
            var setup = gateway.setup
            setup.keys.removeAll { $0.caller.name == "joe" }
            setup.keys.append(
                GatewayKey(
                    sha256: GatewayKey.digest(of: "tg_canary_key_of_ann"),
                    caller: Caller(name: "ann", connections: ["sonderplan"], scopes: [.read])
                )
            )
            await gateway.server.adopt(setup)
            for _ in 0..<8 { #expect(try await gateway.get("/v1/connections", key: "joe").status == 401) }
            #expect(try await gateway.get("/v1/connections", key: "ann").status == 200)
        }
    }

    @Test func aKeyDoesNotGetItsRequestsBackByAReload() async throws {
        var plan = try Self.plan()
        plan.keys[0].limit = RateLimit(count: 2, seconds: 3600)
        try await withGateway(plan) { gateway in
            for _ in 0..<2 { #expect(try await gateway.get("/v1/connections").status == 200) }
            await gateway.server.adopt(gateway.setup)
            let after = try await gateway.get("/v1/connections")
            #expect(after.status == 429)
        }
    }

    @Test func theWindowOfAConnectionThatHasNotChangedIsKeptAndThatOfOneThatHasIsNew() async throws {
        var plan = try GatewayPlan(.sonderplan)
        plan.change("sonderplan") { $0.rateWindows = [RateWindow(requests: 1, seconds: 3600)!] }
        plan.vendorTimeoutMilliseconds = 300
        try await withGateway(plan) { gateway in
            let first = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            #expect(first.status == 201)
            await gateway.server.adopt(gateway.setup)
            let second = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            #expect(second.status != 201, "\(second.body)")
            var setup = gateway.setup
            for index in setup.connections.indices {
                guard case .ready(let connection, let plugin) = setup.connections[index].state else { continue }
                setup.connections[index].state = .ready(connection.with(windows: []), plugin)
            }
            await gateway.server.adopt(setup)
            #expect(try await gateway.create("sonderplan", Sample.entry(.sonderplan)).status == 201)
        }
    }

    @Test func readinessAndMetricsShowTheConfigurationAndWhatAReloadCameTo() async throws {
        try await withGateway(try Self.plan()) { gateway in
            #expect(try await gateway.admin("/readyz")["configuration.generation"] == 1)
            await gateway.server.adopt(try Self.setup(gateway, version: 2))
            gateway.server.note(
                ReloadReport(
                    outcome: .failed,
                    trigger: "signal",
                    generation: 2,
                    failures: ["plugins/x/plugin.lua:3: no"]
                )
            )
            let ready = try await gateway.admin("/readyz")
            #expect(ready.status == 200)
            #expect(ready["status"] == "degraded")
            #expect(ready["configuration.generation"] == 2)
            #expect(ready["configuration.last_reload.failures.0"]?.string == "plugins/x/plugin.lua:3: no")
            let metrics = try await gateway.admin("/metrics").body
            #expect(metrics.contains("timegate_configuration_generation 2\n"))
            #expect(metrics.contains("timegate_reloads_total{status=\"failed\"} 1\n"))
            #expect(gateway.log.text.contains("plugins/x/plugin.lua:3: no"))
            // Started from a setup, there is nothing to read anew.
            #expect(try await gateway.admin("/reload", method: "POST").status == 404)
            #expect(try await gateway.admin("/reload").status == 405)
        }
    }
}

extension Connection {
    fileprivate func with(windows: [RateWindow]) -> Connection {
        Connection(
            name: name,
            vendor: vendor,
            origin: origin,
            allowsPrivate: allowsPrivate,
            settings: settings,
            zone: zone,
            handling: handling,
            requiresKey: requiresKey,
            rateWindows: windows,
            headers: headers
        )
    }
}
