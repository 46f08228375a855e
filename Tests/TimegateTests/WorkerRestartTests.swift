import FaultProxy
import Foundation
import JSON
import Testing

/// What the end of a worker costs those who call: of one that crashed, and of one that its watchdog has ended, which is the
/// sandbox's last resort.
@Suite("A worker's restart", .serialized, .timeLimit(.minutes(3)))
struct WorkerRestartTests {
    enum Ending: CaseIterable {
        case killed, watchdog
    }

    /// What a restart may take at most: a released gateway is back within a second where the machine has nothing else to do.
    /// One that was built to be debugged needs several to run the plugins' own cases, and as many times more as the machine has
    /// other things to do.
    static let longest: Duration = TimegateBinary.isReleased ? .seconds(5) : .seconds(60)

    /// A request of the quickstart's caller on a connection of its own.
    struct Caller {
        let port: Int
        let key: String

        init(_ vendors: Vendors, _ url: String) throws {
            port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
            key = try #require(try vendors.environment()["TIMEGATE_KEY"])
        }

        /// - Returns: `nil` where there is no connection, or it ends without an answer.
        func exchange(
            _ line: String,
            headers: [String] = [],
            body: String? = nil
        ) async -> LoopbackClient.Answer? {
            var lines = ["\(line) HTTP/1.1", "Host: localhost:\(port)", "Authorization: Bearer \(key)"] + headers
            if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
            let request = Array((lines + ["", body ?? ""]).joined(separator: "\r\n").utf8)
            let port = port
            return await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(returning: LoopbackClient.exchange(request, port: port, timeoutSeconds: 60))
                }
            }
        }

        /// An entry that the hook computes for until it is stopped, which is longer than the hard limit.
        func overrun(_ vendors: Vendors) async throws {
            var entry = try JSONValue(parsing: vendors.scratch.read("productive.json")).object ?? JSONObject()
            entry["note"] = "slow"
            let body = JSONValue.object(entry).serialized(.compact)
            _ = await exchange("POST /v1/acme-productive/time-entries", body: body)
        }
    }

    /// Waits until a process has ended, to the millisecond.
    static func end(of process: Int32) async throws -> ContinuousClock.Instant {
        let start = ContinuousClock.now
        // Once its supervisor has taken its remains away, nothing is left to look at.
        while let states = try? SupervisionTests.threads(of: process, "State"),
            states.contains(where: { !$0.hasPrefix("Z") })
        {
            try #require(start.duration(to: .now) < .seconds(20), "the worker does not end")
            try await Task.sleep(for: .milliseconds(1))
        }
        return .now
    }

    @Test(
        "Connections made while there is no worker are taken, and the next worker answers them soon",
        arguments: Ending.allCases
    )
    func isBack(ending: Ending) async throws {
        try await SupervisionTests.withGateway(hardLimit: ending == .watchdog ? 2 : 1_000) { vendors, gateway, url, _ in
            let caller = try Caller(vendors, url)
            let worker = try SupervisionTests.worker(gateway)
            switch ending {
            case .killed: kill(worker, SIGKILL)
            case .watchdog: try await caller.overrun(vendors)
            }
            let end = try await Self.end(of: worker)
            let answers = await withTaskGroup(of: (status: Int?, after: Duration).self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try? await Task.sleep(for: .milliseconds(5 * number))
                        let answer = await caller.exchange("GET /v1/connections")
                        return (answer?.status, end.duration(to: .now))
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 }, "\(answers)")
            let first = try #require(answers.map(\.after).min())
            print("A worker was ended (\(ending)): the first new connection was answered \(first) after that.")
            #expect(first < Self.longest)
            #expect(
                gateway.words.contains("ended by its watchdog") == (ending == .watchdog)
                    && gateway.words.contains("ended by signal 9") == (ending == .killed)
            )
        }
    }

    @Test("A vendor's answer that is on its way when the watchdog acts is stored, and nothing is sent again for it")
    func answerOnItsWay() async throws {
        var found: [Meeting] = []
        // On a busy machine the answer can come before the watchdog acts, or when the worker's time is up.
        for _ in 0..<4 where !found.contains(.stored) { found.append(try await Self.meeting()) }
        #expect(found.contains(.stored), "\(found)")
    }

    /// What became of an answer that was to come while the watchdog leaves time for it.
    enum Meeting {
        case stored, before, lost
    }

    private static func meeting() async throws -> Meeting {
        var result = Meeting.lost
        try await SupervisionTests.withGateway(hardLimit: 2) { vendors, gateway, url, _ in
            let caller = try Caller(vendors, url)
            let worker = try SupervisionTests.worker(gateway)
            let entry = vendors.scratch.read("plannr.json")
            @Sendable func create() async -> LoopbackClient.Answer? {
                await caller.exchange(
                    "POST /v1/acme-plannr/time-entries",
                    headers: ["Idempotency-Key: 0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"],
                    body: entry
                )
            }
            // Less than the watchdog leaves, and more than a script takes to overrun.
            try await vendors.fail("plannr", #"{"kind": "latency", "milliseconds": 300}"#)
            async let onItsWay = create()
            try await Task.sleep(for: .milliseconds(30))
            async let overrun: Void = caller.overrun(vendors)
            _ = try await end(of: worker)
            try await overrun
            _ = await onItsWay
            // Both stand in the log of the worker that has ended, in their order.
            let log = gateway.words
            let acted = try #require(log.range(of: "Watchdog: slow.lua is quarantined")).lowerBound
            let answered = log.range(of: "path=/v1/acme-plannr/time-entries status=201")?.lowerBound

            let again = try #require(await create())
            let isStored = again.status == 201 && again.head.lowercased().contains("idempotent-replayed: true")
            #expect(try await posts(vendors) == 1)
            if let answered {
                result = answered < acted ? .before : .stored
                #expect(isStored, "\(again.head)\(String(decoding: again.body, as: UTF8.self))")
            }
        }
        return result
    }

    /// How often Plannr was asked to record something.
    private static func posts(_ vendors: Vendors) async throws -> Int {
        try await vendors.ledger("plannr").components(separatedBy: "\"POST\"").count - 1
    }
}
