import Foundation
import Testing

@Suite("timegate proxy explain", .timeLimit(.minutes(3)))
struct ProxyExplainTests {
    private func explain(_ arguments: String) async throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("timegate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let yaml = """
            listen: 127.0.0.1:8080
            plugins: \(TimegateBinary.root)/plugins
            connections:
              acme:
                plugin: sonderplan
                secrets: { token: { env: TOKEN } }
                proxy: { credentials: connection, hosts: [acme.internal] }
              open:
                plugin: sonderplan
                secrets: { token: { env: TOKEN } }
                proxy: { keyless: true, listen: 127.0.0.1:8090 }
              piped:
                plugin: productive
                settings: { organization_id: "1" }
                secrets: { token: { env: TOKEN } }
                proxy: { tunnel: true }
            """
        try yaml.write(toFile: "\(folder.path)/timegate.yaml", atomically: true, encoding: .utf8)
        let ended = try await TimegateBinary.shell(
            "timegate proxy explain \(arguments) --config timegate.yaml",
            environment: ["TOKEN": "sp_secret_of_the_vendor_1234"],
            in: folder.path
        )
        #expect(!ended.output.contains("sp_secret"), "secrets are hidden")
        return (ended.status, ended.output)
    }

    @Test(
        "what goes where, and what it needs",
        arguments: [
            (
                "'/proxy/acme/api/v1/x?y=1' --method POST",
                ["base URL", "POST https://api.sonderplan.com/api/v1/x?y=1", "write, proxy", "***"]
            ),
            ("http://127.0.0.1:8080/proxy/open/a", ["base URL", "GET https://api.sonderplan.com/a", "not needed"]),
            ("http://localhost:8090/a", ["listener", "open (Sonderplan)"]),
            ("http://acme.internal:8080/a", ["Host", "acme (Sonderplan)"]),
            (
                "/proxy/acme/v2/time-entry --method POST",
                ["read by the gateway  yes, as create", "key in the journal", "Idempotency-Key (a UUID or a ULID)"]
            ),
            ("/proxy/open/v2/time-entry --method PUT", ["no: it may be about time entries", "unreadable: pass"]),
            ("/proxy/acme/v2/projects", ["no: it passes unread"]),
            (
                "https://api.sonderplan.com/a",
                ["absolute target", "CONNECT api.sonderplan.com:443", "refused (501)", "proxy.tunnel: true"]
            ),
            (
                "https://api.productive.io/api/v2/deals",
                ["piped", "CONNECT api.productive.io:443", "nothing is read", "journal"]
            ),
            (
                "api.productive.io:443 --method CONNECT",
                [
                    "CONNECT, as a client", "piped", "tunnel to api.productive.io:443", "read, write, proxy",
                    "nothing is read",
                ]
            ),
            ("http://api.sonderplan.com/a", ["absolute target", "acme", "open", "Timegate-Connection"]),
        ]
    )
    func forwarded(arguments: String, texts: [String]) async throws {
        let (status, output) = try await explain(arguments)
        #expect(status == 0)
        for text in texts { #expect(output.contains(text), "\(text) in:\n\(output)") }
    }

    @Test(
        "what is refused, and what to do",
        arguments: [
            ("/proxy/acme/a/../b", "400"), ("https://example.com/x", "403 target_forbidden"),
            ("/proxy/nobody/x", "404"), ("api.sonderplan.com:443 --method CONNECT", "501 connect_refused"),
            ("api.productive.io:80 --method CONNECT", "403 target_forbidden"),
            ("api.productive.io --method CONNECT", "400 malformed_request"),
            ("/proxy/acme/v2/time-entry --method PUT", "400 malformed_request"),
            ("/v1/connections", "404"), ("/proxy/acme/x --method TRACE", "405"),
        ]
    )
    func refused(arguments: String, text: String) async throws {
        let (status, output) = try await explain(arguments)
        #expect(status == 3)
        #expect(output.contains("refused"))
        #expect(output.contains(text), "\(output)")
        #expect(output.contains("next"))
    }
}
