import FaultProxy
import GatewayCore
import GatewayServer
import GatewayStore
import Glibc
import JSON
import NIOPosix
import Testing
import VendorSimulators

/// One vendor, one journal file, and gateways on it one after another.
final class Lives {
    let vendor: SimulatedVendor
    let simulator: VendorSimulator
    /// Between every gateway and the vendor.
    let proxy: FaultProxy
    private var plan: GatewayPlan
    private let directory: String
    private var path: String { directory + "/journal.db" }

    private init(_ vendor: SimulatedVendor, plugin source: String?) async throws {
        self.vendor = vendor
        var template = Array("/tmp/timegate-lives-XXXXXX".utf8CString)
        _ = mkdtemp(&template)
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        plan = try GatewayPlan(vendor)
        plan.settleMilliseconds = 50
        plan.vendorTimeoutMilliseconds = 1_000
        plan.keys[0].scopes = Set(Scope.allCases)
        var configuration = VendorSimulatorConfiguration(vendor: vendor)
        configuration.tokens = [Sample.token(vendor)]
        simulator = try await VendorSimulator.start(configuration, group: MultiThreadedEventLoopGroup.singleton)
        proxy = try FaultProxy(to: simulator.port)
        let url = proxy.url
        plan.change(vendor.rawValue) { $0.upstream = .origin(url) }
        if let source { try mend(source) }
    }

    /// - Parameters:
    ///   - source: the text of a plugin in place of the vendor's own.
    ///   - timeout: milliseconds that the vendor has for its answer.
    ///   - rules: how the vendor's own clients are served; `nil` where they are not.
    static func of(
        _ vendor: SimulatedVendor,
        plugin source: String? = nil,
        timeout: Int = 1_000,
        proxy rules: ProxyRules? = nil,
        _ body: (Lives) async throws -> Void
    ) async throws {
        let lives = try await Lives(vendor, plugin: source)
        lives.plan.vendorTimeoutMilliseconds = timeout
        lives.plan.change(vendor.rawValue) { $0.proxy = rules }
        lives.plan.readsProxiedEntries = rules != nil
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(lives))
        } catch {
            result = .failure(error)
        }
        lives.proxy.stop()
        await lives.simulator.stop()
        for suffix in ["", "-wal", "-shm", ".lock"] { unlink(lives.path + suffix) }
        rmdir(lives.directory)
        try result.get()
    }

    /// Another text of the plugin from the next life on.
    func mend(_ source: String) throws {
        let plugin = try Plugins.load(id: vendor.rawValue, source: source)
        plan.change(vendor.rawValue) { $0.plugin = plugin }
    }

    /// Entries that the vendor has recorded.
    var recorded: [String] {
        simulator.ledger().filter { $0.stored?.operation == "create" }.compactMap { $0.stored?.id }
    }

    /// Requests to record one that reached the vendor.
    var posts: Int { simulator.ledger().count { $0.method == "POST" && !$0.target.contains("search") } }

    /// Runs a gateway on the journal.
    ///
    /// - Parameter settles: whether what is not settled is looked for at once, or not at all.
    func live(
        dying moment: MortalJournal.Moment? = nil,
        settles: Bool = true,
        graceSeconds: Int = 0,
        wrapping wrap: (@Sendable (any Journal) -> any Journal)? = nil,
        _ body: (Life) async throws -> Void
    ) async throws {
        let store = try JournalStore(path: path, now: VendorSimulatorConfiguration.systemClock())
        defer { store.close() }
        let fate = MortalJournal.Fate(moment)
        var setup = try plan.setup(origins: [:])
        setup.accessLog = false
        setup.adminHost = nil
        if !settles { setup.settleMilliseconds = 3_600_000 }
        setup.journal = JournalSource(
            name: path,
            failure: { store.failure },
            make: { hop in
                let journal = store.journal(hop: hop)
                return MortalJournal(journal: wrap?(journal) ?? journal, fate: fate)
            }
        )
        let server = try await GatewayServer.start(setup, log: CapturedLog().logger)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(Life(port: server.port, vendor: vendor, journal: store.journal())))
        } catch {
            result = .failure(error)
        }
        await server.stop(graceSeconds: graceSeconds)
        try result.get()
    }
}

/// A gateway that runs.
struct Life {
    static let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"

    /// Clients block in socket calls, so they have threads of their own.
    static let clients: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    let port: Int
    let vendor: SimulatedVendor
    let journal: any Journal

    func create(_ entry: JSONValue? = nil, key: String = key) async throws -> Answer {
        let request = TestGateway.createRequest(
            vendor.rawValue,
            (entry ?? Sample.entry(vendor)).serializedBytes(),
            headers: ["Idempotency-Key": key]
        )
        return try await exchange(request)
    }

    func exchange(_ request: [UInt8]) async throws -> Answer {
        let port = port
        return try await Life.clients.runIfActive {
            let client = try RawClient(port: port, timeout: 20)
            client.send(request)
            return Answer(try client.response())
        }
    }

    /// From a client that does not wait for the answer.
    func sendAndVanish(_ request: [UInt8]) async throws {
        let port = port
        try await Life.clients.runIfActive {
            let client = try RawClient(port: port, timeout: 5)
            client.send(request)
            // The request is under way before the client goes.
            pause(milliseconds: 100)
            client.resetOnClose()
            client.close()
        }
    }

    /// The only write's row.
    func row(key: String = key) async throws -> WriteRecord? {
        try await journal.list(JournalQuery(states: Set(WriteState.allCases), key: key)).last
    }

    /// The row once it is settled, listed for a person, or gone.
    func settledRow(key: String = key) async throws -> WriteRecord? {
        var record: WriteRecord?
        _ = try await soon {
            record = try await row(key: key)
            return record.map { !$0.state.isBeingSettled } ?? true
        }
        return record
    }
}
