import FaultProxy
import Foundation
import GatewayCore
import GatewayStore
import JSON
import Synchronization
import Testing

/// The real gateway, killed and started again, on one journal, in front of the real simulators.
final class ChaosGateway: Sendable {
    static let key = "tgk_a-key-of-the-chaos-tests-only"

    let vendors: Vendors
    let directory: String
    private let environment: [String: String]
    private let state = Mutex<(running: RunningTimegate?, port: Int)>((nil, 0))

    /// - Parameter origins: other origins than the simulators', by vendor.
    private init(_ vendors: Vendors, origins: [String: String]) throws {
        self.vendors = vendors
        directory = vendors.directory
        environment = try vendors.environment().merging(["TIMEGATE_KEY": Self.key]) { $1 }
        var text = vendors.scratch.read("timegate.yaml")
        for (vendor, origin) in origins {
            text = text.replacingOccurrences(of: vendors.origins[vendor] ?? "", with: origin)
        }
        text = text.replacingOccurrences(of: "    limit: 600/m\n", with: "")
        text = text.replacingOccurrences(
            of: "    allow_private: true\n",
            with: "    allow_private: true\n    limits: off\n"
        )
        try vendors.scratch.write("timegate.yaml", text)
    }

    /// Runs a body with simulators; the gateway is started by the body.
    static func with(
        origins: (Vendors) throws -> [String: String] = { _ in [:] },
        _ body: (ChaosGateway) async throws -> Void
    ) async throws {
        try await Vendors.withQuickstart { vendors in
            let gateway = try ChaosGateway(vendors, origins: try origins(vendors))
            do {
                try await body(gateway)
            } catch {
                await gateway.kill()
                throw error
            }
            await gateway.kill()
        }
    }

    private let folder = Mutex("")
    var statePath: String { folder.withLock { "\(directory)\($0)/timegate.db" } }

    /// Keeps the journal in a directory of its own.
    func keepState(in name: String) throws {
        try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        try vendors.scratch.write(
            "timegate.yaml",
            vendors.scratch.read("timegate.yaml") + "state: ./\(name)/timegate.db\n"
        )
        folder.withLock { $0 = "/\(name)" }
    }

    /// Serves the vendors' own clients too.
    ///
    /// - Parameter credentials: `client` or `connection`.
    func serveClients(_ credentials: String) throws {
        let text = vendors.configurationWithoutProxy
            .replacingOccurrences(
                of: "    allow_private: true\n",
                with: "    allow_private: true\n    proxy: { credentials: \(credentials) }\n"
            )
            .replacingOccurrences(of: "scopes: [read, write, approve]", with: "scopes: [read, write, approve, proxy]")
        try vendors.scratch.write("timegate.yaml", text)
    }

    /// A command line with the gateway's configuration and secrets.
    func timegate(_ arguments: String...) async throws -> TimegateBinary.Ended {
        try await TimegateBinary.run(arguments, environment: environment, in: directory)
    }

    var port: Int { state.withLock { $0.port } }
    var running: RunningTimegate? { state.withLock { $0.running } }

    // MARK: - Its life

    func start(under wrapper: [String] = [], grace: Int = 5) async throws {
        let running = try await RunningTimegate.start(
            // One process: what is killed, stopped and traced here is the one that serves.
            ["serve", "--no-supervise", "--config", "timegate.yaml", "--event-loops", "2", "--grace", "\(grace)"],
            until: "Listening on ",
            under: wrapper,
            environment: environment,
            in: directory
        )
        let port = try #require(Self.port(of: running.word(after: "Listening on ")))
        state.withLock { $0 = (running, port) }
    }

    /// The gateway's own process, also where it runs under a wrapper: it stands in the journal's lock.
    var identifier: pid_t? {
        let text = try? String(contentsOfFile: statePath + ".lock", encoding: .utf8)
        return text.flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// SIGKILL.
    func kill() async {
        let running = state.withLock { state in
            defer { state.running = nil }
            return state.running
        }
        guard let running else { return }
        if running.isRunning, let identifier { Foundation.kill(identifier, SIGKILL) }
        await running.kill()
        await journalIsFree()
    }

    /// Waits until no process has the journal: a wrapper may end before what it has run is gone.
    private func journalIsFree() async {
        let descriptor = open(statePath + ".lock", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        for _ in 0..<2000 where flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            try? await Task.sleep(for: .milliseconds(5))
        }
        flock(descriptor, LOCK_UN)
    }

    /// Waits for an end that something else brings about.
    func ended() async {
        await running?.ended()
        await journalIsFree()
        state.withLock { $0.running = nil }
    }

    /// SIGTERM, and the exit status.
    func stop() async -> Int32? {
        let running = state.withLock { state in
            defer { state.running = nil }
            return state.running
        }
        return await running?.stop()
    }

    static func port(of url: String?) -> Int? { url?.split(separator: ":").last.flatMap { Int($0) } }

    // MARK: - Calling it

    /// Books an entry; `nil` where no whole answer came.
    ///
    /// - Parameter port: of something that stands before the gateway.
    func create(_ entry: ChaosEntry, port: Int? = nil) async -> ChaosAnswer? {
        let body = entry.json.serializedBytes()
        let head = """
            POST /v1/acme-\(entry.vendor)/time-entries HTTP/1.1\r
            Host: gateway\r
            Authorization: Bearer \(Self.key)\r
            Content-Type: application/json\r
            Idempotency-Key: \(entry.key)\r
            Content-Length: \(body.count)\r
            Connection: close\r
            \r

            """
        return await exchange(Array(head.utf8) + body, port: port)
    }

    /// Books an entry at Productive as a client of Productive does, with Productive's credentials of its own; `nil` where no
    /// whole answer came.
    func createNatively(_ entry: ChaosEntry) async -> ChaosAnswer? {
        let json = entry.json
        let attributes: JSONValue = ["date": json["work_date"] ?? .null, "time": 90, "note": json["note"] ?? .null]
        let body: JSONValue = [
            "data": [
                "type": "time_entries", "attributes": attributes,
                "relationships": [
                    "person": ["data": ["type": "people", "id": "8160"]],
                    "service": ["data": ["type": "services", "id": "1192"]],
                ],
            ]
        ]
        let bytes = body.serializedBytes()
        let head = """
            POST /proxy/acme-productive/api/v2/time_entries HTTP/1.1\r
            Host: gateway\r
            Timegate-Key: \(Self.key)\r
            X-Auth-Token: \(environment["PRODUCTIVE_TOKEN"] ?? "")\r
            X-Organization-Id: 2055\r
            Content-Type: application/vnd.api+json\r
            Idempotency-Key: \(entry.key)\r
            Content-Length: \(bytes.count)\r
            Connection: close\r
            \r

            """
        return await exchange(Array(head.utf8) + bytes)
    }

    /// What the admin listener says of readiness.
    func readiness() async -> ChaosAnswer? {
        guard let port = Self.port(of: running?.word(after: "Admin on ")) else { return nil }
        return await get("/readyz", port: port)
    }

    /// A read that goes to the vendor.
    func list(at vendor: String) async -> ChaosAnswer? {
        await get("/v1/acme-\(vendor)/time-entries?from=2025-01-01&to=2025-01-31")
    }

    func get(_ path: String, port: Int? = nil) async -> ChaosAnswer? {
        await exchange(
            Array(
                "GET \(path) HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer \(Self.key)\r\nConnection: close\r\n\r\n"
                    .utf8
            ),
            port: port
        )
    }

    private func exchange(_ request: [UInt8], port: Int? = nil) async -> ChaosAnswer? {
        let port = port ?? self.port
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let answer = LoopbackClient.exchange(request, port: port)
                continuation.resume(returning: answer.map(ChaosAnswer.init))
            }
        }
    }

    // MARK: - Looking at what came of it

    /// The entries that a vendor has recorded, as (id, request body).
    func recorded(at vendor: String) async throws -> [(id: String, body: String)] {
        let ledger = try JSONValue(
            parsing: try await vendors.ledger(vendor),
            limits: JSONLimits(maximumBytes: 256 << 20)
        )
        #expect(ledger["dropped"] == 0, "the simulator's ledger is too small for this test")
        return (ledger["requests"]?.array ?? []).compactMap { request in
            guard request["stored"]?["operation"] == "create", let id = request["stored"]?["id"]?.string else {
                return nil
            }
            return (id, request["body"]?.string ?? "")
        }
    }

    /// The rows of the journal, while no gateway has it.
    func journal() async throws -> [WriteRecord] {
        let store = try JournalStore(path: statePath, now: Int64(Date().timeIntervalSince1970 * 1000))
        defer { store.close() }
        return try await store.journal().list(JournalQuery(limit: 1_000_000))
    }
}

/// What the gateway answered.
struct ChaosAnswer: Sendable {
    let status: Int
    let json: JSONValue
    /// Status line and headers.
    let head: String

    init(_ answer: LoopbackClient.Answer) {
        status = answer.status
        head = answer.head
        json = (try? JSONValue(parsing: answer.body)) ?? .null
    }

    var id: String? { json["data"]?["id"]?.string }
    var code: String? { json["code"]?.string }
    var sent: String? { json["sent"]?.string }
}

/// An entry that is like no other, with its key in its note so that it is known again in a vendor's ledger.
struct ChaosEntry: Sendable {
    let vendor: String
    let key: String
    private let number: Int

    init(_ vendor: String, _ number: Int) {
        self.vendor = vendor
        self.number = number
        key = UUID().uuidString.lowercased()
    }

    var json: JSONValue {
        // Each day of a year has a few, which differ in when and how long.
        let day = String(format: "2025-%02d-%02d", 1 + number % 12, 1 + number / 12 % 28)
        let place = number / 336
        let start = String(format: "%02d:%02d:00", 6 + place / 60 % 12, place % 60)
        let end = String(format: "%02d:%02d:00", 7 + place / 60 % 12, place % 60)
        let note = JSONValue.string("Booking \(key)")
        switch vendor {
        case "sonderplan":
            return [
                "started_at": .string("\(day)T\(start)Z"), "ended_at": .string("\(day)T\(end)Z"),
                "subjects": ["project": ["id": "5021"]], "activity": ["name": "Design"], "note": note,
            ]
        case "plannr":
            return [
                "started_at": .string("\(day)T\(start)Z"), "ended_at": .string("\(day)T\(end)Z"),
                "subjects": ["client": ["id": "f5bf01bf-5096-4575-9618-2d8176af136c"]], "title": "Research",
                "note": note,
            ]
        case "awork":
            return [
                "started_at": .string("\(day)T\(start)"), "ended_at": .string("\(day)T\(end)"),
                "activity": ["id": "b1f9c9b5-3d5d-4b0e-8f2e-4a3c5d6e7f80"],
                "subjects": ["project": ["id": "6f1c2f5e-2b51-4f0a-9d55-0a8b3f1d2c3e"]], "note": note,
            ]
        case "hoursmith":
            return [
                "work_date": .string(day), "duration": .string("\(1 + place % 600)m"),
                "subjects": ["project": ["id": "5a8591dd-4039-49df-9202-96385ba3eff8"]], "note": note,
            ]
        default:
            return [
                "work_date": .string(day), "duration": .string("\(1 + place % 600)m"),
                "subjects": ["service": ["id": "1192"]], "note": note,
            ]
        }
    }
}
