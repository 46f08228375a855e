import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// Single calls without a server: the same answers as over HTTP.
struct DirectGatewayTests {
    /// Makes one call on a gateway of the same setup, without HTTP.
    private func direct(
        _ gateway: TestGateway,
        _ entry: JSONValue,
        connection: String = "productive",
        isPlan: Bool = false
    ) async -> Result<DirectGateway.Answer, Problem> {
        do {
            let direct = try DirectGateway(gateway.setup)
            defer { direct.shutdown() }
            do throws(Problem) {
                return .success(
                    try await direct.create(
                        body: entry.serializedBytes(),
                        connection: connection,
                        caller: gateway.setup.keys[0].caller,
                        isPlan: isPlan
                    )
                )
            } catch {
                return .failure(error)
            }
        } catch {
            return .failure(Problem(.internalError, "\(error)"))
        }
    }

    @Test func createAnswersAsOverHTTP() async throws {
        var overHTTP: Answer?
        try await withGateway(GatewayPlan(.productive)) { gateway in
            overHTTP = try await gateway.create("productive", Sample.entry(.productive))
        }
        // Another simulator with the same clock gives the same ids.
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await direct(gateway, Sample.entry(.productive)).get()
            #expect(answer.status == overHTTP?.status)
            #expect(String(decoding: answer.body, as: UTF8.self) == overHTTP?.body)
            #expect(gateway.ledger(.productive).count == 1)
        }
    }

    /// Entries of a batch run beside each other, and a Lua state belongs to one thread: two at once would crash.
    @Test func entriesOfABatchShareTheirScriptsOnOneThread() async throws {
        let source = try Plugins.sonderplan(
            as: "odd",
            with: """
                  authorize = function(entry, call)
                    local seen = {}
                    for i = 1, 300 do seen[i] = entry.note .. i end
                    return #table.concat(seen, " ") > 0
                  end,
                  validate = function(entry, call) call.get({ path = "/v2/time-activity" }) end,
                """
        )
        var plan = try GatewayPlan(.sonderplan)
        try plan.addSonderplan("odd", try Plugins.load(id: "odd", source: source))
        try await withGateway(plan) { gateway in
            let direct = try DirectGateway(gateway.setup)
            defer { direct.shutdown() }
            let lines = (0..<200).map { number in
                #"{"entry":\#(Sample.entry(.sonderplan, note: "\(number)").serialized(.compact))}"#
            }
            let answer = await direct.perform(
                APIRequest(
                    method: "POST",
                    path: "/v1/odd/time-entries/batch",
                    headers: [("Content-Type", "application/json")],
                    body: Array("[\(lines.joined(separator: ","))]".utf8)
                ),
                as: gateway.setup.keys[0].caller
            )
            #expect(answer.status == 207)
            let outcomes = try JSONValue(parsing: answer.body)["data"]?.array ?? []
            #expect(outcomes.count == 200)
            #expect(outcomes.allSatisfy { $0["status"] == 201 })
        }
    }

    @Test func planAnswersAsOverHTTP() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let overHTTP = try await gateway.create("productive", Sample.entry(.productive), query: "?dry_run=true")
            let answer = try await direct(gateway, Sample.entry(.productive), isPlan: true).get()
            #expect(answer.status == overHTTP.status)
            #expect(String(decoding: answer.body, as: UTF8.self) == overHTTP.body)
            #expect(!String(decoding: answer.body, as: UTF8.self).contains("canary"))
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test(
        arguments: [
            ("productive", ["note": 7]), ("productive", Sample.entry(.productive).with(["duration": "100s"])),
            ("nowhere", Sample.entry(.productive)),
        ] as [(String, JSONValue)]
    )
    func refusalIsTheSameAsOverHTTP(connection: String, entry: JSONValue) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let overHTTP = try await gateway.create(connection, entry)
            guard case .failure(let problem) = await direct(gateway, entry, connection: connection) else {
                Issue.record("the refusal is no problem")
                return
            }
            #expect(problem.status == overHTTP.status)
            #expect(problem.code.rawValue == overHTTP.code)
            #expect(problem.errors.map(\.field) == (overHTTP["errors"]?.array ?? []).map { $0["field"]?.string })
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func vendorThatRefusesIsTheSameAsOverHTTP() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let body = #"{"errors":[{"status":"403","code":"forbidden","title":"Forbidden","detail":"no"}]}"#
            let fault = Fault(.status(403, contentType: "application/vnd.api+json", body: body), count: 2)
            gateway.simulator(.productive).inject(fault)
            let overHTTP = try await gateway.create("productive", Sample.entry(.productive))
            guard case .failure(let problem) = await direct(gateway, Sample.entry(.productive)) else {
                Issue.record("the refusal is no problem")
                return
            }
            #expect(problem.code.rawValue == overHTTP.code)
            #expect(problem.status == 403)
            #expect(problem.vendor?.body == overHTTP["vendor.body"])
            #expect(gateway.ledger(.productive).count == 2)
        }
    }

    @Test func disabledConnectionSaysWhy() async throws {
        var plan = try GatewayPlan(.productive)
        plan.disabled = [
            ConfiguredConnection(
                name: "typo",
                state: .disabled(vendor: "typo", reason: "plugins/typo/plugin.lua:7: unexpected symbol")
            )
        ]
        try await withGateway(plan) { gateway in
            guard case .failure(let problem) = await direct(gateway, Sample.entry(.productive), connection: "typo")
            else {
                Issue.record("a disabled connection answers")
                return
            }
            #expect(problem.code == .connectionDisabled)
            #expect(problem.detail.contains("plugins/typo/plugin.lua:7"))
        }
    }
}
