import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// A plugin that fails: the answer says where, nothing is sent, and everybody else is served.
struct PluginFailureTests {
    private static let id = "odd"

    /// Sends one entry through Sonderplan's plugin with `functions` added.
    private func answer(
        _ functions: String,
        _ body: (Answer, [LedgerEntry], _ source: String) throws -> Void
    ) async throws {
        var plan = try GatewayPlan(.sonderplan)
        let source = try Plugins.sonderplan(as: Self.id, with: functions)
        try plan.addSonderplan(Self.id, try Plugins.load(id: Self.id, source: source))
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            try body(answer, gateway.ledger(.sonderplan), source)
            // The vendor's own connection is not concerned.
            #expect(try await gateway.create("sonderplan", Sample.entry(.sonderplan)).status == 201)
        }
    }

    private func expectFailure(_ answer: Answer, _ function: String) {
        #expect(answer.status == 502)
        #expect(answer.code == "plugin_failed")
        #expect(answer["origin"] == "plugin")
        #expect(answer.sent == "no")
        #expect(answer["function"]?.string == function)
    }

    // MARK: - Before the vendor is asked

    @Test(arguments: ["authorize", "validate", "to_vendor"])
    func errorIsAnsweredWithItsPlaceAndNothingIsSent(function: String) async throws {
        let functions = "  \(function) = function(...)\n    error(\"no such luck\")\n  end,"
        try await answer(functions) { answer, ledger, source in
            expectFailure(answer, function)
            let line = Plugins.line(of: "error(\"no such luck\")", in: source) ?? 0
            #expect(answer["place"]?.string == "plugins/odd/plugin.lua:\(line)")
            #expect(answer.detail.contains("no such luck"))
            #expect(answer.detail.contains("plugins/odd/plugin.lua:\(line)"))
            #expect(answer["excerpt"]?.string?.contains("error(\"no such luck\")") == true)
            #expect(ledger.isEmpty)
        }
    }

    @Test func mistakeInTheScriptIsAnsweredWithItsPlace() async throws {
        try await answer("  validate = function(entry, call)\n    return entry.nothing.here\n  end,") {
            answer,
            ledger,
            source in
            expectFailure(answer, "validate")
            let line = Plugins.line(of: "entry.nothing.here", in: source) ?? 0
            #expect(answer["place"]?.string == "plugins/odd/plugin.lua:\(line)")
            #expect(ledger.isEmpty)
        }
    }

    @Test(arguments: [
        ("authorize", "return 'yes'"), ("validate", "return 1"), ("to_vendor", "return 'body'"),
        ("to_vendor", "return nil"), ("to_vendor", "local t = {} t.t = t return t"),
        ("to_vendor", "return { a = tostring }"), ("authorize", "return nil, 'because'"),
    ])
    func resultOfTheWrongKindIsAnsweredWithTheFile(function: String, body: String) async throws {
        try await answer("  \(function) = function(...) \(body) end,") { answer, ledger, _ in
            expectFailure(answer, function)
            #expect(answer["place"]?.string?.hasPrefix("plugins/odd/plugin.lua") == true)
            #expect(ledger.isEmpty)
        }
    }

    @Test(arguments: [
        ("while true do end", "instructions"),
        ("local s = 'x' while true do s = s .. s end", "memory"),
    ])
    func scriptOverItsLimitsIsStopped(body: String, limit: String) async throws {
        try await answer("  validate = function(entry, call) \(body) end,") { answer, ledger, _ in
            expectFailure(answer, "validate")
            // On a busy machine the time can be up first.
            #expect([limit, "deadline"].contains(answer["reason"]?.string))
            #expect(answer["place"]?.string?.hasPrefix("plugins/odd/plugin.lua") == true)
            #expect(ledger.isEmpty)
        }
    }

    @Test func refusalOfAPluginIsItsOwnWord() async throws {
        let functions = """
              validate = function(entry, call)
                return nil, {
                  code = "required", field = "note", message = "A note, please.", rule = "notes", source = "house",
                }
              end,
            """
        try await answer(functions) { answer, ledger, _ in
            #expect(answer.status == 422)
            #expect(answer.code == "required")
            #expect(answer["origin"] == "plugin")
            #expect(answer.error("note")?["message"] == "A note, please.")
            #expect(answer["rule"] == "notes")
            #expect(answer["source"] == "house")
            #expect(ledger.isEmpty)
        }
    }

    @Test func authorizeThatReturnsNothingDenies() async throws {
        try await answer("  authorize = function(entry, call) end,") { answer, ledger, _ in
            #expect(answer.status == 403)
            #expect(answer.code == "permission_denied")
            #expect(answer["origin"] == "plugin")
            #expect(ledger.isEmpty)
        }
    }

    // MARK: - After the vendor was asked

    @Test func failureAfterTheVendorRecordedLosesNothing() async throws {
        try await answer("  from_vendor = function(entry, answer, call) error('late') end,") { answer, ledger, _ in
            #expect(answer.status == 201)
            #expect(answer["data.id"] == "2384")
            #expect(answer["mapping.inconsistent.0.why"]?.string?.contains("late") == true)
            #expect(ledger.count == 1)
        }
    }

    @Test(arguments: [
        ("entry.notee = 'x'", "notee"), ("entry.user = { identifier = '5' }", "user.identifier"),
        ("entry.approval = { status = 'x' }", "approval.status"),
    ])
    func memberThatEntriesDoNotHaveIsSaid(change: String, name: String) async throws {
        let function = "  from_vendor = function(entry, answer, call) \(change) return entry end,"
        try await answer(function) { answer, ledger, _ in
            #expect(answer.status == 201)
            #expect(answer["data.id"] == "2384")
            let why = answer["mapping.inconsistent.0.why"]?.string ?? ""
            #expect(why.contains("\"\(name)\""), "\(answer.body)")
            #expect(ledger.count == 1)
        }
    }

    @Test func changeOfTheRequestIsWhatIsSent() async throws {
        let functions = "  to_vendor = function(request, entry, call) request.locked = true return request end,"
        try await answer(functions) { answer, ledger, _ in
            #expect(answer.status == 201)
            let sent = try JSONValue(parsing: try #require(ledger.first).body)
            #expect(sent["locked"] == true)
        }
    }

    @Test func failureWhileReadingARefusalDoesNotHideThatTheRequestWasSent() async throws {
        var plan = try GatewayPlan(.sonderplan)
        let source = try Plugins.sonderplan(
            as: Self.id,
            with: "  problem = function(answer, call) error('unread') end,"
        )
        try plan.addSonderplan(Self.id, try Plugins.load(id: Self.id, source: source))
        try await withGateway(plan) { gateway in
            gateway.simulator(.sonderplan).inject(
                Fault(.status(500, contentType: "text/plain", body: "oops"), moment: .afterCommit)
            )
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(gateway.ledger(.sonderplan).count == 1)
            #expect(answer.status == 502)
            #expect(answer.sent == "maybe", "the entry is recorded: \(answer.body)")
        }
    }

    // MARK: - Beside each other

    @Test func brokenPluginsBreakOnlyTheirOwnConnections() async throws {
        var plan = try GatewayPlan(.sonderplan, .productive)
        let loop = try Plugins.sonderplan(as: "loop", with: "  validate = function() while true do end end,")
        let bomb = try Plugins.sonderplan(
            as: "bomb",
            with: "  to_vendor = function() local s = 'x' while true do s = s .. s end end,"
        )
        try plan.addSonderplan("loop", try Plugins.load(id: "loop", source: loop))
        try plan.addSonderplan("bomb", try Plugins.load(id: "bomb", source: bomb))
        let typo = try Plugins.sonderplan(as: "typo", with: "  validate = function() retrun nil end,")
        let line = Plugins.line(of: "retrun", in: typo) ?? 0
        let fault = try #require(throws: PluginFault.self) { try Plugins.load(id: "typo", source: typo) }
        #expect(fault.faults.first?.place == "plugins/typo/plugin.lua:\(line)")
        plan.disabled = [
            ConfiguredConnection(name: "typo", state: .disabled(vendor: "typo", reason: fault.description))
        ]
        plan.keys[0].connections.append("typo")

        try await withGateway(plan) { gateway in
            let answers = try await withThrowingTaskGroup(of: (String, Answer).self) { group in
                for round in 0..<4 {
                    for name in ["loop", "bomb", "typo", "sonderplan"] {
                        let entry = Sample.entry(.sonderplan, note: "\(name) \(round)")
                        group.addTask { (name, try await gateway.create(name, entry)) }
                    }
                    let entry = Sample.entry(.productive, note: "productive \(round)")
                    group.addTask { ("productive", try await gateway.create("productive", entry)) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0, default: []].append($1.1) }
            }
            for name in ["sonderplan", "productive"] { #expect(answers[name]?.map(\.status) == [201, 201, 201, 201]) }
            for name in ["loop", "bomb"] {
                #expect(answers[name]?.count == 4)
                for answer in answers[name] ?? [] {
                    #expect(answer.status == 502)
                    #expect(answer.code == "plugin_failed")
                    // Large blocks count as instructions too, so a bomb can end at either limit.
                    #expect(["instructions", "memory", "deadline"].contains(answer["reason"]?.string))
                    #expect(answer["place"]?.string?.hasPrefix("plugins/\(name)/plugin.lua") == true)
                    #expect(answer.sent == "no")
                }
            }
            #expect(answers["typo"]?.count == 4)
            for answer in answers["typo"] ?? [] {
                #expect(answer.status == 503)
                #expect(answer.code == "connection_disabled")
                #expect(answer.detail.contains("plugins/typo/plugin.lua:\(line)"))
            }
            #expect(gateway.ledger(.sonderplan).count == 4)
            #expect(gateway.ledger(.productive).count == 4)

            let readiness = try await gateway.admin("/readyz")
            #expect(readiness.status == 200)
            #expect(readiness["status"] == "degraded")
            let disabled = readiness["connections"]?.array?.filter { $0["state"] == "disabled" } ?? []
            #expect(disabled.map { $0["name"] } == ["typo"])
            #expect(disabled.first?["reason"]?.string?.contains("plugins/typo/plugin.lua:\(line)") == true)
            let list = try await gateway.get("/v1/connections")
            let states = list["data"]?.array?.map { $0["state"]?.string } ?? []
            #expect(states == ["ready", "ready", "ready", "ready", "disabled"])
        }
    }

    @Test func scriptThatWasStoppedServesTheNextCall() async throws {
        var plan = try GatewayPlan(.sonderplan)
        let source = try Plugins.sonderplan(
            as: Self.id,
            with: "  validate = function(entry) if entry.note == 'loop' then while true do end end end,"
        )
        try plan.addSonderplan(Self.id, try Plugins.load(id: Self.id, source: source))
        try await withGateway(plan) { gateway in
            for _ in 0..<3 {
                let stopped = try await gateway.create(Self.id, Sample.entry(.sonderplan, note: "loop"))
                #expect(stopped.code == "plugin_failed")
                #expect(try await gateway.create(Self.id, Sample.entry(.sonderplan)).status == 201)
            }
            #expect(gateway.ledger(.sonderplan).count == 3)
        }
    }

    @Test func whatAScriptLogsGoesToTheLog() async throws {
        var plan = try GatewayPlan(.sonderplan)
        let source = try Plugins.sonderplan(
            as: Self.id,
            with: "  validate = function(entry, call) call.log('saw ' .. entry.activity.name) end,"
        )
        try plan.addSonderplan(Self.id, try Plugins.load(id: Self.id, source: source))
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.status == 201)
            #expect(gateway.log.text.contains("plugin=odd text=saw Design"))
        }
    }
}
