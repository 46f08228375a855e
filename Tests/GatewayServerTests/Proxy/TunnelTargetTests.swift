import GatewayCore
import GatewayServer
import JSON
import Testing

@Suite("Who may open a tunnel, and where it leads", .timeLimit(.minutes(1)))
struct TunnelTargetTests {
    @Test("a key is needed, with all scopes, and it may stand where HTTP proxies have it")
    func keys() async throws {
        let vendor = try TunnelParts.echo()
        var open = TunnelParts.rules
        open.keyless = RateLimit(count: 600, seconds: 60)
        try await withProxy(
            open,
            vendor: vendor,
            plan: { plan in
                for missing in [Scope.read, .write, .proxy] {
                    var scopes: Set<Scope> = [.read, .write, .proxy]
                    scopes.remove(missing)
                    plan.keys.append(GatewayPlan.Key(name: "no_\(missing)", connections: ["acme"], scopes: scopes))
                }
                plan.keys.append(GatewayPlan.Key(name: "other", connections: [], scopes: [.read, .write, .proxy]))
            }
        ) { gateway in
            // "acme:tg_canary_key_of_jane"
            let basic = "Proxy-Authorization: Basic YWNtZTp0Z19jYW5hcnlfa2V5X29mX2phbmU=\r\n"
            let jane = "tg_canary_key_of_jane"
            let cases: [(key: String?, fields: String, said: String)] = [
                (jane, "", "200 -"),
                (nil, basic, "200 -"),
                (nil, "Proxy-Authorization: Bearer \(jane)\r\n", "200 -"),
                (jane, "Timegate-Connection: acme\r\n", "200 -"),
                (jane, "Timegate-Connection: x\r\n", "400 ambiguous_connection"),
                (nil, "", "407 proxy_unauthenticated"),
                (nil, "Authorization: Bearer sp_canary\r\n", "407 proxy_unauthenticated"),
                ("tg_wrong", "", "407 proxy_unauthenticated"),
                ("tg_canary_key_of_other", "", "403 connection_forbidden"),
                ("tg_canary_key_of_no_read", "", "403 scope_missing"),
                ("tg_canary_key_of_no_write", "", "403 scope_missing"),
                ("tg_canary_key_of_no_proxy", "", "403 scope_missing"),
            ]
            for (key, fields, expected) in cases {
                let said = try await gateway.blocking {
                    let client = try Wire(port: gateway.port)
                    client.send(TunnelParts.connect(vendor.port, key: key, fields: fields))
                    let lines = try client.head()
                    let code = lines.first { $0.hasPrefix("Timegate-Error: ") }.map { String($0.dropFirst(16)) }
                    return lines[0].split(separator: " ")[1] + " " + (code ?? "-")
                }
                #expect(said == expected, "\(key ?? "no key") \(fields)")
            }
        }
        #expect(vendor.connectionCount == 4)
    }

    @Test("what is refused before anything is connected")
    func refused() async throws {
        let vendor = try TunnelParts.echo()
        try await withProxy(TunnelParts.rules, vendor: vendor) { gateway in
            let own = gateway.port
            let listener = gateway.proxyPort("acme")
            let there = "127.0.0.1:\(vendor.port)"
            let cases: [(String, String)] = [
                (TunnelParts.connect(to: "127.0.0.1:\(vendor.port ^ 1)"), "403 target_forbidden"),
                (TunnelParts.connect(to: "localhost:\(vendor.port)"), "403 target_forbidden"),
                (TunnelParts.connect(to: "api.sonderplan.com:443"), "403 target_forbidden"),
                (TunnelParts.connect(to: "169.254.169.254:80"), "403 target_forbidden"),
                (TunnelParts.connect(to: "[::1]:\(vendor.port)"), "403 target_forbidden"),
                (TunnelParts.connect(to: "127.0.0.1:\(own)"), "508 loop_detected"),
                (TunnelParts.connect(to: "localhost:\(listener)"), "508 loop_detected"),
                (TunnelParts.connect(to: there, host: "api.sonderplan.com"), "400 malformed_request"),
                (TunnelParts.connect(to: there, host: "127.0.0.1:1"), "400 malformed_request"),
                (TunnelParts.connect(to: there, fields: "Content-Length: 0\r\n"), "400 ambiguous_framing"),
                (TunnelParts.connect(to: there, fields: "Content-Length: 3\r\n") + "abc", "400 ambiguous_framing"),
                (
                    TunnelParts.connect(to: there, fields: "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n",
                    "400 ambiguous_framing"
                ),
                (TunnelParts.connect(to: there, fields: "Upgrade: tls/1.0\r\n"), "400 upgrade_refused"),
                (TunnelParts.connect(to: "127.0.0.1", host: "g"), "400 malformed_target"),
                (TunnelParts.connect(to: "127.0.0.1:", host: "g"), "400 malformed_target"),
                (TunnelParts.connect(to: "127.0.0.1:0", host: "g"), "400 malformed_target"),
                (TunnelParts.connect(to: "127.0.0.1:65536", host: "g"), "400 malformed_target"),
                (TunnelParts.connect(to: "/", host: "g"), "400 malformed_target"),
                (TunnelParts.connect(to: "*", host: "g"), "400 malformed_target"),
                (TunnelParts.connect(to: "http://\(there)/", host: "g"), "400 malformed_target"),
                (TunnelParts.connect(to: "\(there)/x", host: "g"), "400 malformed_target"),
                (TunnelParts.connect(to: "\(there)?x", host: "g"), "400 malformed_target"),
                (TunnelParts.connect(to: "jane@\(there)", host: "g"), "400 malformed_target"),
                (TunnelParts.connect(to: ":443", host: "g"), "400 malformed_target"),
            ]
            for (text, expected) in cases {
                for port in [own, listener] {
                    let said = try await gateway.blocking {
                        let client = try Wire(port: port)
                        client.send(text)
                        let answer = try #require(try client.message(isAnswer: true))
                        #expect(answer.value("connection") == "close")
                        return "\(answer.status) \(answer.value("timegate-error") ?? "-")"
                    }
                    #expect(said == expected, "\(text)")
                }
            }
        }
        #expect(vendor.connectionCount == 0)
    }

    @Test("without the switch CONNECT is refused with what to do instead and what a tunnel would lose")
    func switchedOff() async throws {
        let vendor = try TunnelParts.echo()
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.exchange(Array(TunnelParts.connect(vendor.port).utf8))
            #expect(answer.status == 501)
            #expect(answer.json["code"]?.string == "connect_refused")
            for text in ["acme", "proxy.tunnel: true", "hooks", "rules", "journal"] {
                #expect(answer.json["detail"]?.string?.contains(text) == true, "\(text)")
            }
            #expect(answer.json["hint"]?.string?.contains("base URL") == true)
        }
        #expect(vendor.connectionCount == 0)
    }

    @Test("a listener of one connection leads to that connection's vendor only")
    func boundListener() async throws {
        let vendor = try TunnelParts.echo()
        let other = try TunnelParts.echo()
        defer { other.stop() }
        try await withProxy(
            TunnelParts.rules,
            vendor: vendor,
            plan: { plan in
                var link = try GatewayPlan.link("second", to: .sonderplan)
                link.upstream = .origin(other.origin)
                link.proxy = ProxyRules(tunnel: true)
                plan.add(link)
            }
        ) { gateway in
            let text = TunnelParts.connect(other.port)
            let bound = try await gateway.exchange(Array(text.utf8), port: gateway.proxyPort("acme"))
            #expect(bound.status == 403)
            let free = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.send(text)
                return try client.head()[0]
            }
            #expect(free == "HTTP/1.1 200 OK")
        }
    }

    @Test("private addresses only where the connection allows them, whatever name stands for them")
    func privateAddresses() async throws {
        let vendor = try TunnelParts.echo()
        for host in ["127.0.0.1", "localhost"] {
            try await withProxy(
                TunnelParts.rules,
                vendor: try TunnelParts.echo(),
                plan: { plan in
                    plan.links[0].upstream = .origin("http://\(host):\(vendor.port)")
                    plan.links[0].allowsPrivate = false
                }
            ) { gateway in
                let text = TunnelParts.connect(to: "\(host):\(vendor.port)")
                let answer = try await gateway.exchange(Array(text.utf8))
                #expect(answer.status == 502)
                #expect(answer.json["code"]?.string == "vendor_address_refused")
            }
        }
        #expect(vendor.connectionCount == 0)
        vendor.stop()
    }

    @Test("a name that leads back to the gateway is a loop")
    func loop() async throws {
        let vendor = try TunnelParts.echo()
        // Bound before the gateway listens there: the origin has to name the port.
        let socket = try ListeningSocket()
        try await withProxy(
            ProxyRules(tunnel: true),
            vendor: vendor,
            plan: { plan in
                plan.links[0].upstream = .origin("http://2130706433:\(socket.port)")
                plan.inheritedListener = socket.duplicate()
            }
        ) { gateway in
            #expect(gateway.port == socket.port)
            let answer = try await gateway.exchange(Array(TunnelParts.connect(to: "2130706433:\(socket.port)").utf8))
            #expect(answer.status == 508, "\(answer.body)")
        }
    }

    @Test("a vendor that is down, or whose name is none")
    func unreachable() async throws {
        let vendor = try TunnelParts.echo()
        for (host, expected) in [("127.0.0.1", "502"), ("no-such-host.invalid", "502")] {
            let port = 1
            try await withProxy(
                TunnelParts.rules,
                vendor: try TunnelParts.echo(),
                plan: { plan in
                    plan.links[0].upstream = .origin("http://\(host):\(port)")
                }
            ) { gateway in
                let answer = try await gateway.exchange(Array(TunnelParts.connect(to: "\(host):\(port)").utf8))
                #expect("\(answer.status)" == expected)
                #expect(answer.json["code"]?.string == "vendor_unreachable")
                #expect(answer.json["sent"]?.string == "no")
            }
        }
        vendor.stop()
    }
}
