import Foundation
import JSON
import Testing

/// `serve`: a supervisor that owns the listening sockets, and a worker that can be ended and started again.
@Suite("Supervision", .serialized, .timeLimit(.minutes(3)))
struct SupervisionTests {
    /// A gateway to the simulators with a hook at one connection that computes for as long as its soft limits
    /// let it, if the note says so.
    static func withGateway(
        hardLimit: Int = 1_000,
        _ arguments: [String] = [],
        under wrapper: [String] = [],
        startsAProgramOnACrash: Bool = false,
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
                    "serve", "--config", "timegate.yaml", "--event-loops", "1", "--script-hard-limit", "\(hardLimit)",
                ] + arguments,
                until: "Listening on ",
                under: wrapper,
                environment: try vendors.environment().merging(
                    startsAProgramOnACrash ? Self.crashEnvironment(vendors) : [:]
                ) { $1 },
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
        // With core files as large as they may be.
        let wrapper = ["/bin/sh", "-c", "ulimit -S -c $(ulimit -H -c); exec \"$0\" \"$@\""]
        try await Self.withGateway(under: wrapper) { vendors, gateway, url, _ in
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
            let shown = try await vendors.timegate("plugin", "show", "productive", "--admin", admin)
            #expect(shown.output.contains("acme-productive  disabled: slow.lua is quarantined: its on_entry"))
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

            // Another change is no reason to serve it again, the script's own is.
            try vendors.scratch.write("timegate.yaml", vendors.scratch.read("timegate.yaml") + "\n# as before\n")
            #expect(try await vendors.timegate("reload", "--admin", admin).status == 0)
            #expect(try await Self.create(vendors, url, note: "fast").status == 7)
            try vendors.scratch.write("slow.lua", "return { on_entry = function(entry) entry.title = nil end }\n")
            let reloaded = try await vendors.timegate("reload", "--admin", admin)
            #expect(reloaded.status == 0, "\(reloaded.output)")
            let mended = try await Self.create(vendors, url, note: "fast")
            #expect(mended.status == 0, "\(mended.words)")
            // And so it is by the next worker.
            kill(try Self.worker(gateway), SIGKILL)
            let later = try await Self.create(vendors, url, note: "fast")
            #expect(later.status == 0, "\(later.words)")
        }
    }

    @Test("What ran away is served again as soon as its file changes, without a word from anybody")
    func quarantineEndsByItself() async throws {
        try await Self.withGateway(hardLimit: 2) { vendors, gateway, url, _ in
            _ = try await Self.create(vendors, url, note: "slow")
            #expect(try await gateway.wait { $0.words.components(separatedBy: "Listening on ").count == 3 })
            #expect(try await Self.create(vendors, url, note: "fast").status == 7)
            try vendors.scratch.write("slow.lua", "return { on_entry = function() end }\n")
            var status: Int32 = 7
            for _ in 0..<200 where status != 0 {
                status = try await Self.create(vendors, url, note: "fast").status
                if status != 0 { try await Task.sleep(for: .milliseconds(20)) }
            }
            #expect(status == 0, "\(gateway.words)")
        }
    }

    // MARK: - What the kernel takes from the processes

    /// A line of /proc/PID/status, for each thread.
    static func threads(of process: Int32, _ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").compactMap { task in
            // A thread may end meanwhile.
            guard
                let status = try? String(contentsOfFile: "/proc/\(process)/task/\(task)/status", encoding: .utf8)
            else { return nil }
            let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
            return try #require(line).split(separator: "\t").last.map(String.init)
        }
    }

    /// Root may look into every process by its capabilities, and so the test would see nothing.
    static let withoutCapabilities = geteuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set=-all"] : []

    @Test("Neither process can gain privileges, and nobody of the same rights reads their environment")
    func kept() async throws {
        try await Self.withGateway(under: Self.withoutCapabilities) { vendors, gateway, url, _ in
            #expect(try await Self.create(vendors, url, note: "fast").status == 0)
            for process in [gateway.processIdentifier, try Self.worker(gateway)] {
                #expect(try Set(Self.threads(of: process, "NoNewPrivs")) == ["1"])
                let line = (Self.withoutCapabilities + ["cat", "/proc/\(process)/environ"]).joined(separator: " ")
                let read = try await TimegateBinary.shell(line)
                #expect(read.status != 0 && read.output.isEmpty, "\(process) shows its environment")
            }
        }
    }

    /// What a worker does that crashes, where the environment asks for it: it starts a program that looks at it. Here that
    /// program is a script that leaves a trace, and ends the worker, which waits for it.
    static func crashEnvironment(_ vendors: Vendors) throws -> [String: String] {
        let script = "\(vendors.directory)/tracer.sh"
        try vendors.scratch.write(
            "tracer.sh",
            "#!/bin/sh\ntouch '\(vendors.directory)/started'\nkill -KILL $PPID\n",
            mode: 0o700
        )
        return ["SWIFT_BACKTRACE": "enable=yes,swift-backtrace=\(script)"]
    }

    @Test(
        "A worker that tries to start a program is ended in the hardened mode, and does start it without",
        arguments: [true, false]
    )
    func program(isHardened: Bool) async throws {
        try await Self.withGateway(
            isHardened ? ["--hardened"] : [],
            startsAProgramOnACrash: true
        ) { vendors, gateway, url, admin in
            // It serves as ever: upstream, names of hosts, journal, reload.
            #expect(try await Self.create(vendors, url, note: "fast").status == 0)
            try vendors.scratch.write("slow.lua", "return { on_entry = function() end }\n")
            #expect(try await vendors.timegate("reload", "--admin", admin).status == 0)
            let worker = try Self.worker(gateway)
            #expect(try Set(Self.threads(of: worker, "Seccomp")) == [isHardened ? "2" : "0"])

            kill(worker, SIGSEGV)
            let isBack = try await gateway.wait { $0.words.components(separatedBy: "Listening on ").count == 3 }
            #expect(isBack, "\(gateway.words)")
            let hasStarted = FileManager.default.fileExists(atPath: "\(vendors.directory)/started")
            #expect(hasStarted == !isHardened)
            #expect(gateway.words.contains("The worker was ended by signal \(isHardened ? SIGSYS : SIGKILL)"))
            #expect(gateway.words.contains("what the hardened mode takes from it") == isHardened)
            #expect(try await Self.create(vendors, url, note: "fast").status == 0)
        }
    }

    @Test("One process without a supervisor is hardened too")
    func alone() async throws {
        try await Self.withGateway(["--no-supervise", "--hardened"]) { vendors, gateway, url, _ in
            let created = try await Self.create(vendors, url, note: "fast")
            #expect(created.status == 0, "\(created.words)")
            let modes = try Self.threads(of: gateway.processIdentifier, "Seccomp")
            #expect(Set(modes) == ["2"])
            #expect(await gateway.stop() == 0)
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

    @Test(
        "A worker ends with its supervisor, also one that stands still, and the next gateway has its address and journal"
    )
    func orphan() async throws {
        try await Self.withGateway { vendors, gateway, url, _ in
            let worker = try Self.worker(gateway)
            // One that does not end would stand still for ever.
            defer { kill(worker, SIGKILL) }
            // So that it is not the worker itself that notices.
            kill(worker, SIGSTOP)
            kill(gateway.processIdentifier, SIGKILL)
            let port = try #require(url.split(separator: ":").last)
            let configuration = vendors.scratch.read("timegate.yaml").replacing(
                "listen: 127.0.0.1:0",
                with: "listen: 127.0.0.1:\(port)"
            )
            try vendors.scratch.write("timegate.yaml", configuration)
            let next = try await RunningTimegate.start(
                ["serve", "--config", "timegate.yaml", "--event-loops", "1"],
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            // It is gone, or about to be: whoever has its remains now takes them away in their own time.
            let state = (try? Self.threads(of: worker, "State")) ?? []
            #expect(state.allSatisfy { $0.hasPrefix("Z") || $0.hasPrefix("X") }, "\(state)")
            #expect(try await Self.create(vendors, url, note: "fast").status == 0)
            #expect(await next.stop() == 0)
        }
    }

    @Test("A connection's own listener is the supervisor's too")
    func proxyListener() async throws {
        try await Self.withGateway { vendors, gateway, _, _ in
            _ = await gateway.stop()
            let configuration = vendors.configurationWithoutProxy.replacing(
                "  acme-productive:\n",
                with: "  acme-productive:\n    proxy: { listen: 127.0.0.1:0 }\n"
            )
            try vendors.scratch.write("timegate.yaml", configuration)
            let proxied = try await RunningTimegate.start(
                ["serve", "--config", "timegate.yaml", "--event-loops", "1"],
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            let url = try #require(proxied.word(after: "Proxy of acme-productive on "))
            kill(try Self.worker(proxied), SIGKILL)
            // Taken by the kernel for the next worker, which serves on the same port.
            let answer = try await TimegateBinary.shell(
                "curl -sS -o /dev/null -w '%{http_code}' \(url)/api/v2/projects"
            )
            #expect(answer.output == "401", "\(answer.words)")
            #expect(await proxied.stop() == 0)
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
                ["serve", "--config", "taken.yaml"],
                environment: try vendors.environment(),
                in: vendors.directory
            )
            #expect(ended.status == 1)
            #expect(ended.words.contains("cannot listen"))
            #expect(ended.words.contains("Address already in use"), "\(ended.words)")
        }
    }
}
