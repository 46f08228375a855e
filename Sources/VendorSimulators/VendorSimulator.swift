public import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A strict, stateful stand-in of one vendor's API on a local port, for tests and demos.
///
/// Beside the vendor's routes it serves its own: `GET` and `DELETE /_ledger`, and `GET`, `POST` and `DELETE /_faults`
/// (see `Fault`). It is no benchmark upstream: each request is parsed, checked, stored and recorded under one lock.
public final class VendorSimulator: Sendable {
    private let engine: SimulatorEngine
    private let listener: any Channel
    private let connections: ConnectionRegistry

    /// The port that is listened on.
    public let port: Int

    /// `http://127.0.0.1:<port>`, without a slash at the end.
    public var baseURL: String { "http://\(engine.configuration.host):\(port)" }

    private init(engine: SimulatorEngine, listener: any Channel, connections: ConnectionRegistry, port: Int) {
        self.engine = engine
        self.listener = listener
        self.connections = connections
        self.port = port
    }

    /// Binds the port and starts to serve.
    ///
    /// - Throws: an `IOError` where the address cannot be bound.
    public static func start(
        _ configuration: VendorSimulatorConfiguration,
        group: any EventLoopGroup
    ) async throws -> VendorSimulator {
        let engine = SimulatorEngine(configuration)
        let connections = ConnectionRegistry()
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                connections.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
                    try pipeline.addHandler(SimulatorHTTPHandler(engine))
                }
            }
            .bind(host: configuration.host, port: configuration.port)
            .get()
        return VendorSimulator(
            engine: engine,
            listener: listener,
            connections: connections,
            port: listener.localAddress?.port ?? configuration.port
        )
    }

    /// Stops listening and closes all connections, hanging ones included. May be called more than once.
    public func stop() async {
        try? await listener.close().get()
        for connection in connections.stop() {
            connection.close(promise: nil)
            try? await connection.closeFuture.get()
        }
    }

    /// Every request on the vendor's routes since the start or the last clearing, oldest first.
    public func ledger() -> [LedgerEntry] { engine.ledger() }

    /// Forgets the requests so far; stored entries stay.
    public func clearLedger() { engine.clearLedger() }

    /// Adds a fault behind those that are already waiting.
    public func inject(_ fault: Fault) { engine.inject(fault) }

    /// Forgets all faults. Requests that already hang go on hanging.
    public func clearFaults() { engine.clearFaults() }
}

/// The open connections, so that `stop` leaves none behind.
private final class ConnectionRegistry: Sendable {
    private let state = Mutex<(open: [ObjectIdentifier: any Channel], isStopped: Bool)>(([:], false))

    func add(_ channel: any Channel) {
        let isStopped = state.withLock { state in
            if !state.isStopped { state.open[ObjectIdentifier(channel)] = channel }
            return state.isStopped
        }
        guard !isStopped else {
            channel.close(promise: nil)
            return
        }
        let id = ObjectIdentifier(channel)
        channel.closeFuture.whenComplete { _ in self.remove(id) }
    }

    private func remove(_ id: ObjectIdentifier) {
        state.withLock { _ = $0.open.removeValue(forKey: id) }
    }

    /// From now on new connections are closed at once. Returns those that are open.
    func stop() -> [any Channel] {
        state.withLock { state in
            state.isStopped = true
            return Array(state.open.values)
        }
    }
}
