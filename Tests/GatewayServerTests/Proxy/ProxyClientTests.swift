import Foundation
import GatewayServer
import Testing

/// Programs with HTTP libraries of their own, run against a proxied vendor through each of the ways in.
@Suite("Clients of other makes through the proxy")
struct ProxyClientTests {
    private static let key = "tg_canary_key_of_jane"

    /// 8 MiB that do not repeat early.
    private static let download: [UInt8] = (0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 11) }

    enum Way: String, CaseIterable, CustomTestStringConvertible {
        case baseURL = "base URL"
        case listener = "own listener"
        case host = "name in Host"
        case proxy = "HTTP proxy"

        var testDescription: String { rawValue }

        func address(_ gateway: TestGateway, _ vendor: RecordingVendor) -> (base: String, proxy: String, peer: String) {
            switch self {
            case .baseURL: ("http://127.0.0.1:\(gateway.port)/proxy/acme", "", "")
            case .listener: ("http://127.0.0.1:\(gateway.proxyPort("acme"))", "", "")
            case .host: ("http://acme.gateway.test:\(gateway.port)", "", "127.0.0.1")
            case .proxy: (vendor.origin, "127.0.0.1:\(gateway.port)", "")
            }
        }
    }

    /// A vendor that answers by the path.
    private static func vendor() throws -> RecordingVendor {
        try RecordingVendor { message, wire in
            let words = message.line.split(separator: " ")
            switch words[1].split(separator: "?")[0] {
            case "/big":
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: \(download.count)\r\n\r\n")
                wire.send(download)
            case "/error":
                wire.send(
                    "HTTP/1.1 422 No\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"error\":\"no\"}"
                )
            default:
                let text = [
                    "\(words[0])", "\(words[1])", "\(message.framing)", "\(message.bodyCount)",
                    message.value("content-type") ?? "-",
                ].joined(separator: " ")
                let body = words[0] == "HEAD" ? "" : text
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(body)")
            }
            return true
        }
    }

    private func withVendor(_ body: (TestGateway, RecordingVendor) async throws -> Void) async throws {
        let vendor = try Self.vendor()
        let rules = ProxyRules(listener: .init(host: "127.0.0.1", port: 0), hosts: ["acme.gateway.test"])
        try await withProxy(rules, vendor: vendor) { gateway in try await body(gateway, vendor) }
    }

    private static func digest(_ bytes: [UInt8]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: bytes)
        try input.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return String(text.prefix(64))
    }

    @Test("each client through each way in", arguments: ForeignClient.all, Way.allCases)
    func clients(client: ForeignClient, way: Way) async throws {
        try await withVendor { gateway, vendor in
            let (base, proxy, peer) = way.address(gateway, vendor)
            let (said, digest) = try await gateway.blocking {
                (try client.run(base, key: Self.key, proxy: proxy, peer: peer), try Self.digest(Self.download))
            }
            // curl says what it uploads from a pipe; urllib and HTTP::Tiny name a type where they are told none.
            let uploaded = "upload 200 PUT /up chunked 300000"
            var lines = said.split(separator: "\n").map(String.init).map { $0.hasPrefix(uploaded) ? uploaded : $0 }
            var expected = [
                "get 200 GET /echo?b=c none 0 -",
                "post 200 POST /json length 16 application/json",
                uploaded,
                "download 200 \(Self.download.count) \(digest)",
                "connections 1",
                #"error 422 {"error":"no"}"#,
                way == .proxy ? "refused 407 proxy_unauthenticated" : "refused 401 gateway_key_required",
            ]
            if !(way == .proxy ? client.keepsProxyConnections : client.keepsConnections) {
                lines.removeAll { $0.hasPrefix("connections") }
                expected.removeAll { $0.hasPrefix("connections") }
            }
            #expect(lines == expected)
            #expect(!vendor.messages.contains { $0.fields.contains { $0.contains(Self.key) } }, "the key stays here")
        }
    }

    @Test("a name in Host, and the vendor's own name to an HTTP proxy")
    func names() async throws {
        try await withVendor { gateway, _ in
            let said = try await gateway.blocking { () throws -> [String] in
                let named = "http://acme.gateway.test:\(gateway.port)"
                let place = [
                    "--resolve", "acme.gateway.test:\(gateway.port):127.0.0.1", "-H", "Timegate-Key: \(Self.key)",
                ]
                let proxy = ["--proxy", "http://acme:\(Self.key)@127.0.0.1:\(gateway.port)"]
                return [
                    try Self.curl(place + ["\(named)/a?b=c"]),
                    try Self.curl(place + ["-d", "hello", "\(named)/post"]),
                    try Self.curl(place + ["-I", "-o", "/dev/null", "-w", "%{http_code}", "\(named)/h"]),
                    try Self.curl(proxy + ["http://api.sonderplan.com/a?b=c"]),
                    try Self.curl(proxy + ["https://api.sonderplan.com/a"]),
                ]
            }
            #expect(said[0] == "GET /a?b=c none 0 -")
            #expect(said[1] == "POST /post length 5 application/x-www-form-urlencoded")
            #expect(said[2] == "200")
            #expect(said[3] == "GET /a?b=c none 0 -")
            #expect(said[4].contains("501"), "no tunnels: \(said[4])")
        }
    }

    private static func curl(_ arguments: [String]) throws -> String {
        try ForeignClient.output(of: "/usr/bin/curl", ["-sS", "-m", "20"] + arguments)
    }
}
