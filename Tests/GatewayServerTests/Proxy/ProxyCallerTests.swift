import GatewayCore
import GatewayServer
import Testing

@Suite("Who a proxied request is from")
struct ProxyCallerTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    /// Base64 of `user:tg_canary_key_of_jane`.
    private static func basic(_ user: String) -> String {
        let bytes = Array("\(user):tg_canary_key_of_jane".utf8)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let word = (0..<3).reduce(0) { $0 << 8 | ($1 < part.count ? Int(part[start + $1]) : 0) }
            for index in 0..<4 {
                text.append(index <= part.count ? alphabet[word >> (18 - 6 * index) & 63] : "=")
            }
        }
        return "Proxy-Authorization: Basic \(text)"
    }

    @Test("without a key: 401 that names the header, and nothing is sent")
    func noKey() async throws {
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(vendor: vendor) { gateway in
            for fields in [[], ["Authorization: Bearer vendor-token"], ["Authorization: Bearer tg_canary_key_of_jane"]]
            {
                let answer = try await gateway.get("/proxy/acme/x", proxyKey: nil, fields: fields)
                #expect(answer.status == 401)
                #expect(answer.code == "gateway_key_required")
                #expect(answer.header("timegate-error") == "gateway_key_required")
                #expect(answer["hint"]?.string?.contains("Timegate-Key") == true)
            }
            // A connection that does not exist is not told from one that does.
            #expect(try await gateway.get("/proxy/nothing/x", proxyKey: nil).status == 401)
        }
        #expect(vendor.messages.isEmpty)
    }

    @Test("a wrong key is refused, also where keys are not asked for")
    func wrongKey() async throws {
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(ProxyRules(keyless: ProxyRules.usualKeylessLimit), vendor: vendor) { gateway in
            let answer = try await gateway.get(
                "/proxy/acme/x",
                proxyKey: "nobody",
                fields: ["Authorization: Bearer vendor-token"]
            )
            #expect(answer.status == 401)
        }
        #expect(vendor.messages.isEmpty)
    }

    @Test("the key goes in Timegate-Key or Proxy-Authorization, and neither reaches the vendor")
    func places() async throws {
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(vendor: vendor) { gateway in
            for field in [
                "Timegate-Key: tg_canary_key_of_jane", "Proxy-Authorization: Bearer tg_canary_key_of_jane",
                Self.basic(""), Self.basic("acme"),
            ] {
                let answer = try await gateway.get(
                    "/proxy/acme/x",
                    proxyKey: nil,
                    fields: [
                        field, "Authorization: Bearer of-the-client", "Timegate-Connection: acme", "Timegate-Else: 1",
                    ]
                )
                #expect(answer.status == 200, "\(field)")
            }
            #expect(vendor.messages.count == 4)
            for message in vendor.messages {
                #expect(message.values("authorization") == ["Bearer of-the-client"])
                #expect(!message.fields.contains { $0.lowercased().hasPrefix("timegate-") || $0.contains("canary") })
                #expect(message.values("proxy-authorization").isEmpty)
            }
        }
    }

    @Test("several keys in one request are refused")
    func severalKeys() async throws {
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.get("/proxy/acme/x", proxyKey: "jane", fields: ["Timegate-Key: other"])
            #expect(answer.status == 401)
        }
        #expect(vendor.messages.isEmpty)
    }

    @Test("without a key, where that is allowed, a vendor credential is who one is: its rate is its own")
    func keyless() async throws {
        let vendor = try RecordingVendor(Self.ok)
        let rules = ProxyRules(keyless: RateLimit(count: 2, seconds: 3600))
        try await withProxy(rules, vendor: vendor) { gateway in
            func ask(_ token: String?) async throws -> Answer {
                try await gateway.get(
                    "/proxy/acme/x",
                    proxyKey: nil,
                    fields: token.map { ["Authorization: Bearer \($0)"] } ?? []
                )
            }
            #expect(try await ask("one").status == 200)
            #expect(try await ask("one").status == 200)
            let third = try await ask("one")
            #expect(third.status == 429)
            #expect(third.header("retry-after") != nil)
            #expect(try await ask("two").status == 200)
            #expect(try await ask(nil).status == 401)
            // A key has a limit of its own.
            #expect(
                try await gateway.get("/proxy/acme/x", proxyKey: "jane", fields: ["Authorization: Bearer one"]).status
                    == 200
            )
        }
        #expect(vendor.messages.count == 4)
    }

    @Test("with the connection's credentials, those go out and what the client sends in their place does not")
    func ownCredentials() async throws {
        let vendor = try RecordingVendor(
            "HTTP/1.1 200 OK\r\nSet-Cookie: session=1\r\nX-A: b\r\nContent-Length: 0\r\n\r\n"
        )
        try await withProxy(ProxyRules(credentials: .connection), vendor: vendor) { gateway in
            let connection = try #require(gateway.setup.connections.first)
            guard case .ready(let acme, _) = connection.state else { return }
            let answer = try await gateway.get(
                "/proxy/acme/x",
                proxyKey: "jane",
                fields: ["authorization: Bearer of-the-client", "Cookie: session=2", "X-Stays: 1"]
            )
            #expect(answer.status == 200)
            #expect(answer.header("set-cookie") == nil)
            #expect(answer.header("x-a") == "b")
            let message = try #require(vendor.messages.first)
            for header in acme.headers { #expect(message.values(header.name.lowercased()) == [header.value]) }
            #expect(!message.fields.contains { $0.contains("of-the-client") || $0.contains("session=") })
            #expect(message.value("x-stays") == "1")
            #expect(
                try await gateway.get("/proxy/acme/x", proxyKey: nil, fields: ["Authorization: Bearer a"]).status == 401
            )
        }
    }

    struct ScopeCase: Sendable {
        var method: String
        var credentials: ProxyRules.Credentials
        var scopes: Set<Scope>
        var isAllowed: Bool

        init(_ method: String, _ credentials: ProxyRules.Credentials, _ scopes: Set<Scope>, _ isAllowed: Bool) {
            self.method = method
            self.credentials = credentials
            self.scopes = scopes
            self.isAllowed = isAllowed
        }
    }

    static let scopeCases = [
        ScopeCase("GET", .client, [.read], true), ScopeCase("HEAD", .client, [.read], true),
        ScopeCase("OPTIONS", .client, [.read], true), ScopeCase("POST", .client, [.read], false),
        ScopeCase("DELETE", .client, [.write], true), ScopeCase("GET", .client, [.write], false),
        ScopeCase("GET", .connection, [.read, .write], false), ScopeCase("GET", .connection, [.read, .proxy], true),
        ScopeCase("PATCH", .connection, [.read, .proxy], false),
        ScopeCase("PATCH", .connection, [.write, .proxy], true),
    ]

    @Test("scopes: read or write by the method, and proxy with the connection's credentials", arguments: scopeCases)
    func scopes(_ given: ScopeCase) async throws {
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(
            ProxyRules(credentials: given.credentials),
            vendor: vendor,
            plan: { $0.keys[0].scopes = given.scopes }
        ) { gateway in
            let answer = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.send(
                    "\(given.method) /proxy/acme/x HTTP/1.1\r\nHost: g\r\nTimegate-Key: tg_canary_key_of_jane\r\n\r\n"
                )
                return try #require(try client.message(isHead: given.method == "HEAD", isAnswer: true))
            }
            #expect(answer.status == (given.isAllowed ? 200 : 403))
        }
        #expect(vendor.messages.count == (given.isAllowed ? 1 : 0))
    }

    @Test("an absolute target means the vendor, whatever Host says, and 407 asks for the key")
    func absolute() async throws {
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(vendor: vendor) { gateway in
            for target in [
                vendor.origin, "http://api.sonderplan.com", "http://API.sonderplan.com:80",
                "https://api.sonderplan.com:443",
            ] {
                let answer = try await gateway.get(
                    "\(target)/a?b",
                    proxyKey: nil,
                    fields: [Self.basic("acme"), "X-T: \(target)"]
                )
                #expect(answer.status == 200, "\(target)")
            }
            #expect(Set(vendor.messages.map(\.line)) == ["GET /a?b HTTP/1.1"])
            #expect(Set(vendor.messages.flatMap { $0.values("host") }) == ["127.0.0.1:\(vendor.port)"])
            let answer = try await gateway.get("http://api.sonderplan.com/a", proxyKey: nil)
            #expect(answer.status == 407)
            #expect(answer.header("proxy-authenticate")?.hasPrefix("Basic") == true)
            #expect(answer.header("timegate-error") == "proxy_unauthenticated")
        }
    }

    @Test("where two accounts share a vendor, the one is meant that the key may use, or that is named")
    func severalAccounts() async throws {
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(
            vendor: vendor,
            plan: { plan in
                var second = plan.links[0]
                second.name = "beta"
                plan.links.append(second)
                plan.keys.append(GatewayPlan.Key(name: "both", connections: ["acme", "beta"]))
            }
        ) { gateway in
            let url = "http://api.sonderplan.com/x"
            #expect(try await gateway.get(url, proxyKey: "jane").status == 200)
            let open = try await gateway.get(url, proxyKey: "both")
            #expect(open.status == 400)
            #expect(open.code == "ambiguous_connection")
            #expect(try await gateway.get(url, proxyKey: "both", fields: ["Timegate-Connection: beta"]).status == 200)
            #expect(try await gateway.get(url, proxyKey: "jane", fields: ["Timegate-Connection: beta"]).status == 403)
            #expect(try await gateway.get("/proxy/beta/x", proxyKey: "jane").status == 403)
        }
    }

    @Test("a listener of its own and a name in Host mean one connection")
    func hostMode() async throws {
        let vendor = try RecordingVendor(Self.ok)
        let rules = ProxyRules(listener: .init(host: "127.0.0.1", port: 0), hosts: ["acme.gateway.internal"])
        try await withProxy(rules, vendor: vendor) { gateway in
            let key = "Timegate-Key: tg_canary_key_of_jane"
            func ask(_ port: Int, _ path: String, host: String) async throws -> Answer {
                try await gateway.exchange(
                    Array("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(key)\r\n\r\n".utf8),
                    port: port
                )
            }
            let own = gateway.proxyPort("acme")
            let byHost = try await ask(gateway.port, "/v1/a", host: "ACME.gateway.internal:8080")
            let byListener = try await ask(own, "/proxy/acme/b", host: "anything")
            let absolute = try await ask(own, "http://api.sonderplan.com/c", host: "x")
            #expect([byHost.status, byListener.status, absolute.status] == [200, 200, 200])
            #expect(
                vendor.messages.map(\.line) == ["GET /v1/a HTTP/1.1", "GET /proxy/acme/b HTTP/1.1", "GET /c HTTP/1.1"]
            )
            let elsewhere = try await ask(own, "http://example.com/c", host: "x")
            #expect(elsewhere.status == 403)
            // The unified API is still there under every other name.
            let live = try await ask(gateway.port, "/livez", host: "gateway")
            #expect(live.body == "ok\n")
        }
    }

    @Test("a connection without proxy: is not there for the proxy, and without any the paths mean nothing")
    func off() async throws {
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(
            vendor: vendor,
            plan: { plan in
                var second = plan.links[0]
                second.name = "beta"
                second.proxy = nil
                plan.add(second)
            }
        ) { gateway in
            let answer = try await gateway.get("/proxy/beta/x", proxyKey: "jane")
            #expect(answer.status == 404)
            #expect(try await gateway.get("/proxy/beta/x", proxyKey: nil).status == 401)
        }
        try await withGateway(GatewayPlan(.sonderplan)) { gateway in
            let answer = try await gateway.get("/proxy/sonderplan/x")
            #expect(answer.status == 404)
            #expect(answer.header("timegate-error") == nil)
            #expect(try await gateway.get("http://api.sonderplan.com/x").status == 400)
        }
    }

    @Test("of what the proxy is told, log and metrics hold no credential and no query")
    func log() async throws {
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(ProxyRules(keyless: ProxyRules.usualKeylessLimit), vendor: vendor) { gateway in
            _ = try await gateway.get(
                "/proxy/acme/x?secret=canary1",
                proxyKey: nil,
                fields: ["Authorization: Bearer canary2", "Cookie: canary3"]
            )
            #expect(try await soon { gateway.accessLog.text.contains("path=/proxy/acme/x") })
            let metrics = try await gateway.admin("/metrics").body
            #expect(metrics.contains("timegate_calls_total{connection=\"acme\",operation=\"proxy\",status=\"200\"} 1"))
        }
    }
}
