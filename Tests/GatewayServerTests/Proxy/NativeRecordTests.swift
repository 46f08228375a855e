import GatewayCore
import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// What is kept of recognised requests, who is told of them, and what their rules' reads go through.
@Suite("Records, hooks and limits of vendors' own clients")
struct NativeRecordTests {
    private static let looksOn = """
        return {
          on_answer = function(entry, call) call.log('answer ' .. call.operation .. ' ' .. entry.id) end,
          on_problem = function(problem, call) call.log('problem ' .. problem.code) end,
          on_done = function(call)
            local r = call.result
            call.log('done ' .. call.operation .. ' ' .. r.outcome .. ' ' .. tostring(r.code))
          end,
        }
        """

    private func record(_ gateway: TestGateway, _ answer: Answer, key: String = "jane") async throws -> Answer {
        try await gateway.get("/v1/calls/\(try #require(answer.header("timegate-request-id")))", key: key)
    }

    @Test("a create is recorded step by step, with what the client sent and got", arguments: [true, false])
    func create(clientsOwn: Bool) async throws {
        var plan = try GatewayPlan(
            proxying: [.productive],
            ProxyRules(credentials: clientsOwn ? .client : .connection)
        )
        let hook = try Plugins.hook("return { on_entry = function(e) e.note = e.note .. '!' return e end }")
        plan.change("productive") { $0.hooks = [ConfiguredHook(hook)] }
        plan.keys.append(GatewayPlan.Key(name: "joe", connections: ["productive"]))
        try await withGateway(plan) { gateway in
            var client = try await NativeClient.creating(.productive, on: gateway)
            if clientsOwn { client = try client.withCredentials() }
            let answer = try await client.send(headers: [
                ("Cookie", "session=canary-cookie-of-jane"), ("X-Odd", "canary"),
            ])
            #expect(answer.status == 201, "\(answer.body)")
            let record = try await record(gateway, answer)
            #expect(record.status == 200, "\(record.body)")
            #expect(record["data.caller"] == "jane")
            #expect(record["data.connection"] == "productive")
            #expect(record["data.operation"] == "create")
            #expect(record["data.status"] == 201)
            #expect(record["data.request.path"]?.string == "/proxy/productive\(client.target)")
            // The gateway's own plan, which is what the client asks for, has been through the hook once.
            #expect(record["data.request.body.data.attributes.note"] == "Second round!")
            #expect(record["data.answer"] == answer.json)
            let steps = try #require(record["data.steps"]?.array)
            let names = steps.compactMap { $0["step"]?.string }.filter { $0 != "wait" }
            #expect(names == ["read", "script", "map", "journal", "send", "answer", "reply"], "\(names)")
            #expect(steps[1]["function"] == "on_entry of hooks/test.lua")
            #expect(steps[1]["changed"]?[0]?["after"] == "Second round!!")
            let send = try #require(steps.first { $0["step"] == "send" })
            #expect(send["request"]?["body"]?[path: "data.attributes.note"] == "Second round!!")
            #expect(send["request"]?["headers"]?["X-Auth-Token"]?.string?.contains("***") == true)
            #expect(send["answer"]?["status"] == 201)
            let others = try await self.record(gateway, answer, key: "joe")
            #expect(others.status == 404)
        }
    }

    @Test("reads and refusals are recorded too, and what is not recognised is not")
    func others() async throws {
        try await withGateway(GatewayPlan(proxying: [.productive])) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let list = try await client.send(method: "GET", target: client.target + "?filter[person_id]=8160", text: "")
            let read = try await record(gateway, list)
            #expect(read["data.operation"] == "list")
            #expect(read["data.request.query"] == "filter[person_id]=8160")
            #expect(read["data.steps"]?.array?.contains { $0["step"] == "send" } == true)
            let refused = try await client.send(text: "[]")
            #expect(refused.header("timegate-error") == "malformed_request")
            let kept = try await record(gateway, refused)
            #expect(kept["data.operation"] == "create")
            #expect(kept["data.status"]?.int64 == Int64(refused.status))
            #expect(kept["data.answer"] == refused.json)
            let other = try await client.send(method: "GET", target: "/api/v2/projects", text: "")
            #expect(other.header("timegate-request-id") == nil)
        }
    }

    @Test("hooks look on as with every call: once for each answer, refusal and end")
    func hooks() async throws {
        var plan = try GatewayPlan(proxying: [.productive])
        let hook = try Plugins.hook(Self.looksOn)
        plan.change("productive") { link in
            link.hooks = [ConfiguredHook(hook)]
        }
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            // The dry run was told too.
            let before = lines(gateway).count
            let created = try await client.send()
            let id = try #require(created["data.id"]?.string)
            _ = try await client.send(method: "GET", target: "\(client.target)?filter[person_id]=8160", text: "")
            _ = try await client.send(method: "GET", target: "\(client.target)/\(id)", text: "")
            _ = try await client.send(text: "[]")
            _ = try await client.send(method: "GET", target: "\(client.target)/999999", text: "")
            _ = try await client.send(method: "DELETE", target: "\(client.target)/\(id)", text: "")
            #expect(
                Array(lines(gateway).dropFirst(before)) == [
                    "answer create \(id)", "done create recorded nil", "done list listed nil", "answer get \(id)",
                    "done get read nil", "problem malformed_request", "done create refused malformed_request",
                    "problem vendor_not_found", "done get refused vendor_not_found", "done delete deleted nil",
                ]
            )
        }
    }

    @Test("a hook that fails at the answer takes nothing from the client")
    func failingHook() async throws {
        var plan = try GatewayPlan(proxying: [.productive])
        let hook = try Plugins.hook("return { on_answer = function(entry) entry.note = 'mine' error('no') end }")
        plan.change("productive") { $0.hooks = [ConfiguredHook(hook)] }
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let answer = try await client.send()
            #expect(answer.status == 201)
            #expect(answer["data.attributes.note"] == "Second round")
            #expect(try await gateway.journalled().first?.reply?.body == Array(answer.body.utf8))
        }
    }

    @Test("a vendor that failed is left alone, and asked by a read before the next write")
    func probe() async throws {
        try await withGateway(GatewayPlan(proxying: [.productive])) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            gateway.simulator(.productive).inject(Fault(.status(500, contentType: "text/plain", body: "no"), count: 20))
            // At once, since only what fails within ten seconds counts.
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await client.send().status } }
                for try await status in group { #expect(status == 500) }
            }
            let held = try await client.send()
            #expect(held.status == 503)
            #expect(held.isRefusal("breaker_open", of: .productive), "\(held.head)\(held.body)")
            #expect(gateway.ledger(.productive).count == 20)
            let isOpen = try await soon { try await client.send().status == 201 }
            #expect(isOpen)
            let after = gateway.ledger(.productive).dropFirst(20)
            #expect(after.map(\.method) == ["GET", "POST"])
        }
    }

    @Test("a hook sees of an update what the request names")
    func namedByAnUpdate() async throws {
        var plan = try GatewayPlan(proxying: [.productive])
        let hook = try Plugins.hook(
            "return { on_entry = function(e, call) call.log(tostring(e.note) .. tostring(e.work_date) .. tostring(call.before)) end }"
        )
        plan.change("productive") { $0.hooks = [ConfiguredHook(hook)] }
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let id = try #require(try await client.send()["data.id"]?.string)
            let update = #"{"data":{"type":"time_entries","attributes":{"note":"Changed"}}}"#
            let answer = try await client.send(method: "PATCH", target: "\(client.target)/\(id)", text: update)
            #expect(answer.status == 200)
            #expect(lines(gateway).last == "Changednilnil")
        }
    }

    private func lines(_ gateway: TestGateway) -> [String] {
        gateway.log.text.split(separator: "\n").compactMap { line in
            guard let start = line.range(of: "text=") else { return nil }
            return String(line[start.upperBound...])
        }
    }

    @Test("what a rule has to read counts against the vendor's windows")
    func readsOfRules() async throws {
        var plan = try GatewayPlan(proxying: [.productive])
        plan.keys[0].scopes = [.read, .write, .proxy]
        plan.vendorTimeoutMilliseconds = 1_000
        let window = try #require(RateWindow(requests: 2, seconds: 3_600))
        plan.change("productive") { $0.rateWindows = [window] }
        try await withGateway(plan) { gateway in
            let client = try await NativeClient.creating(.productive, on: gateway)
            let created = try await client.send()
            let id = try #require(created["data.id"]?.string, "\(created.body)")
            let update = #"{"data":{"type":"time_entries","attributes":{"note":"Changed"}}}"#
            // The second request of the hour is the look whose entry it is; nothing is left for the change.
            let refused = try await client.send(method: "PATCH", target: "\(client.target)/\(id)", text: update)
            #expect(refused.isRefusal("vendor_limit", of: .productive), "\(refused.head)\(refused.body)")
            #expect(gateway.ledger(.productive).map(\.method) == ["POST", "GET"])
            let again = try await client.send(method: "PATCH", target: "\(client.target)/\(id)", text: update)
            #expect(again.isRefusal("vendor_limit", of: .productive))
            #expect(gateway.ledger(.productive).count == 2)
            #expect(try await gateway.journalled().count == 1)
        }
    }
}
