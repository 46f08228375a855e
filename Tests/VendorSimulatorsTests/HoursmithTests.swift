import JSON
import Synchronization
import Testing

@testable import VendorSimulators

@Suite struct HoursmithTests {
    @Test func createIsAnsweredInThePagesShape() async throws {
        try await withSimulator(.hoursmith) { simulator in
            let answer = try CreateRequest(.hoursmith).send(to: simulator)
            #expect(answer.status == 201)
            #expect(answer.json?.keys == ["data"])
            let entry = try #require(answer.json?["data"])
            #expect(
                entry.keys == [
                    "id", "orgId", "userId", "projectId", "taskId", "invoiceId", "durationSeconds", "billable", "note",
                    "entryDate", "startedAt", "stoppedAt", "createdAt", "updatedAt", "deletedAt",
                ]
            )
            #expect(entry["projectId"]?.string == "5a8591dd-4039-49df-9202-96385ba3eff8")
            #expect(entry["entryDate"]?.string == "2019-08-24")
            #expect(entry["durationSeconds"]?.int64 == 5400)
            #expect(entry["createdAt"]?.string == "2025-08-01T04:18:43Z")
            #expect(entry["deletedAt"] == .null)
            #expect(simulator.ledger().last?.stored?.id == entry["id"]?.string)
        }
    }

    @Test func pageExampleWithoutADurationIsRefusedAsThePagesTextSays() async throws {
        try await withSimulator(.hoursmith) { simulator in
            let answer = try CreateRequest(.hoursmith).with(members: ["durationSeconds": nil]).send(to: simulator)
            #expect(answer.status == 422)
            #expect(answer.json?["error"]?["code"]?.string == "validation_error")
            #expect(answer.json?["error"]?["fields"]?.keys == ["durationSeconds"])
        }
    }

    @Test(arguments: [("1h30m", 5400), ("1:30", 5400), ("90m", 5400), ("1.5h", 5400), ("2h", 7200), ("0:05", 300)])
    func durationTextIsRead(text: String, seconds: Int64) async throws {
        try await withSimulator(.hoursmith) { simulator in
            let request = try CreateRequest(.hoursmith).with(members: [
                "durationSeconds": nil, "duration": "\"\(text)\"",
            ])
            #expect(try request.send(to: simulator).json?["data"]?["durationSeconds"]?.int64 == seconds)
        }
    }

    @Test func secondsWinOverText() async throws {
        try await withSimulator(.hoursmith) { simulator in
            let answer = try CreateRequest(.hoursmith).with(members: ["duration": #""9h""#]).send(to: simulator)
            #expect(answer.json?["data"]?["durationSeconds"]?.int64 == 5400)
        }
    }

    @Test(arguments: [
        ("projectId", nil), ("projectId", "12"), ("projectId", #""a b""#), ("entryDate", nil),
        ("entryDate", #""2019-02-29""#), ("entryDate", #""2019-08-24T00:00:00Z""#), ("durationSeconds", "1.5"),
        ("durationSeconds", "-1"), ("durationSeconds", #""5400""#), ("note", "null"), ("billable", #""true""#),
        ("userId", #""u""#), ("startedAt", #""2019-08-24T14:15:22Z""#), ("description", #""x""#),
    ])
    func wrongMemberIsNamedInFields(name: String, value: String?) async throws {
        try await withSimulator(.hoursmith) { simulator in
            let answer = try CreateRequest(.hoursmith).with(members: [name: value]).send(to: simulator)
            #expect(answer.status == 422)
            #expect(answer.json?["error"]?.keys == ["code", "message", "fields"])
            #expect(answer.json?["error"]?["fields"]?.keys == [name])
        }
    }

    @Test(arguments: ["1h60m", "90", "1.5", "h", "1:5", "1:60", "90s", "1h 30m", ""])
    func wrongDurationTextIsRefused(text: String) async throws {
        try await withSimulator(.hoursmith) { simulator in
            let request = try CreateRequest(.hoursmith).with(members: [
                "durationSeconds": nil, "duration": "\"\(text)\"",
            ])
            #expect(try request.send(to: simulator).json?["error"]?["fields"]?.keys == ["duration"])
        }
    }

    @Test func sameKeyAndBodyIsReplayedAndStoredOnce() async throws {
        try await withSimulator(.hoursmith) { simulator in
            let first = try CreateRequest(.hoursmith).send(to: simulator)
            let second = try CreateRequest(.hoursmith).send(to: simulator)
            #expect(second.status == 201)
            #expect(second.body == first.body)
            #expect(first.header("idempotent-replayed") == nil)
            #expect(second.header("idempotent-replayed") == "true")
            #expect(simulator.ledger().map { $0.stored != nil } == [true, false])
        }
    }

    @Test func sameKeyWithAnotherBodyIsAConflict() async throws {
        try await withSimulator(.hoursmith) { simulator in
            _ = try CreateRequest(.hoursmith).send(to: simulator)
            let answer = try CreateRequest(.hoursmith).with(members: ["note": #""x""#]).send(to: simulator)
            #expect(answer.status == 409)
            #expect(answer.json?["error"]?["code"]?.string == "conflict")
        }
    }

    @Test func keyIsForgottenAfter24Hours() async throws {
        let now = Mutex(pageMoment)
        try await withSimulator(.hoursmith, { $0.clock = { now.withLock { $0 } } }) { simulator in
            let first = try CreateRequest(.hoursmith).send(to: simulator)
            now.withLock { $0 += 24 * 3600 * 1000 - 1 }
            #expect(try CreateRequest(.hoursmith).send(to: simulator).header("idempotent-replayed") == "true")
            now.withLock { $0 += 1 }
            let later = try CreateRequest(.hoursmith).send(to: simulator)
            #expect(later.header("idempotent-replayed") == nil)
            #expect(later.json?["data"]?["id"] != first.json?["data"]?["id"])
        }
    }

    @Test func ignoredKeyDoublesAndJoinsAnotherFault() async throws {
        try await withSimulator(.hoursmith) { simulator in
            _ = try simulator.fault(
                #"[{"kind":"ignored_key","skip":2},{"kind":"status","status":502,"when":"after_commit","skip":2}]"#
            )
            let first = try CreateRequest(.hoursmith).send(to: simulator)
            #expect(try CreateRequest(.hoursmith).send(to: simulator).body == first.body)
            #expect(try CreateRequest(.hoursmith).send(to: simulator).status == 502)
            let ids = simulator.ledger().compactMap { $0.stored?.id }
            #expect(ids.count == 2)
            #expect(Set(ids).count == 2)
            // The key is known again, as that of the second entry.
            let last = try CreateRequest(.hoursmith).send(to: simulator)
            #expect(last.header("idempotent-replayed") == "true")
            #expect(last.json?["data"]?["id"]?.string == ids[1])
        }
    }

    @Test func refusedRequestLeavesItsKeyFree() async throws {
        try await withSimulator(.hoursmith) { simulator in
            let refused = try CreateRequest(.hoursmith).with(body: "{}").send(to: simulator)
            #expect(refused.status == 422)
            #expect(try CreateRequest(.hoursmith).send(to: simulator).status == 201)
        }
    }

    @Test(arguments: [nil, "", "abc", "5a8591dd-4039-49df-9202-96385ba3eff"])
    func missingOrMalformedKeyIs422(key: String?) async throws {
        try await withSimulator(.hoursmith) { simulator in
            let answer = try CreateRequest(.hoursmith).with("idempotency-key", key).send(to: simulator)
            #expect(answer.status == 422)
            #expect(answer.json?["error"]?["fields"]?.keys == ["Idempotency-Key"])
        }
    }

    @Test func ulidIsAKey() async throws {
        try await withSimulator(.hoursmith) { simulator in
            let request = CreateRequest(.hoursmith).with("idempotency-key", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
            let answer = try request.send(to: simulator)
            #expect(answer.status == 201)
        }
    }

    @Test func tokenShapePlanAndScopeAreChecked() async throws {
        let limited = "hsk_live_0123456789ab_ffffffffffffffffffffffffffffffff"
        let reader = "hsk_live_0123456789ab_eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
        try await withSimulator(
            .hoursmith,
            {
                $0.tokens = [limited, reader, "short"]
                $0.planLimitedTokens = [limited]
                $0.readOnlyTokens = [reader]
            }
        ) { simulator in
            let request = CreateRequest(.hoursmith)
            let malformed = try request.with("authorization", "Bearer short").send(to: simulator)
            #expect(malformed.status == 401)
            #expect(malformed.json?["error"]?["code"]?.string == "unauthenticated")
            let plan = try request.with("authorization", "Bearer \(limited)").send(to: simulator)
            #expect(plan.status == 402)
            #expect(plan.json?["error"]?.keys == ["code", "message", "requiredPlan", "feature"])
            let scope = try request.with("authorization", "Bearer \(reader)").send(to: simulator)
            #expect(scope.status == 403)
            #expect(scope.json?["error"]?["code"]?.string == "forbidden_scope")
        }
    }

    @Test func unknownProjectIsNotFoundAndBadJSONIsABadRequest() async throws {
        try await withSimulator(.hoursmith, { $0.missingReferences = ["pr_404"] }) { simulator in
            let unknown = try CreateRequest(.hoursmith).with(members: ["projectId": #""pr_404""#]).send(to: simulator)
            #expect(unknown.status == 404)
            #expect(unknown.json?["error"]?["code"]?.string == "not_found")
            let bad = try CreateRequest(.hoursmith).with(body: "{").send(to: simulator)
            #expect(bad.status == 400)
            #expect(bad.json?["error"]?["code"]?.string == "bad_request")
        }
    }
}
