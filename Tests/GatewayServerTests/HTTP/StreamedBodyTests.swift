import GatewayServer
import Testing

/// Bodies that are handed over as they arrive.
struct StreamedBodyTests {
    private func post(_ path: String, _ fields: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n"
    }
    private let chunked = "Transfer-Encoding: chunked"
    private let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(arguments: ["/count", "/echo"])
    func requestBehindAStreamedOneIsAnswered(path: String) async throws {
        try await withStreams { server, log, _ in
            let client = try RawClient(port: server.localPort)
            client.send(post(path, "Content-Length: 5") + "hello" + post(path, chunked))
            client.send("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer-Field: a\r\n\r\n" + get)
            #expect(try client.response().body == (path == "/echo" ? "hello" : "5"))
            let second = try client.response()
            #expect(second.body == (path == "/echo" ? "abcde" : "5"))
            #expect(!second.closes)
            #expect(try client.response().body == "whole 0")
            #expect(log.asked == [path, path, "/a"])
            #expect(log.finished.map(\.bytesIn).count == 3)
        }
    }

    @Test func partsAreHandedOverAsTheyCome() async throws {
        try await withStreams { server, _, _ in
            let client = try RawClient(port: server.localPort)
            client.send(post("/echo", chunked))
            #expect(try client.responseHead().status == 200)
            for part in ["a", "bc", "def"] {
                client.send("\(part.utf8.count)\r\n\(part)\r\n")
                #expect(try client.chunk() == part)
            }
            client.send("0\r\n\r\n")
            #expect(try client.chunk() == nil)
            client.send(get)
            #expect(try client.response().body == "whole 0")
        }
    }

    @Test func bodyIsHandedOverWholeToAResponderThatDoesNotAsk() async throws {
        try await withStreams { server, _, _ in
            let answer = try RawClient.exchange(server.localPort, post("/whole", "Content-Length: 3") + "abc")
            #expect(answer.body == "whole 3")
        }
    }

    @Test func socketIsNotReadWhileTheResponderIsBehind() async throws {
        try await withStreams { server, _, notes in
            let client = try RawClient(port: server.localPort, timeout: 1)
            client.send(post("/hold", "Content-Length: \(StreamResponder.limit)"))
            client.keepBuffersSmall()
            // Far more than the kernel and the server hold; the client's own time limit ends the wait.
            let isTaken = client.send([UInt8](repeating: 0x78, count: StreamResponder.limit))
            #expect(!isTaken)
            #expect(notes.bytesRead == 0)
            client.resetOnClose()
            client.close()
            // Without being read, the connection's end is still noticed once the responder asks.
            #expect(try RawClient.exchange(server.localPort, "GET /go HTTP/1.1\r\nHost: a\r\n\r\n").body == "gone")
            #expect(eventually { notes.broken == [.disconnected] })
            #expect(notes.bytesRead < 1_000_000)
        }
    }

    @Test func clientGoesOnWhereItWaitedOnceTheResponderReads() async throws {
        try await withStreams { server, _, notes in
            let client = try RawClient(port: server.localPort)
            client.send(post("/hold", "Content-Length: 3000000"))
            client.send([UInt8](repeating: 0x78, count: 100_000))
            #expect(try RawClient.exchange(server.localPort, "GET /go HTTP/1.1\r\nHost: a\r\n\r\n").body == "gone")
            client.send([UInt8](repeating: 0x78, count: 2_900_000))
            #expect(try client.response().body == "3000000")
            #expect(notes.bytesRead == 3_000_000)
        }
    }

    @Test func bodyOfAClientThatClosesItsSendingSideIsReadToTheEnd() async throws {
        try await withStreams { server, _, notes in
            let client = try RawClient(port: server.localPort)
            client.send(post("/hold", chunked))
            for _ in 0..<20 { client.send("c350\r\n" + String(repeating: "x", count: 50_000) + "\r\n") }
            client.send("0\r\n\r\n")
            client.closeSendingSide()
            pause(milliseconds: 50)
            #expect(try RawClient.exchange(server.localPort, "GET /go HTTP/1.1\r\nHost: a\r\n\r\n").body == "gone")
            #expect(try client.response().body == "1000000")
            #expect(notes.broken == [])
        }
    }

    // MARK: - What breaks a body off

    @Test func declaredLengthBeyondTheLimitIsRefusedUnread() async throws {
        try await withStreams { server, log, _ in
            let answer = try RawClient.exchange(server.localPort, post("/count", "Content-Length: 3000001"))
            #expect(answer.status == 413)
            #expect(answer.closes)
            #expect(log.asked == [])
        }
    }

    @Test func bodyThatGrowsBeyondTheLimitIsRefusedUnlessTheAnswerHasBegun() async throws {
        try await withStreams { server, _, notes in
            let chunks = String(repeating: "c350\r\n" + String(repeating: "x", count: 50_000) + "\r\n", count: 60)
            let answer = try RawClient.exchange(server.localPort, post("/count", chunked) + chunks + "1\r\n")
            #expect(answer.status == 413)
            #expect(answer.closes)
            #expect(eventually { notes.broken == [.tooLarge] })
            let client = try RawClient(port: server.localPort)
            client.send(post("/echo", chunked) + "2dc6c1\r\n")
            #expect(try client.response().body == "!tooLarge")
            #expect(try client.isClosedSilently())
        }
    }

    @Test(arguments: ["5\nhello", "g\r\n", "1\r\nab\r\n", "0\r\nHost: b\r\n\r\n", "0\r\n a: b\r\n\r\n"])
    func framingIsAsStrictAsForWholeBodies(body: String) async throws {
        try await withStreams { server, _, _ in
            let client = try RawClient(port: server.localPort)
            client.send(post("/count", chunked) + body + get)
            let answer = try client.response()
            #expect(answer.status == 400)
            #expect(answer.closes)
            #expect(try client.isClosedSilently())
            // A begun answer says it in its own way, and what follows is not taken for a request either.
            let second = try RawClient(port: server.localPort)
            second.send(post("/echo", chunked) + body + get)
            #expect(try second.response().body.hasSuffix("!malformed"))
            #expect(try second.isClosedSilently())
        }
    }

    @Test func clientThatEndsTooEarlyIsTold() async throws {
        try await withStreams { server, _, notes in
            let client = try RawClient(port: server.localPort)
            client.send(post("/echo", "Content-Length: 10") + "abc")
            client.closeSendingSide()
            #expect(try client.response().body == "abc!incomplete")
            #expect(try client.isClosedSilently())
            #expect(eventually { notes.broken == [.incomplete] })
        }
    }

    @Test func responderLearnsThatTheClientIsGone() async throws {
        try await withStreams { server, log, notes in
            let client = try RawClient(port: server.localPort)
            client.send(post("/echo", chunked) + "3\r\nabc\r\n")
            #expect(try client.responseHead().status == 200)
            #expect(try client.chunk() == "abc")
            client.resetOnClose()
            client.close()
            #expect(eventually { notes.broken == [.disconnected] })
            #expect(eventually { log.finished.map(\.wasDelivered) == [false] })
        }
    }

    @Test func pauseInABodyIsAnswered408AndSlownessIsNot() async throws {
        try await withStreams(configure: {
            $0.deadlines.bodyPause = .milliseconds(150)
            $0.deadlines.body = .milliseconds(100)
        }) { server, _, notes in
            let slow = try RawClient(port: server.localPort)
            slow.send(post("/count", "Content-Length: 10"))
            for _ in 0..<10 {
                pause(milliseconds: 30)
                slow.send("x")
            }
            #expect(try slow.response().body == "10")
            let client = try RawClient(port: server.localPort)
            client.send(post("/count", "Content-Length: 10") + "abc")
            let answer = try client.response()
            #expect(answer.status == 408)
            #expect(eventually { notes.broken == [.timeout] })
            let begun = try RawClient(port: server.localPort)
            begun.send(post("/echo", "Content-Length: 10") + "abc")
            #expect(try begun.response().body == "abc!timeout")
            #expect(try begun.isClosedSilently())
        }
    }

    @Test func stoppingServerDoesNotWaitForABodyThatPauses() async throws {
        try await withStreams(configure: { $0.deadlines.linger = .milliseconds(100) }) { server, _, notes in
            let client = try RawClient(port: server.localPort)
            client.send(post("/echo", chunked) + "3\r\nabc\r\n")
            #expect(try client.responseHead().status == 200)
            #expect(try client.chunk() == "abc")
            let stopping = Stopping(server, gracePeriod: .seconds(10))
            #expect(try client.chunk() == "!stopping")
            #expect(try client.chunk() == nil)
            #expect(try client.isClosedSilently())
            #expect(stopping.wait())
            #expect(eventually { notes.broken == [.stopping] })
        }
    }

    // MARK: - Expect, and answers before the body's end

    @Test(arguments: ["/count", "/echo"])
    func clientThatWaitsIsInvitedWhenTheBodyIsWanted(path: String) async throws {
        try await withStreams { server, _, _ in
            let client = try RawClient(port: server.localPort)
            client.send(post(path, "Content-Length: 2\r\nExpect: 100-continue"))
            #expect(try client.responseHead().status == 100)
            client.send("ab")
            #expect(try client.response().body == (path == "/count" ? "2" : "ab"))
        }
    }

    @Test func clientThatIsRefusedIsNotInvited() async throws {
        try await withStreams { server, _, _ in
            let client = try RawClient(port: server.localPort)
            client.send(post("/refuse", "Content-Length: 2\r\nExpect: 100-continue"))
            let answer = try client.response()
            #expect(answer.status == 403)
            // Nobody knows whether the body comes.
            #expect(answer.closes)
            #expect(try client.isClosedSilently())
        }
    }

    @Test func connectionIsKeptAfterARefusalIfTheBodyHasCome() async throws {
        try await withStreams { server, _, _ in
            let client = try RawClient(port: server.localPort)
            client.send(post("/refuse", "Content-Length: 2") + "ab" + get)
            #expect(try client.response().closes == false)
            #expect(try client.response().body == "whole 0")
            client.send(post("/refuse", "Content-Length: 9") + "GET / HTT")
            #expect(try client.response().closes == false)
            client.send(post("/refuse", "Content-Length: 9") + "GET /")
            #expect(try client.response().closes)
            #expect(try client.isClosedSilently())
        }
    }

    @Test func readingBehindTheAnswersEndIsRefused() async throws {
        try await withStreams { server, _, notes in
            let client = try RawClient(port: server.localPort)
            client.send(post("/early", "Content-Length: 5") + "ab")
            #expect(try client.response().body == "early")
            #expect(try client.isClosedSilently())
            #expect(eventually { notes.broken == [.answered] })
        }
    }
}
