import CCurl
import CurlClient
import Glibc
import Testing

/// libcurl's own resend of a request whose warm connection died.
@Suite struct ResendTests {
    /// Serves the first request, then reads the second one whole and closes without a word; answers on later
    /// connections.
    private func closingServer() -> FaultServer {
        FaultServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer("first of connection \(connection.number)")
            _ = connection.readRequest()
        }
    }

    /// The reason for the guard: when this fails, libcurl has changed and the guard can be looked at again.
    @Test func withoutTheGuardLibcurlSendsAPostTwiceAndReportsOneSuccess() throws {
        let server = closingServer()
        defer { server.stop() }
        try #require(CurlGlobal.initialize())
        let easy = try #require(curl_easy_init())
        defer { curl_easy_cleanup(easy) }
        let body = Array("{}".utf8)
        try body.withUnsafeBufferPointer { body in
            #expect(timegate_curl_set_url(easy, server.url) == CURLE_OK)
            #expect(timegate_curl_set_no_proxy(easy) == CURLE_OK)
            #expect(timegate_curl_set_post_fields(easy, body.baseAddress, 2) == CURLE_OK)
            let discard: curl_write_callback = { _, size, count, _ in size * count }
            #expect(timegate_curl_set_write_function(easy, discard, nil) == CURLE_OK)
            try #require(curl_easy_perform(easy) == CURLE_OK)
            #expect(curl_easy_perform(easy) == CURLE_OK)
        }
        #expect(server.requests.map(\.connection) == [1, 1, 2])
        #expect(server.requests.allSatisfy { $0.method == "POST" })
    }

    @Test func warmConnectionThatClosesAfterReadingAPostGetsNoSecondCopyAndTheOutcomeIsUnknown() async throws {
        let server = closingServer()
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        #expect(try await client.response(.post(server.url)).text == "first of connection 1")
        let failure = try await client.failure(.post(server.url))
        #expect(failure.kind == .resendPrevented)
        #expect(failure.sent == .maybe)
        #expect(server.requests.map(\.connection) == [1, 1])
        #expect(client.client.counters.resendsPrevented == 1)
        // The client is as good as new afterwards.
        #expect(try await client.response(.post(server.url)).text == "first of connection 2")
    }

    @Test func resendOverAnotherWarmConnectionIsPreventedToo() async throws {
        // Two connections are warm when the POST meets the closing one.
        let server = FaultServer { connection in
            while let request = connection.readRequest() {
                if request.line.contains("/close") { return }
                if request.line.contains("/slow") { usleep(100_000) }
                connection.answer("ok")
            }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        async let first = client.response(.post(server.url + "/slow"))
        async let second = client.response(.post(server.url + "/slow"))
        _ = try await (first, second)
        #expect(server.connectionCount == 2)
        let failure = try await client.failure(.post(server.url + "/close"))
        #expect(failure.kind == .resendPrevented)
        #expect(failure.sent == .maybe)
        #expect(server.requests.filter { $0.line.contains("/close") }.count == 1)
    }

    @Test func warmConnectionThatIsResetAfterReadingAPostGetsNoSecondCopy() async throws {
        let server = FaultServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer("ok")
            guard connection.readRequest() != nil else { return }
            connection.reset()
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        _ = try await client.response(.post(server.url))
        let failure = try await client.failure(.post(server.url))
        #expect(failure.sent == .maybe)
        #expect(failure.kind == .resendPrevented)
        #expect(server.requests.count == 2)
    }

    @Test func warmConnectionThatClosesWhileNothingListensAnyMoreIsUnknownAndNotUnsent() async throws {
        let server = FaultServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer("ok")
            guard connection.readRequest() != nil else { return }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        _ = try await client.response(.post(server.url))
        server.stopListening()
        let failure = try await client.failure(.post(server.url))
        #expect(failure.sent == .maybe)
        #expect(failure.kind == .resendPrevented)
        #expect(server.requests.count == 2)
    }

    @Test func freshConnectionThatClosesWithoutAnAnswerIsAnEmptyAnswer() async throws {
        let server = FaultServer { _ = $0.readRequest() }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let failure = try await client.failure(.post(server.url))
        #expect(failure.kind == .emptyAnswer)
        #expect(failure.sent == .maybe)
        #expect(server.requests.count == 1)
    }

    @Test func aPutAndAGetAreNotSentTwiceEither() async throws {
        for method in ["GET", "PUT", "DELETE"] {
            let server = closingServer()
            defer { server.stop() }
            let client = try TestClient()
            defer { client.client.shutdown() }
            _ = try await client.response(.local(method, server.url))
            let failure = try await client.failure(.local(method, server.url))
            #expect(failure.kind == .resendPrevented, "\(method)")
            #expect(server.requests.count == 2, "\(method)")
        }
    }
}
