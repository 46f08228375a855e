import GatewayServer
import Glibc
import JSON
import NIOPosix
import Testing
import VendorSimulators

/// One line for each request, and nothing in it that could be a secret or somebody's words.
struct AccessLogTests {
    @Test func lineSaysWhatWasAskedAndAnswered() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let answer = try await gateway.create("productive", Sample.entry(.productive), query: "?include=money")
            #expect(try await soon { gateway.accessLog.lines.count == 1 })
            let line = try #require(gateway.accessLog.lines.first)
            let fields = line.split(separator: " ")
            try #require(fields.count == 8)
            // 2026-11-20T12:00:00Z
            #expect(fields[0].wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
            #expect(fields[1] == "method=POST")
            #expect(fields[2] == "path=/v1/productive/time-entries")
            #expect(fields[3] == "status=201")
            #expect(fields[4].wholeMatch(of: /in=\d+/) != nil)
            #expect(fields[5] == "out=\(answer.head.utf8.count + answer.body.utf8.count)")
            #expect(fields[6].wholeMatch(of: /us=[1-9]\d*/) != nil)
            #expect(fields[7] == "id=\(answer.header("x-request-id") ?? "")")
        }
    }

    @Test func linesAreOneForEachRequestAndHoldNoQueryNoTokenAndNoBody() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            let words = "confidential words"
            let entry = Sample.entry(.productive, note: words)
            var statuses: [Int] = []
            statuses.append(try await gateway.create("productive", entry).status)
            statuses.append(try await gateway.create("productive", entry, query: "?dry_run=true").status)
            statuses.append(try await gateway.create("productive", entry, query: "?secret=hunter2").status)
            statuses.append(try await gateway.create("productive", entry, key: "nobody").status)
            statuses.append(try await gateway.create("productive", text: "{\"note\": \"confidential words").status)
            statuses.append(try await gateway.get("/nowhere").status)
            statuses.append(try await gateway.exchange(Array("BROKEN\r\n\r\n".utf8)).status)
            #expect(statuses == [201, 200, 422, 401, 400, 404, 400])
            #expect(try await soon { gateway.accessLog.lines.count == statuses.count })
            let logged = gateway.accessLog.lines.map { line in
                line.split(separator: " ").first { $0.hasPrefix("status=") }.flatMap { Int($0.dropFirst(7)) }
            }
            #expect(logged == statuses)
            let text = gateway.accessLog.text
            for word in ["confidential", "hunter2", "secret", "dry_run", "?", "Bearer"] {
                #expect(!text.contains(word), "\(word) is in the access log: \(text)")
            }
            #expect(!gateway.log.text.contains("confidential"))
        }
    }

    @Test func linesOfRequestsThatOverlapCarryTheirOwnIdentifiers() async throws {
        try await withGateway(GatewayPlan(.productive, .sonderplan)) { gateway in
            gateway.simulator(.sonderplan).inject(Fault(.latency(milliseconds: 60), count: 4))
            let ids = try await withThrowingTaskGroup(of: (String, String).self) { group in
                for number in 0..<8 {
                    let vendor: SimulatedVendor = number % 2 == 0 ? .productive : .sonderplan
                    group.addTask {
                        let answer = try await gateway.create(vendor.rawValue, Sample.entry(vendor))
                        return (answer.header("x-request-id") ?? "", vendor.rawValue)
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(ids.count == 8)
            #expect(try await soon { gateway.accessLog.lines.count == 8 })
            for line in gateway.accessLog.lines {
                let id = line.split(separator: "=").last.map(String.init) ?? ""
                let vendor = try #require(ids[id])
                #expect(line.contains("path=/v1/\(vendor)/time-entries "))
            }
        }
    }

    @Test func linesAreWrittenBeforeTheGatewayEnds() async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            for _ in 0..<3 { _ = try await gateway.create("productive", Sample.entry(.productive)) }
            await gateway.stop()
            #expect(gateway.accessLog.lines.count == 3)
        }
    }

    @Test("a log that nobody reads any more holds up no call, and not the end either")
    func blockedLog() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var setup = try GatewayPlan(.productive).setup(origins: [:])
        setup.accessLogDescriptor = ends[1]
        let server = try await GatewayServer.start(setup, log: CapturedLog().logger)
        let port = server.port
        let path = String(repeating: "a", count: 600)
        let answered = try await Life.clients.runIfActive {
            let client = try RawClient(port: port, timeout: 10)
            return try (0..<400).count { number in
                // Long enough for the lines to fill the pipe, which takes 64 KB, several times.
                client.send("GET /\(path) HTTP/1.1\r\nHost: gateway\r\n\r\n")
                if number % 100 == 99 { pause(milliseconds: 120) }
                return try client.response().status == 404
            }
        }
        #expect(answered == 400)
        let took = await ContinuousClock().measure { await server.stop(graceSeconds: 1) }
        #expect(took < .seconds(60))
        var page = [UInt8](repeating: 0, count: 65_536)
        let count = read(ends[0], &page, page.count)
        #expect(String(decoding: page.prefix(max(0, count)), as: UTF8.self).hasPrefix("20"))
    }
}
