import GatewayCore
import JSON
import Logging

@testable import GatewayServer
@testable import PluginHost

/// One process of the gateway: the real pipeline, journal rules, gates, reconciler and operator's desk, on simulated
/// ports.
final class SimulatedGateway: @unchecked Sendable {
    private unowned let run: Simulation
    let life: SimulatedLife
    let journal: SimulatedJournal
    private let entries: EntryAPI
    private let reconciler: Reconciler
    private let targets: [String: UnifiedAPI.Target]
    private let writes: Writes
    private let recognizer: NativeRecognizer
    private let network: SimulatedNetwork
    private var isRounding = false
    /// The clock of the run.
    let uptime: @Sendable () -> Int64

    init(_ run: Simulation, _ life: SimulatedLife) {
        self.run = run
        self.life = life
        journal = SimulatedJournal(run, life)
        let time = run.time
        let dice = run.dice
        writes = Writes(journal: journal, claims: WriteClaims(), now: { time.wallClock })
        let configured = run.setups.map {
            ConfiguredConnection(name: $0.connection.name, state: .ready($0.connection, $0.plugin))
        }
        let timer = SendTimer(now: { time.now }, chance: { dice.next() }, sleep: { await time.sleep($0) })
        let gates = ConnectionGates(configured, seed: { dice.next() }) { gate, at in
            time.after(at - time.now) { gate.tick(now: time.now) }
        }
        let network = SimulatedNetwork(run, life)
        self.network = network
        uptime = { time.now }
        let settle = run.plan.sabotage == .noSettling ? 0 : 60_000
        entries = EntryAPI(
            pipeline: Pipeline(zones: .system, timer: timer, vendorKey: VendorKey.make),
            upstream: network,
            vendorTimeoutMilliseconds: 10_000,
            writes: writes,
            gates: gates,
            now: { Timestamp(epochSeconds: time.wallClock / 1000)! }
        )
        var targets: [String: UnifiedAPI.Target] = [:]
        for (configured, setup) in zip(configured, run.setups) {
            targets[configured.name] = UnifiedAPI.Target(
                configured: configured,
                scripts: setup.scripts,
                path: "/v1/\(configured.name)/time-entries/"
            )
        }
        self.targets = targets
        let ports = ProxyPorts(targets: targets, entries: entries, settleMilliseconds: settle)
        recognizer = NativeRecognizer(
            zones: .system,
            now: { Timestamp(epochSeconds: time.wallClock / 1000)! },
            ports: { ports.ports(for: $0) },
            create: nil,
            writes: NativeWrites(writes: writes, settleMilliseconds: Int64(settle))
        )
        let generation = LoopGeneration(number: 1, targets: targets, keys: KeyRing([]), entries: entries)
        reconciler = Reconciler(
            current: { generation },
            writes: writes,
            settleMilliseconds: settle,
            log: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    // MARK: - Calls

    /// Makes a call. Its answer never comes where the process ends before.
    func call(_ order: SimulatedCall, answer: @escaping (SimulatedAnswer) -> Void) {
        let answer = Handover(answer)
        Task(executorPreference: run.time) { [self] in
            let result =
                order.items.isEmpty
                ? await SimulatedOrigin.$attempt.withValue(order.attempt) { await self.result(order) }
                : await SimulatedOrigin.$items.withValue(order.items) { await self.result(order) }
            run.step("answer leaves")
            guard life.isAlive else { return }
            answer.value(result)
        }
    }

    private func result(_ order: SimulatedCall) async -> SimulatedAnswer {
        let setup = run.setups[order.setup]
        if let credentials = order.proxied {
            run.counts.add(.proxied)
            return await proxied(order, credentials, setup, recognizer, network)
        }
        let target = EntryAPI.Target(
            connection: setup.connection,
            plugin: setup.plugin,
            scripts: setup.scripts,
            path: "/v1/\(setup.connection.name)/time-entries/"
        )
        var parameters = CallParameters(query: nil)
        parameters.contentType = Array("application/json".utf8)[...]
        parameters.idempotencyKeys = order.key.map { [$0] } ?? []
        var entries = entries
        if run.plan.sabotage == .droppedClaims {
            entries = EntryAPI(
                pipeline: entries.pipeline,
                upstream: entries.upstream,
                vendorTimeoutMilliseconds: entries.vendorTimeoutMilliseconds,
                writes: Writes(journal: journal, claims: WriteClaims(), now: writes.now),
                gates: entries.gates,
                now: entries.now
            )
        }
        let id = "request-\(order.attempt)"
        do throws(Problem) {
            let prepared = try entries.prepare(
                order.route,
                parameters,
                Array(order.body.utf8),
                id: id,
                caller: order.caller,
                target
            )
            return SimulatedAnswer(try await entries.perform(prepared, target))
        } catch {
            return SimulatedAnswer(error, requestID: id)
        }
    }

    /// Carries what belongs to the run's one thread into a task that runs on it.
    private struct Handover<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    // MARK: - Beside the calls

    /// One round of the reconciler, unless one is under way.
    func round() {
        guard !isRounding, life.isAlive else { return }
        isRounding = true
        run.counts.add(.rounds)
        Task(executorPreference: run.time) { [self] in
            await reconciler.round()
            isRounding = false
        }
    }

    /// A person's word on a write.
    func resolve(_ number: Int64, recordedAs id: String?) {
        let body = id.map { #"{"recorded":"\#($0)","by":"ann"}"# } ?? #"{"not_recorded":true,"by":"ann"}"#
        let desk = JournalDesk(writes, arrivalMilliseconds: 90_000) { [] }
        Task(executorPreference: run.time) { [self] in
            guard (try? await desk.resolve("\(number)", Array(body.utf8))) != nil, life.isAlive else { return }
            run.counts.add(.resolved)
        }
    }
}
