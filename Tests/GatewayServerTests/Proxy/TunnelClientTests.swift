import Foundation
import GatewayServer
import Testing

/// Programs with HTTP libraries of their own that speak TLS with the vendor itself, through a tunnel.
@Suite("Clients of other makes through a tunnel", .serialized, .timeLimit(.minutes(1)))
struct TunnelClientTests {
    private static let curl = ForeignClient(
        name: "curl",
        interpreter: "/bin/sh",
        package: "curl",
        script: #"""
            base=$1 key=$2 proxy=${3%,*} authority=${3#*,}
            body=$(mktemp)
            trap 'rm -f "$body"' EXIT
            ask() { curl -sS -m 30 --cacert "$authority" --proxy "http://acme:$key@$proxy" "$@"; }
            ask -o "$body" "$base/big"
            echo "download $(wc -c < "$body") $(sha256sum < "$body" | cut -c 1-64)"
            echo "upload $(ask -T "$body" "$base/up")"
            echo "connections $(($(ask -o /dev/null -o /dev/null -w '+%{num_connects}' "$base/a" "$base/b")))"
            key=wrong
            echo "refused $(ask -o /dev/null -w '%{http_connect}' "$base/a" 2>/dev/null)"
            """#
    )

    private static let httpClient = ForeignClient(
        name: "Python's http.client",
        interpreter: "/usr/bin/python3",
        package: "python3",
        script: #"""
            import base64, hashlib, http.client, ssl, sys
            from urllib.parse import urlsplit
            base, key, rest, _ = sys.argv[1:]
            proxy, authority = rest.split(",")
            context = ssl.create_default_context(cafile=authority)
            parts = urlsplit(base)
            def client(key):
                connection = http.client.HTTPSConnection(proxy, timeout=30, context=context)
                word = base64.b64encode(("acme:" + key).encode()).decode()
                connection.set_tunnel(parts.hostname, parts.port, {"Proxy-Authorization": "Basic " + word})
                return connection
            ports = set()
            connection = client(key)
            def ask(method, path, body=None):
                connection.request(method, path, body)
                ports.add(connection.sock.getsockname()[1])
                return connection.getresponse().read()
            big = ask("GET", "/big")
            print("download", len(big), hashlib.sha256(big).hexdigest())
            print("upload", ask("PUT", "/up", big).decode())
            ask("GET", "/a")
            print("connections", len(ports))
            try:
                client("wrong").request("GET", "/a")
            except OSError as error:
                print("refused", str(error).split()[3])
            """#
    )

    private static let urllib = ForeignClient(
        name: "Python's urllib",
        interpreter: "/usr/bin/python3",
        package: "python3",
        script: #"""
            import hashlib, ssl, sys, urllib.request
            base, key, rest, _ = sys.argv[1:]
            proxy, authority = rest.split(",")
            context = ssl.create_default_context(cafile=authority)
            def ask(path, method="GET", body=None, key=key):
                proxies = urllib.request.ProxyHandler({"https": "http://acme:" + key + "@" + proxy})
                opener = urllib.request.build_opener(proxies, urllib.request.HTTPSHandler(context=context))
                return opener.open(urllib.request.Request(base + path, body, method=method), timeout=30).read()
            big = ask("/big")
            print("download", len(big), hashlib.sha256(big).hexdigest())
            print("upload", ask("/up", "PUT", big).decode())
            try:
                ask("/a", key="wrong")
            except OSError as error:
                print("refused", str(error).split()[5])
            """#
    )

    @Test("each client moves 1 MiB both ways over TLS of its own", arguments: [curl, httpClient, urllib])
    func clients(client: ForeignClient) async throws {
        let vendor = try TLSVendor()
        defer { vendor.stop() }
        let origin = "https://127.0.0.1:\(vendor.port)"
        try await withProxy(
            ProxyRules(tunnel: true),
            vendor: try RecordingVendor(""),
            plan: { $0.links[0].upstream = .origin(origin) }
        ) { gateway in
            let said = try await gateway.blocking {
                try client.run(
                    origin,
                    key: "tg_canary_key_of_jane",
                    proxy: "127.0.0.1:\(gateway.port),\(vendor.certificate)"
                )
            }
            var lines = said.split(separator: "\n").map(String.init)
            let words = lines.first?.split(separator: " ") ?? []
            #expect(words.count == 3, "\(said)")
            #expect(words.dropFirst().first == "1048576")
            lines.removeAll { $0 == "connections 1" }
            #expect(lines.dropFirst() == ["upload 1048576 \(words.last ?? "")", "refused 407"], "\(said)")
            #expect(
                try await soon {
                    gateway.accessLog.text.contains("method=CONNECT path=127.0.0.1:\(vendor.port) status=200")
                }
            )
            #expect(!gateway.accessLog.text.contains("/big"), "nothing of what goes through is seen")
        }
    }
}

/// A vendor with a certificate of its own, for one test: answers GET with 1 MiB, and PUT with size and digest of what came.
private final class TLSVendor: Sendable {
    let port: Int
    /// The file of its certificate, which is its own authority.
    let certificate: String
    private let folder: URL
    private let process: Process

    private static let script = #"""
        import hashlib, http.server, ssl, sys
        class Vendor(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def answer(self, body):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                self.answer(bytes(i * 31 + (i >> 11) & 255 for i in range(1 << 20)) if self.path == "/big" else b"ok")
            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(f"{len(body)} {hashlib.sha256(body).hexdigest()}".encode())
            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print(server.server_port, flush=True)
        server.serve_forever()
        """#

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "timegate-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificate = folder.appending(path: "vendor.pem").path
        let key = folder.appending(path: "vendor.key").path
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        openssl.arguments =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
            + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", Self.script, certificate, key]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    func stop() {
        // It may have inherited from a thread of this process that other signals wait.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}
