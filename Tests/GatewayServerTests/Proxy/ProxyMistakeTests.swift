import GatewayCore
import GatewayServer
import Testing

@Suite("Requests that the proxy refuses")
struct ProxyMistakeTests {
    /// What a client writes, as raw bytes; `K` stands for a line with a good key.
    struct Mistake: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var status: Int
        var closes: Bool
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ status: Int, closes: Bool = true) {
            self.name = name
            self.text = text
            self.status = status
            self.closes = closes
        }

        var bytes: [UInt8] {
            Array(text.replacing("K\r\n", with: "Host: g\r\nTimegate-Key: tg_canary_key_of_jane\r\n").utf8)
        }
    }

    static let badFraming: [Mistake] = [
        Mistake(
            "both lengths",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400
        ),
        Mistake(
            "both, the other way",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            400
        ),
        Mistake(
            "two lengths",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            400
        ),
        Mistake("a list of lengths", "POST /proxy/acme/x HTTP/1.1\r\nK\r\nContent-Length: 1, 1\r\n\r\na", 400),
        Mistake("a signed length", "POST /proxy/acme/x HTTP/1.1\r\nK\r\nContent-Length: +1\r\n\r\na", 400),
        Mistake(
            "a coding that is not chunked",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            400
        ),
        Mistake(
            "chunked twice",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            400
        ),
        Mistake(
            "chunked with a tab before it",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
            400
        ),
        Mistake(
            "a space before the colon",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            400
        ),
        Mistake(
            "a name that reads as another",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer_Encoding: chunked\r\n\r\n",
            400
        ),
        Mistake("a folded line", "GET /proxy/acme/x HTTP/1.1\r\nK\r\nX-A: 1\r\n more\r\n\r\n", 400),
        Mistake("a bare LF", "GET /proxy/acme/x HTTP/1.1\r\nK\r\nX-A: 1\nX-B: 2\r\n\r\n", 400),
        Mistake("a bare CR", "GET /proxy/acme/x HTTP/1.1\r\nK\r\nX-A: 1\rX-B: 2\r\n\r\n", 400),
        Mistake("a NUL in a value", "GET /proxy/acme/x HTTP/1.1\r\nK\r\nX-A: 1\0\r\n\r\n", 400),
        Mistake("a NUL in a name", "GET /proxy/acme/x HTTP/1.1\r\nK\r\nX\0A: 1\r\n\r\n", 400),
        Mistake("no Host", "GET /proxy/acme/x HTTP/1.1\r\nTimegate-Key: tg_canary_key_of_jane\r\n\r\n", 400),
        Mistake("two Hosts", "GET /proxy/acme/x HTTP/1.1\r\nHost: a\r\nK\r\n\r\n", 400),
        Mistake("a space in the target", "GET /proxy/acme/x y HTTP/1.1\r\nK\r\n\r\n", 400),
        Mistake("a fragment", "GET /proxy/acme/x#y HTTP/1.1\r\nK\r\n\r\n", 400),
        Mistake(
            "Connection that names the key",
            "GET /proxy/acme/x HTTP/1.1\r\nK\r\nConnection: timegate-key\r\n\r\n",
            400
        ),
        Mistake(
            "Connection that names Authorization",
            "GET /proxy/acme/x HTTP/1.1\r\nK\r\nConnection: authorization\r\n\r\n",
            400
        ),
        Mistake("Upgrade", "GET /proxy/acme/x HTTP/1.1\r\nK\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", 400),
        Mistake("CONNECT to somewhere", "CONNECT g:443 HTTP/1.1\r\nK\r\n\r\n", 403),
        Mistake(
            "CONNECT to the vendor, without tunnels",
            "CONNECT api.sonderplan.com:443 HTTP/1.0\r\nTimegate-Key: tg_canary_key_of_jane\r\n\r\n",
            501
        ),
        Mistake("HTTP/2 by its preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ]

    static let badBodies: [Mistake] = [
        Mistake(
            "a chunk size that is none",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400
        ),
        Mistake(
            "a chunk size with 0x",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
            400
        ),
        Mistake(
            "a chunk that is longer than it says",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
            400
        ),
        Mistake(
            "a chunk line with a bare LF",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
            400
        ),
        Mistake(
            "a trailer that frames",
            "POST /proxy/acme/x HTTP/1.1\r\nK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n\r\n",
            400
        ),
    ]

    static let badPaths: [Mistake] = [
        "/proxy/acme/a/../b", "/proxy/acme/..", "/proxy/acme/./a", "/proxy/acme/a/%2e%2e/b", "/proxy/acme/%2E/b",
        "/proxy/acme/.%2e/x", "/proxy/acme/a%2fb", "/proxy/acme/a%2Fb", "/proxy/acme/a%5cb", "/proxy/acme/a\\b",
        "/proxy/acme/a%00", "/proxy/acme/a%0d%0aX:1", "/proxy/acme//a", "/proxy/acme/a//b", "/proxy/acme/a%252fb",
        "/proxy/acme/%252e%252e/b", "/proxy/acme/..;/b", "/proxy/acme/%2e%2e;x=1/b", "/proxy/acme/a%",
        "/proxy/acme/a%2",
        "/proxy/acme/a%zz",
    ].map { Mistake($0, "GET \($0) HTTP/1.1\r\nK\r\n\r\n", 400, closes: false) }

    static let badTargets: [Mistake] = [
        Mistake("a connection that is not there", "GET /proxy/other/x HTTP/1.1\r\nK\r\n\r\n", 404, closes: false),
        Mistake("a connection in escapes", "GET /proxy/%61cme/x HTTP/1.1\r\nK\r\n\r\n", 404, closes: false),
        Mistake("no connection", "GET /proxy/ HTTP/1.1\r\nK\r\n\r\n", 404, closes: false),
        Mistake("another host", "GET http://example.com/x HTTP/1.1\r\nK\r\n\r\n", 403, closes: false),
        Mistake("another port", "GET http://api.sonderplan.com:8443/x HTTP/1.1\r\nK\r\n\r\n", 403, closes: false),
        Mistake(
            "a host that begins like the vendor's",
            "GET http://api.sonderplan.com.evil.example/x HTTP/1.1\r\nK\r\n\r\n",
            403,
            closes: false
        ),
        Mistake("a user name in the target", "GET http://api.sonderplan.com@evil.example/x HTTP/1.1\r\nK\r\n\r\n", 400),
        Mistake("a query behind the host", "GET http://api.sonderplan.com?a/b HTTP/1.1\r\nK\r\n\r\n", 400),
        Mistake("another scheme", "GET ftp://api.sonderplan.com/x HTTP/1.1\r\nK\r\n\r\n", 400),
        Mistake("the metadata service", "GET http://169.254.169.254/latest HTTP/1.1\r\nK\r\n\r\n", 403, closes: false),
        Mistake("TRACE", "TRACE /proxy/acme/x HTTP/1.1\r\nK\r\n\r\n", 405, closes: false),
        Mistake(
            "HEAD with a body",
            "HEAD /proxy/acme/x HTTP/1.1\r\nK\r\nContent-Length: 1\r\n\r\na",
            400,
            closes: false
        ),
        Mistake("NTLM", "GET /proxy/acme/x HTTP/1.1\r\nK\r\nAuthorization: NTLM TlRMTVNT\r\n\r\n", 501, closes: false),
        Mistake(
            "dots behind an absolute target",
            "GET http://api.sonderplan.com/a/../b HTTP/1.1\r\nK\r\n\r\n",
            400,
            closes: false
        ),
    ]

    private func check(_ mistake: Mistake) async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try await withProxy(vendor: vendor) { gateway in
            let (answer, isClosed) = try await gateway.blocking { () throws -> (WireMessage, Bool) in
                let client = try Wire(port: gateway.port, timeout: 5)
                client.send(mistake.bytes)
                let isHead = mistake.text.hasPrefix("HEAD")
                let answer = try #require(try client.message(isHead: isHead, isAnswer: true))
                return (answer, answer.value("connection") == "close")
            }
            #expect(answer.status == mistake.status, "\(answer.line)")
            #expect(answer.value("timegate-error") != nil)
            if mistake.closes { #expect(isClosed) }
        }
        #expect(vendor.messages.isEmpty, "nothing is forwarded")
    }

    @Test("framing that two readers could read differently: refused and closed", arguments: badFraming)
    func framing(_ mistake: Mistake) async throws { try await check(mistake) }

    @Test("paths with more than one reading", arguments: badPaths)
    func paths(_ mistake: Mistake) async throws { try await check(mistake) }

    @Test("targets that are not the vendor's", arguments: badTargets)
    func targets(_ mistake: Mistake) async throws { try await check(mistake) }

    @Test(
        "a body that breaks off in its framing is refused, closed, and ends the vendor's request",
        arguments: badBodies
    )
    func bodies(_ mistake: Mistake) async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.blocking {
                let client = try Wire(port: gateway.port, timeout: 5)
                client.send(mistake.bytes)
                return try #require(try client.message(isAnswer: true))
            }
            #expect(answer.status == mistake.status)
            #expect(answer.value("connection") == "close")
        }
        #expect(vendor.messages.isEmpty, "no whole request reached the vendor")
    }

    @Test(
        "paths that vendors use pass as they are",
        arguments: [
            "/a/%C3%A9t%C3%A9", "/a/%20b", "/100%25", "/100%25z", "/a;v=1/b", "/a,b/c:d", "/...", "/.well-known/x",
            "/a.b/..c/d..",
            "/%7Euser", "/a/", "/a+b/@c/$d/!e", "/%25", "/a/(b)/'c'/*",
        ]
    )
    func goodPaths(path: String) async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.get("/proxy/acme\(path)", proxyKey: "jane")
            #expect(answer.status == 200)
            #expect(vendor.messages.map(\.line) == ["GET \(path) HTTP/1.1"])
        }
    }

    @Test("a request that comes back through Via is a loop: 508")
    func loop() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let rules = ProxyRules(listener: .init(host: "127.0.0.1", port: 0))
        try await withProxy(rules, vendor: vendor) { gateway in
            _ = try await gateway.get("/proxy/acme/x", proxyKey: "jane")
            let via = try #require(vendor.messages.first?.value("via"))
            let again = try await gateway.get("/proxy/acme/x", proxyKey: "jane", fields: ["Via: 1.0 fred, \(via)"])
            #expect(again.status == 508)
            #expect(again.header("timegate-error") == "loop_detected")
            #expect(vendor.messages.count == 1)
            let itself = try await gateway.get("http://127.0.0.1:\(gateway.port)/proxy/acme/x", proxyKey: "jane")
            #expect(itself.status == 508)
            let listener = try await gateway.get(
                "http://localhost:\(gateway.proxyPort("acme"))/x",
                proxyKey: "jane"
            )
            #expect(listener.status == 508)
            #expect(vendor.messages.count == 1)
        }
    }
}
