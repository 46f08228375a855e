import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// The operator's hooks: what they see, what they change and refuse, and how they fail.
struct HookTests {
    /// A gateway to two vendors with these hooks at each connection.
    static func plan(_ hooks: [String], settings: JSONObject = [:]) throws -> GatewayPlan {
        var plan = try GatewayPlan(.productive, .sonderplan)
        for (index, source) in hooks.enumerated() {
            let hook = try Plugins.hook(source, named: "hooks/\(index + 1).lua")
            for link in plan.links.indices {
                plan.links[link].hooks.append(ConfiguredHook(hook, settings: Settings(settings)))
            }
        }
        return plan
    }

    static func onEntry(_ body: String) -> String {
        "return {\n  on_entry = function(entry, call)\n    \(body)\n  end,\n}\n"
    }

    static func sent(_ gateway: TestGateway, _ vendor: SimulatedVendor = .productive) throws -> JSONValue {
        try JSONValue(parsing: #require(gateway.ledger(vendor).last { $0.method != "GET" }).body)
    }

    // MARK: - Changing

    @Test(arguments: [
        "entry.note = entry.note .. '!'", "entry.note = entry.note .. '!' return entry",
        "local copy = {} for k, v in pairs(entry) do copy[k] = v end copy.note = entry.note .. '!' return copy",
    ])
    func changeIsSentAndReportedWithTheHooksName(body: String) async throws {
        try await withGateway(Self.plan([Self.onEntry(body)])) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive, note: "Done"))
            #expect(answer.status == 201, "\(answer.body)")
            #expect(try Self.sent(gateway)[path: "data.attributes.note"] == "Done!")
            let note = answer["mapping.converted"]?.array?.first { $0["field"] == "note" }
            #expect(note?["asked"] == "Done")
            #expect(note?["sent"] == "Done!")
            #expect(note?["why"] == "The hook hooks/1.lua changed it.")
        }
    }

    @Test func hooksRunInOrderAndEachSeesWhatTheOneBeforeLeft() async throws {
        let hooks = (1...3).map { Self.onEntry("entry.note = entry.note .. ' \($0)'") }
        try await withGateway(Self.plan(hooks)) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive, note: "Done"))
            #expect(answer["data.note"] == "Done 1 2 3")
            let names = (answer["mapping.converted"]?.array ?? []).filter { $0["field"] == "note" }.compactMap {
                $0["why"]?.string
            }
            #expect(names == (1...3).map { "The hook hooks/\($0).lua changed it." })
        }
    }

    @Test func hookSeesTheEntryWithEverythingThatIsKnownOfIt() async throws {
        let hook = Self.onEntry(
            """
            assert(entry.user.id == '318' and entry.duration_seconds == 5400 and entry.work_date == '2026-11-20')
                assert(entry.started_at == '2026-11-20T09:00:00+01:00' and entry.ended_at == '2026-11-20T10:30:00+01:00')
                assert(call.vendor == 'sonderplan' and call.connection == 'sonderplan' and call.operation == 'create')
                assert(call.dry_run == false and call.caller.name == 'jane' and call.caller.scopes.write)
                assert(call.settings.days == 3 and call.before == nil)
            """
        )
        try await withGateway(Self.plan([hook], settings: ["days": 3])) { gateway in
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            #expect(answer.status == 201, "\(answer.body)")
        }
    }

    @Test func timesThatFollowFromAChangeAreWorkedOutAgain() async throws {
        let hooks = [
            Self.onEntry("entry.duration_seconds = 3600"),
            Self.onEntry("assert(entry.ended_at == '2026-11-20T10:00:00+01:00')"),
        ]
        try await withGateway(Self.plan(hooks)) { gateway in
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            #expect(answer.status == 201, "\(answer.body)")
            let sent = try Self.sent(gateway, .sonderplan)
            #expect(sent["end"]?.int64.map { $0 - (sent["start"]?.int64 ?? 0) } == 3600)
            let derived = answer["mapping.derived"]?.array?.first {
                $0["why"] == "It follows from what the hook hooks/1.lua changed."
            }
            #expect(derived?["field"] == "ended_at")
        }
    }

    @Test func whatIsFilledInAndWhatIsTakenAwayIsReported() async throws {
        let hook = Self.onEntry("entry.title = 'Title'; entry.note = nil")
        try await withGateway(Self.plan([hook])) { gateway in
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan), query: "?dry_run=true")
            let why = { (kind: String, field: String) in
                answer["mapping.\(kind)"]?.array?.first { $0["field"]?.string == field }?["why"]?.string
            }
            #expect(why("defaulted", "title") == "The hook hooks/1.lua changed it.", "\(answer.body)")
            #expect(why("dropped", "note") == "The hook hooks/1.lua changed it.")
            #expect(gateway.ledger(.sonderplan).isEmpty)
        }
    }

    @Test func updateRunsTheHooksOnTheEntryAsItWillBe() async throws {
        let hook = Self.onEntry(
            """
            if call.operation ~= 'update' then return end
                assert(call.before.note == 'Second round' and call.before.duration_seconds == 7200)
                assert(entry.note == 'Second round' and entry.duration_seconds == 3600)
                entry.duration_seconds = 5400
                entry.note = 'rounded'
            """
        )
        try await withGateway(Self.plan([hook])) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let id = try #require(created["data.id"]?.string)
            let answer = try await gateway.send("PATCH", "/v1/productive/time-entries/\(id)", #"{"duration":"1h"}"#)
            #expect(answer.status == 200, "\(answer.body)")
            let attributes = try Self.sent(gateway)[path: "data.attributes"]
            #expect(attributes == ["note": "rounded", "date": "2026-11-20", "time": 90])
            #expect(answer["data.duration_seconds"] == 5400)
        }
    }

    @Test func updateThatAHookTurnsBackChangesNothing() async throws {
        let hook = Self.onEntry("if call.before then return call.before end")
        try await withGateway(Self.plan([hook])) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let id = try #require(created["data.id"]?.string)
            let answer = try await gateway.send("PATCH", "/v1/productive/time-entries/\(id)", #"{"note":"new"}"#)
            #expect(answer.status == 200)
            #expect(answer["data.note"] == "Second round")
            #expect(!gateway.ledger(.productive).contains { $0.method == "PATCH" })
        }
    }

    // MARK: - The rules hold for what a hook asks for

    @Test func hookBooksForNobodyWhomTheCallerCouldNotBookFor() async throws {
        try await withGateway(Self.plan([Self.onEntry("entry.user = { id = '9999' }")])) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.code == "scope_missing")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func criticalMemberThatTheVendorLacksIsRefusedAlsoFromAHook() async throws {
        let hook = Self.onEntry("entry.subjects.client = { id = '7' }")
        try await withGateway(Self.plan([hook])) { gateway in
            let answer = try await gateway.create(
                "productive",
                Sample.entry(.productive),
                headers: ["Prefer": "handling=lenient"]
            )
            #expect(answer.status == 422)
            #expect(
                answer.error("subjects.client") != nil || answer.error("subjects.client.id") != nil,
                "\(answer.body)"
            )
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func requiredMemberThatAHookTakesAwayIsMissing() async throws {
        try await withGateway(Self.plan([Self.onEntry("entry.subjects = nil")])) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.code == "required")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    // MARK: - Refusing

    @Test func refusalCitesItsRuleAndNothingIsSent() async throws {
        let hook = Self.onEntry(
            "return nil, { field = 'note', message = 'Not like this.', rule = 'house style', hint = 'Ask Jane.' }"
        )
        try await withGateway(Self.plan([hook])) { gateway in
            for query in ["", "?dry_run=true"] {
                let answer = try await gateway.create("productive", Sample.entry(.productive), query: query)
                #expect(answer.status == 422)
                #expect(answer.code == "refused_by_hook")
                #expect(answer["origin"] == "gateway")
                #expect(answer.sent == "no")
                #expect(answer.error("note")?["message"] == "Not like this.")
                #expect(answer.error("note")?["hint"] == "Ask Jane.")
                #expect(answer["rule"] == "house style")
                #expect(answer["source"] == "hooks/1.lua")
            }
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func codeOfTheCatalogueDecidesTheStatus() async throws {
        let hook = Self.onEntry("return nil, { code = 'permission_denied', message = 'No.', source = 'handbook' }")
        try await withGateway(Self.plan([hook])) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 403)
            #expect(answer["source"] == "handbook")
        }
    }

    // MARK: - Failing

    @Test(arguments: [
        ("error('no such luck')", "no such luck"), ("return entry.nothing.here", "attempt to index"),
        ("while true do end", "stopped after"),
        ("return 'yes'", "must return nothing, the entry, or nil and a refusal"),
        ("return true", "must return nothing"), ("entry.duration_seconds = 'long'", "not in order"),
        ("entry.nots = 'typo'", "Did you mean \\\"note\\\"?"), ("entry.duration_seconds = nil", "cannot be nothing"),
        ("return nil, 'because'", "nil and a table"),
        ("entry.note = function() end", "a function"),
    ])
    func failureOfOnEntryIsHookFailedAndNothingIsSent(body: String, message: String) async throws {
        try await withGateway(Self.plan([Self.onEntry(body)])) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 502)
            #expect(answer.code == "hook_failed", "\(answer.body)")
            #expect(answer["origin"] == "gateway")
            #expect(answer.sent == "no")
            #expect(answer["function"] == "on_entry")
            #expect(answer["place"]?.string?.hasPrefix("hooks/1.lua") == true)
            #expect(answer.body.contains(message), "\(answer.body)")
            #expect(gateway.ledger(.productive).isEmpty)
        }
    }

    @Test func placeOfAFailureIsFileAndLine() async throws {
        try await withGateway(Self.plan([Self.onEntry("error('no such luck')")])) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer["place"] == "hooks/1.lua:3")
            #expect(answer["excerpt"]?.string?.contains("> 3 |     error('no such luck')") == true)
        }
    }

    @Test func hookThatIsStoppedServesTheNextCall() async throws {
        let hook = Self.onEntry("if entry.note == 'loop' then while true do end end")
        try await withGateway(Self.plan([hook])) { gateway in
            for _ in 0..<2 {
                let stopped = try await gateway.create("productive", Sample.entry(.productive, note: "loop"))
                #expect(stopped.code == "hook_failed")
                let answer = try await gateway.create("productive", Sample.entry(.productive))
                #expect(answer.status == 201)
            }
        }
    }

    @Test(arguments: ["on_answer", "on_done"])
    func failureAfterTheVendorSaidYesIsReportedAndTheEntryIsAnswered(function: String) async throws {
        let hook = "return { \(function) = function() error('too late') end }"
        try await withGateway(Self.plan([hook])) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 201)
            #expect(answer["data.id"] == "227")
            #expect(gateway.log.text.contains("too late"))
            if function == "on_answer" {
                #expect(answer["mapping.inconsistent.0.why"]?.string?.contains("on_answer failed") == true)
            }
            // The write is settled as any other, and its key answers again.
            let rows = try await gateway.journalled()
            #expect(rows.map(\.state) == [.done])
        }
    }

    @Test func failureOfOnProblemHidesNothing() async throws {
        let hook = "return { on_problem = function() error('again') end }"
        try await withGateway(Self.plan([hook])) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive).with(["subjects": nil]))
            #expect(answer.code == "required")
            #expect(answer["hook_failures.0"]?.string?.contains("again") == true)
        }
    }

    @Test func whatLooksOnReturnsNothing() async throws {
        try await withGateway(Self.plan(["return { on_answer = function(entry) return entry end }"])) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 201)
            #expect(answer["mapping.inconsistent.0.why"]?.string?.contains("it only looks on") == true)
        }
    }

    // MARK: - Looking on

    @Test func hooksAreToldWhatEachCallCameTo() async throws {
        let hook = """
            return {
              on_answer = function(entry, call) call.log('answer ' .. call.operation .. ' ' .. entry.id) end,
              on_problem = function(problem, call) call.log('problem ' .. problem.code .. ' ' .. problem.status) end,
              on_done = function(call)
                local r = call.result
                call.log('done ' .. call.operation .. ' ' .. r.outcome .. ' ' .. tostring(r.entry_id) .. ' ' .. tostring(r.code))
                assert(r.milliseconds >= 0)
              end,
            }
            """
        try await withGateway(Self.plan([hook])) { gateway in
            let id = try #require(
                try await gateway.create("productive", Sample.entry(.productive))["data.id"]?.string
            )
            let path = "/v1/productive/time-entries/\(id)"
            _ = try await gateway.get(path)
            _ = try await gateway.get("/v1/productive/time-entries?limit=1")
            _ = try await gateway.create("productive", Sample.entry(.productive), query: "?dry_run=true")
            _ = try await gateway.create("productive", Sample.entry(.productive).with(["subjects": nil]))
            _ = try await gateway.send("DELETE", path)
            let lines = gateway.log.text.split(separator: "\n").compactMap { line in
                line.range(of: "text=").map { String(line[$0.upperBound...]) }
            }
            #expect(
                lines == [
                    "answer create 227", "done create recorded 227 nil", "answer get 227", "done get read 227 nil",
                    "done list listed nil nil", "done create planned nil nil", "problem required 422",
                    "done create refused nil required", "done delete deleted 227 nil",
                ]
            )
        }
    }

    @Test func batchRunsTheHooksForEachEntry() async throws {
        let hook = Self.onEntry("if entry.note == 'no' then return nil, { message = 'No.' } end")
        try await withGateway(Self.plan([hook])) { gateway in
            let entries = ["yes", "no", "yes"].map { note in
                #"{"entry":\#(Sample.entry(.productive, note: note).serialized(.compact))}"#
            }
            let answer = try await gateway.post(
                "/v1/productive/time-entries/batch",
                "[\(entries.joined(separator: ","))]"
            )
            #expect(answer["data"]?.array?.map { $0["status"]?.int64 } == [201, 422, 201])
            #expect(gateway.ledger(.productive).count == 2)
        }
    }

    @Test func hooksOfOneConnectionDoNotConcernAnother() async throws {
        var plan = try GatewayPlan(.productive, .sonderplan)
        let hook = try Plugins.hook(Self.onEntry("return nil, { message = 'No.' }"))
        plan.change("productive") { $0.hooks = [ConfiguredHook(hook)] }
        try await withGateway(plan) { gateway in
            let refused = try await gateway.create("productive", Sample.entry(.productive))
            #expect(refused.code == "refused_by_hook")
            let answer = try await gateway.create("sonderplan", Sample.entry(.sonderplan))
            #expect(answer.status == 201)
        }
    }

    @Test func hooksSeeNoSecret() async throws {
        let hook = """
            local function walk(value, seen)
              if type(value) == 'table' then for k, v in pairs(value) do walk(k, seen) walk(v, seen) end
              else seen[#seen + 1] = tostring(value) end
            end
            return {
              on_entry = function(entry, call)
                local seen = {}
                walk(entry, seen) walk(call, seen)
                entry.note = table.concat(seen, ' ')
              end,
              on_done = function(call) local seen = {} walk(call, seen) call.log(table.concat(seen, ' ')) end,
            }
            """
        // The search for secrets goes through everything that the gateway said.
        try await withGateway(Self.plan([hook])) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive))
            #expect(answer.status == 201, "\(answer.body)")
            #expect(!gateway.ledger(.productive)[0].body.contains("canary"))
        }
    }
}
