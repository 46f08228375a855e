import GatewayServer
import NIOCore
import Testing

struct HTTPServerTests {
    private func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    // MARK: - One connection, many requests

    @Test func keptConnectionServesRequestAfterRequest() async throws {
        try await withServer { server, log in
            let client = try RawClient(port: server.localPort)
            for number in 1...3 {
                client.send("POST /p?n=\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab\(number)")
                let response = try client.response()
                #expect(response.status == 200)
                #expect(!response.closes)
                #expect(response.body == "POST|/p?n=\(number)|Host=a&Content-Length=3|ab\(number)")
            }
            let records = log.finished
            #expect(records.count == 3)
            #expect(records.allSatisfy { $0.status == 200 && $0.head?.path == "/p" && $0.wasDelivered })
            #expect(records[0].bytesIn == 55)
            #expect(records[0].remoteAddress?.ipAddress == "127.0.0.1")
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrderEvenIfTheFirstIsSlow() async throws {
        try await withServer { server, log in
            let client = try RawClient(port: server.localPort)
            client.send(
                get("/later") + get("/2") + "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx" + get("/4")
            )
            #expect(try client.response().body == "later")
            #expect(try client.response().body == "GET|/2|Host=a|")
            #expect(try client.response().body == "POST|/3|Host=a&Content-Length=1|x")
            #expect(try client.response().body == "GET|/4|Host=a|")
            #expect(log.asked == ["/later", "/2", "/3", "/4"])
        }
    }

    @Test func longPipelineIsAnsweredWhole() async throws {
        try await withServer { server, _ in
            let client = try RawClient(port: server.localPort)
            var requests = ""
            for number in 0..<3000 { requests += get(number % 500 == 0 ? "/later" : "/\(number)") }
            client.send(requests)
            for number in 0..<3000 {
                #expect(try client.response().body == (number % 500 == 0 ? "later" : "GET|/\(number)|Host=a|"))
            }
        }
    }

    @Test func requestArrivingByteByByteIsRead() async throws {
        try await withServer { server, _ in
            let client = try RawClient(port: server.localPort)
            let request =
                "\r\nPOST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=\"y\"\r\nc\r\n0\r\nT: u\r\n\r\n"
            for byte in Array(request.utf8) { client.send([byte]) }
            #expect(try client.response().body == "POST|/a|Host=a&Transfer-Encoding=chunked|abc")
            client.send(get("/next"))
            #expect(try client.response().body == "GET|/next|Host=a|")
        }
    }

    @Test func connectionCloseIsHonoured() async throws {
        try await withServer { server, log in
            let client = try RawClient(port: server.localPort)
            client.send(get("/1", "Connection: foo , Close\r\n") + get("/2"))
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response.closes)
            client.closeSendingSide()
            #expect(try client.isClosedSilently())
            #expect(log.asked == ["/1"])
        }
    }

    @Test func http10IsClosedUnlessItAsksToBeKept() async throws {
        try await withServer { server, _ in
            let client = try RawClient(port: server.localPort)
            client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let kept = try client.response()
            #expect(kept.body == "GET|/1|Connection=keep-alive|")
            #expect(kept.header("connection") == "keep-alive")
            client.send("GET /2 HTTP/1.0\r\n\r\n")
            #expect(try client.response().closes)
            #expect(try client.isClosedSilently())
        }
    }

    @Test func headIsAnsweredWithoutBodyAndTheConnectionStaysInStep() async throws {
        try await withServer { server, _ in
            let client = try RawClient(port: server.localPort)
            client.send("HEAD /big?1000 HTTP/1.1\r\nHost: a\r\n\r\n" + get("/after"))
            let response = try client.response(isHead: true)
            #expect(response.status == 200)
            #expect(response.header("content-length") == "1000")
            #expect(try client.response().body == "GET|/after|Host=a|")
        }
    }

    @Test func noContentAnswerKeepsTheConnectionInStep() async throws {
        try await withServer { (server: HTTPServer, _: TestResponder.Log) throws in
            let client = try RawClient(port: server.localPort)
            client.send(get("/none") + get("/after"))
            let response = try client.response()
            #expect(response.status == 204)
            #expect(response.header("content-length") == nil)
            #expect(response.header("date")?.hasSuffix(" GMT") == true)
            #expect(response.header("server") == nil)
            #expect(try client.response().body == "GET|/after|Host=a|")
        }
    }

    @Test func clientThatClosesItsSendingSideStillGetsItsAnswers() async throws {
        try await withServer { (server: HTTPServer, _: TestResponder.Log) throws in
            let client = try RawClient(port: server.localPort)
            client.send(get("/later") + get("/2"))
            client.closeSendingSide()
            let all = try client.everything()
            #expect(all.contains("later"))
            #expect(all.contains("GET|/2|"))
        }
    }

    @Test func otherMethodsReachTheResponder() async throws {
        try await withServer { (server: HTTPServer, _: TestResponder.Log) throws in
            let port = server.localPort
            #expect(
                try RawClient.exchange(port, "PROPFIND /a HTTP/1.1\r\nHost: a\r\n\r\n").body.hasPrefix("PROPFIND|/a|")
            )
            #expect(try RawClient.exchange(port, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").body.hasPrefix("OPTIONS|*|"))
            #expect(try RawClient.exchange(port, "TRACE /a HTTP/1.1\r\nHost: a\r\n\r\n").body.hasPrefix("TRACE|/a|"))
        }
    }

    @Test func absoluteTargetIsTakenWhereAllowed() async throws {
        try await withServer(configure: { $0.takesAbsoluteForm = true }) {
            (server: HTTPServer, log: TestResponder.Log) throws in
            let port = server.localPort
            for target in [
                "http://vendor.example:80/a?b", "HTTPS://[::1]/a", "http://vendor.example", "http://v.example/?q",
            ] {
                let response = try RawClient.exchange(port, "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.body.hasPrefix("GET|\(target)|"))
            }
            #expect(log.asked == ["/a", "/a", "/", "/"])
            let authorities = log.finished.map { record in
                record.head?.absoluteAuthority.map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(authorities == ["vendor.example:80", "[::1]", "vendor.example", "v.example"])
            for target in [
                "http://u:p@vendor.example/", "http:///a", "ftp://vendor.example/", "http://a b/", "http://v.example?q",
            ] {
                #expect(try RawClient.exchange(port, "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n").status == 400)
            }
        }
    }

    // MARK: - Bodies

    @Test func expectedContinueIsSentBeforeTheBodyAndOnlyIfItIsAwaited() async throws {
        try await withServer { (server: HTTPServer, _: TestResponder.Log) throws in
            let client = try RawClient(port: server.localPort)
            let head = "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
            client.send(head)
            #expect(try client.response().status == 100)
            client.send("abc")
            #expect(try client.response().body.hasSuffix("|abc"))
            client.send(head + "abc")
            #expect(try client.response().status == 200)
            client.send("GET /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.response().status == 200)
        }
    }

    @Test func tooLongDeclaredBodyIsRefusedBeforeItIsRead() async throws {
        try await withServer(configure: { $0.limits.body = 1000 }) {
            (server: HTTPServer, log: TestResponder.Log) throws in
            let client = try RawClient(port: server.localPort)
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
            let response = try client.response()
            #expect(response.status == 413)
            #expect(response.closes)
            #expect(log.asked == [])
            let record = log.finished.first
            #expect(record?.status == 413)
            #expect(record?.head?.path == "/a")
        }
    }

    @Test func refusalReachesAClientThatIsStillSending() async throws {
        try await withServer(configure: { $0.limits.body = 1000 }) {
            (server: HTTPServer, _: TestResponder.Log) throws in
            let client = try RawClient(port: server.localPort)
            let body = String(repeating: "x", count: 500_000)
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + body)
            #expect(try client.response().status == 413)
        }
    }

    @Test func tooLongChunkedBodyIsRefusedWhenItExceedsTheLimit() async throws {
        try await withServer(configure: { $0.limits.body = 1000 }) {
            (server: HTTPServer, log: TestResponder.Log) throws in
            let head = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            let chunk = "64\r\n" + String(repeating: "x", count: 100) + "\r\n"
            let allowed = head + String(repeating: chunk, count: 10) + "0\r\n\r\n"
            #expect(try RawClient.exchange(server.localPort, allowed).status == 200)
            let longer = head + String(repeating: chunk, count: 11)
            #expect(try RawClient.exchange(server.localPort, longer).status == 413)
            #expect(try RawClient.exchange(server.localPort, head + "3E9\r\n").status == 413)
            #expect(log.asked == ["/a"])
        }
    }

    @Test func bodyLimitMayDependOnTheRequest() async throws {
        try await withServer(configure: { $0.bodyLimit = { $0.path == "/small" ? 10 : 100 } }) {
            (server: HTTPServer, _: TestResponder.Log) throws in
            func post(_ path: String, _ length: Int) -> String {
                "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
                    + String(repeating: "x", count: length)
            }
            #expect(try RawClient.exchange(server.localPort, post("/small", 10)).status == 200)
            #expect(try RawClient.exchange(server.localPort, post("/small", 11)).status == 413)
            #expect(try RawClient.exchange(server.localPort, post("/other", 11)).status == 200)
        }
    }

    @Test func largeBodyInManyReadsIsReadWhole() async throws {
        try await withServer { server, log in
            let client = try RawClient(port: server.localPort)
            let body = String(repeating: "0123456789abcdef", count: 65536)
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + body)
            #expect(try client.response().body.hasSuffix("|" + body))
            #expect(log.finished.first?.bytesIn == 54 + 1_048_576)
        }
    }

    @Test func bodiesThatArriveAllAtOnceAreBoundedTogether() async throws {
        try await withServer(configure: { $0.limits.arrivingBodiesPerLoop = 150_000 }) { server, _ in
            let head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n"
            let part = String(repeating: "x", count: 100_000)
            let clients = try (0..<2).map { _ in try RawClient(port: server.localPort) }
            for client in clients { client.send(head + part) }
            let refused = try #require(RawClient.firstAnswered(clients))
            #expect(try refused.response().status == 503)
            let served = try #require(clients.first { $0 !== refused })
            // The refused one gave its share back.
            let third = try RawClient(port: server.localPort)
            third.send(head + String(repeating: "x", count: 40_000))
            served.send("x")
            #expect(try served.response().status == 200)
            third.send(String(repeating: "x", count: 60_001))
            #expect(try third.response().status == 200)
        }
    }

    @Test func answerWithASplitHeaderIsReplacedByAProblem() async throws {
        try await withServer { server, _ in
            let response = try RawClient.exchange(server.localPort, get("/split"))
            #expect(response.status == 500)
            #expect(response.body == "{\"code\":\"invalid_response_header\"}")
            #expect(!response.head.contains("Set-Cookie"))
        }
    }
}
