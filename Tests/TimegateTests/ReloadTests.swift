import Foundation
import JSON
import Testing

/// Files that change under a gateway that runs.
@Suite("Reloading", .serialized, .timeLimit(.minutes(2)))
struct ReloadTests {
    /// A gateway on a copy of the quickstart with its own copy of a plugin, and a key in a file.
    static func withGateway(
        _ arguments: String...,
        body: (Vendors, RunningTimegate, _ url: String, _ admin: String) async throws -> Void
    ) async throws {
        try await Vendors.withQuickstart { vendors in
            for name in Vendors.names {
                let source = try String(contentsOfFile: "\(TimegateBinary.plugins)/\(name)/plugin.lua", encoding: .utf8)
                try vendors.scratch.write("plugins/\(name)/plugin.lua", source)
            }
            try vendors.scratch.write("joe.key", "tgk_joes-own-key-for-reloading\n")
            let key =
                "  - name: joe\n    token: { file: joe.key }\n    connections: [acme-sonderplan]\n    scopes: [read]\n"
            let text = vendors.configurationWithoutProxy
            try vendors.scratch.write("timegate.yaml", text + key + "plugins: plugins\n")
            let gateway = try await RunningTimegate.start(
                ["serve", "--config", "timegate.yaml", "--event-loops", "2"] + arguments,
                until: "Listening on ",
                environment: try vendors.environment(),
                in: vendors.directory
            )
            let url = try #require(gateway.word(after: "Listening on "))
            let admin = try #require(gateway.word(after: "Admin on "))
            try await body(vendors, gateway, url, admin)
            #expect(await gateway.stop() == 0, "\(gateway.words)")
        }
    }

    static func status(_ url: String, _ key: String) async throws -> String {
        let line = "curl -s -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer \(key)' \(url)/v1/connections"
        return try await TimegateBinary.shell(line).output
    }

    static func reload(_ vendors: Vendors, _ admin: String) async throws -> (Int32, JSONValue) {
        let ended = try await vendors.timegate("reload", "--admin", admin, "-o", "json")
        return (ended.status, (try? JSONValue(parsing: ended.output)) ?? .null)
    }

    @Test("A key file that changes revokes the old key at once; a faulty configuration changes nothing and says why")
    func keys() async throws {
        try await Self.withGateway("--no-watch") { vendors, gateway, url, admin in
            #expect(try await Self.status(url, "tgk_joes-own-key-for-reloading") == "200")
            let (same, nothing) = try await Self.reload(vendors, admin)
            #expect(same == 0)
            #expect(nothing["status"] == "unchanged")

            try vendors.scratch.write("joe.key", "tgk_joes-new-key-for-reloading\n")
            let (done, report) = try await Self.reload(vendors, admin)
            #expect(done == 0)
            #expect(report["changes"] == ["key joe: changed"])
            #expect(try await Self.status(url, "tgk_joes-own-key-for-reloading") == "401")
            #expect(try await Self.status(url, "tgk_joes-new-key-for-reloading") == "200")

            let right = vendors.scratch.read("timegate.yaml")
            try vendors.scratch.write("timegate.yaml", right.replacingOccurrences(of: "name: joe", with: "nme: joe"))
            let (refused, failed) = try await Self.reload(vendors, admin)
            #expect(refused == 3)
            #expect(failed["status"] == "failed")
            #expect(failed["failures"]?[0]?.string?.contains("Did you mean \"name\"?") == true, "\(failed)")
            #expect(try await Self.status(url, "tgk_joes-new-key-for-reloading") == "200")
            let ready = try await TimegateBinary.shell("curl -s \(admin)/readyz").output
            #expect(ready.contains("\"degraded\"") && ready.contains("Did you mean"))
            #expect(gateway.words.contains("Did you mean"))

            let moved = right.replacingOccurrences(of: "listen: 127.0.0.1:0", with: "listen: 127.0.0.1:1")
            try vendors.scratch.write("timegate.yaml", moved)
            let (later, restart) = try await Self.reload(vendors, admin)
            #expect(later == 8)
            #expect(restart["needs_restart"]?[0]?.string?.hasPrefix("listen: ") == true, "\(restart)")
        }
    }

    @Test("New rules of a proxy are taken on; listeners and the first absolute target need a restart, and are named")
    func proxies() async throws {
        try await Self.withGateway("--no-watch") { vendors, _, url, admin in
            func error() async throws -> String {
                try await TimegateBinary.shell(
                    "curl -s -o /dev/null -w '%header{timegate-error}' \(url)/proxy/acme-sonderplan/x"
                ).output
            }
            let plain = vendors.scratch.read("timegate.yaml")
            func rules(_ text: String) throws {
                let line = "    allow_private: true"
                let changed = plain.replacing(line, with: "\(line)\n    proxy: \(text)", maxReplacements: 1)
                try vendors.scratch.write("timegate.yaml", changed)
            }
            #expect(try await error() == "")

            try rules("{ credentials: client }")
            let (first, added) = try await Self.reload(vendors, admin)
            #expect(first == 8)
            #expect(added["changes"] == ["connection acme-sonderplan: changed"])
            #expect(added["needs_restart"]?.array?.count == 1, "\(added)")
            #expect(added["needs_restart"]?[0]?.string?.contains("absolute targets") == true, "\(added)")
            #expect(try await error() == "gateway_key_required")

            try rules("{ credentials: client, listen: 127.0.0.1:0 }")
            for changes in [["connection acme-sonderplan: changed"], nil] as [JSONValue?] {
                let (_, moved) = try await Self.reload(vendors, admin)
                #expect(moved["changes"] == changes)
                #expect(
                    moved["needs_restart"]?[0]?.string?.hasPrefix("connection acme-sonderplan: proxy.listen: ") == true,
                    "\(moved)"
                )
            }

            try vendors.scratch.write("timegate.yaml", plain)
            let (last, removed) = try await Self.reload(vendors, admin)
            #expect(last == 0)
            #expect(removed["status"] == "reloaded")
            #expect(try await error() == "")
        }
    }

    @Test("A plugin that breaks runs on in its last good version, is named, and is taken on again once it is mended")
    func plugins() async throws {
        try await Self.withGateway("--no-watch") { vendors, _, url, admin in
            func create() async throws -> Int32 {
                try await vendors.timegate(
                    "entry",
                    "create",
                    "sonderplan.json",
                    "--server",
                    url,
                    "--connection",
                    "acme-sonderplan"
                ).status
            }
            let path = "plugins/sonderplan/plugin.lua"
            let right = vendors.scratch.read(path)
            try vendors.scratch.write(path, right.replacingOccurrences(of: "api = 1", with: "api = = 1"))
            let (broken, report) = try await Self.reload(vendors, admin)
            #expect(broken == 3)
            #expect(report["failures"]?[0]?.string?.contains("plugins/sonderplan/plugin.lua:4: ") == true, "\(report)")
            #expect(try await create() == 0)

            // It loads, and does another thing than its golden case says.
            let golden = try String(
                contentsOfFile: "\(TimegateBinary.plugins)/sonderplan/cases/request-required-fields-only.json",
                encoding: .utf8
            )
            try vendors.scratch.write("plugins/sonderplan/cases/create.json", golden)
            try vendors.scratch.write(path, right.replacingOccurrences(of: "\"owner_id\"", with: "\"ownerid\""))
            let (wrong, second) = try await Self.reload(vendors, admin)
            #expect(wrong == 3)
            #expect(second["failures"]?[0]?.string?.contains("cases/create.json: The golden case fails") == true)
            #expect(try await create() == 0)

            try vendors.scratch.write(path, right + "-- the same\n")
            let (mended, third) = try await Self.reload(vendors, admin)
            #expect(mended == 0, "\(third)")
            #expect(third["changes"]?.array?.contains("plugin sonderplan: changed") == true)
            #expect(try await create() == 0)
            let ready = try await TimegateBinary.shell("curl -s \(admin)/readyz").output
            #expect(ready.contains("\"ready\""))
        }
    }

    @Test("A hook that changes is taken on; one that breaks runs on in its last good version, and is named")
    func hooks() async throws {
        try await Self.withGateway("--no-watch") { vendors, _, url, admin in
            func create() async throws -> TimegateBinary.Ended {
                try await vendors.timegate(
                    "entry",
                    "create",
                    "sonderplan.json",
                    "--server",
                    url,
                    "--connection",
                    "acme-sonderplan"
                )
            }
            let path = "hooks/rule.lua"
            func write(_ message: String, _ more: String = "") throws {
                try vendors.scratch.write(
                    path,
                    "return { on_entry = function() return nil, { message = \"\(message)\" } end }\(more)\n"
                )
            }
            try write("the first rule")
            try vendors.scratch.write("timegate.yaml", vendors.scratch.read("timegate.yaml") + "hooks: [\(path)]\n")
            #expect(try await Self.reload(vendors, admin).0 == 0)
            #expect(try await create().words.contains("the first rule"))

            try write("the second rule")
            let (taken, report) = try await Self.reload(vendors, admin)
            #expect(taken == 0)
            #expect(report["changes"]?.array?.contains("hook \(path): changed") == true, "\(report)")
            #expect(try await create().words.contains("the second rule"))

            try write("the third rule", " end")
            let (broken, failure) = try await Self.reload(vendors, admin)
            #expect(broken == 3)
            #expect(failure["failures"]?[0]?.string?.hasPrefix("hook \(path): \(path):1: ") == true, "\(failure)")
            #expect(try await create().words.contains("the second rule"))
        }
    }

    @Test(
        "A changed file is taken on by itself, and so is one on SIGHUP where files are not watched",
        arguments: [true, false]
    )
    func byItself(isWatched: Bool) async throws {
        try await Self.withGateway(isWatched ? "--watch" : "--no-watch") { vendors, gateway, url, _ in
            try vendors.scratch.write("joe.key", "tgk_joes-new-key-for-reloading\n")
            if !isWatched { gateway.signal(SIGHUP) }
            var isTaken = false
            for _ in 0..<200 where !isTaken {
                isTaken = try await Self.status(url, "tgk_joes-new-key-for-reloading") == "200"
                if !isTaken { try await Task.sleep(for: .milliseconds(20)) }
            }
            #expect(isTaken)
            #expect(try await Self.status(url, "tgk_joes-own-key-for-reloading") == "401")
        }
    }

    @Test("reload says that no gateway answers, and ends with 6")
    func nobody() async throws {
        let ended = try await TimegateBinary.run(["reload", "--admin", "http://127.0.0.1:1"])
        #expect(ended.status == 6, "\(ended.words)")
    }
}
