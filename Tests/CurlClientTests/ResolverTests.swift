import CurlClient
import Glibc
import Synchronization
import Testing

/// Name resolution, with the C library's resolver replaced by ``ResolverInterposer``.
@Suite(.serialized) struct ResolverTests {
    init() throws {
        try #require(ResolverInterposer.isInstalled)
    }

    @Test func interposedResolverIsTheOneLibcurlUses() async throws {
        let server = FaultServer.answering("resolved")
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let before = ResolverInterposer.calls.load(ordering: .relaxed)
        let url = "http://to-127-0-0-1.resolver-test.invalid:\(server.port)/"
        #expect(try await client.response(.local("GET", url)).text == "resolved")
        #expect(ResolverInterposer.calls.load(ordering: .relaxed) > before)
    }

    @Test func nameThatResolvesToAnInnerAddressIsRefused() async throws {
        let server = FaultServer.answering()
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        for name in ["to-127-0-0-1", "to-10-1-2-3", "to-169-254-169-254", "to-v6---1", "to-v6-fd00--1"] {
            let url = "https://\(name).resolver-test.invalid:\(server.port)/"
            let failure = try await client.failure(CurlRequest(method: "GET", url: url))
            #expect(failure.kind == .refusedAddress, "\(name): \(failure)")
            #expect(failure.sent == .no)
        }
        #expect(server.connectionCount == 0)
        #expect(client.client.counters.connectionsOpened == 0)
    }

    /// With a resolver thread that outlives its transfer, libcurl without QUICK_EXIT waits for it and stops everything
    /// else on the thread meanwhile.
    @Test func nameThatNeverResolvesTimesOutAndHoldsUpNobody() async throws {
        let server = FaultServer.answering("quick")
        defer { server.stop() }
        ResolverInterposer.released.store(false, ordering: .relaxed)
        defer { ResolverInterposer.released.store(true, ordering: .relaxed) }
        let client = try TestClient()
        let clock = ContinuousClock()
        let start = clock.now
        async let slow = client.failure(
            .local("POST", "http://slow-1.resolver-test.invalid/") { $0.timeouts.connectMilliseconds = 300 }
        )
        // Also past the moment at which the slow one is given up.
        var longest = Duration.zero
        while clock.now - start < .milliseconds(600) {
            let before = clock.now
            #expect(try await client.response(.post(server.url)).text == "quick")
            longest = max(longest, clock.now - before)
        }
        let failure = try await slow
        #expect(failure.kind == .connectTimeout)
        #expect(failure.sent == .no)
        // It is still being looked up: who waits for it waits for seconds.
        #expect(longest < .seconds(3), "the longest of the others took \(longest)")
        // Nor does the end of the client wait for it.
        let beforeShutdown = clock.now
        client.client.shutdown()
        #expect(clock.now - beforeShutdown < .seconds(3))
    }
}
