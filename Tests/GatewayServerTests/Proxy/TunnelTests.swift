import Foundation
import GatewayServer
import Synchronization
import Testing

@Suite("Tunnels through the proxy", .timeLimit(.minutes(1)))
struct TunnelTests {
    @Test("1 MiB both ways, by the gateway's listener and the connection's own; each end's end reaches the other")
    func bothWays() async throws {
        let vendor = try TunnelParts.echo()
        try await withProxy(TunnelParts.rules, vendor: vendor) { gateway in
            for port in [gateway.port, gateway.proxyPort("acme")] {
                let (bytes, isReset) = try await gateway.blocking {
                    let client = try TunnelParts.tunnel(port, to: vendor)
                    let sender = Worker {
                        client.send(TunnelParts.million)
                        client.closeSendingSide()
                    }
                    defer { sender.wait() }
                    return try client.rest()
                }
                TunnelParts.expect(bytes, TunnelParts.million)
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
        try await withProxy(TunnelParts.rules, vendor: vendor) { gateway in
            let said = try await gateway.blocking {
                let client = try TunnelParts.tunnel(gateway.port, to: vendor)
                let (bytes, isReset) = try client.rest()
                client.send(TunnelParts.million)
                client.closeSendingSide()
                return String(decoding: bytes, as: UTF8.self) + (isReset ? " reset" : "")
            }
            #expect(said == "so long")
            #expect(try await soon { got.withLock { $0.count } == TunnelParts.million.count })
            TunnelParts.expect(got.withLock { $0 }, TunnelParts.million)
        }
    }

    @Test("bytes behind CONNECT wait for the answer and go first", arguments: [1, 100_000, 1 << 20])
    func early(count: Int) async throws {
        let vendor = try TunnelParts.echo()
        try await withProxy(TunnelParts.rules, vendor: vendor) { gateway in
            let bytes = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                let sender = Worker {
                    client.send(Array(TunnelParts.connect(vendor.port).utf8) + TunnelParts.million[..<count])
                    client.closeSendingSide()
                }
                defer { sender.wait() }
                _ = try client.head()
                return try client.rest().bytes
            }
            TunnelParts.expect(bytes, Array(TunnelParts.million[..<count]))
        }
    }

    @Test("bytes behind a CONNECT that is refused go nowhere, and are no request")
    func earlyRefused() async throws {
        let vendor = try TunnelParts.echo()
        try await withProxy(ProxyRules(), vendor: vendor) { gateway in
            let answers = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.send(TunnelParts.connect(vendor.port) + "GET /livez HTTP/1.1\r\nHost: g\r\n\r\n")
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
        try await withProxy(TunnelParts.rules, vendor: vendor) { gateway in
            try await gateway.blocking {
                let client = try TunnelParts.tunnel(gateway.port, to: vendor)
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
        try await withProxy(TunnelParts.rules, vendor: vendor) { gateway in
            try await gateway.blocking {
                let client = try TunnelParts.tunnel(gateway.port, to: vendor)
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
}
