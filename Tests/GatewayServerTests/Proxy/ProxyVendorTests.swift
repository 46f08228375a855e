import GatewayCore
import GatewayServer
import Synchronization
import Testing

@Suite("Vendors behind the proxy that fail")
struct ProxyVendorTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    private func post(_ gateway: TestGateway, _ path: String = "/x") async throws -> Answer {
        let head = "POST /proxy/acme\(path) HTTP/1.1\r\nHost: g\r\nTimegate-Key: tg_canary_key_of_jane\r\n"
        return try await gateway.exchange(Array("\(head)Content-Length: 2\r\n\r\nok".utf8))
    }

    @Test("nobody there: 502, and nothing was sent")
    func unreachable() async throws {
        let place = try ListeningSocket(refuses: true)
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(
            vendor: vendor,
            plan: { plan in plan.change("acme") { $0.upstream = .origin("http://127.0.0.1:\(place.port)") } }
        ) { gateway in
            let answer = try await post(gateway)
            #expect(answer.status == 502)
            #expect(answer.sent == "no")
            #expect(answer.header("timegate-error") == "vendor_unreachable")
            #expect(answer.header("via") == nil)
        }
    }

    @Test("a warm connection that dies under a write is not tried again: the outcome is not known")
    func warmConnectionDies() async throws {
        let vendor = try RecordingVendor { message, wire in
            if message.line.contains("/dies") { return false }
            wire.send(Self.ok)
            return true
        }
        try await withProxy(vendor: vendor) { gateway in
            #expect(try await post(gateway).status == 200)
            let answer = try await post(gateway, "/dies")
            #expect(answer.status == 502)
            #expect(answer.code == "outcome_unknown")
            #expect(answer.sent == "maybe")
            #expect(vendor.messages.filter { $0.line.contains("/dies") }.count == 1)
            #expect(vendor.connectionCount == 1)
        }
    }

    @Test("a vendor that does not move for longer than its time: 504")
    func silent() async throws {
        let vendor = try RecordingVendor { message, wire in
            _ = try wire.message()
            return false
        }
        try await withProxy(vendor: vendor, plan: { $0.vendorTimeoutMilliseconds = 300 }) { gateway in
            let answer = try await gateway.get("/proxy/acme/x", proxyKey: "jane")
            #expect(answer.status == 504)
            #expect(answer.header("timegate-error") == "vendor_timeout")
        }
    }

    @Test("an address that is not allowed is not connected to")
    func privateAddress() async throws {
        let vendor = try RecordingVendor(Self.ok)
        try await withProxy(vendor: vendor, plan: { plan in plan.change("acme") { $0.allowsPrivate = false } }) {
            gateway in
            let answer = try await gateway.get("/proxy/acme/x", proxyKey: "jane")
            #expect(answer.status >= 500)
            #expect(vendor.connectionCount == 0)
        }
    }

    @Test(
        "answers with two readings are not passed on",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX-A: a\u{1}b\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 700 Odd\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "nonsense\r\n\r\n",
        ]
    )
    func twoReadings(answer text: String) async throws {
        let vendor = try RecordingVendor { _, wire in
            wire.send(text)
            return false
        }
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.get("/proxy/acme/x", proxyKey: "jane")
            #expect(answer.status == 502, "\(answer.head)")
            #expect(answer.header("timegate-error") != nil)
            #expect(answer.header("x-a") == nil)
        }
    }

    @Test("what a vendor says under the gateway's own names stays away")
    func ownNames() async throws {
        let vendor = try RecordingVendor(
            "HTTP/1.1 200 OK\r\nTimegate-Error: fake\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
        )
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.get("/proxy/acme/x", proxyKey: "jane")
            #expect(answer.status == 200)
            #expect(answer.header("timegate-error") == nil)
            #expect(answer.header("proxy-authenticate") == nil)
        }
    }

    @Test("the connection's rate windows count, and a vendor's 429 holds the next request back")
    func gate() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 429 Slow\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n")
        try await withProxy(vendor: vendor, plan: { $0.vendorTimeoutMilliseconds = 500 }) { gateway in
            let first = try await gateway.get("/proxy/acme/x", proxyKey: "jane")
            #expect(first.status == 429)
            #expect(first.header("timegate-error") == nil)
            let second = try await gateway.get("/proxy/acme/x", proxyKey: "jane")
            #expect(second.status == 429 || second.status == 503)
            #expect(second.header("timegate-error") != nil)
            #expect(second.header("retry-after") != nil)
        }
        #expect(vendor.messages.count == 1)
    }

    @Test("many at once, over few warm connections")
    func many() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        try await withProxy(vendor: vendor, plan: { $0.eventLoops = 2 }) { gateway in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await gateway.blocking {
                            let client = try Wire(port: gateway.port)
                            var good = 0
                            for number in 0..<50 {
                                client.send(
                                    "GET /proxy/acme/\(number) HTTP/1.1\r\nHost: g\r\nTimegate-Key: tg_canary_key_of_jane\r\n\r\n"
                                )
                                if try client.message(isAnswer: true)?.body == Array("hello".utf8) { good += 1 }
                            }
                            return good
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(statuses == 400)
            #expect(vendor.messages.count == 400)
            #expect(vendor.connectionCount <= 16)
        }
    }
}
