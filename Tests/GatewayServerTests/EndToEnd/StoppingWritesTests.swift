import FaultProxy
import GatewayCore
import JSON
import NIOPosix
import Testing
import VendorSimulators

/// Writes whose gateway stops, or whose client goes, while they are under way.
struct StoppingWritesTests {
    /// A request whose client does not wait for the answer.
    private func createAndVanish(_ life: Life) async throws {
        let request = TestGateway.createRequest(
            life.vendor.rawValue,
            Sample.entry(life.vendor).serializedBytes(),
            headers: ["Idempotency-Key": Life.key]
        )
        try await life.sendAndVanish(request)
    }

    @Test("a client that goes while the vendor works loses nothing: the work is finished, and the key answers")
    func clientGoes() async throws {
        try await Lives.of(.productive, timeout: 5_000) { lives in
            lives.simulator.inject(Fault(.latency(milliseconds: 300)))
            try await lives.live(settles: false) { life in
                try await createAndVanish(life)
                let isDone = try await soon { try await life.row()?.state == .done }
                #expect(isDone)
                let again = try await life.create()
                #expect(again.status == 201)
                #expect(again.header("idempotent-replayed") == "true")
            }
            #expect(lives.recorded.count == 1)
        }
    }

    @Test("a write whose client has gone has the grace period too")
    func stopWithoutClient() async throws {
        try await Lives.of(.productive, timeout: 5_000) { lives in
            lives.simulator.inject(Fault(.latency(milliseconds: 700)))
            try await lives.live(settles: false, graceSeconds: 10) { life in
                try await createAndVanish(life)
                let isUnderWay = try await soon { lives.proxy.counts.begun == 1 }
                #expect(isUnderWay)
            }
            try await lives.live(settles: false) { life in
                let row = try await life.row()
                #expect(row?.state == .done)
                #expect(row?.vendorEntryID == lives.recorded.first)
            }
        }
    }

    @Test("a write that outlasts the grace period says so to the journal before that is closed")
    func stopDuringWrite() async throws {
        try await Lives.of(.productive, timeout: 20_000) { lives in
            lives.proxy.inject(.lostAnswer(.hold))
            try await lives.live(settles: false) { life in
                try await createAndVanish(life)
                let isUnderWay = try await soon { lives.recorded.count == 1 }
                #expect(isUnderWay)
            }
            try await expectLastWords(lives, count: 1..<2)
        }
    }

    @Test("the entries of a streamed batch that outlasts the grace period say so too, and no further one is begun")
    func stopDuringBatch() async throws {
        try await Lives.of(.productive, timeout: 20_000) { lives in
            lives.simulator.inject(Fault(.hang, moment: .afterCommit, count: nil))
            try await lives.live(settles: false) { life in
                let lines = (0..<50).map { number in
                    "{\"entry\":\(Sample.entry(.productive, note: "n\(number)").serialized(.compact))}\n"
                }
                let body = Array(lines.joined().utf8)
                let head = """
                    POST /v1/productive/time-entries/batch HTTP/1.1\r
                    Host: gateway\r
                    Authorization: Bearer tg_canary_key_of_jane\r
                    Content-Type: application/x-ndjson\r
                    Content-Length: \(body.count)\r
                    \r

                    """
                let client = try RawClient(port: life.port, timeout: 20)
                client.send(Array(head.utf8) + body)
                let isUnderWay = try await soon { lives.recorded.count > 0 }
                #expect(isUnderWay)
            }
            // What had begun has its row, also where the vendor has not come to it.
            try await expectLastWords(lives, count: lives.recorded.count..<50)
        }
    }

    /// Every row was written by its own call, and not by the next start.
    private func expectLastWords(_ lives: Lives, count: Range<Int>) async throws {
        try await lives.live(settles: false) { life in
            let rows = try await life.journal.list(JournalQuery(limit: 1_000))
            #expect(count.contains(rows.count))
            for row in rows {
                #expect(row.state == .unknown)
                #expect(row.reason?.contains("ended") == false, "\(row.reason ?? "")")
            }
        }
    }
}
