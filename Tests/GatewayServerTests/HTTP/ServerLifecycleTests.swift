import GatewayServer
import Glibc
import NIOCore
import NIOPosix
import Testing

struct ServerLifecycleTests {
    private func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

    @Test func oneResponderIsMadeForEachEventLoop() async throws {
        try await withServer(threads: 2) { (server: HTTPServer, log: TestResponder.Log) throws in
            for _ in 0..<6 { #expect(try RawClient.exchange(server.localPort, get("/")).status == 200) }
            #expect(log.responders == 2)
        }
    }

    @Test func stoppingAnswersWhatIsInProgressAndClosesTheRest() async throws {
        try await withServer { server, log in
            let idle = try RawClient(port: server.localPort)
            idle.send(get("/first"))
            #expect(try idle.response().status == 200)
            let busy = try RawClient(port: server.localPort)
            busy.send(get("/hold"))
            let helper = try RawClient(port: server.localPort)
            helper.send("GET /release HTTP/1.1\r\nHost: a\r\nX:")
            #expect(eventually { log.asked.contains("/hold") })

            let stopping = Stopping(server, gracePeriod: .seconds(20))
            #expect(try idle.isClosedSilently())
            #expect(throws: RawClient.Failure.self) { _ = try RawClient(port: server.localPort) }
            // A request whose head had begun to arrive is served too.
            helper.send(" y\r\n\r\n")
            #expect(try helper.response().body == "released 1")
            let answer = try busy.response()
            #expect(answer.body == "held")
            #expect(answer.closes)
            #expect(try busy.isClosedSilently())
            #expect(stopping.wait())
        }
    }

    @Test func stoppingClosesWhatIsLeftAfterTheGracePeriod() async throws {
        try await withServer { server, log in
            let busy = try RawClient(port: server.localPort)
            busy.send(get("/hold"))
            #expect(eventually { log.asked == ["/hold"] })
            #expect(Stopping(server, gracePeriod: .milliseconds(50)).wait())
            #expect(try busy.isClosedSilently())
        }
    }

    @Test func answerToAClientThatHasGoneIsDropped() async throws {
        try await withServer { server, log in
            // How soon the server is told of a reset is the kernel's business, so it gets longer each time.
            for attempt in 1...7 {
                let gone = try RawClient(port: server.localPort)
                gone.send(get("/hold"))
                #expect(eventually { log.asked.count { $0 == "/hold" } == attempt })
                // A reset, not an orderly close, so that the server notices before it answers.
                var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
                setsockopt(gone.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
                gone.close()
                pause(milliseconds: 25 << attempt)
                #expect(try RawClient.exchange(server.localPort, get("/release")).body == "released 1")
                let held = log.finished.filter { $0.head?.path == "/hold" }
                #expect(held.count == attempt)
                if held.last?.wasDelivered == false { return }
            }
            Issue.record("an answer to a client that had gone was never dropped")
        }
    }

    @Test func connectionsBeyondTheTotalAreRefusedUntilOneCloses() async throws {
        try await withServer(configure: { $0.maximumConnections = 2 }) { server, _ in
            let first = try RawClient(port: server.localPort)
            first.send(get("/1"))
            #expect(try first.response().status == 200)
            let second = try RawClient(port: server.localPort)
            second.send(get("/2"))
            #expect(try second.response().status == 200)
            let third = try RawClient(port: server.localPort)
            let refusal = try third.response()
            #expect(refusal.status == 503)
            #expect(refusal.closes)
            // The refused one does not count, though it is still open.
            first.close()
            #expect(
                eventually { (try? RawClient.exchange(server.localPort, get("/4")).status) == 200 }
            )
        }
    }

    @Test func connectionsBeyondThePeersShareAreRefused() async throws {
        try await withServer(configure: { $0.maximumConnectionsPerPeer = 1 }) { server, _ in
            let first = try RawClient(port: server.localPort)
            first.send(get("/1"))
            #expect(try first.response().status == 200)
            #expect(try RawClient(port: server.localPort).response().status == 503)
        }
    }

    @Test func inheritedListeningSocketIsServed() async throws {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        let port = try Self.listenOnLoopback(descriptor)
        try await withServer(configure: { $0.listener = .inherited(descriptor: descriptor) }) {
            (server: HTTPServer, _: TestResponder.Log) throws in
            #expect(server.localPort == port)
            #expect(try RawClient.exchange(server.localPort, get("/a")).body == "GET|/a|Host=a|")
        }
    }

    @Test func portInUseIsReported() async throws {
        let taken = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(taken) }
        let port = try Self.listenOnLoopback(taken)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let configuration = HTTPServerConfiguration(listener: .address(host: "127.0.0.1", port: port))
        await #expect(throws: IOError.self) {
            _ = try await HTTPServer.start(configuration: configuration, group: group) { _ in
                TestResponder(log: TestResponder.Log())
            }
        }
        try await group.shutdownGracefully()
    }

    /// - Returns: the port that the kernel chose.
    private static func listenOnLoopback(_ descriptor: CInt) throws -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw RawClient.Failure(description: "listen: errno \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
