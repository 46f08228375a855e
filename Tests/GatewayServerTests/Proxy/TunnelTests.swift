import Foundation
import GatewayCore
import GatewayServer
import JSON
import Synchronization
import Testing

@Suite("Tunnels through the proxy", .timeLimit(.minutes(1)))
struct TunnelTests {
    private static let rules = ProxyRules(listener: .init(host: "127.0.0.1", port: 0), tunnel: true)

    /// 1 MiB that does not repeat early.
    private static let million: [UInt8] = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 11) }

    /// A vendor that sends back what comes, and ends when the client has.
    private static func echo() throws -> RecordingVendor {
        try RecordingVendor { wire in
            while true {
                let bytes = try wire.some()
                if bytes.isEmpty { return }
                wire.send(bytes)
            }
        }
    }

    /// Says how long they are and where they differ first; a difference of two long lists takes for ever.
    private static func expect(_ bytes: [UInt8], _ expected: [UInt8]) {
        #expect(bytes.count == expected.count)
        let place = zip(bytes, expected).enumerated().first { $1.0 != $1.1 }?.offset
        #expect(place == nil)
    }

    private static func connect(
        _ port: Int,
        version: String = "1.1",
        key: String? = "tg_canary_key_of_jane",
        host: String? = nil,
        fields: String = ""
    ) -> String {
        connect(to: "127.0.0.1:\(port)", version: version, key: key, host: host, fields: fields)
    }

    private static func connect(
        to authority: String,
        version: String = "1.1",
        key: String? = "tg_canary_key_of_jane",
        host: String? = nil,
        fields: String = ""
    ) -> String {
        "CONNECT \(authority) HTTP/\(version)\r\nHost: \(host ?? authority)\r\n"
            + (key.map { "Timegate-Key: \($0)\r\n" } ?? "") + fields + "\r\n"
    }

    /// A tunnel that stands.
    private static func tunnel(_ port: Int, to vendor: RecordingVendor, early: [UInt8] = []) throws -> Wire {
        let client = try Wire(port: port)
        client.send(Array(connect(vendor.port).utf8) + early)
        let lines = try client.head()
        guard lines.first == "HTTP/1.1 200 OK" else { throw Wire.Failure(description: "\(lines)") }
        let names = lines.dropFirst().map { $0.prefix { $0 != ":" }.lowercased() }
        #expect(!names.contains("content-length") && !names.contains("transfer-encoding"), "\(lines)")
        return client
    }

    // MARK: - What goes through

    @Test("1 MiB both ways, by the gateway's listener and the connection's own; each end's end reaches the other")
    func bothWays() async throws {
        let vendor = try Self.echo()
        try await withProxy(Self.rules, vendor: vendor) { gateway in
            for port in [gateway.port, gateway.proxyPort("acme")] {
                let (bytes, isReset) = try await gateway.blocking {
                    let client = try Self.tunnel(port, to: vendor)
                    let sender = Worker {
                        client.send(Self.million)
                        client.closeSendingSide()
                    }
                    defer { sender.wait() }
                    return try client.rest()
                }
                Self.expect(bytes, Self.million)
                #expect(!isReset)
            }
            #expect(try await soon { gateway.accessLog.text.contains("status=200 in=1048") })
            let line = try #require(gateway.accessLog.text.split(separator: "\n").first)
            #expect(line.contains("method=CONNECT path=127.0.0.1:\(vendor.port) status=200"))
            let none = "timegate_tunnels_open{connection=\"acme\"} 0"
            #expect(try await soon { try await gateway.admin("/metrics").body.contains(none) })
            let metrics = try await gateway.admin("/metrics").body
            #expect(metrics.contains("timegate_calls_total{connection=\"acme\",operation=\"tunnel\",status=\"200\"} 2"))
            for way in ["to_vendor", "to_client"] {
                #expect(
                    metrics.contains("timegate_tunnel_bytes_total{connection=\"acme\",direction=\"\(way)\"} \(2 << 20)")
                )
            }
        }
    }

    @Test("a vendor that ends first still gets what the client goes on to send")
    func vendorEndsFirst() async throws {
        let got = Mutex<[UInt8]>([])
        let vendor = try RecordingVendor { wire in
            wire.send("so long")
            wire.closeSendingSide()
            let (bytes, _) = try wire.rest()
            got.withLock { $0 = bytes }
        }
        try await withProxy(Self.rules, vendor: vendor) { gateway in
            let said = try await gateway.blocking {
                let client = try Self.tunnel(gateway.port, to: vendor)
                let (bytes, isReset) = try client.rest()
                client.send(Self.million)
                client.closeSendingSide()
                return String(decoding: bytes, as: UTF8.self) + (isReset ? " reset" : "")
            }
            #expect(said == "so long")
            #expect(try await soon { got.withLock { $0.count } == Self.million.count })
            Self.expect(got.withLock { $0 }, Self.million)
        }
    }

    @Test("bytes behind CONNECT wait for the answer and go first", arguments: [1, 100_000, 1 << 20])
    func early(count: Int) async throws {
        let vendor = try Self.echo()
        try await withProxy(Self.rules, vendor: vendor) { gateway in
            let bytes = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                let sender = Worker {
                    client.send(Array(Self.connect(vendor.port).utf8) + Self.million[..<count])
                    client.closeSendingSide()
                }
                defer { sender.wait() }
                _ = try client.head()
                return try client.rest().bytes
            }
            Self.expect(bytes, Array(Self.million[..<count]))
        }
    }

    @Test("bytes behind a CONNECT that is refused go nowhere, and are no request")
    func earlyRefused() async throws {
        let vendor = try Self.echo()
        try await withProxy(ProxyRules(), vendor: vendor) { gateway in
            let answers = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.send(Self.connect(vendor.port) + "GET /livez HTTP/1.1\r\nHost: g\r\n\r\n")
                return String(decoding: try client.rest().bytes, as: UTF8.self)
            }
            #expect(answers.hasPrefix("HTTP/1.1 501"))
            #expect(answers.components(separatedBy: "HTTP/1.1 ").count == 2, "one answer: \(answers)")
        }
        #expect(vendor.connectionCount == 0)
    }

    @Test("neither end is read faster than the other takes it", arguments: [true, false])
    func backPressure(isUp: Bool) async throws {
        // The slow end reads nothing until the fast end can send no more.
        let go = DispatchSemaphore(value: 0)
        let flood = 64 << 20
        let taken = Atomic<Int>(0)
        let vendor = try RecordingVendor { wire in
            if isUp {
                go.wait()
                taken.store(try wire.rest().bytes.count, ordering: .relaxed)
            } else {
                taken.store(wire.send([UInt8](repeating: 7, count: flood)), ordering: .relaxed)
            }
        }
        try await withProxy(Self.rules, vendor: vendor) { gateway in
            try await gateway.blocking {
                let client = try Self.tunnel(gateway.port, to: vendor)
                if isUp {
                    let sent = client.sendWhileTaken([UInt8](repeating: 7, count: flood))
                    #expect(sent < flood / 2, "the kernels' buffers, and not the gateway's memory, hold it: \(sent)")
                    go.signal()
                    client.closeSendingSide()
                    #expect(try client.rest().bytes.isEmpty)
                    #expect(taken.load(ordering: .relaxed) == sent)
                } else {
                    // The vendor is stuck in its send meanwhile.
                    _ = try client.bytes(1)
                    usleep(200_000)
                    #expect(taken.load(ordering: .relaxed) == 0)
                    #expect(try client.bytes(flood - 1).count == flood - 1)
                }
            }
        }
    }

    @Test("an end that breaks off breaks the other off, and does not look whole", arguments: [true, false])
    func breaks(isClient: Bool) async throws {
        let seen = Mutex<Bool?>(nil)
        let vendor = try RecordingVendor { wire in
            wire.send("half")
            if isClient {
                let isReset = try wire.rest().isReset
                seen.withLock { $0 = isReset }
            } else {
                _ = try wire.bytes(1)
                wire.reset()
            }
        }
        try await withProxy(Self.rules, vendor: vendor) { gateway in
            try await gateway.blocking {
                let client = try Self.tunnel(gateway.port, to: vendor)
                _ = try client.bytes(4)
                if isClient {
                    client.reset()
                } else {
                    client.send("x")
                    let isReset = try client.rest().isReset
                    seen.withLock { $0 = isReset }
                }
            }
            #expect(try await soon { seen.withLock { $0 } == true })
        }
    }

    // MARK: - Who, and where to

    @Test("a key is needed, with all scopes, and it may stand where HTTP proxies have it")
    func keys() async throws {
        let vendor = try Self.echo()
        var open = Self.rules
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
                    client.send(Self.connect(vendor.port, key: key, fields: fields))
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
        let vendor = try Self.echo()
        try await withProxy(Self.rules, vendor: vendor) { gateway in
            let own = gateway.port
            let listener = gateway.proxyPort("acme")
            let there = "127.0.0.1:\(vendor.port)"
            let cases: [(String, String)] = [
                (Self.connect(to: "127.0.0.1:\(vendor.port ^ 1)"), "403 target_forbidden"),
                (Self.connect(to: "localhost:\(vendor.port)"), "403 target_forbidden"),
                (Self.connect(to: "api.sonderplan.com:443"), "403 target_forbidden"),
                (Self.connect(to: "169.254.169.254:80"), "403 target_forbidden"),
                (Self.connect(to: "[::1]:\(vendor.port)"), "403 target_forbidden"),
                (Self.connect(to: "127.0.0.1:\(own)"), "508 loop_detected"),
                (Self.connect(to: "localhost:\(listener)"), "508 loop_detected"),
                (Self.connect(to: there, host: "api.sonderplan.com"), "400 malformed_request"),
                (Self.connect(to: there, host: "127.0.0.1:1"), "400 malformed_request"),
                (Self.connect(to: there, fields: "Content-Length: 0\r\n"), "400 ambiguous_framing"),
                (Self.connect(to: there, fields: "Content-Length: 3\r\n") + "abc", "400 ambiguous_framing"),
                (
                    Self.connect(to: there, fields: "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n",
                    "400 ambiguous_framing"
                ),
                (Self.connect(to: there, fields: "Upgrade: tls/1.0\r\n"), "400 upgrade_refused"),
                (Self.connect(to: "127.0.0.1", host: "g"), "400 malformed_target"),
                (Self.connect(to: "127.0.0.1:", host: "g"), "400 malformed_target"),
                (Self.connect(to: "127.0.0.1:0", host: "g"), "400 malformed_target"),
                (Self.connect(to: "127.0.0.1:65536", host: "g"), "400 malformed_target"),
                (Self.connect(to: "/", host: "g"), "400 malformed_target"),
                (Self.connect(to: "*", host: "g"), "400 malformed_target"),
                (Self.connect(to: "http://\(there)/", host: "g"), "400 malformed_target"),
                (Self.connect(to: "\(there)/x", host: "g"), "400 malformed_target"),
                (Self.connect(to: "\(there)?x", host: "g"), "400 malformed_target"),
                (Self.connect(to: "jane@\(there)", host: "g"), "400 malformed_target"),
                (Self.connect(to: ":443", host: "g"), "400 malformed_target"),
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
        let vendor = try Self.echo()
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.exchange(Array(Self.connect(vendor.port).utf8))
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
        let vendor = try Self.echo()
        let other = try Self.echo()
        defer { other.stop() }
        try await withProxy(
            Self.rules,
            vendor: vendor,
            plan: { plan in
                var link = try GatewayPlan.link("second", to: .sonderplan)
                link.upstream = .origin(other.origin)
                link.proxy = ProxyRules(tunnel: true)
                plan.add(link)
            }
        ) { gateway in
            let text = Self.connect(other.port)
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
        let vendor = try Self.echo()
        for host in ["127.0.0.1", "localhost"] {
            try await withProxy(
                Self.rules,
                vendor: try Self.echo(),
                plan: { plan in
                    plan.links[0].upstream = .origin("http://\(host):\(vendor.port)")
                    plan.links[0].allowsPrivate = false
                }
            ) { gateway in
                let text = Self.connect(to: "\(host):\(vendor.port)")
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
        let vendor = try Self.echo()
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
            let answer = try await gateway.exchange(Array(Self.connect(to: "2130706433:\(socket.port)").utf8))
            #expect(answer.status == 508, "\(answer.body)")
        }
    }

    @Test("a vendor that is down, or whose name is none")
    func unreachable() async throws {
        let vendor = try Self.echo()
        for (host, expected) in [("127.0.0.1", "502"), ("no-such-host.invalid", "502")] {
            let port = 1
            try await withProxy(
                Self.rules,
                vendor: try Self.echo(),
                plan: { plan in
                    plan.links[0].upstream = .origin("http://\(host):\(port)")
                }
            ) { gateway in
                let answer = try await gateway.exchange(Array(Self.connect(to: "\(host):\(port)").utf8))
                #expect("\(answer.status)" == expected)
                #expect(answer.json["code"]?.string == "vendor_unreachable")
                #expect(answer.json["sent"]?.string == "no")
            }
        }
        vendor.stop()
    }

    // MARK: - Bounds and ends

    @Test("no more tunnels than a connection may have; one that ends makes room")
    func bound() async throws {
        let vendor = try Self.echo()
        try await withProxy(
            Self.rules,
            vendor: vendor,
            plan: { plan in
                plan.maximumTunnels = 2
            }
        ) { gateway in
            try await gateway.blocking {
                let first = try Self.tunnel(gateway.port, to: vendor)
                let second = try Self.tunnel(gateway.port, to: vendor)
                let third = try RawClient.exchange(gateway.port, Self.connect(vendor.port))
                #expect(third.status == 503)
                #expect(third.header("timegate-error") == "too_many_tunnels")
                first.closeSendingSide()
                _ = try first.rest()
                var isOpen = false
                for _ in 0..<400 where !isOpen {
                    isOpen = (try? Self.tunnel(gateway.port, to: vendor)) != nil
                    if !isOpen { usleep(5000) }
                }
                #expect(isOpen)
                withExtendedLifetime(second) {}
            }
        }
    }

    @Test(
        "a gateway that stops lets a busy tunnel go on for a moment, and closes a silent one",
        arguments: [true, false]
    )
    func drain(isBusy: Bool) async throws {
        let vendor = try Self.echo()
        try await withProxy(Self.rules, vendor: vendor) { gateway in
            let client = try await gateway.blocking { try Self.tunnel(gateway.port, to: vendor) }
            let clock = ContinuousClock()
            let began = clock.now
            let stopping = Task { await gateway.stop(graceSeconds: 4) }
            let isReset = try await gateway.blocking {
                guard isBusy else { return try client.rest().isReset }
                // Longer than a silent one has.
                for _ in 0..<30 {
                    client.send("x")
                    #expect(try client.bytes(1) == [UInt8(ascii: "x")])
                    usleep(100_000)
                }
                client.closeSendingSide()
                return try client.rest().isReset
            }
            await stopping.value
            #expect(isReset != isBusy, "only what is broken off looks so")
            #expect(clock.now - began < .seconds(isBusy ? 4 : 3.5))
            #expect(gateway.accessLog.text.contains("method=CONNECT"))
        }
    }

    @Test("the record says how much went through, for how long, and how it ended")
    func record() async throws {
        let vendor = try Self.echo()
        try await withProxy(Self.rules, vendor: vendor) { gateway in
            let id = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.send(Self.connect(vendor.port))
                let lines = try client.head()
                client.send("hello")
                client.closeSendingSide()
                _ = try client.rest()
                return lines.first { $0.hasPrefix("Timegate-Request-Id: ") }?.dropFirst(21)
            }
            let path = "/v1/calls/\(try #require(id))"
            #expect(try await soon { try await gateway.get(path).status == 200 })
            let record = try await gateway.get(path).json["data"]
            #expect(record?["operation"] == "tunnel")
            #expect(record?["request"]?["method"] == "CONNECT")
            #expect(record?["request"]?["path"]?.string == "127.0.0.1:\(vendor.port)")
            #expect(record?["answer"]?["bytes_to_vendor"] == 5)
            #expect(record?["answer"]?["bytes_to_client"] == 5)
            #expect(record?["answer"]?["ended"] == "closed")
        }
    }

    @Test("a reload switches tunnels on and off for those that come, and those that stand go on")
    func reload() async throws {
        let vendor = try Self.echo()
        try await withProxy(ProxyRules(), vendor: vendor) { gateway in
            func adopt(_ isOn: Bool) async {
                var setup = gateway.setup
                setup.connections[0].proxy?.tunnel = isOn
                await gateway.server.adopt(setup)
            }
            func status() async throws -> Int {
                try await gateway.blocking { try RawClient.exchange(gateway.port, Self.connect(vendor.port)).status }
            }
            #expect(try await status() == 501)
            await adopt(true)
            let client = try await gateway.blocking { try Self.tunnel(gateway.port, to: vendor) }
            await adopt(false)
            #expect(try await status() == 501)
            let echoed = try await gateway.blocking {
                client.send("still")
                return try client.bytes(5)
            }
            #expect(echoed == Array("still".utf8))
        }
    }
}
