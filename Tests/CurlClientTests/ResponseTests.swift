import CurlClient
import Testing

@Suite struct ResponseTests {
    private func response(_ text: String, method: String = "GET", bodyLimit: Int = 1 << 20) async throws -> CurlResponse
    {
        let server = FaultServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.send(text)
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        return try await client.response(.local(method, server.url) { $0.limits.bodyBytes = bodyLimit })
    }

    @Test func headersKeepOrderCaseAndDuplicatesAndAreFoundInAnyCase() async throws {
        let response = try await response(
            "HTTP/1.1 201 Created\r\nX-B: 2\r\nx-a:1 \r\nX-B:\t3\r\nX-Empty:\r\nContent-Length: 2\r\n\r\nok"
        )
        #expect(response.status == 201)
        #expect(response.headers.fields.map(\.name) == ["X-B", "x-a", "X-B", "X-Empty", "Content-Length"])
        #expect(response.headers.fields.map(\.value) == ["2", "1", "3", "", "2"])
        #expect(response.headers["x-b"] == "2")
        #expect(response.headers.values("X-b") == ["2", "3"])
        #expect(response.headers["X-A"] == "1")
        #expect(response.headers["x-empty"] == "")
        #expect(response.headers["x"] == nil)
        #expect(response.headers.withValue(of: "content-length") { $0.map { Array($0) } } == [0x32])
        #expect(response.headers.withValue(of: "content-leng") { $0 == nil })
    }

    @Test func interimAnswersAndTrailersAreNotPartOfTheHeaders() async throws {
        let response = try await response(
            """
            HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Early: 2\r\n\r\n\
            HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Late: 1\r\n\r\n\
            3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Trailer: 1\r\nX-Late: 2\r\n\r\n
            """
        )
        #expect(response.status == 200)
        #expect(response.text == "abcde")
        #expect(response.headers["x-early"] == nil)
        #expect(response.headers["x-trailer"] == nil)
        #expect(response.headers.values("x-late") == ["1"])
    }

    @Test func foldedLineIsJoined() async throws {
        let response = try await response("HTTP/1.1 200 OK\r\nX-A: one\r\n\t two\r\nContent-Length: 0\r\n\r\n")
        #expect(response.headers.fields.map(\.name) == ["X-A", "Content-Length"])
        #expect(response.headers["x-a"] == "one\t two")
    }

    @Test func fieldWhoseNameIsNoTokenIsLeftOut() async throws {
        let response = try await response("HTTP/1.1 200 OK\r\nX A: 1\r\nX-B : 2\r\nX-C: 3\r\nContent-Length: 0\r\n\r\n")
        #expect(response.headers.fields.map(\.name) == ["X-C", "Content-Length"])
    }

    @Test func bytesThatAreNoUTF8PassUnchanged() async throws {
        let server = FaultServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.send(
                Array("HTTP/1.1 200 OK\r\nX: ".utf8) + [0x80, 0xFF] + Array("\r\nContent-Length: 3\r\n\r\n".utf8)
            )
            connection.send([0x00, 0xFF, 0x0A])
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let response = try await client.response(.local("GET", server.url))
        #expect(response.headers.withValue(of: "x") { $0.map { Array($0) } } == [0x80, 0xFF])
        #expect(response.body == [0x00, 0xFF, 0x0A])
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\n\r\nto the end", "HTTP/1.0 200 OK\r\n\r\nto the end", "HTTP/1.1 200\r\n\r\nto the end",
        "HTTP/1.1 200 OK\n\nto the end", "HTTP/1.1 200 \r\nContent-Length: 10\r\nContent-Length: 10\r\n\r\nto the end",
        "HTTP/1.1 599 Odd\r\nContent-Length:10\r\n\r\nto the end",
    ])
    func answerInAnUnusualButProperFormIsRead(_ text: String) async throws {
        #expect(try await response(text).text == "to the end")
    }

    @Test func noBodyIsReadWhereThereCanBeNone() async throws {
        #expect(try await response("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", method: "HEAD").body.isEmpty)
        #expect(try await response("HTTP/1.1 204 No Content\r\n\r\n").body.isEmpty)
        #expect(try await response("HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n").body.isEmpty)
    }

    @Test func bodyOfExactlyTheLimitIsTakenAndOneByteMoreIsNot() async throws {
        let head = "HTTP/1.1 200 OK\r\n\r\n"
        #expect(try await response(head + "12345", bodyLimit: 5).text == "12345")
        await #expect(throws: CurlFailure.self) { try await response(head + "123456", bodyLimit: 5) }
        #expect(try await response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", bodyLimit: 0).body.isEmpty)
        await #expect(throws: CurlFailure.self) { try await response(head + "1", bodyLimit: 0) }
    }

    @Test func compressedBodyIsHandedOverAsItCame() async throws {
        let response = try await response("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz")
        #expect(response.text == "zzzz")
        #expect(response.headers["content-encoding"] == "gzip")
    }

    @Test func answerBeforeTheWholeRequestWasReadIsStillAnAnswer() async throws {
        let server = FaultServer { connection in
            _ = connection.receive(upTo: 1_000)
            connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
            connection.waitForEnd()
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let body = [UInt8](repeating: 0x61, count: 8 << 20)
        let response = try await client.response(.local("POST", server.url, body: body))
        #expect(response.status == 413)
    }

    @Test func timingsGrowFromPhaseToPhase() async throws {
        let times = try await response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").timings
        #expect(times.connect > 0)
        #expect(times.tls == 0)
        #expect(times.connect <= times.pretransfer)
        #expect(times.pretransfer <= times.firstByte)
        #expect(times.firstByte <= times.total)
    }
}
