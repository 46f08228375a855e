import JSON
import NIOPosix
import Testing
import VendorSimulators

@Suite struct TransportTests {
    @Test func bodyBeyondTheLimitIs413AndEndsTheConnection() async throws {
        try await withSimulator(.sonderplan, { $0.maximumBodyBytes = 1000 }) { simulator in
            let client = try RawClient(port: simulator.port)
            let request = CreateRequest(.sonderplan)
            client.writeRequest(
                "POST",
                request.target,
                headers: request.headers,
                body: String(repeating: " ", count: 100_000)
            )
            let answer = try #require(client.readAnswer())
            #expect(answer.status == 413)
            #expect(client.readToEnd().end == .closed)
            #expect(simulator.ledger().map(\.status) == [413])
        }
    }

    @Test func bodyOfExactlyTheLimitPasses() async throws {
        let request = CreateRequest(.sonderplan)
        try await withSimulator(.sonderplan, { $0.maximumBodyBytes = request.body.utf8.count }) { simulator in
            let passed = try request.send(to: simulator)
            #expect(passed.status == 200)
            #expect(try request.with(body: request.body + " ").send(to: simulator).status == 413)
        }
    }

    @Test func malformedRequestIs400AndEndsTheConnection() async throws {
        try await withSimulator(.sonderplan) { simulator in
            let client = try RawClient(port: simulator.port)
            client.write("POST / HTTP/1.1\r\nbroken header\r\n\r\n")
            #expect(client.readAnswer()?.status == 400)
            #expect(client.readToEnd().end == .closed)
        }
    }

    @Test func chunkedBodyIsRead() async throws {
        try await withSimulator(.sonderplan) { simulator in
            let request = CreateRequest(.sonderplan)
            let client = try RawClient(port: simulator.port)
            let headers = request.headers + [("transfer-encoding", "chunked")]
            client.writeRequest("POST", request.target, headers: headers)
            for part in [request.body.prefix(10), request.body.dropFirst(10)] {
                client.write("\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n")
            }
            client.write("0\r\n\r\n")
            #expect(client.readAnswer()?.status == 200)
            #expect(simulator.ledger().first?.body == request.body)
        }
    }

    @Test func connectionIsKeptUnlessTheClientSaysClose() async throws {
        try await withSimulator(.sonderplan) { simulator in
            let client = try RawClient(port: simulator.port)
            let request = CreateRequest(.sonderplan)
            for _ in 0..<3 {
                client.writeRequest("POST", request.target, headers: request.headers, body: request.body)
                #expect(client.readAnswer()?.header("connection") == nil)
            }
            client.writeRequest("GET", "/_ledger", headers: [("connection", "close")])
            #expect(client.readAnswer()?.header("connection") == "close")
            #expect(client.readToEnd().end == .closed)
        }
    }

    @Test func clientThatExpectsContinueGetsIt() async throws {
        try await withSimulator(.sonderplan) { simulator in
            let client = try RawClient(port: simulator.port)
            let request = CreateRequest(.sonderplan)
            let headers =
                request.headers + [("expect", "100-continue"), ("content-length", String(request.body.utf8.count))]
            client.writeRequest("POST", request.target, headers: headers)
            #expect(client.readAnswer()?.status == 100)
            client.write(request.body)
            #expect(client.readAnswer()?.status == 200)
        }
    }

    @Test func stoppedSimulatorRefusesConnections() async throws {
        try await withSimulator(.sonderplan) { simulator in
            let open = try RawClient(port: simulator.port)
            // Answered once, so that it is not still waiting to be accepted.
            open.writeRequest("GET", "/_faults")
            #expect(open.readAnswer()?.status == 200)
            // A mark by which this simulator would be known again.
            #expect(try simulator.send("GET", "/stopped").status == 404)
            let port = simulator.port
            #expect(simulator.baseURL == "http://127.0.0.1:\(port)")
            await simulator.stop()
            #expect(open.readToEnd().end == .closed)
            // Nobody listens any more, unless another test was given the port meanwhile: then it does not
            // know this one's requests.
            guard let other = try? RawClient(port: port) else { return }
            other.writeRequest("GET", "/_ledger")
            #expect(other.readAnswer()?.json?["requests"]?.array?.contains { $0["target"] == "/stopped" } != true)
        }
    }

    @Test func takenPortIsAnError() async throws {
        try await withSimulator(.sonderplan) { simulator in
            var configuration = VendorSimulatorConfiguration(vendor: .awork)
            configuration.port = simulator.port
            await #expect(throws: (any Error).self) {
                _ = try await VendorSimulator.start(configuration, group: MultiThreadedEventLoopGroup.singleton)
            }
        }
    }

    @Test func entriesOfManyConnectionsGetDistinctIds() async throws {
        try await withSimulator(.awork) { simulator in
            let ids = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try CreateRequest(.awork).send(to: simulator).json?["id"]?.string
                    }
                }
                return try await group.reduce(into: Set<String>()) { ids, id in ids.insert(id ?? "") }
            }
            #expect(ids.count == 8)
        }
    }
}
