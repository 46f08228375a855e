import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// `call.get`: a plugin's rules read at their own vendor while they decide.
struct LookUpTests {
    static let id = "odd"
    static let activities = "call.get({ path = '/v2/time-activity' })"

    /// A gateway with Sonderplan's plugin and a `validate` of that body.
    static func plan(validate body: String, _ name: String = id) throws -> (plan: GatewayPlan, source: String) {
        var plan = try GatewayPlan(.sonderplan)
        let source = try Plugins.sonderplan(
            as: name,
            with: "  validate = function(entry, call)\n    \(body)\n  end,"
        )
        try plan.addSonderplan(name, try Plugins.load(id: name, source: source))
        return (plan, source)
    }

    static func paths(_ gateway: TestGateway, _ vendor: SimulatedVendor = .sonderplan) -> [String] {
        gateway.ledger(vendor).map { "\($0.method) \($0.target)" }
    }

    // MARK: - Reading

    @Test func answerIsHandedToTheScriptAsTables() async throws {
        let body = """
            local answer = call.get({ path = '/v2/{what}', what = 'time-activity', query = { page = 1, limit = 2 } })
                assert(answer.status == 200 and #answer.body.data == 2)
                return nil, { field = 'activity.name', message = answer.body.data[1].name }
            """
        try await withGateway(Self.plan(validate: body).plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.code == "refused_by_plugin")
            #expect(answer.error("activity.name")?["message"] == "Colour Grading")
            #expect(Self.paths(gateway) == ["GET /v2/time-activity?limit=2&page=1"])
            #expect(gateway.ledger(.sonderplan)[0].header("authorization")?.hasPrefix("Bearer ") == true)
        }
    }

    @Test func valuesAreEscapedSoThatTheyStayWithinTheirPlace() async throws {
        let body = """
            call.get({ path = '/v2/{what}', what = '../a/b?c=d#e%2f ü', query = { ['a&b'] = '= &?/' } })
            """
        // A blank cannot stand in a path: it is refused, and so the others are seen without it.
        let good = body.replacing(" ü'", with: "ü'")
        try await withGateway(Self.plan(validate: good).plan) { gateway in
            _ = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(
                Self.paths(gateway).first == "GET /v2/..%2Fa%2Fb%3Fc%3Dd%23e%252f%C3%BC?a%26b=%3D%20%26%3F%2F"
            )
        }
    }

    @Test func absenceIsAnAnswer() async throws {
        let body = """
            local answer = call.get({ path = '/v2/nowhere' })
                return nil, { field = 'note', message = answer.status .. ': ' .. answer.body.error.message }
            """
        try await withGateway(Self.plan(validate: body).plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.error("note")?["message"] == "404: Not found.")
        }
    }

    @Test func sameReadIsMadeOnceInACall() async throws {
        let body = """
            for _ = 1, 20 do
                  \(Self.activities)
                  call.get({ path = '/v2/{what}', what = 'time-activity' })
                end
            """
        try await withGateway(Self.plan(validate: body).plan) { gateway in
            let first = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(first.status == 201)
            #expect(Self.paths(gateway) == ["GET /v2/time-activity", "POST /v2/time-entry"])
            let second = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(second.status == 201)
            #expect(gateway.ledger(.sonderplan).count == 4, "another call reads anew")
        }
    }

    @Test func readsWorkThroughProtectedCallsAndLoops() async throws {
        let body = """
            local names = {}
                local ok = pcall(function()
                  for page = 1, 2 do
                    local answer = call.get({ path = '/v2/time-activity', query = { page = page, limit = 1 } })
                    for _, line in ipairs(answer.body.data) do names[#names + 1] = line.name end
                  end
                end)
                return nil, { field = 'note', message = tostring(ok) .. ' ' .. table.concat(names, ',') }
            """
        try await withGateway(Self.plan(validate: body).plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.error("note")?["message"] == "true Colour Grading,Editing")
        }
    }

    // MARK: - What is no read

    @Test(arguments: [
        ("call.get({ path = 'https://evil.example/x' })", "own origin only"),
        ("call.get({ path = '//evil.example/x' })", "own origin only"),
        ("call.get({ path = 'v2/x' })", "own origin only"),
        ("call.get({ url = 'https://evil.example/x', path = '/x' })", "there is no url"),
        ("call.get({ path = '/v2/../admin' })", "leads elsewhere"),
        ("call.get({ path = '/v2/./x' })", "leads elsewhere"),
        ("call.get({ path = '/v2/%2e%2e/x' })", "holds \"%\""),
        ("call.get({ path = '/v2/x?y=1' })", "query = { name = value }"),
        ("call.get({ path = '/v2/x#y' })", "holds \"#\""),
        ("call.get({ path = '/v2/x y' })", "printable ASCII"),
        ("call.get({ path = '/v2/{id}', id = '..' })", "id cannot stand in a path"),
        ("call.get({ path = '/v2/{id}', id = '' })", "id cannot stand in a path"),
        ("call.get({ path = '/v2/{id}', id = { 1 } })", "id cannot stand in a path"),
        ("call.get({ path = '/v2/{id}', id = 'a b' })", "id cannot stand in a path"),
        ("call.get({ path = '/v2/{id}' })", "needs id"),
        ("call.get({ path = '/v2/x', id = 1 })", "has no {id}"),
        ("call.get({ path = '/v2/x', method = 'DELETE' })", "it reads, and nothing else"),
        ("call.get({ path = '/v2/x', body = { a = 1 } })", "it reads, and nothing else"),
        ("call.get({ path = '/v2/x', headers = { Host = 'evil' } })", "it reads, and nothing else"),
        ("call.get({ path = '/v2/x', query = 'a=b' })", "query must be a table"),
        ("call.get({ path = '/v2/x', query = { a = { 1 } } })", "query.a must be"),
        ("call.get('/v2/x')", "it takes a table"),
        ("call.get()", "it takes a table"),
        ("call.get({})", "path is missing"),
    ])
    func whatIsNoReadOfTheOwnVendorIsRefusedWithItsLine(call: String, message: String) async throws {
        let (plan, source) = try Self.plan(validate: call)
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.code == "plugin_failed")
            #expect(answer.detail.contains("call.get: "), "\(answer.detail)")
            #expect(answer.detail.contains(message), "\(answer.detail)")
            let line = Plugins.line(of: call, in: source) ?? 0
            #expect(answer["place"]?.string == "plugins/odd/plugin.lua:\(line)")
            #expect(gateway.ledger(.sonderplan).isEmpty)
        }
    }

    @Test func onlyRulesMayRead() async throws {
        var plan = try GatewayPlan(.sonderplan)
        let source = try Plugins.sonderplan(
            as: Self.id,
            with: "  to_vendor = function(request, entry, call)\n    \(Self.activities)\n    return request\n  end,"
        )
        try plan.addSonderplan(Self.id, try Plugins.load(id: Self.id, source: source))
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.code == "plugin_failed")
            #expect(answer.detail.contains("to_vendor cannot read"))
            #expect(gateway.ledger(.sonderplan).isEmpty)
        }
    }

    @Test func readInsideALibraryFunctionIsNamed() async throws {
        let body = "table.sort({ 2, 1 }, function(a, b) return \(Self.activities) and a < b end)"
        try await withGateway(Self.plan(validate: body).plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.code == "plugin_failed")
            #expect(answer.detail.contains("'call.get' inside a comparison function of table.sort"))
        }
    }

    @Test func readsOfOneEntryAreLimitedInNumber() async throws {
        let body = """
            for page = 1, 6 do
                  call.get({ path = '/v2/time-activity', query = { page = page } })
                end
            """
        try await withGateway(Self.plan(validate: body).plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.code == "plugin_failed")
            #expect(answer.detail.contains("at most 5 different reads"))
            #expect(gateway.ledger(.sonderplan).map(\.method) == Array(repeating: "GET", count: 5))
        }
    }

    // MARK: - A vendor that does not answer

    @Test(arguments: [
        (Fault.Kind.status(500, contentType: "text/plain", body: "oops"), 502, "vendor_error"),
        (.status(401, contentType: "application/json", body: "{}"), 502, "vendor_auth"),
        (.status(403, contentType: "application/json", body: "{}"), 403, "vendor_permission"),
        (.closeBeforeAnswer(reset: true), 502, "vendor_unreachable"),
        (.notJSON(contentType: "text/html", body: "<p>Hello</p>"), 502, "vendor_answer_invalid"),
    ])
    func deadVendorEndsTheCallAndNothingIsSent(fault: Fault.Kind, status: Int, code: String) async throws {
        // The script cannot turn it into a yes.
        try await withGateway(Self.plan(validate: "pcall(function() \(Self.activities) end)").plan) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(fault, count: nil))
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.status == status)
            #expect(answer.code == code)
            #expect(answer.sent == "no")
            #expect(answer.detail.hasPrefix("A rule needs /v2/time-activity to be read."))
            #expect(!gateway.ledger(.sonderplan).contains { $0.method == "POST" })
        }
    }

    @Test func answerThatIsTooLongIsTheScriptsError() async throws {
        try await withGateway(Self.plan(validate: Self.activities).plan) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.hugeAnswer(bytes: 2 << 20)))
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.code == "plugin_failed")
            #expect(answer.detail.contains("at most 1048576 are read"))
        }
    }

    @Test func timeOfReadsCountsAgainstTheCall() async throws {
        let body = """
            for page = 1, 4 do call.get({ path = '/v2/time-activity', query = { page = page } }) end
            """
        var (plan, _) = try Self.plan(validate: body)
        plan.vendorTimeoutMilliseconds = 700
        try await withGateway(plan) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.latency(milliseconds: 300), count: nil))
            let start = ContinuousClock.now
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.code == "vendor_timeout")
            #expect(answer.sent == "no")
            #expect(ContinuousClock.now - start < .milliseconds(2500))
            #expect(!gateway.ledger(.sonderplan).contains { $0.method == "POST" })
        }
    }

    @Test func readsGoThroughTheConnectionsRateWindows() async throws {
        var (plan, _) = try Self.plan(validate: Self.activities)
        plan.change(Self.id) { $0.rateWindows = [RateWindow(requests: 1, seconds: 3600)].compactMap { $0 } }
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(answer.status == 429)
            #expect(answer.sent == "no")
            #expect(Self.paths(gateway) == ["GET /v2/time-activity"])
        }
    }

    // MARK: - Plans

    @Test func planOpensNoSocketAndSaysWhatItWouldRead() async throws {
        let listener = try ListeningSocket()
        var (plan, _) = try Self.plan(validate: "\(Self.activities)\n return nil, { message = 'no' }")
        plan.change(Self.id) { $0.upstream = .origin("http://127.0.0.1:\(listener.port)") }
        try await withGateway(plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan), query: "?dry_run=true")
            #expect(answer.status == 200)
            #expect(
                answer["plan.undetermined"] == [
                    "validate asks Sonderplan for /v2/time-activity: ask with dry_run=reads to have it answered."
                ]
            )
            #expect(!listener.wasConnectedTo)
        }
    }

    @Test func planWithReadsIsDetermined() async throws {
        let body = "if #\(Self.activities).body.data == 3 then return nil, { message = 'three' } end"
        try await withGateway(Self.plan(validate: body).plan) { gateway in
            let answer = try await gateway.create(Self.id, Sample.entry(.sonderplan), query: "?dry_run=reads")
            #expect(answer.code == "refused_by_plugin")
            #expect(Self.paths(gateway) == ["GET /v2/time-activity"])
        }
    }

    // MARK: - Beside each other

    @Test func waitingScriptHoldsUpNobody() async throws {
        var (plan, _) = try Self.plan(validate: "if entry.note == 'slow' then \(Self.activities) end")
        plan.vendorTimeoutMilliseconds = 1500
        try await withGateway(plan) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.hang))
            async let slow = gateway.create(Self.id, Sample.entry(.sonderplan, note: "slow"))
            let isWaiting = try await soon { gateway.ledger(.sonderplan).count == 1 }
            #expect(isWaiting)
            // On the one event loop, while the script waits for an answer that never comes.
            let other = try await gateway.create(Self.id, Sample.entry(.sonderplan))
            #expect(other.status == 201)
            let answer = try await slow
            #expect(answer.code == "vendor_timeout")
            #expect(answer.sent == "no")
        }
    }

    @Test func callsWhoseStateWasStoppedMeanwhileStartOnceMore() async throws {
        let body = """
            if entry.note == 'loop' then while true do end end
                if entry.note == 'slow' then \(Self.activities) end
            """
        try await withGateway(Self.plan(validate: body).plan) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.latency(milliseconds: 800)))
            async let slow = gateway.create(Self.id, Sample.entry(.sonderplan, note: "slow"))
            let isWaiting = try await soon { gateway.ledger(.sonderplan).count == 1 }
            #expect(isWaiting)
            let stopped = try await gateway.create(Self.id, Sample.entry(.sonderplan, note: "loop"))
            #expect(stopped.code == "plugin_failed")
            let answer = try await slow
            #expect(answer.status == 201, "\(answer.body)")
            // What was read before is remembered.
            #expect(Self.paths(gateway) == ["GET /v2/time-activity", "POST /v2/time-entry"])
        }
    }

    @Test func manyCallsWaitAtOnce() async throws {
        let (plan, _) = try Self.plan(validate: Self.activities)
        try await withGateway(plan) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.latency(milliseconds: 300), count: 150))
            let batch = (0..<150).map { number in
                #"{"entry":\#(Sample.entry(.sonderplan, note: "\(number)").serialized(.compact))}"#
            }
            // Sonderplan's batches have four under way: several batches at once make many.
            let statuses = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for part in 0..<15 {
                    let lines = batch[(part * 10)..<(part * 10 + 10)].joined(separator: ",")
                    group.addTask {
                        let answer = try await gateway.post("/v1/\(Self.id)/time-entries/batch", "[\(lines)]")
                        return (answer["data"]?.array ?? []).compactMap { $0["status"]?.int64 }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(statuses == Array(repeating: 201, count: 150))
        }
    }
}
