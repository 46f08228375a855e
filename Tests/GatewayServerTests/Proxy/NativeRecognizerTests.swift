import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing

@Suite("Time entries of vendors' own clients on their way through the proxy")
struct NativeRecognizerTests {
    static let body =
        #"{ "owner_id": 7, "name": "Colour", "start": 1547501100, "end": 1547504700, "billable": "false" , "x": 1.0 }"#

    private func withHook(
        _ rules: ProxyRules,
        _ vendor: RecordingVendor,
        _ onEntry: NativePorts.EntryStep?,
        _ body: (TestGateway) async throws -> Void
    ) async throws {
        try await withProxy(
            rules,
            vendor: vendor,
            plan: { plan in
                plan.makeProxyRecognizer = {
                    NativeRecognizer(zones: .system, now: { Timestamp("2026-11-20T12:00:00Z")! }) { _ in
                        NativePorts(onEntry: onEntry)
                    }
                }
            },
            body
        )
    }

    private func post(_ path: String, _ body: String, _ gateway: TestGateway) async throws -> Answer {
        try await gateway.exchange(
            Array(
                ("POST /proxy/acme\(path) HTTP/1.1\r\nHost: g\r\nTimegate-Key: tg_canary_key_of_jane\r\n"
                    + "Authorization: Bearer own\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8
            )
        )
    }

    @Test("what a hook changes is written into the client's bytes, and the vendor's answer comes back as it was")
    func changed() async throws {
        let answer = #"{"success" : {"id":2384}}"#
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: \(answer.utf8.count)\r\n\r\n\(answer)")
        let step: NativePorts.EntryStep = { entry, _ throws(Problem) in
            var entry = entry
            entry[.billable] = .bool(true)
            entry.durationSeconds = 1800
            return entry
        }
        try await withHook(ProxyRules(), vendor, step) { gateway in
            let found = try await post("/v2/time-entry", Self.body, gateway)
            #expect(found.status == 200)
            #expect(found.body == answer)
            let sent = String(decoding: try #require(vendor.messages.first).body, as: UTF8.self)
            let expected = Self.body.replacing("\"false\"", with: "\"true\"").replacing(
                "1547504700",
                with: "1547502900"
            )
            #expect(sent == expected)
            _ = try await post("/v2/other", "{\"owner_id\" : 1}", gateway)
            #expect(vendor.messages.last?.body == Array("{\"owner_id\" : 1}".utf8))
        }
    }

    @Test("a refusal comes in the vendor's shape, and nothing is sent")
    func refused() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try await withHook(ProxyRules(unreadable: .refuse), vendor, nil) { gateway in
            let missing = try await post("/v2/time-entry", "{\"owner_id\":7}", gateway)
            #expect(missing.status == 422)
            #expect(missing.header("timegate-error") == "required")
            #expect(missing.body == #"{"message":"Sonderplan needs activity.name."}"#)
            let doubtful = try await post("/v2/time-entry;x", "[", gateway)
            #expect(doubtful.status == 422)
            #expect(doubtful.header("timegate-error") == "malformed_request")
        }
        #expect(vendor.messages.isEmpty)
    }

    @Test("what cannot be read goes on as it came where the connection lets it pass")
    func passes() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try await withHook(ProxyRules(unreadable: .pass), vendor, nil) { gateway in
            let found = try await post("/v2/time-entry", "[ ]", gateway)
            #expect(found.status == 200)
        }
        #expect(vendor.messages.first?.body == Array("[ ]".utf8))
    }
}
