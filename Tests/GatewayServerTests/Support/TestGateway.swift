import GatewayCore
import GatewayServer
import JSON
import NIOCore
import NIOPosix
import Synchronization
import Testing
import VendorSimulators

/// A gateway on loopback with simulators behind it. Every byte that it answers and logs is kept, and looked through for
/// secrets when the test ends.
final class TestGateway: Sendable {
    let setup: GatewaySetup
    let port: Int
    let accessLog: CapturedFile
    let log: CapturedLog
    fileprivate let adminPort: Int
    private let journal: TestJournal?
    let server: GatewayServer
    private let simulators: [SimulatedVendor: VendorSimulator]
    private let said = Mutex<[String]>([])
    private let isStopped = Mutex(false)

    /// Clients block in socket calls, so they have threads of their own.
    private static let clients: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    init(_ plan: GatewayPlan) async throws {
        accessLog = try CapturedFile()
        log = CapturedLog()
        var started: [SimulatedVendor: VendorSimulator] = [:]
        do {
            for (vendor, configuration) in plan.simulators {
                started[vendor] = try await VendorSimulator.start(
                    configuration,
                    group: MultiThreadedEventLoopGroup.singleton
                )
            }
            var setup = try plan.setup(origins: started.mapValues(\.baseURL))
            setup.accessLogDescriptor = accessLog.descriptor
            journal = plan.hasJournal ? try TestJournal() : nil
            setup.journal = journal?.source
            self.setup = setup
            server = try await GatewayServer.start(setup, log: log.logger)
        } catch {
            for simulator in started.values { await simulator.stop() }
            throw error
        }
        simulators = started
        port = server.port
        adminPort = server.adminPort ?? 0
    }

    /// The port of a connection's own listener.
    func proxyPort(_ connection: String) -> Int { server.proxyPorts[connection] ?? 0 }

    // MARK: - Calling it

    /// The simulator of a vendor of the plan.
    func simulator(_ vendor: SimulatedVendor) -> VendorSimulator {
        guard let simulator = simulators[vendor] else { preconditionFailure("the plan has no \(vendor)") }
        return simulator
    }

    func ledger(_ vendor: SimulatedVendor) -> [LedgerEntry] { simulator(vendor).ledger() }

    static func createRequest(
        _ connection: String,
        _ body: [UInt8],
        query: String = "",
        key: String? = "jane",
        headers: KeyValuePairs<String, String> = [:]
    ) -> [UInt8] {
        var head = "POST /v1/\(connection)/time-entries\(query) HTTP/1.1\r\nHost: gateway\r\n"
        if let key { head += "Authorization: Bearer tg_canary_key_of_\(key)\r\n" }
        if !headers.contains(where: { $0.key == "Content-Type" }) { head += "Content-Type: application/json\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    /// - Parameter key: the name of a key of the plan; nil sends no key.
    func create(
        _ connection: String,
        _ entry: JSONValue,
        query: String = "",
        key: String? = "jane",
        headers: KeyValuePairs<String, String> = [:]
    ) async throws -> Answer {
        try await exchange(
            TestGateway.createRequest(
                connection,
                entry.serializedBytes(),
                query: query,
                key: key,
                headers: headers
            )
        )
    }

    func create(_ connection: String, text: String) async throws -> Answer {
        try await exchange(TestGateway.createRequest(connection, Array(text.utf8)))
    }

    func get(_ path: String, key: String? = "jane") async throws -> Answer {
        let authorization = key.map { "Authorization: Bearer tg_canary_key_of_\($0)\r\n" } ?? ""
        return try await exchange(Array("GET \(path) HTTP/1.1\r\nHost: gateway\r\n\(authorization)\r\n".utf8))
    }

    func post(_ path: String, _ body: String, key: String? = "jane") async throws -> Answer {
        try await send("POST", path, body, key: key)
    }

    /// A request with a JSON body, or with none.
    func send(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        key: String? = "jane",
        headers: KeyValuePairs<String, String> = [:]
    ) async throws -> Answer {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: gateway\r\n"
        if let key { head += "Authorization: Bearer tg_canary_key_of_\(key)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        guard let body else { return try await exchange(Array("\(head)\r\n".utf8)) }
        head += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return try await exchange(Array((head + body).utf8))
    }

    /// Asks the admin listener.
    /// - Parameter headers: lines that end with CR LF, `Host` among them.
    func admin(
        _ path: String,
        method: String = "GET",
        headers: String = "Host: 127.0.0.1\r\n"
    ) async throws -> Answer {
        try await exchange(Array("\(method) \(path) HTTP/1.1\r\n\(headers)\r\n".utf8), port: adminPort)
    }

    /// One request on a connection of its own.
    func exchange(_ request: [UInt8], port: Int? = nil) async throws -> Answer {
        let port = port ?? self.port
        return try await blocking {
            let client = try RawClient(port: port, timeout: 20)
            client.send(request)
            return self.keep(try client.response())
        }
    }

    /// Runs what blocks on a thread for it.
    func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await TestGateway.clients.runIfActive(body)
    }

    /// Remembers an answer for the search for secrets.
    func keep(_ response: RawClient.Response) -> Answer {
        said.withLock { $0.append(response.head + response.body) }
        return Answer(response)
    }

    // MARK: - Ending

    func stop(graceSeconds: Int = 1) async {
        let wasStopped = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return isStopped
        }
        guard !wasStopped else { return }
        await server.stop(graceSeconds: graceSeconds)
        journal?.close()
    }

    /// The rows of the journal, the oldest first.
    func journalled(_ query: JournalQuery = JournalQuery(limit: 10_000)) async throws -> [WriteRecord] {
        guard let source = setup.journal else { return [] }
        return try await source.make(nil).list(query)
    }

    /// Stops everything, and reports each place where a secret came out.
    fileprivate func end() async {
        if !isStopped.withLock({ $0 }) {
            _ = try? await admin("/metrics")
            _ = try? await admin("/readyz")
        }
        for simulator in simulators.values { await simulator.stop() }
        await stop(graceSeconds: 0)
        for answer in said.withLock({ $0 }) {
            if answer.lowercased().contains("canary") { Issue.record("a secret is in an answer: \(answer)") }
        }
        for (name, text) in [("log", log.text), ("access log", accessLog.text)] {
            for line in text.split(separator: "\n") where line.lowercased().contains("canary") {
                Issue.record("a secret is in the \(name): \(line)")
            }
        }
    }
}

/// Runs `body` against a gateway as planned, and stops everything afterwards.
func withGateway(_ plan: GatewayPlan, _ body: (TestGateway) async throws -> Void) async throws {
    let gateway = try await TestGateway(plan)
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(gateway))
    } catch {
        result = .failure(error)
    }
    await gateway.end()
    try result.get()
}

/// Waits until `condition` holds; false after ten seconds.
func soon(_ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<2000 {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}

extension TestGateway {
    /// Tells the admin listener something.
    func adminPost(_ path: String, _ body: String) async throws -> Answer {
        let head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        return try await exchange(
            Array("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8),
            port: adminPort
        )
    }
}
