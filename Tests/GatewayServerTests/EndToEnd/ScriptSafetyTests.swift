import GatewayServer
import JSON
import PluginHost
import Testing
import VendorSimulators

/// What plugins cannot get at, seen from outside: L18 and L20 of the table of threats.
struct ScriptSafetyTests {
    private static let walk = """
        local function walk(value, seen)
          if type(value) == "table" then
            for k, v in pairs(value) do walk(k, seen) walk(v, seen) end
          else
            seen[#seen + 1] = tostring(value)
          end
          return seen
        end
        local function tell(what, ...)
          local seen = {}
          for _, value in ipairs({ ... }) do walk(value, seen) end
          log(what .. ": " .. table.concat(seen, " "))
        end
        """

    @Test func noFunctionOfAPluginSeesASecret() async throws {
        var source = try Plugins.sonderplan(
            as: "odd",
            with: """
                  authorize = function(entry, call) tell("authorize", entry, call) return true end,
                  validate = function(entry, call)
                    tell("validate", entry, call, call.get({ path = "/v2/time-activity" }))
                  end,
                  to_vendor = function(request, entry, call) tell("to_vendor", request, entry, call) return request end,
                  from_vendor = function(entry, answer, call) tell("from_vendor", entry, answer, call) return entry end,
                  problem = function(answer, call) tell("problem", answer, call) end,
                """
        )
        source = Self.walk + "\n" + source
        var plan = try GatewayPlan(.sonderplan)
        try plan.addSonderplan("odd", try Plugins.load(id: "odd", source: source))
        let token = Sample.token(.sonderplan)
        // The search for secrets goes through everything that the gateway said, its log included.
        try await withGateway(plan) { gateway in
            let recorded = try await gateway.create("odd", Sample.entry(.sonderplan))
            #expect(recorded.status == 201, "\(recorded.body)")
            // A vendor that repeats the token, in what is looked up and in what it refuses.
            for body in [#"{"data":["\#(token)"]}"#, #"{"error":{"message":"bad token \#(token)"}}"#] {
                gateway.simulator(.sonderplan).inject(
                    Fault(.status(body.contains("data") ? 200 : 422, contentType: "application/json", body: body))
                )
                _ = try await gateway.create("odd", Sample.entry(.sonderplan))
            }
            gateway.simulator(.sonderplan).inject(
                Fault(.status(422, contentType: "application/json", body: "[\"\(token)\"]"), skip: 1)
            )
            _ = try await gateway.create("odd", Sample.entry(.sonderplan))
            for function in ["authorize", "validate", "to_vendor", "from_vendor", "problem"] {
                #expect(gateway.log.text.contains("text=\(function): "), "\(function) has not run")
            }
            #expect(gateway.log.text.contains("***"), "the vendor's repetition is shown hidden")
        }
    }

    @Test func pluginChoosesNeitherAddressNorMethodNorHeaders() async throws {
        let source = try Plugins.sonderplan(
            as: "odd",
            with: """
                  to_vendor = function(request)
                    request.url, request.origin, request.path = "https://evil.example/x", "https://evil.example", "/x"
                    request.method, request.headers = "DELETE", { Host = "evil.example", Authorization = "none" }
                    return request
                  end,
                """
        )
        var plan = try GatewayPlan(.sonderplan)
        try plan.addSonderplan("odd", try Plugins.load(id: "odd", source: source))
        try await withGateway(plan) { gateway in
            // They are members of the body, and nothing else: the vendor refuses them.
            let answer = try await gateway.create("odd", Sample.entry(.sonderplan))
            #expect(answer.status == 422)
            let request = try #require(gateway.ledger(.sonderplan).first)
            #expect(gateway.ledger(.sonderplan).count == 1)
            #expect(request.method == "POST")
            #expect(request.target == "/v2/time-entry")
            #expect(request.header("host")?.hasPrefix("127.0.0.1:") == true)
            #expect(request.header("authorization")?.hasPrefix("Bearer ") == true)
        }
    }
}
