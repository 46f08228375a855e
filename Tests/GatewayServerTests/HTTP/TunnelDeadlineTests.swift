import NIOCore
import Synchronization
import Testing

@testable import GatewayServer

/// Opens a tunnel to a port of loopback for each CONNECT.
private final class TunnelResponder: HTTPResponder {
    private let port: Int
    private let log: TestResponder.Log
    private let ends: Ends

    final class Ends: Sendable {
        private let inside = Mutex<[String]>([])
        var all: [String] { inside.withLock { $0 } }
        func add(_ end: String) { inside.withLock { $0.append(end) } }
    }

    init(port: Int, log: TestResponder.Log, ends: Ends) {
        self.port = port
        self.log = log
        self.ends = ends
    }

    func respond(to request: InboundRequest, reply: ReplyHandle) {
        let loop = reply.connectionLoop
        let dialer = TunnelDialer(eventLoop: loop, ownPorts: OwnPorts(), timeoutMilliseconds: 5000)
        dialer.dial(host: "127.0.0.1", port: port, allowsPrivate: true).assumeIsolated().whenSuccess { far in
            let isOpen = reply.openTunnel(OutboundResponse(status: 200), to: far) { self.ends.add($0.end.rawValue) }
            if !isOpen { far.breakOff() }
        }
    }

    func problem(status: Int, code: String, detail: String) -> OutboundResponse { OutboundResponse(status: status) }

    func requestFinished(_ record: AccessRecord) { log.hasFinished(record) }
}

@Suite("Tunnels that stand still", .timeLimit(.minutes(1)))
struct TunnelDeadlineTests {
    private func withTunnels(
        _ configure: (inout HTTPServerConfiguration.Deadlines) -> Void,
        vendor: @escaping @Sendable (Wire) throws -> Void,
        _ body: @escaping @Sendable (Wire, _ ends: () -> [String], TestResponder.Log) throws -> Void
    ) async throws {
        let vendor = try RecordingVendor(connection: vendor)
        defer { vendor.stop() }
        let ends = TunnelResponder.Ends()
        let port = vendor.port
        try await withServer {
            $0.takesAbsoluteForm = true
            configure(&$0.deadlines)
        } responder: {
            TunnelResponder(port: port, log: $0, ends: ends)
        } _: { server, log in
            let client = try Wire(port: server.localPort)
            client.shrinkBuffers()
            client.send("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")
            #expect(try client.head().first == "HTTP/1.1 200 OK")
            try body(client, { ends.all }, log)
        }
    }

    @Test func silentTunnelIsBrokenOffAndOneInUseIsNot() async throws {
        try await withTunnels {
            $0.tunnelPause = .milliseconds(300)
        } vendor: { wire in
            while case let bytes = try wire.some(), !bytes.isEmpty { wire.send(bytes) }
        } _: { client, ends, log in
            // Longer than the pause, a byte at a time.
            for _ in 0..<8 {
                client.send("x")
                #expect(try client.bytes(1).count == 1)
                pause(milliseconds: 80)
            }
            #expect(ends().isEmpty)
            let rest = try client.rest()
            #expect(rest.bytes.isEmpty && rest.isReset)
            #expect(eventually { ends() == ["idle"] && log.finished.count == 1 })
            #expect(log.finished.first?.wasDelivered == false)
            #expect(log.finished.first?.head?.isConnect == true)
        }
    }

    @Test func clientThatTakesNothingIsLetGo() async throws {
        let sent = Atomic<Int>(0)
        try await withTunnels {
            $0.write = .milliseconds(300)
        } vendor: { wire in
            sent.store(wire.send([UInt8](repeating: 1, count: 64 << 20)), ordering: .relaxed)
        } _: { _, ends, _ in
            #expect(eventually { ends() == ["client"] })
            #expect(eventually { (1..<(64 << 20)).contains(sent.load(ordering: .relaxed)) })
        }
    }

    @Test func vendorThatTakesNothingIsLetGoWhenNothingMovesAnyMore() async throws {
        try await withTunnels {
            $0.tunnelPause = .milliseconds(300)
        } vendor: { wire in
            wire.shrinkBuffers()
            pause(milliseconds: 3000)
        } _: { client, ends, _ in
            let taken = client.send([UInt8](repeating: 1, count: 64 << 20))
            #expect(taken < 64 << 20)
            #expect(eventually { ends() == ["idle"] })
        }
    }

    @Test func clientThatGoesWhileTheVendorIsCalledLeavesNothingOpen() async throws {
        let seen = Mutex<[Bool]>([])
        let vendor = try RecordingVendor(connection: { wire in
            let isReset = try wire.rest().isReset
            seen.withLock { $0.append(isReset) }
        })
        defer { vendor.stop() }
        let ends = TunnelResponder.Ends()
        let port = vendor.port
        try await withServer {
            $0.takesAbsoluteForm = true
        } responder: {
            TunnelResponder(port: port, log: $0, ends: ends)
        } _: { server, _ in
            for _ in 0..<20 {
                let client = try Wire(port: server.localPort)
                client.reset()
                client.send("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")
            }
            // Whether it stood for a moment or never, what was connected is closed.
            #expect(eventually { seen.withLock { $0.count } == vendor.connectionCount && vendor.connectionCount > 0 })
        }
    }
}
