import Foundation
import JSON
import Testing

@testable import timegate

@Suite("Whether what answers is a gateway", .serialized, .timeLimit(.minutes(2)))
struct GatewayAnswerTests {
    @Test("What an answer must hold follows from what was asked")
    func expected() {
        func kind(_ method: String, _ segments: String..., isPlan: Bool = false) -> GatewayAnswer {
            var order = APIOrder(method: method, connection: "acme", segments: segments)
            if isPlan { order.query = [("dry_run", "true")] }
            return GatewayAnswer(to: order)
        }
        #expect(kind("GET") == .list)
        #expect(kind("GET", "7") == .one)
        #expect(kind("GET", "batch") == .one)
        #expect(kind("PATCH", "7") == .one)
        #expect(kind("PATCH", "7", isPlan: true) == .plan)
        #expect(kind("POST", "7", "approve") == .one)
        #expect(kind("POST", "batch", isPlan: true) == .list)
        #expect(kind("POST", "actions", "delete") == .list)
        #expect(GatewayAnswer(to: APIOrder(method: "GET", place: ["connections"])) == .list)
        #expect(GatewayAnswer(to: APIOrder(method: "GET", place: ["connections", "acme"])) == .one)
        #expect(GatewayAnswer(to: APIOrder(method: "GET", place: ["time-entries"])) == .list)
        #expect(GatewayAnswer(to: APIOrder(method: "GET", place: ["calls", "x"])) == .one)
    }

    @Test(
        "What has not the members of an answer is none",
        arguments: [
            (200, #"{"ok": true}"#, GatewayAnswer.one), (201, #"{"data": []}"#, .one), (200, #"{"data": {}}"#, .list),
            (200, #"{"data": {"id": "7"}}"#, .plan), (200, "hello", .one), (200, "", .one),
            (404, #"{"error": "not found"}"#, .one), (500, "<html>oops</html>", .list),
            (302, #"{"data": {"id": "7"}}"#, .one), (200, #"{"ok": true}"#, .state),
        ]
    )
    func none(status: Int, body: String, asked: GatewayAnswer) {
        let answer = RemoteGateway.answer(status: status, Array(body.utf8), to: asked)
        #expect(answer.body["code"] == "gateway_answer_invalid")
        #expect(answer.body["detail"]?.string?.contains(body.isEmpty ? "nothing" : body) == true)
        #expect(answer.exit == .partly)
    }

    @Test("A gateway's own answers are taken as they are")
    func taken() {
        for (status, body, asked) in [
            (201, #"{"data": {"id": "7"}}"#, GatewayAnswer.one), (207, #"{"data": []}"#, .list),
            (200, #"{"plan": {}, "data": {}}"#, .plan), (404, #"{"code": "not_found"}"#, .one),
            (200, #"{"status": "reloaded"}"#, .state), (503, #"{"status": "draining"}"#, .state),
        ] {
            let answer = RemoteGateway.answer(status: status, Array(body.utf8), to: asked)
            #expect(answer.status == status)
            #expect(answer.body["code"] != "gateway_answer_invalid")
        }
    }

    @Test("What came is shortened to one line")
    func shortened() {
        let page = "<html>\n  <body>" + String(repeating: "x", count: 1000)
        let text = GatewayAnswer.shortened(Array(page.utf8))
        #expect(text.hasPrefix(" It came with: <html> <body>xxx") && text.hasSuffix("x…") && text.count < 200)
    }

    @Test("Any other server is not told as success, whatever it answers")
    func another() async throws {
        try await Vendors.withQuickstart { vendors in
            let server = try #require(vendors.origins["hoursmith"])
            let create = ["entry", "create", "hoursmith.json", "--connection", "acme-hoursmith", "--server", server]
            let batch = ["entry", "batch", "--to", "acme-hoursmith", "--server", server]
            for fault in [#"{"kind": "status", "status": 200, "body": {"ok": true}}"#, nil] {
                for arguments in [create, batch] {
                    if let fault { try await vendors.fail("hoursmith", fault) }
                    let ended = try await TimegateBinary.run(
                        arguments,
                        environment: ["TIMEGATE_KEY": "tgk_0123456789abcdefghij"],
                        input: BatchTests.entry(1),
                        in: vendors.directory
                    )
                    #expect(ended.status == 8, "\(ended.words)")
                    #expect(ended.words.contains("gateway_answer_invalid"), "\(ended.words)")
                    #expect(ended.words.contains(fault == nil ? "It came with:" : #"It came with: {"ok":true}"#))
                    #expect(ended.words.contains("See that the address is that of a Timegate gateway"))
                    #expect(!ended.words.contains("Created"))
                }
            }
        }
    }
}
