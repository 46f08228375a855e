import GatewayCore
import GatewayServer
import PluginHost
import Testing

@Suite("Requests that the gateway reads on their way")
struct ProxyRecognizerTests {
    /// Reads what goes to `/entries`: turns letters of bodies into capitals on the way up, and of answers too.
    private final class Capitals: ProxyRecognizer {
        func recognize(_ request: ProxiedRequest) -> ProxyRecognition {
            request.path.elementsEqual("/entries".utf8) && request.method == "POST"
                ? .read(bodyLimit: 64, Reader(request)) : .passThrough
        }

        func render(_ problem: Problem, for connection: ConfiguredConnection, requestID: String) -> ProxyAnswer? {
            ProxyAnswer(
                status: problem.status,
                headers: [("Content-Type", "application/x-vendor")],
                body: Array("{\"vendor_error\":\"\(problem.code.rawValue)\"}".utf8)
            )
        }
    }

    private final class Reader: ProxyReader {
        let request: ProxiedRequest

        init(_ request: ProxiedRequest) {
            self.request = request
        }

        func read(_ body: [UInt8]) async throws(Problem) -> ProxyStep {
            if body.elementsEqual("refuse".utf8) { throw Problem(.permissionDenied, "No.", origin: .plugin) }
            if body.elementsEqual("answer".utf8) {
                return .answer(ProxyAnswer(status: 203, body: Array(request.caller.name.utf8)))
            }
            return .forward(body: String(decoding: body, as: UTF8.self).uppercased().utf8.map { $0 })
        }

        func answer(_ answer: ProxyAnswer) async throws(Problem) -> ProxyAnswer {
            guard answer.status == 200 else { return answer }
            var answer = answer
            answer.body = String(decoding: answer.body, as: UTF8.self).uppercased().utf8.map { $0 }
            return answer
        }
    }

    private func withReader(_ vendor: RecordingVendor, _ body: (TestGateway) async throws -> Void) async throws {
        try await withProxy(vendor: vendor, plan: { $0.makeProxyRecognizer = { Capitals() } }, body)
    }

    private func post(_ path: String, _ body: String, _ gateway: TestGateway) async throws -> Answer {
        try await gateway.exchange(
            Array(
                ("POST /proxy/acme\(path) HTTP/1.1\r\nHost: g\r\nTimegate-Key: tg_canary_key_of_jane\r\n"
                    + "Accept-Encoding: gzip\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8
            )
        )
    }

    @Test("a recognised body is read whole, and what is given back goes on, asking for an answer that can be read")
    func forwarded() async throws {
        let vendor = try RecordingVendor(
            "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
        )
        try await withReader(vendor) { gateway in
            let answer = try await post("/entries", "hello", gateway)
            #expect(answer.body == "OK")
            #expect(answer.header("x-a") == "b")
            let message = try #require(vendor.messages.first)
            #expect(message.body == Array("HELLO".utf8))
            #expect(message.values("accept-encoding") == ["identity"])
            #expect(message.framing == .length)
            let other = try await post("/others", "hello", gateway)
            #expect(other.body == "ok")
            #expect(vendor.messages.last?.body == Array("hello".utf8))
            #expect(vendor.messages.last?.values("accept-encoding") == ["gzip"])
        }
    }

    @Test("a refusal, an answer of the reader's own, and a body that is too long send nothing")
    func refused() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try await withReader(vendor) { gateway in
            let refusal = try await post("/entries", "refuse", gateway)
            #expect(refusal.status == 403)
            #expect(refusal.body == "{\"vendor_error\":\"permission_denied\"}")
            #expect(refusal.header("content-type") == "application/x-vendor")
            #expect(refusal.header("timegate-error") == "permission_denied")
            let own = try await post("/entries", "answer", gateway)
            #expect(own.status == 203)
            #expect(own.body == "jane")
            let long = try await post("/entries", String(repeating: "x", count: 65), gateway)
            #expect(long.status == 413)
        }
        #expect(vendor.messages.isEmpty)
    }

    @Test("an answer that the reader leaves alone goes as it came, and a failure is told in the vendor's shape")
    func leftAlone() async throws {
        let vendor = try RecordingVendor { message, wire in
            guard message.body == Array("ONE".utf8) else { return false }
            wire.send("HTTP/1.1 422 No\r\nX-A: b\r\nContent-Length: 2\r\n\r\nno")
            return true
        }
        try await withReader(vendor) { gateway in
            let answer = try await post("/entries", "one", gateway)
            #expect(answer.status == 422)
            #expect(answer.body == "no")
            #expect(answer.header("timegate-error") == nil)
            let failure = try await post("/entries", "two", gateway)
            #expect(failure.status == 502)
            #expect(failure.body == "{\"vendor_error\":\"outcome_unknown\"}")
            #expect(vendor.messages.count == 2, "nothing is sent twice")
        }
    }
}
