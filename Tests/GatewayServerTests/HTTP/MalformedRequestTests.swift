import Testing

@testable import GatewayServer

struct MalformedRequestTests {
    struct Vector: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: String
        let status: Int
        var code: String?

        init(_ name: String, _ bytes: String, _ status: Int, _ code: String? = nil) {
            self.testDescription = name
            self.bytes = bytes
            self.status = status
            self.code = code
        }
    }

    private static let post = "POST / HTTP/1.1\r\nHost: a\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

    static let framing = [
        Vector(
            "CL and TE",
            post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "ambiguous_framing"
        ),
        Vector(
            "TE and CL",
            post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            400,
            "ambiguous_framing"
        ),
        Vector("two differing CLs", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        Vector("two equal CLs", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
        Vector("CL list", post + "Content-Length: 1, 1\r\n\r\na", 400),
        Vector("CL with sign", post + "Content-Length: +1\r\n\r\na", 400),
        Vector("negative CL", post + "Content-Length: -1\r\n\r\n", 400),
        Vector("hexadecimal CL", post + "Content-Length: 0x1\r\n\r\na", 400),
        Vector("CL with inner space", post + "Content-Length: 1 0\r\n\r\na", 400),
        Vector("empty CL", post + "Content-Length:\r\n\r\n", 400),
        Vector("CL of 30 digits", post + "Content-Length: 100000000000000000000000000000\r\n\r\n", 400),
        Vector("TE gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
        Vector("TE chunked, gzip", post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400),
        Vector("TE identity", post + "Transfer-Encoding: identity\r\n\r\n", 400),
        Vector("TE xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        Vector("TE quoted", post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400),
        Vector("TE twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        Vector(
            "TE twice, identity last",
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
            400
        ),
        Vector("TE with vertical tab", post + "Transfer-Encoding: \u{0B}chunked\r\n\r\n0\r\n\r\n", 400),
        Vector("TE with tab before value", post + "Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n", 400),
        Vector("TE with tab behind value", post + "Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n", 400),
        Vector("CL with tab behind value", post + "Content-Length: 1\t \r\n\r\na", 400),
        Vector("TE with parameter", post + "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n", 400),
        Vector("TE on HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        Vector("TE with space before colon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        Vector("TE spelt with underscore", post + "Transfer_Encoding: chunked\r\n\r\n", 400, "aliasing_header"),
        Vector("CL spelt with underscore", post + "Content_Length: 3\r\n\r\nabc", 400, "aliasing_header"),
        Vector("a body of a GET of HTTP/1.0", "GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\na", 400, "ambiguous_framing"),
        Vector("a body of a DELETE of HTTP/1.0", "DELETE / HTTP/1.0\r\nContent-Length: 1\r\n\r\na", 400),
        Vector("connection names authorization", post + "Connection: close, Authorization\r\n\r\n", 400),
        Vector("connection names content-length", post + "Connection: content-length\r\n\r\n", 400),
    ]

    static let chunks = [
        Vector("empty size", chunked + "\r\nabc\r\n0\r\n\r\n", 400),
        Vector("size not hexadecimal", chunked + "g\r\nabc\r\n0\r\n\r\n", 400),
        Vector("size with 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n", 400),
        Vector("size with sign", chunked + "+3\r\nabc\r\n0\r\n\r\n", 400),
        Vector("size with leading space", chunked + " 3\r\nabc\r\n0\r\n\r\n", 400),
        Vector("size with trailing space", chunked + "3 \r\nabc\r\n0\r\n\r\n", 400),
        Vector("size too long", chunked + "000000003\r\nabc\r\n0\r\n\r\n", 400),
        Vector("size overflowing 64 bits", chunked + "FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n", 400),
        Vector("size line ends in LF", chunked + "3\nabc\r\n0\r\n\r\n", 400),
        Vector("size line ends in CR", chunked + "3\rabc\r\n0\r\n\r\n", 400),
        Vector("data shorter than size", chunked + "4\r\nabc\r\n0\r\n\r\n", 400),
        Vector("data longer than size", chunked + "2\r\nabc\r\n0\r\n\r\n", 400),
        Vector("data ends in LF", chunked + "3\r\nabc\n0\r\n\r\n", 400),
        Vector("extension with control", chunked + "3;a\u{01}\r\nabc\r\n0\r\n\r\n", 400),
        Vector("extension with LF", chunked + "3;a\nb\r\nabc\r\n0\r\n\r\n", 400),
        Vector("empty extension", chunked + "3;\r\nabc\r\n0\r\n\r\n", 400),
        Vector("endless extension", chunked + "3;" + String(repeating: "a", count: 5000), 431),
        Vector("malformed trailer", chunked + "3\r\nabc\r\n0\r\nA b: c\r\n\r\n", 400),
        Vector("trailer ends in LF", chunked + "3\r\nabc\r\n0\r\nA: b\n\r\n", 400),
        Vector("CL as trailer", chunked + "0\r\nContent-Length: 3\r\n\r\n", 400, "malformed_trailer"),
        Vector("host as trailer", chunked + "0\r\nHost: b\r\n\r\n", 400, "malformed_trailer"),
        Vector("endless trailers", chunked + "0\r\n" + String(repeating: "A: b\r\n", count: 2000), 431),
    ]

    static let lines = [
        Vector("bare LF after request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "malformed_line_end"),
        Vector("bare LF after field", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "malformed_line_end"),
        Vector("bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "malformed_line_end"),
        Vector("bare CR in value", "GET / HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n", 400),
        Vector("bare CR in request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Vector("NUL in value", "GET / HTTP/1.1\r\nHost: a\r\nA: b\0c\r\n\r\n", 400),
        Vector("NUL in name", "GET / HTTP/1.1\r\nHost: a\r\nA\0: b\r\n\r\n", 400),
        Vector("NUL in target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Vector("control in value", "GET / HTTP/1.1\r\nHost: a\r\nA: b\u{07}\r\n\r\n", 400),
        Vector("DEL in value", "GET / HTTP/1.1\r\nHost: a\r\nA: b\u{7F}\r\n\r\n", 400),
        Vector("UTF-8 in value", "GET / HTTP/1.1\r\nHost: a\r\nA: \u{E9}\r\n\r\n", 400),
        Vector("UTF-8 in name", "GET / HTTP/1.1\r\nHost: a\r\n\u{E9}: b\r\n\r\n", 400),
        Vector("folded line", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", 400),
        Vector("folded line with tab", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\tc\r\n\r\n", 400),
        Vector("folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        Vector("space before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        Vector("empty name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
        Vector("no colon", "GET / HTTP/1.1\r\nHost: a\r\nAbc\r\n\r\n", 400),
        Vector("separator in name", "GET / HTTP/1.1\r\nHost: a\r\nA(b): c\r\n\r\n", 400),
        Vector("three empty lines first", "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Vector("TLS client hello", "\u{16}\u{03}\u{01}\u{02}", 400, "malformed_request_line"),
        Vector("lower-case method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Vector("method with punctuation", "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Vector("endless method", String(repeating: "A", count: 9000), 414),
        Vector("leading space", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Vector("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Vector("tab for space", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400),
        Vector("trailing space", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
        Vector("no version", "GET /\r\nHost: a\r\n\r\n", 400),
        Vector("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "http_version_unsupported"),
        Vector("HTTP/2 preface's method", "PRI / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_request_line"),
        Vector("two Authorizations", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: b\r\nauthorization: b\r\n\r\n", 400),
        Vector("two Content-Types", post + "Content-Type: a/b\r\nContent-Length: 0\r\nContent-Type: a/b\r\n\r\n", 400),
        Vector("two If-Ranges", "GET / HTTP/1.1\r\nHost: a\r\nIf-Range: b\r\nIf-Range: c\r\n\r\n", 400),
        Vector("two Expects", post + "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n", 400),
        Vector("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        Vector("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
        Vector("HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
        Vector("HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400),
        Vector("lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", 400),
    ]

    static let targets = [
        Vector("no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 400, "host_missing"),
        Vector("no field at all", "GET / HTTP/1.1\r\n\r\n", 400, "host_missing"),
        Vector("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "host_repeated"),
        Vector("Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "host_malformed"),
        Vector("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "host_malformed"),
        Vector("Host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, "host_malformed"),
        Vector("Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "host_malformed"),
        Vector("Host with bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400, "host_malformed"),
        Vector("Host of a dot", "GET / HTTP/1.1\r\nHost: .\r\n\r\n", 400, "host_malformed"),
        Vector("Host with two dots", "GET / HTTP/1.1\r\nHost: a..b\r\n\r\n", 400, "host_malformed"),
        Vector("Host that begins with a dot", "GET / HTTP/1.1\r\nHost: .a\r\n\r\n", 400, "host_malformed"),
        Vector("two Hosts on HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "host_repeated"),
        Vector("fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_target"),
        Vector("UTF-8 target", "GET /\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_target"),
        Vector("relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_target"),
        Vector("asterisk with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_target"),
        Vector("absolute target", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "absolute_target"),
        Vector("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501, "connect_refused"),
        Vector(
            "upgrade",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            400,
            "upgrade_refused"
        ),
        Vector("h2c upgrade", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n", 400, "upgrade_refused"),
        Vector("unknown expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417),
    ]

    static let sizes = [
        Vector("20 KB target", "GET /" + String(repeating: "a", count: 20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        Vector(
            "target one byte too long",
            "GET /" + String(repeating: "a", count: 8179) + " HTTP/1.1\r\nHost: a\r\n\r\n",
            414
        ),
        Vector(
            "101 fields",
            "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "A: b\r\n", count: 100) + "\r\n",
            431,
            "headers_too_many"
        ),
        Vector(
            "17 KB in one field",
            "GET / HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "b", count: 17_000) + "\r\n\r\n",
            431,
            "headers_too_large"
        ),
        Vector(
            "17 KB in 40 fields",
            "GET / HTTP/1.1\r\nHost: a\r\n"
                + String(repeating: "A: " + String(repeating: "b", count: 420) + "\r\n", count: 40) + "\r\n",
            431,
            "headers_too_large"
        ),
    ]

    @Test(arguments: framing + chunks + lines + targets + sizes)
    func malformedRequestIsRefusedAndTheConnectionClosed(vector: Vector) async throws {
        try await withServer { (server: HTTPServer, log: TestResponder.Log) throws in
            let client = try RawClient(port: server.localPort)
            // A second request behind it: smuggled or not, it must never be answered.
            client.send(vector.bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try client.response()
            #expect(response.status == vector.status)
            #expect(response.header("content-type") == "application/problem+json")
            #expect(response.closes)
            if let code = vector.code { #expect(response.body == "{\"code\":\"\(code)\"}") }
            client.closeSendingSide()
            #expect(try client.isClosedSilently())
            #expect(log.asked == [])
        }
    }

    @Test func requestAtTheLimitsIsTaken() async throws {
        try await withServer { (server: HTTPServer, _: TestResponder.Log) throws in
            let longest = "GET /" + String(repeating: "a", count: 8192 - 14) + " HTTP/1.1\r\nHost: a\r\n\r\n"
            #expect(try RawClient.exchange(server.localPort, longest).status == 200)
            let fields = String(repeating: "A: b\r\n", count: 99)
            let most = "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
            #expect(try RawClient.exchange(server.localPort, most).status == 200)
            let value = String(repeating: "b", count: 16384 - "Host: a\r\nA: \r\n\r\n".utf8.count)
            let largest = "GET / HTTP/1.1\r\nHost: a\r\nA: \(value)\r\n\r\n"
            #expect(try RawClient.exchange(server.localPort, largest).status == 200)
        }
    }

    @Test func endlessHeadersAreCutOffEarly() async throws {
        try await withServer { server, _ in
            let client = try RawClient(port: server.localPort)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n")
            let portion = String(repeating: "A: b\r\n", count: 100)
            var portions = 0
            while portions < 1000, client.send(portion) { portions += 1 }
            // The answer may be lost to a reset, since the client never stops sending; the connection must be.
            let status = try client.response().status
            #expect(status == 431 || status == 0)
        }
    }

    @Test func endlessEmptyLinesAreCutOff() async throws {
        try await withServer { server, _ in
            let response = try RawClient.exchange(server.localPort, String(repeating: "\r\n", count: 1000))
            #expect(response.status == 400)
        }
    }

    @Test func everyByteValueOutsidePrintableASCIIIsRefusedInTargetNameAndValue() async throws {
        try await withServer { (server: HTTPServer, log: TestResponder.Log) throws in
            for byte in Array(UInt8.min...0x1F) + Array(0x7F...UInt8.max) where byte != 0x0A && byte != 0x09 {
                for (before, after) in [
                    ("GET /a", "b HTTP/1.1\r\nHost: a\r\n\r\n"), ("GET / HTTP/1.1\r\nHost: a\r\nA", "b: c\r\n\r\n"),
                    ("GET / HTTP/1.1\r\nHost: a\r\nA: b", "c\r\n\r\n"),
                ] {
                    let status = try RawClient.exchange(
                        server.localPort,
                        Array(before.utf8) + [byte] + Array(after.utf8)
                    ).status
                    #expect(status == 400, "byte \(byte) after \(before)")
                }
            }
            #expect(log.asked == [])
        }
    }
}
