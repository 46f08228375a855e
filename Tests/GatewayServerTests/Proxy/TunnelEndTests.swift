import Foundation
import GatewayServer
import JSON
import Testing

@Suite("Bounds, ends and traces of tunnels", .timeLimit(.minutes(1)))
struct TunnelEndTests {
    @Test("no more tunnels than a connection may have; one that ends makes room")
    func bound() async throws {
        let vendor = try TunnelParts.echo()
        try await withProxy(
            TunnelParts.rules,
            vendor: vendor,
            plan: { plan in
                plan.maximumTunnels = 2
            }
        ) { gateway in
            try await gateway.blocking {
                let first = try TunnelParts.tunnel(gateway.port, to: vendor)
                let second = try TunnelParts.tunnel(gateway.port, to: vendor)
                let third = try RawClient.exchange(gateway.port, TunnelParts.connect(vendor.port))
                #expect(third.status == 503)
                #expect(third.header("timegate-error") == "too_many_tunnels")
                first.closeSendingSide()
                _ = try first.rest()
                var isOpen = false
                for _ in 0..<400 where !isOpen {
                    isOpen = (try? TunnelParts.tunnel(gateway.port, to: vendor)) != nil
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
        let vendor = try TunnelParts.echo()
        try await withProxy(TunnelParts.rules, vendor: vendor) { gateway in
            let client = try await gateway.blocking { try TunnelParts.tunnel(gateway.port, to: vendor) }
            let clock = ContinuousClock()
            let began = clock.now
            let stopping = Task { await gateway.stop(graceSeconds: 40) }
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
            #expect(clock.now - began < .seconds(30), "long before the time for stopping is over")
            #expect(gateway.accessLog.text.contains("method=CONNECT"))
        }
    }

    @Test("the record says how much went through, for how long, and how it ended")
    func record() async throws {
        let vendor = try TunnelParts.echo()
        try await withProxy(TunnelParts.rules, vendor: vendor) { gateway in
            let id = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.send(TunnelParts.connect(vendor.port))
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
        let vendor = try TunnelParts.echo()
        try await withProxy(ProxyRules(), vendor: vendor) { gateway in
            func adopt(_ isOn: Bool) async {
                var setup = gateway.setup
                setup.connections[0].proxy?.tunnel = isOn
                await gateway.server.adopt(setup)
            }
            func status() async throws -> Int {
                try await gateway.blocking {
                    try RawClient.exchange(gateway.port, TunnelParts.connect(vendor.port)).status
                }
            }
            #expect(try await status() == 501)
            await adopt(true)
            let client = try await gateway.blocking { try TunnelParts.tunnel(gateway.port, to: vendor) }
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
