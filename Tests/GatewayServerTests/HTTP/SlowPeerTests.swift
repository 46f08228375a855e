import GatewayServer
import Testing

struct SlowPeerTests {
    private let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func headThatDoesNotEndInTimeIsAnswered408() async throws {
        try await withServer(configure: { $0.deadlines.head = .milliseconds(100) }) { server, log in
            let client = try RawClient(port: server.localPort)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n")
            let response = try client.response()
            #expect(response.status == 408)
            #expect(response.closes)
            #expect(log.asked == [])
        }
    }

    @Test func trickledHeadDoesNotExtendItsDeadline() async throws {
        try await withServer(configure: { $0.deadlines.head = .milliseconds(200) }) { server, _ in
            let client = try RawClient(port: server.localPort)
            let start = ContinuousClock.now
            client.send("GET / HTTP/1.1\r\n")
            for _ in 0..<100 {
                guard client.send("A: b\r\n") else { break }
                pause(milliseconds: 10)
                if ContinuousClock.now - start > .milliseconds(600) { break }
            }
            #expect(try client.response().status == 408)
        }
    }

    @Test func idleConnectionIsClosedWithoutAWord() async throws {
        try await withServer(configure: { $0.deadlines.idle = .milliseconds(100) }) { server, _ in
            let fresh = try RawClient(port: server.localPort)
            #expect(try fresh.isClosedSilently())
            let used = try RawClient(port: server.localPort)
            used.send(request)
            #expect(try used.response().status == 200)
            #expect(try used.isClosedSilently())
        }
    }

    @Test func bodyThatDoesNotEndInTimeIsAnswered408() async throws {
        try await withServer(configure: { $0.deadlines.body = .milliseconds(100) }) { server, log in
            let client = try RawClient(port: server.localPort)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            #expect(try client.response().status == 408)
            #expect(log.asked == [])
        }
    }

    @Test func bodyBelowTheMinimumRateIsAnswered408() async throws {
        let configure = { (configuration: inout HTTPServerConfiguration) in
            configuration.deadlines.linger = .milliseconds(100)
            configuration.deadlines.bodyRateGrace = .milliseconds(50)
            configuration.deadlines.minimumBodyRate = 100_000
        }
        try await withServer(configure: configure) { server, _ in
            let client = try RawClient(port: server.localPort)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
            #expect(try client.response().status == 408)
        }
    }

    @Test func slowResponderIsNotTimedOutByTheFrontEnd() async throws {
        let configure = { (configuration: inout HTTPServerConfiguration) in
            configuration.deadlines.head = .milliseconds(5)
            configuration.deadlines.body = .milliseconds(5)
        }
        try await withServer(configure: configure) { (server: HTTPServer, _: TestResponder.Log) throws in
            #expect(try RawClient.exchange(server.localPort, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n").body == "later")
        }
    }

    @Test func clientThatDoesNotReadItsAnswerIsDropped() async throws {
        let configure = { (configuration: inout HTTPServerConfiguration) in
            configuration.deadlines.write = .milliseconds(100)
            configuration.deadlines.linger = .milliseconds(100)
        }
        try await withServer(configure: configure) { server, log in
            let client = try RawClient(port: server.localPort)
            client.send("GET /big?30000000 HTTP/1.1\r\nHost: a\r\n\r\n" + request)
            #expect(eventually { log.finished.count >= 1 })
            pause(milliseconds: 400)
            // What the kernel had taken is still there; the rest never comes, and neither does the second answer.
            let all = try client.everything()
            #expect(all.utf8.count < 30_000_000)
            #expect(log.asked == ["/big"])
        }
    }

    @Test func slowReaderThatGoesOnReadingGetsEverything() async throws {
        try await withServer(configure: { $0.deadlines.write = .milliseconds(300) }) { server, _ in
            let client = try RawClient(port: server.localPort)
            client.send("GET /big?5000000 HTTP/1.1\r\nHost: a\r\n\r\n" + request)
            pause(milliseconds: 50)
            #expect(try client.response().body.utf8.count == 5_000_000)
            #expect(try client.response().body == "GET|/a|Host=a|")
        }
    }

    @Test func pipelineOfAClientThatDoesNotReadIsNotTakenAhead() async throws {
        try await withServer { server, log in
            let client = try RawClient(port: server.localPort)
            let one = "GET /big?100000 HTTP/1.1\r\nHost: a\r\n\r\n"
            client.send(String(repeating: one, count: 400))
            var previous = -1
            // Wait until no further request is taken.
            for _ in 0..<100 {
                pause(milliseconds: 20)
                let asked = log.asked.count
                if asked == previous { break }
                previous = asked
            }
            // The kernel's buffers hold some megabytes; all the answers would be 40.
            #expect(previous < 200)
            for _ in 0..<400 { #expect(try client.response().body.utf8.count == 100_000) }
        }
    }

    @Test func oneSlowConnectionAmongManyDoesNotDelayOthers() async throws {
        try await withServer { server, _ in
            var idle: [RawClient] = []
            for number in 0..<500 {
                let client = try RawClient(port: server.localPort)
                if number % 2 == 0 { client.send("GET / HTTP/1.1\r\nHo") }
                idle.append(client)
            }
            let start = ContinuousClock.now
            #expect(try RawClient.exchange(server.localPort, request).status == 200)
            // The bound is against hanging: other tests run at the same time.
            #expect(ContinuousClock.now - start < .seconds(20))
            #expect(idle.count == 500)
        }
    }
}
