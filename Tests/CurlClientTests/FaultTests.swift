import CurlClient
import Glibc
import Testing

/// What becomes of each way a server can fail. Every one of these comes after the request was written.
@Suite struct FaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let kind: CurlFailure.Kind
        /// Answers one request; the connection is closed afterwards.
        let answer: @Sendable (FaultConnection) -> Void
        var testDescription: String { name }

        init(_ name: String, _ kind: CurlFailure.Kind, _ answer: @escaping @Sendable (FaultConnection) -> Void) {
            self.name = name
            self.kind = kind
            self.answer = answer
        }

        init(_ name: String, _ kind: CurlFailure.Kind, sends text: String) {
            self.init(name, kind) { $0.send(text) }
        }
    }

    static let faults = [
        Fault("closed without a byte", .emptyAnswer) { _ in },
        Fault("reset without a byte", .reset) { $0.reset() },
        Fault("cut in the status line", .emptyAnswer, sends: "HTTP/1.1 2"),
        Fault("cut in the headers", .partialAnswer, sends: "HTTP/1.1 200 OK\r\nContent-Le"),
        Fault("cut before the empty line", .partialAnswer, sends: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"),
        Fault("cut in the body", .partialAnswer, sends: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"),
        Fault("reset in the body", .reset) { connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
            usleep(20_000)
            connection.reset()
        },
        Fault("body shorter than declared, connection left open", .timeout) { connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
            connection.waitForEnd()
        },
        Fault("chunk size that is no number", .brokenAnswer, sends: chunked("zz\r\nhello\r\n0\r\n\r\n")),
        Fault("chunk longer than its size", .brokenAnswer, sends: chunked("3\r\nhello\r\n0\r\n\r\n")),
        Fault("cut between chunks", .partialAnswer, sends: chunked("5\r\nhello\r\n")),
        Fault("cut in a chunk", .partialAnswer, sends: chunked("a\r\nhello")),
        Fault("chunk size of 2^64", .brokenAnswer, sends: chunked("10000000000000000\r\nhello\r\n0\r\n\r\n")),
        Fault("declared body above the limit", .tooLarge, sends: "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"),
        Fault("endless body", .tooLarge) { connection in
            connection.send("HTTP/1.1 200 OK\r\n\r\n")
            while connection.send([UInt8](repeating: 0x78, count: 1_000)) {}
        },
        Fault("endless chunked body", .tooLarge) { connection in
            connection.send(chunked(""))
            while connection.send("100\r\n" + String(repeating: "x", count: 256) + "\r\n") {}
        },
        Fault("300 KB of headers", .tooLarge) { connection in
            connection.send("HTTP/1.1 200 OK\r\n")
            for index in 0..<3_000 {
                guard connection.send("X-Header-\(index): " + String(repeating: "v", count: 85) + "\r\n") else {
                    return
                }
            }
            connection.send("Content-Length: 0\r\n\r\n")
        },
        Fault("one header line of 300 KB", .tooLarge) { connection in
            connection.send("HTTP/1.1 200 OK\r\nX: " + String(repeating: "v", count: 300_000) + "\r\n\r\n")
        },
        Fault("endless header line", .tooLarge) { connection in
            connection.send("HTTP/1.1 200 OK\r\nX: ")
            while connection.send([UInt8](repeating: 0x78, count: 1_000)) {}
        },
        Fault("flood of interim answers", .tooLarge) { connection in
            while connection.send("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n") {}
        },
        Fault("flood of trailers", .tooLarge) { connection in
            connection.send(chunked("0\r\n"))
            while connection.send("X-Trailer: v\r\n") {}
        },
        Fault("no HTTP at all", .brokenAnswer, sends: "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
        Fault("HTTP/0.9", .brokenAnswer, sends: "<html>hello</html>"),
        Fault("HTTP/2 status line", .brokenAnswer, sends: "HTTP/2 200\r\nContent-Length: 2\r\n\r\nok"),
        Fault("HTTP/1.7 status line", .brokenAnswer, sends: "HTTP/1.7 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        Fault("status 099", .brokenAnswer, sends: "HTTP/1.1 099 No\r\nContent-Length: 2\r\n\r\nok"),
        Fault("unasked switch of protocols", .brokenAnswer, sends: "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nwhat"),
        Fault(
            "two lengths that differ",
            .brokenAnswer,
            sends: head("Content-Length: 2\r\nContent-Length: 3\r\n") + "abc"
        ),
        Fault("two lengths in one field", .brokenAnswer, sends: head("Content-Length: 2, 3\r\n") + "abc"),
        Fault("negative length", .brokenAnswer, sends: head("Content-Length: -1\r\n") + "abc"),
        Fault(
            "length and chunks",
            .brokenAnswer,
            sends: head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"
        ),
        Fault(
            "unknown transfer coding",
            .brokenAnswer,
            sends: head("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n"
        ),
        Fault("space before the colon of a length", .brokenAnswer, sends: head("Content-Length : 2\r\n") + "ok"),
        Fault("folded first line", .brokenAnswer, sends: "HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: 2\r\n\r\nok"),
        Fault("NUL in a header", .brokenAnswer, sends: head("X: a\u{0}b\r\nContent-Length: 2\r\n") + "ok"),
        Fault(
            "header line without a colon",
            .brokenAnswer,
            sends: head("what is this\r\nContent-Length: 2\r\n") + "ok"
        ),
        Fault("no answer in time", .timeout) { $0.waitForEnd() },
        Fault("headers that never end", .timeout) { connection in
            connection.send("HTTP/1.1 200 OK\r\n")
            connection.waitForEnd()
        },
    ]

    private static func chunked(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    }

    private static func head(_ fields: String) -> String {
        "HTTP/1.1 200 OK\r\n\(fields)\r\n"
    }

    private func request(_ url: String, toMeet fault: Fault? = nil) -> CurlRequest {
        var request = CurlRequest.post(url)
        request.limits = CurlLimits(bodyBytes: 4_000, headerBytes: 4_000)
        request.timeouts.totalMilliseconds = fault?.kind == .timeout ? 200 : 20_000
        return request
    }

    @Test(arguments: faults)
    func faultAfterTheRequestIsMaybeAndHasItsOwnKind(_ fault: Fault) async throws {
        let server = FaultServer { connection in
            guard connection.readRequest() != nil else { return }
            fault.answer(connection)
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let failure = try await client.failure(request(server.url, toMeet: fault))
        #expect(failure.kind == fault.kind, "\(failure)")
        #expect(failure.sent == .maybe)
        #expect(failure.message.hasPrefix("127.0.0.1:\(server.port): "))
        #expect(server.requests.count == 1)
    }

    @Test(arguments: faults)
    func faultOnAWarmConnectionIsNeverSentAgainAndTheClientGoesOn(_ fault: Fault) async throws {
        let server = FaultServer { connection in
            while let request = connection.readRequest() {
                if request.line.contains("/fault") {
                    fault.answer(connection)
                    return
                }
                connection.answer("ok")
            }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        #expect(try await client.response(request(server.url)).text == "ok")
        let failure = try await client.failure(request(server.url + "/fault", toMeet: fault))
        #expect(failure.sent == .maybe)
        #expect(server.requests.filter { $0.line.contains("/fault") }.count == 1)
        #expect(try await client.response(request(server.url)).text == "ok")
        #expect(client.client.counters.running == 0)
        #expect(client.unexpected == 0)
    }

    @Test func resetAfterSomeBytesOfTheRequestIsMaybe() async throws {
        let server = FaultServer { connection in
            _ = connection.receive(upTo: 1_000)
            connection.reset()
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let body = [UInt8](repeating: 0x61, count: 8 << 20)
        let failure = try await client.failure(.local("POST", server.url, body: body))
        #expect(failure.kind == .reset)
        #expect(failure.sent == .maybe)
    }

    @Test func answerSlowerThanTheLowSpeedLimitIsATimeout() async throws {
        let server = FaultServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while connection.send("x") { usleep(50_000) }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        var request = CurlRequest.post(server.url)
        request.timeouts.lowSpeedSeconds = 1
        request.timeouts.lowSpeedBytesPerSecond = 500
        let failure = try await client.failure(request)
        #expect(failure.kind == .timeout)
        #expect(failure.sent == .maybe)
        #expect(failure.status == 200)
        #expect(failure.timings.total < 4_000_000)
    }

    @Test func closedPortIsNotSent() async throws {
        let server = FaultServer { _ in }
        server.stop()
        let client = try TestClient()
        defer { client.client.shutdown() }
        let failure = try await client.failure(.post(server.url))
        #expect(failure.kind == .connect)
        #expect(failure.sent == .no)
        #expect(failure.message == "127.0.0.1:\(server.port): no connection: Connection refused")
    }

    @Test func nameThatDoesNotResolveIsNotSent() async throws {
        try #require(ResolverInterposer.isInstalled)
        let client = try TestClient()
        defer { client.client.shutdown() }
        let failure = try await client.failure(.post("http://missing.resolver-test.invalid/"))
        #expect(failure.kind == .dns)
        #expect(failure.sent == .no)
    }

    @Test func connectionThatIsNotAcceptedInTimeIsNotSent() async throws {
        // A listener with a full queue drops further connection attempts.
        let listener = FullListener()
        defer { listener.close() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        var request = CurlRequest.post("http://127.0.0.1:\(listener.port)/")
        request.timeouts.connectMilliseconds = 200
        let failure = try await client.failure(request)
        #expect(failure.kind == .connectTimeout)
        #expect(failure.sent == .no)
    }

    @Test(arguments: [
        "Location: http://127.0.0.1:1/other", "Location: file:///etc/passwd", "Location: /again",
        "Refresh: 0; url=/again", "Alt-Svc: h2=\":1\"",
    ])
    func redirectIsAnAnswerAndIsNotFollowed(_ field: String) async throws {
        let server = FaultServer { connection in
            while connection.readRequest() != nil {
                connection.answer("moved", status: "307 Temporary Redirect", fields: field + "\r\n")
            }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let response = try await client.response(.post(server.url))
        #expect(response.status == 307)
        #expect(response.text == "moved")
        #expect(server.requests.count == 1)
    }

    @Test func cookiesAreNotKept() async throws {
        let server = FaultServer { connection in
            while connection.readRequest() != nil { connection.answer("ok", fields: "Set-Cookie: a=b\r\n") }
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        _ = try await client.response(.post(server.url))
        _ = try await client.response(.post(server.url))
        #expect(server.requests.count == 2)
        #expect(server.requests.allSatisfy { $0.values("cookie").isEmpty })
    }
}
