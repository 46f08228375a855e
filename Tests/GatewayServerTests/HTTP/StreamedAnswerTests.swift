import GatewayServer
import Testing

/// Answers that are sent in parts.
struct StreamedAnswerTests {
    private func get(_ path: String, _ method: String = "GET") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: a\r\n\r\n"
    }

    @Test func partsAreChunksAndTheConnectionIsKept() async throws {
        try await withStreams { server, log, _ in
            let client = try RawClient(port: server.localPort)
            client.send(get("/parts") + get("/parts"))
            let head = try client.responseHead()
            #expect(head.header("transfer-encoding") == "chunked")
            #expect(head.header("content-length") == nil)
            #expect(head.header("date") != nil)
            #expect(try client.chunk() == "one")
            #expect(try client.chunk() == "two")
            #expect(try client.chunk() == nil)
            #expect(try client.response().body == "onetwo")
            #expect(log.finished.map(\.wasDelivered) == [true, true])
        }
    }

    @Test func headGetsTheHeadAlone() async throws {
        try await withStreams { server, _, _ in
            let client = try RawClient(port: server.localPort)
            client.send(get("/parts", "HEAD") + get("/none") + get("/parts"))
            #expect(try client.response(isHead: true).status == 200)
            let none = try client.response()
            #expect(none.status == 204)
            #expect(none.header("transfer-encoding") == nil)
            #expect(try client.response().body == "onetwo")
        }
    }

    @Test func olderClientGetsTheBodyUntilTheConnectionCloses() async throws {
        try await withStreams { server, _, _ in
            let client = try RawClient(port: server.localPort)
            client.send("GET /parts HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let all = try client.everything()
            #expect(all.lowercased().contains("\r\nconnection: close\r\n"))
            #expect(!all.lowercased().contains("transfer-encoding"))
            #expect(all.hasSuffix("\r\n\r\nonetwo"))
        }
    }

    @Test func brokenOffAnswerCannotBeTakenForAWholeOne() async throws {
        try await withStreams { server, log, _ in
            let client = try RawClient(port: server.localPort)
            client.send(get("/break") + get("/parts"))
            #expect(throws: RawClient.Failure.self) { try client.response() }
            let older = try RawClient(port: server.localPort)
            older.send("GET /break HTTP/1.0\r\n\r\n")
            #expect(try older.isReset())
            #expect(eventually { log.finished.map(\.wasDelivered) == [false, false] })
            #expect(log.asked == ["/break", "/break"])
        }
    }

    @Test func producerWaitsForAClientThatDoesNotRead() async throws {
        try await withStreams { server, _, notes in
            let client = try RawClient(port: server.localPort)
            client.send(get("/fill?50000000"))
            var previous = -1
            for _ in 0..<100 {
                pause(milliseconds: 20)
                let written = notes.bytesWritten
                if written == previous { break }
                previous = written
            }
            // The kernel's buffers hold some megabytes.
            #expect(previous > 0)
            #expect(previous < 20_000_000)
            #expect(try client.countedBody() == 50_000_001)
            #expect(notes.bytesWritten == 50_000_000)
            client.send(get("/parts"))
            #expect(try client.response().body == "onetwo")
        }
    }

    @Test func producerLearnsThatTheClientIsGone() async throws {
        try await withStreams { server, log, notes in
            let client = try RawClient(port: server.localPort)
            client.send(get("/fill?50000000"))
            #expect(try client.responseHead().status == 200)
            client.resetOnClose()
            client.close()
            #expect(eventually { notes.isAbandoned })
            #expect(eventually { log.finished.map(\.wasDelivered) == [false] })
        }
    }

    @Test func clientThatStopsReadingIsDropped() async throws {
        try await withStreams(configure: { $0.deadlines.write = .milliseconds(100) }) { server, _, notes in
            let client = try RawClient(port: server.localPort)
            client.send(get("/fill?50000000"))
            #expect(eventually { notes.isAbandoned })
            #expect(throws: RawClient.Failure.self) { try client.countedBody() }
        }
    }

    @Test func invalidHeaderIsReplacedByA500() async throws {
        try await withStreams { server, _, _ in
            let client = try RawClient(port: server.localPort)
            client.send(get("/split") + get("/parts"))
            let answer = try client.response()
            #expect(answer.status == 500)
            #expect(!answer.head.contains("Set-Cookie"))
            #expect(try client.response().body == "onetwo")
        }
    }

    @Test func unfinishedAnswerIsCutWhenTheGracePeriodEnds() async throws {
        try await withStreams { server, _, _ in
            let client = try RawClient(port: server.localPort)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
            #expect(try client.responseHead().status == 200)
            #expect(try client.chunk() == "a")
            #expect(Stopping(server, gracePeriod: .zero).wait())
            #expect(throws: RawClient.Failure.self) { try client.chunk() }
        }
    }
}
