import Foundation
import GatewayServer
import Testing

/// Programs of other languages, run against a proxied vendor through each of the ways in.
@Suite("Clients of other makes through the proxy")
struct ProxyClientTests {
    private static let key = "tg_canary_key_of_jane"

    static func path(of program: String) -> String? {
        ["/usr/bin/\(program)", "/usr/local/bin/\(program)"].first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "NO_PROXY": "", "no_proxy": ""]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func withEcho(_ body: (TestGateway, RecordingVendor) async throws -> Void) async throws {
        let vendor = try RecordingVendor { message, wire in
            let text =
                "\(message.line.split(separator: " ")[0]) \(message.line.split(separator: " ")[1]) \(message.bodyCount)"
            wire.send(
                "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(message.line.hasPrefix("HEAD") ? "" : text)"
            )
            return true
        }
        let rules = ProxyRules(listener: .init(host: "127.0.0.1", port: 0))
        try await withProxy(rules, vendor: vendor) { gateway in try await body(gateway, vendor) }
    }

    @Test("curl: base URL, listener, HTTP proxy", .enabled(if: path(of: "curl") != nil))
    func curl() async throws {
        let curl = try #require(Self.path(of: "curl"))
        try await withEcho { gateway, vendor in
            let base = "http://127.0.0.1:\(gateway.port)/proxy/acme"
            let own = "http://127.0.0.1:\(gateway.proxyPort("acme"))"
            let proxied = ["--proxy", "http://acme:\(Self.key)@127.0.0.1:\(gateway.port)"]
            let key = ["-H", "Timegate-Key: \(Self.key)"]
            let ways = [(base, key), (own, key), (vendor.origin, proxied), ("http://api.sonderplan.com", proxied)]
            for (url, options) in ways {
                let said = try await gateway.blocking {
                    [
                        try self.run(curl, ["-sS", "-m", "10"] + options + ["\(url)/a?b=c"]),
                        try self.run(curl, ["-sS", "-m", "10"] + options + ["-d", "hello", "\(url)/post"]),
                        try self.run(
                            curl,
                            ["-sS", "-m", "10", "-H", "Transfer-Encoding: chunked", "-X", "PUT", "-d", "12345678"]
                                + options
                                + ["\(url)/put"]
                        ),
                        try self.run(
                            curl,
                            ["-sS", "-m", "10", "-I", "-o", "/dev/null", "-w", "%{http_code}"] + options + ["\(url)/h"]
                        ),
                    ]
                }
                #expect(said == ["GET /a?b=c 0", "POST /post 5", "PUT /put 8", "200"], "\(url)")
            }
            let tunnel = try await gateway.blocking {
                try self.run(curl, ["-sS", "-m", "10"] + proxied + ["https://api.sonderplan.com/a"])
            }
            #expect(tunnel.contains("501"))
        }
    }

    @Test("python's http.client and urllib: base URL, listener, HTTP proxy", .enabled(if: path(of: "python3") != nil))
    func python() async throws {
        let python = try #require(Self.path(of: "python3"))
        try await withEcho { gateway, vendor in
            let script = """
                import http.client, urllib.request
                gateway, own, vendor, key = "127.0.0.1:\(gateway.port)", "127.0.0.1:\(gateway.proxyPort("acme"))", "\(vendor.origin)", "\(Self.key)"
                def ask(place, path, headers):
                    c = http.client.HTTPConnection(place, timeout=10)
                    for method, body in (("GET", None), ("POST", b"x" * 100000), ("DELETE", None), ("PUT", iter([b"ab", b"cd"]))):
                        c.request(method, path, body, headers, encode_chunked=method == "PUT")
                        r = c.getresponse()
                        print(r.status, r.read().decode())
                    c.close()
                ask(gateway, "/proxy/acme/p?q", {"Timegate-Key": key})
                ask(own, "/p?q", {"Timegate-Key": key})
                ask(gateway, vendor + "/p?q", {"Timegate-Key": key})
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": "http://acme:" + key + "@" + gateway}))
                print(opener.open(vendor + "/p?q", b"hello", timeout=10).read().decode())
                """.replacingOccurrences(of: "                ", with: "")
            let said = try await gateway.blocking { try self.run(python, ["-c", script]) }
            let four = ["200 GET /p?q 0", "200 POST /p?q 100000", "200 DELETE /p?q 0", "200 PUT /p?q 4"]
            #expect(said.split(separator: "\n").map(String.init) == four + four + four + ["POST /p?q 5"], "\(said)")
        }
    }
}
