import CurlClient
import Testing

/// What goes over the wire, and what never does.
@Suite struct RequestTests {
    private func sent(_ request: (String) -> CurlRequest, userAgent: String? = nil) async throws -> RawRequest {
        let server = FaultServer.answering()
        defer { server.stop() }
        let client = try TestClient { $0.userAgent = userAgent }
        defer { client.client.shutdown() }
        _ = try await client.response(request(server.url))
        #expect(server.requests.count == 1)
        return try #require(server.requests.first)
    }

    @Test func getIsSentWithNothingTheCallerDidNotAskFor() async throws {
        let raw = try await sent { .local("GET", $0 + "/a/../b//c?x=%20&y=[1]") }
        #expect(raw.line == "GET /a/../b//c?x=%20&y=[1] HTTP/1.1")
        #expect(raw.fields.count == 1)
        #expect(raw.values("host").count == 1)
        #expect(raw.body.isEmpty)
    }

    @Test func postIsFramedByContentLengthAndCarriesTheFieldsInOrder() async throws {
        let raw = try await sent(
            {
                .local(
                    "POST",
                    $0 + "/entries",
                    headers: ["X-B": "2", "x-a": " 1\t", "X-B": "3", "X-Empty": "", "X-Tab": "a\tb", "X-U": "grün"],
                    body: Array("{\"a\":1}".utf8)
                )
            },
            userAgent: "timegate/1"
        )
        #expect(
            raw.fields.dropFirst() == [
                "User-Agent: timegate/1", "X-B: 2", "x-a: 1", "X-B: 3", "X-Empty:", "X-Tab: a\tb", "X-U: grün",
                "Content-Length: 7",
            ]
        )
        #expect(raw.body == Array("{\"a\":1}".utf8))
    }

    @Test func ownAcceptContentTypeAndUserAgentReplaceTheDefaults() async throws {
        let headers: CurlRequestHeaders = ["accept": "text/csv", "content-type": "text/plain", "user-agent": "mine"]
        let raw = try await sent({ .local("POST", $0, headers: headers, body: [0x61]) }, userAgent: "timegate/1")
        #expect(raw.values("accept") == ["text/csv"])
        #expect(raw.values("content-type") == ["text/plain"])
        #expect(raw.values("user-agent") == ["mine"])
    }

    @Test(arguments: ["POST", "PUT", "PATCH"])
    func methodThatExpectsContentSaysLengthZeroWithoutABody(_ method: String) async throws {
        let raw = try await sent { .local(method, $0) }
        #expect(raw.method == method)
        #expect(raw.values("content-length") == ["0"])
        #expect(raw.values("content-type").isEmpty)
    }

    @Test(arguments: ["GET", "HEAD", "DELETE", "OPTIONS", "REPORT", "get"])
    func methodWithoutContentSaysNoLength(_ method: String) async throws {
        let server = FaultServer { connection in
            while connection.readRequest() != nil {
                connection.send("HTTP/1.1 204 No Content\r\n\r\n")
            }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let response = try await client.response(.local(method, server.url))
        #expect(response.status == 204)
        let raw = try #require(server.requests.first)
        #expect(raw.method == method)
        #expect(raw.values("content-length").isEmpty)
    }

    @Test func handleThatIsUsedAgainKeepsNothingOfTheRequestBefore() async throws {
        let server = FaultServer { connection in
            while let request = connection.readRequest() {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (request.method == "HEAD" ? "" : "ok"))
            }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let requests: [CurlRequest] = [
            .local("POST", server.url + "/1", headers: ["X-Secret": "1", "Content-Type": "a/b"], body: [1, 2, 3]),
            .local("GET", server.url + "/2"),
            .local("HEAD", server.url + "/3"),
            .local("PATCH", server.url + "/4", body: [4]),
            .local("DELETE", server.url + "/5"),
            .local("POST", server.url + "/6"),
            .local("HEAD", server.url + "/7"),
            .local("GET", server.url + "/8"),
            .local("DELETE", server.url + "/9", body: [9, 9]),
            .local("PUT", server.url + "/10", headers: ["X": "y"], body: [1]),
        ]
        for request in requests {
            let response = try await client.response(request)
            #expect(response.status == 200)
            #expect(response.text == (request.method == "HEAD" ? "" : "ok"))
        }
        #expect(server.connectionCount == 1)
        for (raw, request) in zip(server.requests, requests) {
            #expect(raw.line == "\(request.method) /\(request.url.split(separator: "/").last ?? "") HTTP/1.1")
            #expect(raw.body == request.body ?? [])
            #expect(raw.values("x-secret").count == (raw.line.contains("/1 ") ? 1 : 0))
            #expect(raw.values("content-type").count == (raw.line.contains("/1 ") ? 1 : 0))
        }
    }

    @Test func bodyOfAnyBytesAndOfAnySizeArrivesWholeWithoutAskingFirst() async throws {
        for size in [1, 1_000, 64 << 10, 1 << 20, (1 << 20) + 1, 3 << 20] {
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let raw = try await sent { .local("POST", $0, body: body) }
            #expect(raw.values("expect").isEmpty)
            #expect(raw.values("content-length") == ["\(size)"])
            #expect(raw.values("transfer-encoding").isEmpty)
            #expect(raw.body == body)
        }
    }

    @Test(arguments: [
        ("X", "a\r\nInjected: 1"), ("X", "a\nInjected: 1"), ("X", "a\rb"), ("X", "a\u{0}b"), ("X", "a\u{1}b"),
        ("X", "a\u{7F}"), ("X", "\u{1B}[0m"), ("X\r\nInjected", "1"), ("X Y", "1"), ("X:", "1"), ("", "1"),
        ("X\u{0}", "1"), ("Ü", "1"), ("X;", "1"), ("X(", "1"), ("Content-Length", "5"), ("content-length", "5"),
        ("Transfer-Encoding", "chunked"), ("Host", "other"), ("Connection", "close"), ("Expect", "100-continue"),
        ("TE", "trailers"), ("Trailer", "X"), ("Upgrade", "h2c"), ("Keep-Alive", "1"), ("Proxy-Connection", "1"),
        ("Proxy-Authorization", "secret"),
    ])
    func headerThatIsBadOrNotTheCallersIsRefusedAndNothingIsSent(_ name: String, _ value: String) async throws {
        let failure = try await refused { .local("POST", $0, headers: [name: value, "Y": "1"], body: [1]) }
        #expect(!failure.message.contains(value) || value.count < 2)
        #expect(!failure.message.contains("\n"))
    }

    @Test(arguments: [
        "", "GET /", "GET\r\nX: 1", "G\u{0}", "GÉT", "CONNECT", "TRACE", "POST:", String(repeating: "A", count: 33),
    ])
    func methodThatIsNoTokenIsRefusedAndNothingIsSent(_ method: String) async throws {
        _ = try await refused { .local(method, $0) }
    }

    @Test func headWithABodyIsRefused() async throws {
        _ = try await refused { .local("HEAD", $0, body: [1]) }
    }

    @Test(arguments: [
        "", "/", "x", "//host/", "http:", "http://", "https://", "https:///path", "https://?q", "ftp://127.0.0.1/",
        "file:///etc/passwd", "gopher://127.0.0.1/", "javascript:1", "https://user@127.0.0.1/",
        "https://u:p@127.0.0.1/",
        "https://127.0.0.1:0/", "https://127.0.0.1:65536/", "https://127.0.0.1:12x/", "https://127.0.0.1:/",
        "https://127.0.0.1:1:2/", "https://127.0.0.1/a b", "https://127.0.0.1/a\r\nX: 1", "https://127.0.0.1/\u{0}",
        "https://127.0.0.1\\@evil/", "https://127.0.0.1/ü", "https://ünicode/", "https://127.0.0.1/#fragment",
        "https://[::1/", "https://[::1]x/", "https://[fe80::1%25eth0]/", "https://127.0.0.1%00/", "https://a%2eb/",
        "https://a,b/", "https://exa mple/", " https://127.0.0.1/",
        "https://127.0.0.1/" + String(repeating: "a", count: 16_384),
    ])
    func urlThatIsAmbiguousOrOfAnotherProtocolIsRefusedAndNothingIsSent(_ url: String) async throws {
        let failure = try await refused { _ in .local("GET", url) }
        #expect(failure.timings.total == 0)
    }

    @Test func plainHTTPNeedsPermission() async throws {
        let failure = try await refused { CurlRequest(method: "GET", url: $0) }
        #expect(failure.message == "plain http is only for requests with allowPrivate")
    }

    @Test func timeoutsAndLimitsOutOfRangeAreRefused() async throws {
        _ = try await refused { .local("GET", $0) { $0.timeouts.totalMilliseconds = 0 } }
        _ = try await refused { .local("GET", $0) { $0.timeouts.connectMilliseconds = -1 } }
        _ = try await refused { .local("GET", $0) { $0.timeouts.totalMilliseconds = Int.max } }
        _ = try await refused { .local("GET", $0) { $0.timeouts.maxIdleSeconds = 0 } }
        _ = try await refused { .local("GET", $0) { $0.timeouts.lowSpeedSeconds = -1 } }
        _ = try await refused { .local("GET", $0) { $0.limits.bodyBytes = -1 } }
        _ = try await refused { .local("GET", $0) { $0.limits.headerBytes = 0 } }
    }

    private func refused(_ request: (String) -> CurlRequest) async throws -> CurlFailure {
        let server = FaultServer.answering()
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let failure = try await client.failure(request(server.url))
        #expect(failure.kind == .invalidRequest, "\(failure)")
        #expect(failure.sent == .no)
        #expect(server.connectionCount == 0)
        return failure
    }
}
