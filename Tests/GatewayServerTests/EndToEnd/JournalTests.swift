import GatewayCore
import JSON
import Testing
import VendorSimulators

/// The journal as a caller sees it: one execution for one key, whatever the vendor, and the truth about each.
struct JournalTests {
    private let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
    private var keyed: KeyValuePairs<String, String> { ["Idempotency-Key": key] }

    @Test("a change of nothing is remembered by its key, and is not made later over what came meanwhile")
    func changeOfNothing() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive, note: "as it is"))
            let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))"
            let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a21"
            let keyed: KeyValuePairs<String, String> = ["Idempotency-Key": key]
            let same = #"{"note":"as it is"}"#
            let first = try await gateway.send("PATCH", path, same, headers: keyed)
            #expect(first.status == 200)
            #expect(try await gateway.get("/v1/outcomes/\(key)")["data.0.state"] == "done")
            #expect(try await gateway.send("PATCH", path, #"{"note":"another"}"#).status == 200)
            let again = try await gateway.send("PATCH", path, same, headers: keyed)
            #expect(again.body == first.body)
            #expect(again.header("idempotent-replayed") == "true")
            #expect(try await gateway.get(path)["data.note"] == "another")
            let other = try await gateway.send("PATCH", path, #"{"note":"third"}"#, headers: keyed)
            #expect(other.code == "idempotency_key_reused")
            // Without a key of the caller's there is nothing to ask for.
            let keyless = try await gateway.send("PATCH", path, #"{"note":"another"}"#)
            #expect(keyless.header("idempotency-key") == nil)
            #expect(gateway.ledger(.productive).count { $0.method == "PATCH" } == 1)
        }
    }

    @Test("another handling, and another reason, are another request under a key")
    func anotherHandling() async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            var entry = try #require(Sample.entry(.productive).object)
            entry["duration"] = nil
            entry["duration_seconds"] = 100
            var answers: [Answer] = []
            for preference in ["handling=lenient; rounding=up", "handling=lenient; rounding=up", "handling=strict"] {
                let headers: KeyValuePairs<String, String> = [
                    "Idempotency-Key": "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a22", "Prefer": preference,
                ]
                answers.append(try await gateway.create("productive", .object(entry), headers: headers))
            }
            #expect(answers.map(\.status) == [201, 201, 422])
            #expect(answers[1].header("idempotent-replayed") == "true")
            #expect(answers[2].code == "idempotency_key_reused")

            let id = try #require(answers[0]["data.id"]?.string)
            var statuses: [Int64?] = []
            for reason in [#","reason":"A""#, #","reason":"A""#, #","reason":"B""#, ""] {
                let rejected = try await gateway.send(
                    "POST",
                    "/v1/productive/time-entries/actions/reject",
                    #"{"ids":["\#(id)"]\#(reason)}"#,
                    headers: ["Idempotency-Key": "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a23"]
                )
                statuses.append(rejected["data.0.status"]?.int64)
            }
            #expect(statuses == [200, 200, 422, 422])
        }
    }

    @Test(arguments: SimulatedVendor.allCases)
    func theSameRequestAgainIsAnsweredByteForByte(vendor: SimulatedVendor) async throws {
        try await withGateway(GatewayPlan(vendor)) { gateway in
            let entry = Sample.entry(vendor)
            let first = try await gateway.create(vendor.rawValue, entry, headers: keyed)
            #expect(first.status == 201)
            #expect(first.header("idempotent-replayed") == nil)
            #expect(first.header("idempotency-key") == key)
            // Neither white space nor the order of members makes another request of it.
            let members = (entry.object ?? JSONObject()).reversed().map {
                "\"\($0.key)\" : \($0.value.serialized(.compact))"
            }
            let text = "{ \(members.joined(separator: " ,\n")) }"
            for body in [entry.serialized(.compact), text] {
                let again = try await gateway.send(
                    "POST",
                    "/v1/\(vendor.rawValue)/time-entries",
                    body,
                    headers: ["Idempotency-Key": "\"\(key)\""]
                )
                #expect(again.status == 201)
                #expect(again.body == first.body)
                #expect(again.header("location") == first.header("location"))
                #expect(again.header("idempotent-replayed") == "true")
            }
            #expect(gateway.creations(vendor) == 1)
        }
    }

    @Test(
        "a key in other case is the same key",
        arguments: [
            ["0198A1B2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "0198a1b2-7C3D-7E4F-8A5B-6C7D8E9F0A1B"],
            ["01arz3ndektsv4rrffq69g5fav", "01ARZ3NDEKTSV4RRFFQ69G5FAV"],
        ]
    )
    func otherCase(keys: [String]) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let entry = Sample.entry(.productive)
            let first = try await gateway.create("productive", entry, headers: ["Idempotency-Key": keys[0]])
            #expect(first.status == 201)
            let again = try await gateway.create("productive", entry, headers: ["Idempotency-Key": keys[1]])
            #expect(again.header("idempotent-replayed") == "true")
            #expect(again.body == first.body)
            #expect(gateway.creations(.productive) == 1)
            for key in keys { #expect(try await gateway.get("/v1/outcomes/\(key)").status == 200) }
        }
    }

    @Test func anotherRequestWithTheKeyIsRefused() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let first = try await gateway.create("productive", Sample.entry(.productive, note: "one"), headers: keyed)
            #expect(first.status == 201)
            let other = try await gateway.create("productive", Sample.entry(.productive, note: "two"), headers: keyed)
            #expect(other.status == 422)
            #expect(other.code == "idempotency_key_reused")
            #expect(other.sent == "no")
            #expect(gateway.creations(.productive) == 1)
        }
    }

    @Test func callersAndConnectionsDoNotSeeEachOthersKeys() async throws {
        var plan = try GatewayPlan(.productive)
        plan.add(try GatewayPlan.link("second", to: .productive), identity: Sample.identity(.productive))
        plan.keys.append(
            GatewayPlan.Key(
                name: "joe",
                connections: ["productive"],
                identities: ["productive": Identity(userID: "8160")]
            )
        )
        try await withGateway(plan) { gateway in
            for (connection, caller) in [("productive", "jane"), ("second", "jane"), ("productive", "joe")] {
                let answer = try await gateway.create(
                    connection,
                    Sample.entry(.productive),
                    key: caller,
                    headers: keyed
                )
                #expect(answer.status == 201)
                #expect(answer.header("idempotent-replayed") == nil)
            }
            #expect(gateway.creations(.productive) == 3)
            let own = try await gateway.get("/v1/outcomes/\(key)", key: "joe")
            #expect(own["data"]?.array?.count == 1)
            let both = try await gateway.get("/v1/outcomes/\(key)")
            #expect(both["data"]?.array?.compactMap { $0["connection"]?.string } == ["productive", "second"])
        }
    }

    @Test func sixtyFourAtOnceWithOneKeyAreOneExecution() async throws {
        var plan = try GatewayPlan(.awork)
        plan.eventLoops = 2
        try await withGateway(plan) { gateway in
            gateway.simulator(.awork).inject(Fault(.latency(milliseconds: 300)))
            let entry = Sample.entry(.awork)
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<64 {
                    group.addTask { try await gateway.create("awork", entry, headers: keyed) }
                }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 201 && $0.header("idempotent-replayed") == nil } == 1)
            #expect(
                answers.allSatisfy {
                    $0.status == 201 || ($0.status == 409 && $0.code == "idempotency_in_progress")
                }
            )
            #expect(Set(answers.filter { $0.status == 201 }.map(\.body)).count == 1)
            #expect(gateway.creations(.awork) == 1)
        }
    }

    @Test func whatIsRefusedBeforeItIsSentLeavesTheKeyFree() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let refused = try await gateway.create("productive", ["note": "no time"], headers: keyed)
            #expect(refused.status == 422)
            #expect(try await gateway.journalled().isEmpty)
            let answer = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(answer.status == 201)
        }
    }

    @Test(arguments: [401, 402, 403, 404])
    func aRefusalThatCanBeRepairedLeavesTheKeyFree(status: Int) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            gateway.simulator(.productive).inject(Fault(.status(status, contentType: "application/json", body: "{}")))
            let refused = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(refused.status >= 400)
            #expect(try await gateway.journalled().isEmpty)
            let answer = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(answer.status == 201)
            #expect(gateway.creations(.productive) == 1)
        }
    }

    @Test func aRateLimitThatOutlastsTheCallLeavesTheKeyFreeAndHoldsTheNextBack() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            gateway.simulator(.productive).inject(Fault(.rateLimited(retryAfterSeconds: 60, form: .seconds)))
            let entry = Sample.entry(.productive)
            let refused = try await gateway.create("productive", entry, headers: keyed)
            #expect(refused.status == 429)
            #expect(refused.header("retry-after") == "60")
            #expect(try await gateway.journalled().isEmpty)
            let next = try await gateway.create("productive", entry, headers: keyed)
            #expect(next.status == 429)
            #expect(next["origin"] == "gateway")
            #expect(next.sent == "no")
            #expect(gateway.ledger(.productive).count == 1)
        }
    }

    @Test func aRateLimitThatEndsInTimeIsWaitedFor() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            gateway.simulator(.productive).inject(Fault(.rateLimited(retryAfterSeconds: 1, form: .seconds)))
            let answer = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(answer.status == 201)
            #expect(gateway.creations(.productive) == 1)
        }
    }

    @Test func aFinalRefusalOfTheVendorIsReplayed() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let body = "{\"errors\":[{\"status\":\"422\",\"code\":\"invalid_attribute\",\"detail\":\"no\"}]}"
            gateway.simulator(.productive).inject(
                Fault(.status(422, contentType: "application/vnd.api+json", body: body))
            )
            let refused = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(refused.status == 422)
            let again = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(again.status == 422)
            #expect(again.body == refused.body)
            #expect(again.header("idempotent-replayed") == "true")
            #expect(gateway.creations(.productive) == 0)
        }
    }

    @Test(arguments: [
        Fault(.hang), Fault(.closeBeforeAnswer(reset: true), moment: .afterCommit),
        Fault(.status(500, contentType: "text/plain", body: "no"), moment: .afterCommit),
        Fault(.cutAnswer(.body)), Fault(.notJSON(contentType: "text/html", body: "<p>")),
    ])
    func anUnknownOutcomeIsToldAndNeverSentTwice(fault: Fault) async throws {
        var plan = try GatewayPlan(.productive)
        plan.vendorTimeoutMilliseconds = 500
        try await withGateway(plan) { gateway in
            gateway.simulator(.productive).inject(fault)
            let lost = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(lost.code == "outcome_unknown")
            #expect(lost.sent == "maybe")
            #expect(lost["retry"] == "same_key")
            #expect(lost["outcome"]?.string == "/v1/outcomes/\(key)")
            let requests = gateway.ledger(.productive).count { $0.method == "POST" }

            let again = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(again.status == 409)
            #expect(again.code == "idempotency_outcome_unknown")
            #expect(again.header("retry-after") != nil)
            #expect(gateway.ledger(.productive).count { $0.method == "POST" } == requests)

            let outcome = try await gateway.get("/v1/outcomes/\(key)")
            #expect(outcome["data.0.state"] == "unknown")
            #expect(outcome["data.0.sent"] == "maybe")
            let unknown = try await gateway.get("/v1/outcomes?state=unknown")
            #expect(unknown["data"]?.array?.count == 1)
        }
    }

    @Test func aWriteWithoutAKeyIsJournalledUnderOneThatTheAnswerNames() async throws {
        try await withGateway(GatewayPlan(.plannr)) { gateway in
            let first = try await gateway.create("plannr", Sample.entry(.plannr))
            let key = try #require(first.header("idempotency-key"))
            let again = try await gateway.create("plannr", Sample.entry(.plannr), headers: ["Idempotency-Key": key])
            #expect(again.body == first.body)
            #expect(gateway.creations(.plannr) == 1)
            let outcome = try await gateway.get("/v1/outcomes/\(key)")
            #expect(outcome["data.0.is_key_generated"] == true)
            #expect(outcome["data.0.entry_id"] == first["data.id"])
        }
    }

    @Test func aConnectionMayAskForKeys() async throws {
        var plan = try GatewayPlan(.productive)
        plan.change("productive") { $0.requiresKey = true }
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 400)
            #expect(answer.code == "idempotency_key_required")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func aConnectionMayJournalOnlyWhatHasAKey() async throws {
        var plan = try GatewayPlan(.productive)
        plan.change("productive") { $0.journalsKeyless = false }
        try await withGateway(plan) { gateway in
            let without = try await gateway.create("productive", Sample.entry(.productive))
            #expect(without.status == 201)
            #expect(without.header("idempotency-key") == nil)
            let first = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            let again = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(first.status == 201 && again.body == first.body)
            #expect(gateway.ledger(.productive).count { $0.method == "POST" } == 2)
            let outcomes = try await gateway.send("GET", "/v1/outcomes")
            #expect(outcomes["data"]?.array?.count == 1)
        }
    }

    @Test func changesAndDeletionsAreReplayedToo() async throws {
        try await withGateway(GatewayPlan.unrestricted(.hoursmith)) { gateway in
            let created = try await gateway.create("hoursmith", Sample.entry(.hoursmith))
            let path = "/v1/hoursmith/time-entries/\(try #require(created["data.id"]?.string))"
            let first = try await gateway.send("PATCH", path, "{\"note\":\"x\"}", headers: keyed)
            let again = try await gateway.send("PATCH", path, "{\"note\":\"x\"}", headers: keyed)
            #expect(first.status == 200)
            #expect(again.body == first.body)
            #expect(gateway.ledger(.hoursmith).count { $0.method == "PATCH" } == 1)
            for _ in 0..<2 {
                // The key of one operation is not that of another.
                let gone = try await gateway.send("DELETE", path, headers: keyed)
                #expect(gone.status == 204)
                #expect(gone.body.isEmpty)
            }
            #expect(gateway.ledger(.hoursmith).count { $0.method == "DELETE" } == 1)
        }
    }

    @Test func aBatchAgainGoesOnWhereItEnded() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let keys = (0..<4).map { "0198a1b2-7c3d-7e4f-8a5b-00000000000\($0)" }
            let items = keys.enumerated().map { number, key in
                let entry = Sample.entry(.productive, note: "n\(number)").serialized(.compact)
                return "{\"key\":\"\(key)\",\"entry\":\(entry)}"
            }
            let path = "/v1/productive/time-entries/batch"
            let first = try await gateway.post(path, "[\(items[0]),\(items[1])]")
            #expect(first["data"]?.array?.compactMap { $0["status"] } == [201, 201])
            let all = try await gateway.post(path, "[\(items.joined(separator: ","))]")
            #expect(all["data"]?.array?.compactMap { $0["status"] } == [201, 201, 201, 201])
            #expect(all["data"]?.array?.map { $0["replayed"] == true } == [true, true, false, false])
            #expect(all["data.0.data.id"] == first["data.0.data.id"])
            #expect(gateway.creations(.productive) == 4)
        }
    }

    @Test func actionsOnSeveralAreReplayed() async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            var ids: [String] = []
            for number in 0..<2 {
                let created = try await gateway.create("productive", Sample.entry(.productive, note: "\(number)"))
                ids.append(try #require(created["data.id"]?.string))
            }
            let body = JSONValue.object(["ids": .array(ids.map { .string($0) })]).serialized(.compact)
            let path = "/v1/productive/time-entries/actions/approve"
            let first = try await gateway.send("POST", path, body, headers: keyed)
            let again = try await gateway.send("POST", path, body, headers: keyed)
            #expect(first.status == 207)
            #expect(again.body == first.body)
            #expect(again.header("idempotent-replayed") == "true")
        }
    }

    @Test func outcomesAreTheCallersOwn() async throws {
        var plan = try GatewayPlan(.productive)
        plan.keys.append(GatewayPlan.Key(name: "joe", connections: ["productive"]))
        try await withGateway(plan) { gateway in
            _ = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            let other = try await gateway.get("/v1/outcomes/\(key)", key: "joe")
            #expect(other.status == 404)
            #expect(other.code == "outcome_not_found")
            #expect(try await gateway.get("/v1/outcomes", key: "joe")["data"] == [])
            for number in 0..<3 {
                _ = try await gateway.create("productive", Sample.entry(.productive, note: "\(number)"))
            }
            let page = try await gateway.get("/v1/outcomes?limit=3")
            #expect(page["data"]?.array?.count == 3)
            let next = try await gateway.get("/v1/outcomes?limit=3&cursor=\(page["next_cursor"]?.string ?? "")")
            #expect(next["data"]?.array?.count == 1)
            #expect(next["next_cursor"] == nil)
        }
    }
}
