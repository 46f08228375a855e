import GatewayServer
import Testing

/// A request as a client writes it.
struct ClientRequest: Sendable, CustomTestStringConvertible {
    var name: String
    var method = "GET"
    var target = "/api/v1/things"
    var version = "HTTP/1.1"
    var fields: [String] = []
    /// Body with all its framing, behind the empty line; the fields say how it is framed.
    var body: [UInt8] = []

    var testDescription: String { name }

    /// The bytes on the wire, to a vendor or to a proxy that serves it below `prefix`.
    func bytes(host: String, prefix: String = "", extra: [String] = []) -> [UInt8] {
        let lines = ["\(method) \(prefix)\(target) \(version)", "Host: \(host)"] + fields + extra
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    static func chunks(_ parts: [String], trailers: [String] = []) -> [UInt8] {
        var text = ""
        for part in parts { text += String(part.utf8.count, radix: 16) + "\r\n" + part + "\r\n" }
        return Array((text + "0\r\n" + trailers.map { $0 + "\r\n" }.joined() + "\r\n").utf8)
    }

    static let pattern: [UInt8] = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    static let all: [ClientRequest] = [
        ClientRequest(name: "GET"),
        ClientRequest(
            name: "a query with everything in it",
            target: "/a;b=1/c:d@e/%C3%A9?x=%2F%2f+&&y[]=1&z={\"|\\^`}&=?/.."
        ),
        ClientRequest(name: "no path but the root", target: "/"),
        ClientRequest(name: "a path that ends in a slash", target: "/api/"),
        ClientRequest(name: "a query right behind the root", target: "/?"),
        ClientRequest(name: "OPTIONS", method: "OPTIONS", fields: ["Origin: https://app.example"]),
        ClientRequest(name: "an unusual method", method: "PROPFIND", fields: ["Depth: 1"]),
        ClientRequest(name: "DELETE without a body", method: "DELETE"),
        ClientRequest(
            name: "DELETE with a body",
            method: "DELETE",
            fields: ["Content-Length: 4"],
            body: Array("gone".utf8)
        ),
        ClientRequest(name: "GET with a body", fields: ["Content-Length: 3"], body: Array("why".utf8)),
        ClientRequest(name: "POST with no body at all", method: "POST"),
        ClientRequest(name: "POST of nothing", method: "POST", fields: ["Content-Length: 0"]),
        ClientRequest(
            name: "POST of a form without a type",
            method: "POST",
            fields: ["Content-Length: 5"],
            body: Array("a=b&c".utf8)
        ),
        ClientRequest(
            name: "POST of bytes that are no text",
            method: "POST",
            fields: ["Content-Type: application/octet-stream", "Content-Length: 256"],
            body: (0...255).map { UInt8($0) }
        ),
        ClientRequest(
            name: "PUT of a megabyte",
            method: "PUT",
            fields: ["Content-Length: \(pattern.count)", "Content-Encoding: gzip"],
            body: pattern
        ),
        ClientRequest(
            name: "PATCH in chunks",
            method: "PATCH",
            fields: ["Transfer-Encoding: chunked", "Content-Type: application/json"],
            body: chunks(["{\"a\":", "1", "}"])
        ),
        ClientRequest(
            name: "chunks with trailers",
            method: "POST",
            fields: ["Transfer-Encoding: chunked", "Trailer: X-Sum, X-Two", "TE: trailers"],
            body: chunks(["hello"], trailers: ["X-Sum: abc", "X-Two: d e f"])
        ),
        ClientRequest(
            name: "chunks of nothing",
            method: "POST",
            fields: ["Transfer-Encoding: chunked"],
            body: chunks([])
        ),
        ClientRequest(
            name: "odd header fields",
            fields: [
                "x-lower: 1", "X-UPPER: 2", "X-Twice: a", "X-Twice: b", "x-twice: c", "X-Empty:",
                "X-Spaces:   in  the  middle ",
                "X-Odd!#$%&'*+-.^_`|~9: {\"json\": [1, 2]}", "Cookie: a=1; b=2", "Cookie: c=3", "Range: bytes=0-4",
                "If-None-Match: \"x\", W/\"y\"", "Accept-Encoding: gzip, br;q=0.5", "Idempotency-Key: 7f9c0000",
                "Referer: http://elsewhere.example/", "X-Forwarded-For: 10.0.0.1", "User-Agent: Odd/1.0 (client)",
                "Authorization: Bearer of-the-client", "Content-Type: text/plain",
                "Date: Sat, 21 Nov 2026 09:00:00 GMT",
            ]
        ),
        ClientRequest(
            name: "fields that are about one connection",
            fields: [
                "Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive",
                "TE: trailers", "X-Stays: 1",
            ]
        ),
        ClientRequest(name: "a header of 6 KB", fields: ["X-Long: " + String(repeating: "0123456789", count: 600)]),
        ClientRequest(name: "HTTP/1.0", version: "HTTP/1.0"),
        ClientRequest(name: "Via of a proxy before", fields: ["Via: 1.0 fred, 1.1 p.example.net"]),
        ClientRequest(
            name: "a client that looks first",
            method: "POST",
            fields: ["Expect: 100-continue", "Content-Length: 2"],
            body: Array("ok".utf8)
        ),
    ]
}

@Suite("Through the proxy and without it")
struct ProxyTransparencyTests {
    static let hopByHop: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect",
        "content-length",
    ]

    /// Field lines without those that the documents say are dropped or set anew, in an order that does not count: of
    /// different names. Space around a value is no part of it.
    static func endToEnd(_ message: WireMessage, without others: Set<String> = []) -> [String] {
        let named = Set(
            message.values("connection").flatMap { $0.split(separator: ",") }.map {
                $0.filter { $0 != " " }.lowercased()
            }
        )
        let fields = message.fields.enumerated().compactMap { index, field -> (String, Int, String)? in
            let colon = field.firstIndex(of: ":") ?? field.endIndex
            let name = field[..<colon].lowercased()
            guard !hopByHop.contains(name), !others.contains(name), !named.contains(name) else { return nil }
            var value = field[colon...].dropFirst()
            while value.first == " " { value = value.dropFirst() }
            while value.last == " " { value = value.dropLast() }
            return (name, index, "\(field[..<colon]): \(value)")
        }
        return fields.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    @Test("a vendor gets what the client sent", arguments: ClientRequest.all)
    func upstream(_ request: ClientRequest) async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try await withProxy(vendor: vendor) { gateway in
            let (direct, proxied) = try await gateway.blocking { () throws -> (WireMessage, WireMessage) in
                let plain = try Wire(port: vendor.port)
                plain.send(request.bytes(host: "vendor.example"))
                _ = try plain.message(isAnswer: true)
                let direct = try #require(vendor.takeMessages().first)
                let client = try Wire(port: gateway.port)
                client.send(
                    request.bytes(
                        host: "gateway",
                        prefix: "/proxy/acme",
                        extra: ["Timegate-Key: tg_canary_key_of_jane"]
                    )
                )
                let answer = try #require(try client.message(isAnswer: true))
                #expect(answer.status == 200)
                #expect(answer.body == Array("ok".utf8))
                #expect(vendor.messages.count == 1, "sent once")
                return (direct, try #require(vendor.takeMessages().first))
            }
            let line = direct.line.replacing("HTTP/1.0", with: "HTTP/1.1")
            #expect(proxied.line == line)
            #expect(proxied.body == direct.body)
            #expect(proxied.trailers == direct.trailers)
            #expect(proxied.value("host") == "127.0.0.1:\(vendor.port)")
            #expect(proxied.values("content-length").count + proxied.values("transfer-encoding").count <= 1)
            if !direct.body.isEmpty { #expect(proxied.framing == direct.framing) }
            let via = try #require(proxied.values("via").last)
            #expect(via.hasPrefix(request.version == "HTTP/1.0" ? "1.0 timegate-" : "1.1 timegate-"))
            #expect(proxied.values("via").dropLast() == direct.values("via")[...])
            #expect(
                Self.endToEnd(proxied, without: ["host", "via"]) == Self.endToEnd(direct, without: ["host", "via"])
            )
        }
    }

    /// Answers as a vendor writes them; whether they are to HEAD; whether the connection ends with them.
    struct VendorAnswer: Sendable, CustomTestStringConvertible {
        var name: String
        var text: [UInt8]
        var isHead = false
        var closes = false
        var testDescription: String { name }

        init(_ name: String, _ text: String, isHead: Bool = false, closes: Bool = false) {
            self.name = name
            self.text = text.unicodeScalars.map { UInt8($0.value) }
            self.isHead = isHead
            self.closes = closes
        }
    }

    static let answers: [VendorAnswer] = [
        VendorAnswer("a length", "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 5\r\n\r\nhello"),
        VendorAnswer(
            "chunks",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
        ),
        VendorAnswer(
            "chunks with trailers",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\na\r\n0\r\nX-Sum: 9\r\nX-B: c d\r\n\r\n"
        ),
        VendorAnswer("until the end of the connection", "HTTP/1.0 200 OK\r\nX: y\r\n\r\nall of it", closes: true),
        VendorAnswer("an empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        VendorAnswer("204", "HTTP/1.1 204 No Content\r\nETag: \"1\"\r\n\r\n"),
        VendorAnswer("304 with a length", "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nContent-Length: 1234\r\n\r\n"),
        VendorAnswer("304 without", "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"),
        VendorAnswer("HEAD with a length", "HTTP/1.1 200 OK\r\nContent-Length: 987654\r\n\r\n", isHead: true),
        VendorAnswer("HEAD of chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", isHead: true),
        VendorAnswer("HEAD that says nothing", "HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n", isHead: true),
        VendorAnswer(
            "a part, packed",
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-3/9\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u{1F}\u{8B}\u{8}\u{0}"
        ),
        VendorAnswer(
            "a redirect",
            "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/x\r\nContent-Length: 0\r\n\r\n"
        ),
        VendorAnswer(
            "401 of the vendor",
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"v\"\r\nContent-Length: 2\r\n\r\n{}"
        ),
        VendorAnswer(
            "422",
            "HTTP/1.1 422 Unprocessable\r\nContent-Type: application/vnd.api+json\r\nContent-Length: 2\r\n\r\n[]"
        ),
        VendorAnswer("429", "HTTP/1.1 429 Slow\r\nX-RateLimit-Reset: 99\r\nContent-Length: 0\r\n\r\n"),
        VendorAnswer("500", "HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nouc"),
        VendorAnswer("599", "HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n"),
        VendorAnswer(
            "odd header fields",
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nx-Case: V\r\nX-Empty:\r\nX-Latin: caf\u{E9}\r\n"
                + "Server: v/1\r\nDate: Sat, 21 Nov 2026 09:00:00 GMT\r\nVary: A\r\nVary: B\r\nContent-Length: 1\r\n\r\n!"
        ),
        VendorAnswer(
            "fields that are about one connection",
            "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nContent-Length: 1\r\n\r\n!"
        ),
    ]

    @Test("a client gets what the vendor answered", arguments: answers)
    func downstream(_ answer: VendorAnswer) async throws {
        let vendor = try RecordingVendor { _, wire in
            wire.send(answer.text)
            return !answer.closes
        }
        try await withProxy(vendor: vendor) { gateway in
            let (direct, proxied) = try await gateway.blocking { () throws -> (WireMessage, WireMessage) in
                let method = answer.isHead ? "HEAD" : "GET"
                let plain = try Wire(port: vendor.port)
                plain.send("\(method) /x HTTP/1.1\r\nHost: v\r\n\r\n")
                let direct = try #require(try plain.message(isHead: answer.isHead, isAnswer: true))
                let client = try Wire(port: gateway.port)
                client.send(
                    "\(method) /proxy/acme/x HTTP/1.1\r\nHost: g\r\nTimegate-Key: tg_canary_key_of_jane\r\n\r\n"
                )
                let proxied = try #require(try client.message(isHead: answer.isHead, isAnswer: true))
                return (direct, proxied)
            }
            #expect(proxied.status == direct.status)
            #expect(proxied.body == direct.body)
            #expect(proxied.trailers == direct.trailers)
            #expect(proxied.value("content-length") == direct.value("content-length") || direct.framing != .length)
            if direct.framing == .untilClose { #expect(proxied.framing == .length || proxied.framing == .chunked) }
            #expect(proxied.values("via").count == 1)
            var added: Set<String> = ["via"]
            if direct.value("date") == nil { added.insert("date") }
            #expect(Self.endToEnd(proxied, without: added) == Self.endToEnd(direct))
        }
    }

    @Test("interim answers are not passed on, and the answer behind them is")
    func interim() async throws {
        let vendor = try RecordingVendor(
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!"
        )
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.get("/proxy/acme/x", proxyKey: "jane")
            #expect(answer.status == 200)
            #expect(answer.body == "!")
            #expect(answer.header("link") == nil)
        }
    }

    @Test("a client of HTTP/1.0 gets a body of unknown length up to the end of the connection")
    func oldClient() async throws {
        let vendor = try RecordingVendor(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n"
        )
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.send("GET /proxy/acme/x HTTP/1.0\r\nTimegate-Key: tg_canary_key_of_jane\r\n\r\n")
                return try #require(try client.message(isAnswer: true))
            }
            #expect(answer.body == Array("abc".utf8))
            #expect(answer.values("transfer-encoding").isEmpty)
        }
    }
}

extension TestGateway {
    /// A proxied GET with a key in its own header.
    func get(_ path: String, proxyKey: String?, fields: [String] = []) async throws -> Answer {
        var lines = ["GET \(path) HTTP/1.1", "Host: gateway"] + fields
        if let proxyKey { lines.append("Timegate-Key: tg_canary_key_of_\(proxyKey)") }
        return try await exchange(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
    }
}
