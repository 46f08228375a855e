import GatewayServer
import Glibc
import Synchronization

/// A vendor that keeps what came, byte for byte, and answers what a test says: one thread for each connection.
final class RecordingVendor: Sendable {
    /// What to do with a request. Returns whether the connection goes on.
    typealias Script = @Sendable (WireMessage, Wire) throws -> Bool

    let port: Int
    private let listener: CInt
    private let keepsBodies: Bool
    private let script: Script
    private let connection: (@Sendable (Wire) throws -> Void)?
    private let state = Mutex(State())

    private struct State {
        var messages: [WireMessage] = []
        var connections: [CInt] = []
        var accepted = 0
        var isStopped = false
    }

    private init(
        keepsBodies: Bool,
        script: @escaping Script,
        connection: (@Sendable (Wire) throws -> Void)?
    ) throws {
        self.connection = connection
        self.script = script
        self.keepsBodies = keepsBodies
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(AF_INET)
        withUnsafeMutableBytes(of: &storage) {
            UnsafeMutableRawBufferPointer(rebasing: $0[4..<8]).copyBytes(from: [127, 0, 0, 1])
        }
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isListening = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, 16) == 0 && listen(listener, 128) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard isListening else { throw Wire.Failure(description: "listen: errno \(errno)") }
        self.listener = listener
        port = withUnsafeBytes(of: storage) { Int($0[2]) << 8 | Int($0[3]) }
        detach { self.acceptAll() }
    }

    /// One that deals with each connection as a whole; nothing is kept.
    convenience init(connection: @escaping @Sendable (Wire) throws -> Void) throws {
        try self.init(keepsBodies: false, script: { _, _ in false }, connection: connection)
    }

    convenience init(keepsBodies: Bool = true, _ script: @escaping Script) throws {
        try self.init(keepsBodies: keepsBodies, script: script, connection: nil)
    }

    /// One that gives the same answer to every request.
    convenience init(_ answer: String) throws {
        try self.init { _, wire in
            wire.send(answer)
            return true
        }
    }

    var origin: String { "http://127.0.0.1:\(port)" }
    var messages: [WireMessage] { state.withLock { $0.messages } }
    var connectionCount: Int { state.withLock { $0.accepted } }

    /// The messages since the last call.
    func takeMessages() -> [WireMessage] {
        state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
    }

    func stop() {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            shutdown(listener, CInt(SHUT_RDWR))
            for connection in state.connections { shutdown(connection, CInt(SHUT_RDWR)) }
        }
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            let isWelcome = state.withLock { state in
                state.accepted += 1
                if !state.isStopped { state.connections.append(descriptor) }
                return !state.isStopped
            }
            guard isWelcome else {
                close(descriptor)
                continue
            }
            detach { self.serve(descriptor) }
        }
        close(listener)
    }

    private func serve(_ descriptor: CInt) {
        let wire = Wire(descriptor: descriptor, timeout: 60)
        if let connection { try? connection(wire) }
        while connection == nil, let message = try? wire.message(keeps: keepsBodies) {
            state.withLock { $0.messages.append(message) }
            guard (try? script(message, wire)) == true else { break }
        }
        // Before the descriptor is closed: its number may then be somebody else's.
        withExtendedLifetime(wire) {
            state.withLock { state in state.connections.removeAll { $0 == descriptor } }
        }
    }

    private func detach(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            },
            box.toOpaque()
        )
        precondition(result == 0, "no thread")
        pthread_detach(thread)
    }
}

/// Runs a test against a gateway that proxies one connection, `acme`, to a vendor that keeps what came.
func withProxy(
    _ rules: ProxyRules = ProxyRules(),
    vendor: RecordingVendor,
    plan change: (inout GatewayPlan) throws -> Void = { _ in },
    _ body: (TestGateway) async throws -> Void
) async throws {
    defer { vendor.stop() }
    var plan = try GatewayPlan()
    var link = try GatewayPlan.link("acme", to: .sonderplan)
    link.upstream = .origin(vendor.origin)
    link.proxy = rules
    plan.keys = [GatewayPlan.Key(name: "jane", connections: ["acme"], scopes: [.read, .write, .proxy])]
    plan.links = [link]
    try change(&plan)
    try await withGateway(plan, body)
}
