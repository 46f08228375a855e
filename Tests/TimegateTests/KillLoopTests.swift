import Foundation
import Testing

@Suite("Killed again and again", .serialized, .timeLimit(.minutes(6)))
struct KillLoopTests {
    @Test("SIGKILL under load: nothing is doubled, nothing that was answered is lost, what is not known is listed")
    func short() async throws {
        try await ChaosGateway.with { gateway in
            let loop = KillLoop(gateway: gateway, clientsPerVendor: 2, seconds: 4, secondsBetweenKills: 0.7)
            let log = try await loop.run()
            #expect(await gateway.stop() == 0)
            let balance = try await Balance(gateway, log)
            #expect(balance.faults.isEmpty, "\(balance.faults.prefix(10).joined(separator: "\n"))\n\(balance)")
            #expect(balance.recorded > 20, "\(balance)")
            #expect(log.kills >= 4)
            #expect(log.lostAnswers > 0)
        }
    }

    /// `make chaos`: with load from wrk beside, and until everything that can be settled is.
    @Test(
        "a minute of SIGKILL every second",
        .enabled(if: ProcessInfo.processInfo.environment["TIMEGATE_CHAOS_SECONDS"] != nil)
    )
    func long() async throws {
        let seconds = Double(ProcessInfo.processInfo.environment["TIMEGATE_CHAOS_SECONDS"] ?? "") ?? 60
        try await ChaosGateway.with { gateway in
            let loop = KillLoop(gateway: gateway, clientsPerVendor: 2, seconds: seconds, secondsBetweenKills: 1)
            async let load = Load.run(gateway, seconds: min(10, Int(seconds)))
            var log = try await loop.run()
            let loaded = try await load
            try await settle(gateway)
            for (key, said) in log.words where said.word == .unsettled {
                log.words[key] = (said.entry, await loop.insist(said.entry, attempts: 3).word)
            }
            #expect(await gateway.stop() == 0)
            let balance = try await Balance(gateway, log)
            print(
                "kills:     \(log.kills), lost answers: \(log.lostAnswers), replays: \(log.replays)\nwrk:       \(loaded)\n\(balance)"
            )
            #expect(balance.faults.isEmpty, "\(balance.faults.prefix(20).joined(separator: "\n"))")
            #expect(balance.rows[.unknown] == nil, "something is neither settled nor a person's")
            #expect(balance.recorded > 500)
        }
    }

    /// Waits until nothing is under way: at most the settle time and the reads after it.
    private func settle(_ gateway: ChaosGateway) async throws {
        for _ in 0..<240 {
            let answer = await gateway.get("/v1/outcomes?state=unknown&limit=200")
            let open = (answer?.json["data"]?.array ?? []).filter { $0["state"] != "needs_operator" }
            if answer?.status == 200, open.isEmpty { return }
            try await Task.sleep(for: .seconds(1))
        }
    }
}

/// Requests from wrk, each with a key of its own and never repeated.
enum Load {
    /// - Returns: wrk's own count of requests, or why there is none.
    static func run(_ gateway: ChaosGateway, seconds: Int) async throws -> String {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/wrk") else { return "not installed" }
        // wrk goes to one port, and the gateway has another one after each start: one round for each life.
        let end = ContinuousClock.now + .seconds(seconds)
        let script = try gateway.vendors.scratch.write("load.lua", Self.script)
        var requests = 0
        while ContinuousClock.now < end {
            let ended = try await TimegateBinary.shell(
                "exec wrk -t1 -c8 -d1s -s \(script) http://127.0.0.1:\(gateway.port)"
            )
            let line = ended.output.split(separator: "\n").first { $0.contains(" requests in ") }
            requests += line?.split(separator: " ").first.flatMap { Int($0) } ?? 0
            try await Task.sleep(for: .milliseconds(50))
        }
        return "\(requests) requests answered"
    }

    private static let script = #"""
        local key = "\#(ChaosGateway.key)"
        math.randomseed(os.time() * 1000 + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
        local function uuid()
          return (("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx"):gsub("x", function()
            return ("%x"):format(math.random(0, 15))
          end))
        end
        function delay() return 20 end
        function request()
          local id = uuid()
          local body = ('{"work_date": "2024-%02d-%02d", "duration": "%dm", "subjects": {"service": {"id": "1192"}}, "note": "Booking %s"}')
            :format(math.random(12), math.random(28), math.random(600), id)
          return wrk.format("POST", "/v1/acme-productive/time-entries", {
            ["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json", ["Idempotency-Key"] = id,
          }, body)
        end
        """#
}
