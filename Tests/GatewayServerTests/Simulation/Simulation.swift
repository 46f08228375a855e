import GatewayCore
import JSON

@testable import GatewayServer
@testable import PluginHost

/// One run: callers, a gateway that is killed and started again, its journal on a disk that loses what is not synced, and
/// vendors behind a network that fails. All of it follows from one seed.
final class Simulation: @unchecked Sendable {
    /// A connection with what the gateway knows of its vendor.
    struct Setup {
        var connection: Connection
        var plugin: LoadedPlugin
        var scripts: (any PluginScripts)?
    }

    /// What came of a run.
    struct Outcome: Sendable {
        var seed: UInt64
        var counts: SimulationCounts
        /// What should never be; empty for a run as it should be.
        var violations: [String]
        /// What happened, in order; empty unless it was asked for.
        var trace: [String]
    }

    let dice: SimulationDice
    let time: SimulationTime
    let plan: SimulationPlan
    let disk = SimulatedDisk()
    let book = SimulationBook()
    var counts = SimulationCounts()
    private(set) var setups: [Setup] = []
    private(set) var vendors: [LedgerVendor] = []
    /// The process that listens; `nil` while there is none.
    private(set) var gateway: SimulatedGateway?
    private(set) var clients: [SimulatedClient] = []
    private(set) var groups: [SimulatedGroup] = []

    private var lives = 0
    private var steps = 0
    private var killSteps: Set<Int> = []
    private var areFaultsOn = true
    private let isTracing: Bool
    private var trace: [String] = []

    /// Runs a seed to its end.
    ///
    /// - Parameter isTracing: whether what happens is written down.
    static func run(seed: UInt64, _ sabotage: Sabotage = .none, isTracing: Bool = false) throws -> Outcome {
        let simulation = try Simulation(seed, sabotage, isTracing)
        simulation.perform()
        var counts = simulation.counts
        counts.add(.runs)
        return Outcome(
            seed: seed,
            counts: counts,
            violations: simulation.book.violations,
            trace: simulation.trace
        )
    }

    private init(_ seed: UInt64, _ sabotage: Sabotage, _ isTracing: Bool) throws {
        dice = SimulationDice(seed: seed)
        time = SimulationTime(dice)
        plan = SimulationPlan(dice, sabotage)
        self.isTracing = isTracing
        disk.syncFailure = plan.syncFailure
        for kind in plan.vendors {
            vendors.append(LedgerVendor(kind, self))
            let plugin = LoadedPlugin(
                id: kind.rawValue,
                vendor: try kind.vendor(sabotage),
                folder: "",
                file: "",
                source: [],
                functions: [:]
            )
            let connection = Connection(
                name: "acme-\(kind.rawValue)",
                vendor: kind.rawValue,
                origin: "https://\(kind.rawValue).acme.example"
            )
            let scripts: (any PluginScripts)? = kind == .scripted ? SimulatedScripts(self) : nil
            setups.append(Setup(connection: connection, plugin: plugin, scripts: scripts))
        }
    }

    // MARK: - The course of a run

    private func perform() {
        start()
        day(wishes: plan.wishes, isFirst: true)
        night()
        day(wishes: 3, isFirst: false)
        night()
        book.check(self)
        // What waits is let go, so that no task outlives its run.
        end()
        time.run(until: time.now + .hours(2))
    }

    /// A minute and a half in which everything can fail, and a quarter of an hour in which nothing does.
    private func day(wishes: Int, isFirst: Bool) {
        let start = time.now
        areFaultsOn = true
        if plan.kills > 0 {
            for _ in 0..<(isFirst ? plan.kills : 1) { killSteps.insert(steps + dice.int(1...(wishes * 14))) }
        }
        for _ in 0..<wishes { wish(isFirst: isFirst) }
        if dice.rolls(0.4) { group(isAction: false) }
        if dice.rolls(0.3) { group(isAction: true) }
        if dice.rolls(0.3) {
            let length = dice.milliseconds(100...20_000)
            time.after(dice.milliseconds(0...60_000)) { self.disk.fullUntil = self.time.now + length }
        }
        if dice.rolls(0.15) {
            time.after(dice.milliseconds(0...80_000)) {
                // A key is not used in the last tenth of its life, for clocks that err; by more than that they may not.
                let reach = self.plan.vendors.contains(.forgetful) ? 25_000 : 3_600_000
                self.time.wallClockError += Int64(self.dice.int(-reach...reach))
                self.counts.add(.clockJumps)
                self.note("the wall clock jumps by \(self.time.wallClockError) ms")
            }
        }
        rounds(from: 0, until: .seconds(90), every: Int64(plan.roundPause) * 1_000_000)
        time.run(until: start + .seconds(90))

        note("faults end")
        areFaultsOn = false
        disk.fullUntil = 0
        disk.syncFailure = 0
        if gateway?.journal.failure?.isPassing == false { end() }
        if gateway == nil { self.start() }
        rounds(from: 0, until: .seconds(900), every: .seconds(15))
        time.after(.seconds(dice.int(240...400))) { SimulatedPerson.look(self) }
        // Everybody who has a key asks once more in the end.
        for client in clients where client.wish.key != nil {
            time.after(.seconds(700) + dice.milliseconds(0...20_000)) { client.send() }
        }
        time.run(until: start + .seconds(1_000))
        if isFirst { disk.syncFailure = plan.syncFailure }
    }

    /// What is not settled becomes a person's, and what is done is swept.
    private func night() {
        note("night")
        areFaultsOn = false
        disk.syncFailure = 0
        for hour in [1, 12, 23] { rounds(from: .hours(hour), until: .hours(hour) + .seconds(60), every: .seconds(30)) }
        rounds(from: .hours(27), until: .hours(27) + .seconds(600), every: .seconds(70))
        time.run(until: time.now + .hours(28))
    }

    private func rounds(from: Int64, until: Int64, every: Int64) {
        var at = from
        while at < until {
            time.after(at) { self.gateway?.round() }
            at += every
        }
    }

    private func wish(isFirst: Bool) {
        let number = clients.count
        let setup = dice.int(0...setups.count - 1)
        let caller = caller(isJane: dice.rolls(0.5))
        let operation = dice.pick([
            GatewayCore.Operation.create, .create, .create, .create, .update, .replace, .delete, .approve,
        ])
        let isTwin = plan.hasTwins && dice.rolls(0.6)
        var key: String? = dice.rolls(0.75) ? key(dice.next()) : nil
        // A key whose day is over may stand for something else.
        let earlier = clients.filter { $0.group?.isIndivisible != true }
        var proxied: ProxyRules.Credentials?
        if dice.rolls(0.3) { proxied = dice.rolls(0.7) ? .connection : .client }
        if !isFirst, dice.rolls(0.7), !earlier.isEmpty {
            let old = dice.pick(earlier).wish
            key = old.key ?? key
            // A key that goes to the vendor as it is means the same there whoever sends it.
            if old.caller.name != caller.name, proxied == .client { proxied = nil }
        }
        let client = SimulatedClient(
            SimulatedClient.Wish(
                number: number,
                setup: setup,
                caller: caller,
                operation: operation,
                entryID: operation == .create ? nil : "\(dice.int(1...3))",
                key: key,
                content: LedgerVendor.Content(
                    person: "7",
                    project: "p1",
                    day: "2026-11-20",
                    minutes: isTwin ? 60 : Int64(dice.int(1...9)) * 15,
                    text: isTwin ? "the same" : "wish \(number)"
                ),
                proxied: proxied
            ),
            self
        )
        clients.append(client)
        let at = dice.milliseconds(0...70_000)
        let copies = key != nil && dice.rolls(0.25) ? dice.int(2...4) : 1
        for _ in 0..<copies { time.after(at + dice.milliseconds(0...20)) { client.send() } }
        if key != nil, dice.rolls(0.15) { time.after(dice.milliseconds(0...85_000)) { client.send(isOther: true) } }
    }

    private func caller(isJane: Bool) -> Caller {
        let connections = Set(setups.map(\.connection.name))
        return Caller(
            name: isJane ? "jane" : "joe",
            connections: connections,
            scopes: isJane ? [.read, .write, .approve] : Set(Scope.allCases),
            identities: Dictionary(uniqueKeysWithValues: connections.map { ($0, Identity(userID: "7")) })
        )
    }

    /// Several wishes in one request.
    private func group(isAction: Bool) {
        let setup = dice.int(0...setups.count - 1)
        let caller = caller(isJane: dice.rolls(0.5))
        let whole = isAction && dice.rolls(0.8) ? key(dice.next()) : nil
        let operation = isAction ? dice.pick([GatewayCore.Operation.approve, .delete]) : .create
        let members = (1...dice.int(2...(isAction ? 3 : 6))).map { place in
            let number = clients.count
            let own = isAction ? whole.map { "\($0)/\(place)" } : dice.rolls(0.8) ? key(dice.next()) : nil
            let client = SimulatedClient(
                SimulatedClient.Wish(
                    number: number,
                    setup: setup,
                    caller: caller,
                    operation: operation,
                    entryID: isAction ? "\(place)" : nil,
                    key: own,
                    content: LedgerVendor.Content(
                        person: "7",
                        project: "p1",
                        day: "2026-11-20",
                        minutes: Int64(dice.int(1...9)) * 15,
                        text: "wish \(number)"
                    )
                ),
                self
            )
            clients.append(client)
            return client
        }
        let group = SimulatedGroup(members, key: whole, self)
        groups.append(group)
        let at = dice.milliseconds(0...70_000)
        let isKeyed = members.allSatisfy { $0.wish.key != nil }
        let copies = isKeyed && dice.rolls(0.25) ? dice.int(2...3) : 1
        for _ in 0..<copies { time.after(at + dice.milliseconds(0...20)) { group.send() } }
    }

    private func key(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        let text = String(repeating: "0", count: 16 - digits.count) + digits
        return "00000000-0000-4000-\(text.prefix(4))-\(text.suffix(12))"
    }

    // MARK: - The process

    private func start() {
        lives += 1
        note("process \(lives) starts")
        gateway = SimulatedGateway(self, SimulatedLife(number: lives))
    }

    private func end() {
        gateway?.life.isAlive = false
        gateway = nil
    }

    /// A place at which the process can be killed.
    func step(_ place: String) {
        guard areFaultsOn, gateway?.life.isAlive == true else { return }
        steps += 1
        if killSteps.contains(steps) { kill(place) }
    }

    private func kill(_ place: String) {
        counts.add(.kills)
        note("the process is killed where: \(place)")
        end()
        if dice.rolls(plan.powerLoss) {
            counts.add(.powerLosses)
            note("and the power goes")
            disk.losePower(dice)
        }
        restart()
    }

    private func restart() {
        for (client, isOther) in book.takeUnanswered() {
            time.after(10_000_000) { client.dropped(isOther: isOther) }
        }
        time.after(dice.milliseconds(100...10_000)) { if self.gateway == nil { self.start() } }
    }

    /// The journal trusts its file no more: the process stops, and is started again.
    func journalIsLost() {
        let life = gateway?.life
        time.after(dice.milliseconds(500...20_000)) {
            guard let life, life.isAlive, self.gateway?.life === life else { return }
            self.note("the process is restarted")
            self.end()
            self.restart()
        }
    }

    // MARK: - What the parts ask

    func rolls(_ fault: SimulatedFault) -> Bool {
        guard areFaultsOn, dice.rolls(plan.chance(of: fault)) else { return false }
        counts.add(.fault(fault))
        note("fault: \(fault.rawValue)")
        return true
    }

    func vendor(of request: UpstreamRequest) -> LedgerVendor? {
        vendors.first { request.url.hasPrefix("https://\($0.kind.rawValue).acme.example/") }
    }

    func note(_ event: @autoclosure () -> String) {
        guard isTracing else { return }
        let milliseconds = time.now / 1_000_000
        trace.append("\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).suffix(3)) \(event())")
    }
}
