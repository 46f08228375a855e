import CurlClient
import Glibc
import Synchronization
import Testing

/// Warm connections, many at once, and ends before time.
@Suite struct ConnectionTests {
    @Test func oneConnectionServesRequestsOneAfterTheOther() async throws {
        let server = FaultServer.answering()
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let first = try await client.response(.post(server.url))
        #expect(!first.connectionReused)
        #expect(first.localPort > 0)
        for _ in 0..<20 {
            let next = try await client.response(.post(server.url))
            #expect(next.connectionReused)
            #expect(next.localPort == first.localPort)
        }
        #expect(server.connectionCount == 1)
        // Twice for the first connect (writable, readable), never for the warm requests.
        #expect(client.client.counters.epollChanges <= 3)
    }

    @Test func freshConnectionIsMadeWhenAskedForAndKept() async throws {
        let server = FaultServer.answering()
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        _ = try await client.response(.post(server.url))
        let fresh = try await client.response(.local("POST", server.url) { $0.freshConnection = true })
        #expect(!fresh.connectionReused)
        #expect(server.connectionCount == 2)
        #expect(try await client.response(.post(server.url)).connectionReused)
        #expect(server.connectionCount == 2)
    }

    @Test func poolsDoNotShareConnections() async throws {
        let server = FaultServer.answering()
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        for _ in 0..<3 {
            for pool in ["a", "b", nil] {
                _ = try await client.response(.local("GET", server.url) { $0.pool = pool })
            }
        }
        #expect(server.connectionCount == 3)
    }

    @Test func connectionThatTheServerClosedWhileIdleIsNotUsedAgain() async throws {
        let server = FaultServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer("ok")
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        _ = try await client.response(.post(server.url))
        await waitUntil { client.client.counters.idleConnectionsDropped == 1 }
        let second = try await client.response(.post(server.url))
        #expect(!second.connectionReused)
        #expect(server.requests.count == 2)
    }

    /// libcurl 7.88.1 alone takes the late bytes for the answer to the next request.
    @Test func bytesThatComeOnAnIdleConnectionAreNotTakenForTheNextAnswer() async throws {
        let server = FaultServer { connection in
            while let request = connection.readRequest() {
                connection.answer("honest")
                if request.line.contains("/poison") {
                    usleep(20_000)
                    connection.answer("poisoned")
                }
            }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        #expect(try await client.response(.local("GET", server.url + "/poison")).text == "honest")
        await waitUntil { client.client.counters.idleConnectionsDropped == 1 }
        let next = try await client.response(.local("GET", server.url + "/next"))
        #expect(next.text == "honest")
        #expect(!next.connectionReused)
    }

    @Test func bytesBehindAnAnswerCloseTheConnection() async throws {
        let server = FaultServer { connection in
            while connection.readRequest() != nil {
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
                )
            }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        for _ in 0..<3 { #expect(try await client.response(.local("GET", server.url)).text == "ok") }
        #expect(server.connectionCount == 3)
    }

    @Test func thousandRequestsAtOnceAreEachAnsweredOnce() async throws {
        _ = FileDescriptorLimit.raise(toAtLeast: 4_096)
        let server = FaultServer { connection in
            while let request = connection.readRequest() {
                connection.answer("echo " + String(decoding: request.body, as: UTF8.self))
            }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        for round in 0..<2 {
            await withTaskGroup(of: Bool.self) { group in
                for number in 0..<1_000 {
                    group.addTask {
                        let result = await client.perform(.post(server.url, "\(round)/\(number)")).result
                        guard case .success(let response) = result else { return false }
                        return response.text == "echo \(round)/\(number)"
                    }
                }
                for await isRight in group { #expect(isRight) }
            }
        }
        #expect(client.unexpected == 0)
        #expect(server.requests.count == 2_000)
        #expect(Set(server.requests.map(\.body)).count == 2_000)
        let counters = client.client.counters
        #expect(counters.started == 2_000)
        #expect(counters.answered == 2_000)
        #expect(counters.running == 0)
        #expect(client.batches.count < 2_000)
        #expect(counters.connectionsOpened < 2_000)
    }

    @Test func requestAboveTheConnectionLimitWaitsItsTurn() async throws {
        let server = FaultServer { connection in
            while connection.readRequest() != nil {
                usleep(20_000)
                connection.answer("ok")
            }
        }
        defer { server.stop() }
        let client = try TestClient { $0.maxHostConnections = 2 }
        defer { client.client.shutdown() }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<10 {
                group.addTask { (try? await client.response(.post(server.url)))?.status == 200 }
            }
            for await isRight in group { #expect(isRight) }
        }
        #expect(server.connectionCount == 2)
        #expect(server.requests.count == 10)
    }

    /// libcurl 7.88.1 alone lets it wait for as long as the others hold the connection.
    @Test func requestThatWaitsForAConnectionTooLongTimesOutUnsent() async throws {
        let released = Atomic<Bool>(false)
        let server = FaultServer { connection in
            while connection.readRequest() != nil {
                while !released.load(ordering: .acquiring) { usleep(1_000) }
                connection.answer("ok")
            }
        }
        defer { server.stop() }
        let client = try TestClient { $0.maxConnections = 1 }
        defer { client.client.shutdown() }
        async let holding = client.response(.local("POST", server.url) { $0.timeouts.totalMilliseconds = 60_000 })
        await waitUntil { server.requests.count == 1 }
        let failure = try await client.failure(.local("POST", server.url) { $0.timeouts.totalMilliseconds = 100 })
        released.store(true, ordering: .releasing)
        #expect(failure.kind == .timeout)
        #expect(failure.sent == .no)
        _ = try await holding
        #expect(server.requests.count == 1)
    }

    @Test func requestCancelledBeforeItWasBegunIsNotSent() async throws {
        let listener = FullListener()
        defer { listener.close() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let completion = await client.perform(.post("http://127.0.0.1:\(listener.port)/")) { client.client.cancel($0) }
        guard case .failure(let failure) = completion.result else {
            Issue.record("an answer from nobody")
            return
        }
        #expect(failure.kind == .cancelled)
        #expect(failure.sent == .no)
    }

    @Test func requestCancelledWhileTheServerHasItIsMaybeSentAndItsConnectionIsClosed() async throws {
        let closed = Atomic<Bool>(false)
        let server = FaultServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer("ok")
            guard connection.readRequest() != nil else { return }
            connection.waitForEnd()
            closed.store(true, ordering: .releasing)
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        _ = try await client.response(.post(server.url))
        let completion = await client.perform(.post(server.url)) { id in
            Task {
                await waitUntil { server.requests.count == 2 }
                client.client.cancel(id)
            }
        }
        guard case .failure(let failure) = completion.result else {
            Issue.record("an answer that was not sent")
            return
        }
        #expect(failure.kind == .cancelled)
        #expect(failure.sent == .maybe)
        await waitUntil { closed.load(ordering: .acquiring) }
        #expect(client.client.counters.cancelled == 1)
        #expect(client.unexpected == 0)
    }

    @Test func cancelAfterTheEndDoesNothing() async throws {
        let server = FaultServer.answering()
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let completion = await client.perform(.post(server.url))
        client.client.cancel(completion.id)
        #expect(try await client.response(.post(server.url)).status == 200)
        #expect(client.client.counters.cancelled == 0)
        #expect(client.unexpected == 0)
    }

    @Test func shutdownLetsRunningRequestsEndWithinItsTimeAndRefusesNewOnes() async throws {
        let server = FaultServer { connection in
            while connection.readRequest() != nil {
                usleep(100_000)
                connection.answer("late")
            }
        }
        defer { server.stop() }
        let client = try TestClient()
        async let running = client.response(.post(server.url))
        await waitUntil { server.requests.count == 1 }
        client.client.shutdown(drainMilliseconds: 5_000)
        #expect(try await running.text == "late")
        let failure = try await client.failure(.post(server.url))
        #expect(failure.kind == .cancelled)
        #expect(failure.sent == .no)
        #expect(server.requests.count == 1)
        #expect(client.client.counters.connectionsOpen == 0)
    }

    @Test func shutdownWithoutTimeCancelsWhatRuns() async throws {
        let server = FaultServer { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        defer { server.stop() }
        let client = try TestClient()
        async let running = client.failure(.post(server.url))
        await waitUntil { server.requests.count == 1 }
        client.client.shutdown()
        let failure = try await running
        #expect(failure.kind == .cancelled)
        #expect(failure.sent == .maybe)
        #expect(client.client.counters.connectionsOpen == 0)
    }

    @Test func clientThatIsLetGoEndsItsThreadAndClosesItsConnections() async throws {
        let server = FaultServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer("ok")
            connection.waitForEnd()
        }
        defer { server.stop() }
        weak var observed: CurlClient?
        do {
            let client = try TestClient()
            observed = client.client
            _ = try await client.response(.post(server.url))
        }
        await waitUntil { observed == nil }
        #expect(observed == nil)
    }

    @Test func connectionsAreClosedWhereNothingRanForAWhileAndMadeAgainWhenNeeded() async throws {
        let server = FaultServer.answering()
        defer { server.stop() }
        let client = try TestClient { $0.closeIdleMilliseconds = 40 }
        defer { client.client.shutdown() }
        for round in 1...3 {
            #expect(try await client.response(.post(server.url)).status == 200)
            _ = try await client.response(.local("GET", server.url) { $0.pool = "other" })
            await waitUntil { client.client.counters.connectionsOpen == 0 }
            #expect(server.connectionCount == 2 * round)
        }
    }

    @Test func userAgentThatWouldInjectAHeaderIsRefusedAtTheStart() {
        #expect(throws: CurlFailure.self) { try TestClient { $0.userAgent = "a\r\nX: 1" } }
    }

    @Test func descriptorLimitIsRaisedButNotBeyondTheHardLimit() {
        let before = FileDescriptorLimit.raise(toAtLeast: 0)
        #expect(before > 0)
        #expect(FileDescriptorLimit.raise(toAtLeast: before) == before)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #expect(FileDescriptorLimit.raise(toAtLeast: Int.max) == Int(clamping: limit.rlim_max))
    }
}

/// Looks every few milliseconds, for at most five seconds.
func waitUntil(_ condition: () -> Bool) async {
    for _ in 0..<2_500 where !condition() {
        try? await Task.sleep(for: .milliseconds(2))
    }
    #expect(condition())
}
