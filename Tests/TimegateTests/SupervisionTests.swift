import Foundation
import JSON
import Testing

/// `serve --supervise`: a supervisor that owns the listening sockets, and a worker that can be ended and started again.
@Suite("Supervision", .serialized, .timeLimit(.minutes(3)))
struct SupervisionTests {
    /// A gateway to the simulators with a hook at one connection that computes for as long as its soft limits
    /// let it, if the note says so.
    static func withGateway(
        hardLimit: Int = 1_000,
        _ body: (Vendors, RunningTimegate, _ url: String, _ admin: String) async throws -> Void
    ) async throws {
        try await Vendors.withQuickstart { vendors in
            try vendors.scratch.write(
                "slow.lua",
                """
                return { on_entry = function(entry)
                  if entry.note ~= "slow" then return end
                  while true do local t = { {}, {}, {}, {} } end
                end }
                """
            )
            let configuration = vendors.scratch.read("timegate.yaml").replacing(
                "  acme-productive:\n",
                with: "  acme-productive:\n    hooks: [slow.lua]\n"
            )
            try vendors.scratch.write("timegate.yaml", configuration)
            let gateway = try await RunningTimegate.start(
                [
                    "serve", "--config", "timegate.yaml", "--event-loops", "1", "--supervise", "--script-hard-limit",
                    "\(hardLimit)",
                ],
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            let url = try #require(gateway.word(after: "Listening on "))
            let admin = try #require(gateway.word(after: "Admin on "))
            do {
                try await body(vendors, gateway, url, admin)
            } catch {
                _ = await gateway.stop()
                throw error
            }
            _ = await gateway.stop()
        }
    }

    static func create(_ vendors: Vendors, _ url: String, note: String) async throws -> TimegateBinary.Ended {
        var entry = try JSONValue(parsing: vendors.scratch.read("productive.json")).object ?? JSONObject()
        entry["note"] = .string(note)
        try vendors.scratch.write("\(note).json", JSONValue.object(entry).serialized(.compact))
        return try await vendors.timegate(
            "entry",
            "create",
            "\(note).json",
            "--server",
            url,
            "--key-env",
            "TIMEGATE_KEY",
            "--connection",
            "acme-productive"
        )
    }

    /// The worker below a supervisor.
    static func worker(_ gateway: RunningTimegate) throws -> Int32 {
        // A child may stand below any thread.
        let supervisor = gateway.processIdentifier
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(supervisor)/task")
        let children = try tasks.flatMap { task in
            try String(contentsOfFile: "/proc/\(supervisor)/task/\(task)/children", encoding: .utf8)
                .split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Int32($0) }
        }
        return try #require(children.first)
    }

    @Test("A supervised gateway serves, and ends with 0 on SIGTERM")
    func serves() async throws {
        try await Self.withGateway { vendors, gateway, url, _ in
            let ended = try await Self.create(vendors, url, note: "fast")
            #expect(ended.status == 0, "\(ended.words)")
            let worker = try Self.worker(gateway)
            // No core file that would hold secrets, in either process.
            for process in [gateway.processIdentifier, worker] {
                let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
                let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
                #expect(line.split(separator: " ").suffix(3) == ["0", "0", "bytes"])
                let arguments = try String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
                #expect(!arguments.contains(try vendors.environment()["TIMEGATE_KEY"] ?? "?"))
            }
            #expect(await gateway.stop() == 0)
            #expect(kill(worker, 0) != 0, "the worker has ended too")
        }
    }

    @Test("A script that overstays its hard limit ends the worker; the next one serves without it")
    func overrun() async throws {
        try await Self.withGateway(hardLimit: 2) { vendors, gateway, url, admin in
            let worker = try Self.worker(gateway)
            _ = try await Self.create(vendors, url, note: "slow")
            let isBack = try await gateway.wait { $0.words.components(separatedBy: "Listening on ").count == 3 }
            #expect(isBack, "\(gateway.words)")
            #expect(gateway.words.contains("Watchdog: slow.lua is quarantined: its on_entry ran for"))
            #expect(try Self.worker(gateway) != worker)

            // Its connection says why, and the others are served.
            let refused = try await Self.create(vendors, url, note: "fast")
            #expect(refused.status == 7, "\(refused.words)")
            #expect(refused.words.contains("slow.lua is quarantined"))
            let other = try await vendors.timegate(
                "entry",
                "create",
                "plannr.json",
                "--server",
                url,
                "--key-env",
                "TIMEGATE_KEY",
                "--connection",
                "acme-plannr"
            )
            #expect(other.status == 0, "\(other.words)")
            let readiness = try await TimegateBinary.shell("curl -sS \(admin)/readyz")
            #expect(readiness.output.contains("slow.lua is quarantined"), "\(readiness.output)")
        }
    }

    @Test("A worker that is killed is started again, and requests wait for it meanwhile")
    func killed() async throws {
        try await Self.withGateway { vendors, gateway, url, _ in
            kill(try Self.worker(gateway), SIGKILL)
            // At once: the socket is the supervisor's, so that the connection is taken.
            let ended = try await Self.create(vendors, url, note: "fast")
            #expect(ended.status == 0, "\(ended.words)")
            #expect(gateway.words.contains("The worker was ended by signal 9"))
            #expect(await gateway.stop() == 0)
        }
    }

    @Test("A service manager that tells both processes to end gets an orderly end")
    func bothAreTold() async throws {
        try await Self.withGateway { vendors, gateway, url, _ in
            try await vendors.fail("productive", #"{"kind": "latency", "milliseconds": 700}"#)
            async let answer = Self.create(vendors, url, note: "fast")
            for _ in 0..<400 {
                if try await vendors.ledger("productive").contains("time_entries") { break }
                try await Task.sleep(for: .milliseconds(5))
            }
            kill(try Self.worker(gateway), SIGTERM)
            let status = await gateway.stop()
            let ended = try await answer
            #expect(ended.status == 0, "the call in flight is answered: \(ended.words)")
            #expect(status == 0)
        }
    }

    @Test("A worker ends with its supervisor")
    func orphan() async throws {
        try await Self.withGateway { _, gateway, _, _ in
            let worker = try Self.worker(gateway)
            kill(gateway.processIdentifier, SIGKILL)
            var isGone = false
            for _ in 0..<500 where !isGone {
                isGone = kill(worker, 0) != 0
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(isGone)
        }
    }

    @Test("An address that is taken is said, and nothing starts")
    func addressTaken() async throws {
        try await Self.withGateway { vendors, _, url, _ in
            let port = try #require(url.split(separator: ":").last)
            let configuration = vendors.scratch.read("timegate.yaml").replacing(
                "listen: 127.0.0.1:0",
                with: "listen: 127.0.0.1:\(port)"
            )
            try vendors.scratch.write("taken.yaml", configuration)
            let ended = try await TimegateBinary.run(
                ["serve", "--config", "taken.yaml", "--supervise"],
                environment: try vendors.environment(),
                in: vendors.directory
            )
            #expect(ended.status == 1)
            #expect(ended.words.contains("cannot listen"))
            #expect(ended.words.contains("Address already in use"), "\(ended.words)")
        }
    }
}
