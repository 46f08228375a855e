import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// What is kept of a call, and who may see it.
struct CallRecordTests {
    static func plan() throws -> GatewayPlan {
        var plan = try GatewayPlan(.sonderplan)
        let source = try Plugins.sonderplan(
            as: "scripted",
            with: """
                  authorize = function(entry) return entry.note ~= "no" end,
                  to_vendor = function(request) request.description = "changed" return request end,
                """
        )
        try plan.addSonderplan("scripted", try Plugins.load(id: "scripted", source: source))
        plan.keys.append(GatewayPlan.Key(name: "joe", connections: ["sonderplan", "scripted"]))
        plan.eventLoops = 2
        return plan
    }

    static func record(_ gateway: TestGateway, _ answer: Answer, key: String = "jane") async throws -> Answer {
        try await gateway.get("/v1/calls/\(try #require(answer.header("x-request-id")))", key: key)
    }

    @Test func aCallIsRecordedStepByStepWithWhatWasAskedSentAndAnswered() async throws {
        try await withGateway(try Self.plan()) { gateway in
            let answer = try await gateway.create("scripted", Sample.entry(.sonderplan))
            #expect(answer.status == 201)
            let record = try await Self.record(gateway, answer)
            #expect(record.status == 200)
            #expect(record["data.caller"] == "jane")
            #expect(record["data.connection"] == "scripted")
            #expect(record["data.operation"] == "create")
            #expect(record["data.status"] == 201)
            #expect(record["data.request.method"] == "POST")
            #expect(record["data.request.body"] == Sample.entry(.sonderplan))
            #expect(record["data.answer"] == answer.json)
            // On a busy machine there may have been a wait for leave to send.
            let steps = try #require(record["data.steps"]?.array).filter { $0["step"] != "wait" }
            #expect(
                steps.compactMap { $0["step"]?.string }
                    == ["read", "map", "script", "encode", "script", "encode", "journal", "send", "answer", "reply"]
            )
            #expect(steps.allSatisfy { $0["took_us"]?.int64 != nil && $0["at_us"]?.int64 != nil })
            #expect(steps[1]["fields"] != nil)
            #expect(steps[2]["function"] == "authorize")
            #expect((steps[2]["instructions"]?.int64 ?? 0) > 0)
            #expect((steps[2]["memory"]?.int64 ?? 0) > 10_000)
            #expect(steps[4]["function"] == "to_vendor")
            #expect(
                steps[4]["changed"]
                    == [["field": "/description", "before": "Second round", "after": "changed"]]
            )
            let send = steps[7]
            #expect(send["request"]?["headers"]?["Authorization"] == "Bearer ***")
            #expect(send["request"]?["body"]?["description"] == "changed")
            #expect(send["answer"]?["status"] == 200)
            #expect((record["data.took_us"]?.int64 ?? 0) >= (send["took_us"]?.int64 ?? 0))
        }
    }

    @Test func aRecordIsItsCallersOwnAndTheOperators() async throws {
        try await withGateway(try Self.plan()) { gateway in
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            let id = try #require(answer.header("x-request-id"))
            for _ in 0..<4 { #expect(try await Self.record(gateway, answer).status == 200) }
            let other = try await Self.record(gateway, answer, key: "joe")
            #expect(other.status == 404)
            #expect(other.code == "call_not_found")
            #expect(try await gateway.get("/v1/calls/\(id)", key: nil).status == 401)
            #expect(try await gateway.admin("/calls/\(id)")["data.id"]?.string == id)
            #expect(try await gateway.admin("/calls/none").status == 404)
        }
    }

    @Test func aCallThatIsRefusedIsRecordedUpToTheStepThatRefusedIt() async throws {
        try await withGateway(try Self.plan()) { gateway in
            let denied = try await gateway.create("scripted", Sample.entry(.sonderplan, note: "no"))
            #expect(denied.status == 403)
            let record = try await Self.record(gateway, denied)
            #expect(record["data.status"] == 403)
            #expect(record["data.answer.code"]?.string == denied.code)
            let steps = record["data.steps"]?.array?.compactMap { $0["step"]?.string }
            #expect(steps == ["read", "map", "script", "reply"])

            let malformed = try await gateway.create("scripted", text: "{")
            #expect(malformed.status == 400)
            #expect(try await Self.record(gateway, malformed)["data.request.body"] == "{")
        }
    }

    @Test func eachAttemptAtTheVendorIsAStep() async throws {
        try await withGateway(try Self.plan()) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.rateLimited(retryAfterSeconds: 0, form: .seconds)))
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            let steps = try #require(try await Self.record(gateway, answer)["data.steps"]?.array)
            let sends = steps.filter { $0["step"] == "send" }
            #expect(sends.first?["answer"]?["status"] == 429)
            #expect(sends.map { $0["attempt"]?.int64 } == (1...sends.count).map { Int64($0) })
        }
    }

    @Test(arguments: [false, true])
    func eachEntryOfABatchHasARecordThatTheBatchNames(isLines: Bool) async throws {
        try await withGateway(try Self.plan()) { gateway in
            let entries = ["yes", "no", "also"].map { Sample.entry(.sonderplan, note: $0) }
            let items = entries.map { #"{"entry":\#($0.serialized(.compact))}"# }
            let path = "/v1/scripted/time-entries/batch"
            let body = isLines ? items.joined(separator: "\n") : "[\(items.joined(separator: ","))]"
            let type = isLines ? "application/x-ndjson" : "application/json"
            let head =
                "POST \(path) HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer tg_canary_key_of_jane\r\n"
                + "Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            let answer = try await gateway.exchange(Array((head + body).utf8))
            #expect(answer.status == 207, "\(answer.body)")
            let id = try #require(answer.header("x-request-id"))
            let isKept = try await soon { try await gateway.get("/v1/calls/\(id)").status == 200 }
            #expect(isKept)
            let whole = try await gateway.get("/v1/calls/\(id)")
            #expect(whole["data.parts"] == [.string("\(id).0"), .string("\(id).1"), .string("\(id).2")])
            if isLines { #expect(whole["data.answer"] == ["entries": 3, "failed": 1]) }

            let first = try await gateway.get("/v1/calls/\(id).0")
            #expect(first["data.status"] == 201)
            #expect(first["data.request.body"] == entries[0])
            let steps = first["data.steps"]?.array?.compactMap { $0["step"]?.string } ?? []
            #expect(steps.contains("send") && steps.last == "reply", "\(steps)")
            let refused = try await gateway.get("/v1/calls/\(id).1")
            #expect(refused["data.status"] == 403)
            #expect(refused["data.answer.problem.code"] == "permission_denied", "\(refused.body)")
            #expect(refused["data.steps"]?.array?.contains { $0["step"] == "send" } == false)
            #expect(try await gateway.get("/v1/calls/\(id).1", key: "joe").status == 404)
        }
    }

    @Test func recordsOfALongBatchAreSoManyAndThoseOfWhatFailed() async throws {
        try await withGateway(try Self.plan()) { gateway in
            // The last one fails, long after the others have filled the room.
            var items = (0..<130).map { _ in #"{"entry":\#(Sample.entry(.sonderplan).serialized(.compact))}"# }
            items.append(#"{"entry":{"note":7}}"#)
            let path = "/v1/scripted/time-entries/batch?dry_run=true"
            let answer = try await gateway.post(path, "[\(items.joined(separator: ","))]")
            let id = try #require(answer.header("x-request-id"))
            let parts = try await gateway.get("/v1/calls/\(id)")["data.parts"]?.array ?? []
            #expect(parts.count == 101)
            #expect(parts.last?.string == "\(id).130")
            #expect(try await gateway.get("/v1/calls/\(id).130")["data.status"] == 422)
        }
    }

    @Test func aMergedListHasARecordOfEachConnection() async throws {
        try await withGateway(GatewayPlan(.productive, .awork)) { gateway in
            gateway.simulator(.awork).inject(
                Fault(.status(403, contentType: "application/json", body: "{}"), count: nil)
            )
            let answer = try await gateway.get("/v1/time-entries?connections=productive,awork")
            #expect(answer.status == 200)
            let id = try #require(answer.header("x-request-id"))
            let whole = try await gateway.get("/v1/calls/\(id)")
            #expect(whole["data.parts"] == [.string("\(id).awork"), .string("\(id).productive")])
            #expect(whole["data.operation"] == "list")
            let good = try await gateway.get("/v1/calls/\(id).productive")
            #expect(good["data.status"] == 200)
            #expect(good["data.steps"]?.array?.contains { $0["step"] == "send" } == true)
            let failed = try await gateway.get("/v1/calls/\(id).awork")
            #expect(failed["data.status"] == 403)
            #expect(failed["data.connection"] == "awork")
            #expect(failed["data.answer.code"] == "vendor_permission")
        }
    }

    @Test func aDryRunShowsItsStepsWhereItIsAskedTo() async throws {
        try await withGateway(try Self.plan()) { gateway in
            let plan = try await gateway.create(
                "scripted",
                Sample.entry(.sonderplan),
                query: "?dry_run=true&trace=true"
            )
            #expect(plan.status == 200)
            let steps = plan["trace"]?.array?.compactMap { $0["step"]?.string }
            #expect(steps == ["read", "map", "script", "encode", "script", "encode"])
            let denied = try await gateway.create(
                "scripted",
                Sample.entry(.sonderplan, note: "no"),
                query: "?dry_run=true&trace=true"
            )
            #expect(denied.status == 403)
            #expect(denied["trace"]?.array?.last?["function"] == "authorize")
            for query in ["?trace=true", "?dry_run=true&trace=yes"] {
                let wrong = try await gateway.create("scripted", Sample.entry(.sonderplan), query: query)
                #expect(wrong.code == "unknown_parameter")
            }
            let without = try await gateway.create("scripted", Sample.entry(.sonderplan), query: "?dry_run=true")
            #expect(without["trace"] == nil)
        }
    }
}
