import FaultProxy
import Foundation
import GatewayCore
import Synchronization
import Testing

/// The real gateway ended by SIGKILL at each point of a write, and the next one on its journal.
@Suite("Killed at each point of a write", .serialized, .timeLimit(.minutes(3)))
struct KillPointTests {
    /// A point of the exchange with the vendor, where the proxy between them kills the gateway.
    enum Point: String, CaseIterable, Sendable {
        /// A first byte of the request has left.
        case firstByte
        case halfRequest
        /// The whole request has left; the vendor has not seen it.
        case wholeRequest
        /// The vendor has recorded the entry, and the gateway has no byte of the answer.
        case beforeAnswer
        /// The gateway has a part of the answer.
        case halfAnswer

        func fault(_ kill: @escaping @Sendable () -> Void) -> ProxyFault {
            let at: @Sendable (ProxyFault.Moment) -> Void = { moment in
                switch (self, moment) {
                case (.firstByte, .requestRead), (.halfRequest, .requestRead), (.wholeRequest, .requestRead),
                    (.beforeAnswer, .answered), (.halfAnswer, .replied):
                    kill()
                default: break
                }
            }
            return switch self {
            case .firstByte: ProxyFault(reading: .bytes(1), passesOn: false, answer: .nothing, end: .hold, at: at)
            case .halfRequest: ProxyFault(reading: .head, passesOn: false, answer: .nothing, end: .hold, at: at)
            case .wholeRequest: ProxyFault(passesOn: false, answer: .nothing, end: .hold, at: at)
            case .beforeAnswer: ProxyFault(answer: .nothing, end: .hold, at: at)
            case .halfAnswer: ProxyFault(answer: .allBut(20), end: .hold, at: at)
            }
        }

        var isRecorded: Bool { self == .beforeAnswer || self == .halfAnswer }
    }

    @Test("in the exchange with the vendor: the row says that a request was under way", arguments: Point.allCases)
    func exchange(point: Point) async throws {
        let proxy = try FaultProxy()
        defer { proxy.stop() }
        try await ChaosGateway.with(origins: { vendors in
            proxy.forward(to: try #require(ChaosGateway.port(of: vendors.origins["productive"])))
            return ["productive": proxy.url]
        }) { gateway in
            try await gateway.start()
            let process = try #require(gateway.identifier)
            proxy.inject(point.fault { Foundation.kill(process, SIGKILL) })
            let entry = ChaosEntry("productive", 1)
            let answer = await gateway.create(entry)
            #expect(answer == nil)
            await gateway.ended()
            let rows = try await gateway.journal()
            #expect(rows.map(\.state) == [.unknown])
            #expect(rows.first?.reason?.contains("ended") == true)
            #expect(try await gateway.recorded(at: "productive").count == (point.isRecorded ? 1 : 0))

            let begun = proxy.counts.begun
            try await gateway.start()
            let again = await gateway.create(entry)
            #expect(again?.code == "idempotency_outcome_unknown")
            #expect(again?.sent == "maybe")
            #expect(proxy.counts.begun == begun)
        }
    }

    @Test(
        "a create of a vendor's own client: nothing is doubled, and the next start settles the row or lists it",
        arguments: [Point.halfRequest, .wholeRequest, .beforeAnswer, .halfAnswer],
        ["client", "connection"]
    )
    func nativeClient(point: Point, credentials: String) async throws {
        let proxy = try FaultProxy()
        defer { proxy.stop() }
        try await ChaosGateway.with(origins: { vendors in
            proxy.forward(to: try #require(ChaosGateway.port(of: vendors.origins["productive"])))
            return ["productive": proxy.url]
        }) { gateway in
            try gateway.serveClients(credentials)
            try await gateway.start()
            let process = try #require(gateway.identifier)
            proxy.inject(point.fault { Foundation.kill(process, SIGKILL) })
            let entry = ChaosEntry("productive", 1)
            let answer = await gateway.createNatively(entry)
            #expect(answer == nil)
            await gateway.ended()
            let row = try #require(try await gateway.journal().first)
            #expect(row.state == .unknown)
            #expect(row.scope.key == entry.key)
            #expect(row.intent.usesClientCredentials == (credentials == "client"))
            #expect(try await gateway.recorded(at: "productive").count == (point.isRecorded ? 1 : 0))

            let begun = proxy.counts.begun
            try await gateway.start()
            let again = try #require(await gateway.createNatively(entry))
            #expect(again.status == 409)
            #expect(again.head.contains("Timegate-Error: idempotency_outcome_unknown"), "\(again.head)")
            #expect(again.json["errors"]?[0]?["detail"] != nil, "it is told in Productive's shape")
            let outcome = try #require(await gateway.get("/v1/outcomes/\(entry.key)"))
            #expect(outcome.json["data"]?[0]?["sent"] == "maybe")
            #expect(proxy.counts.begun == begun)
        }
    }

    @Test("while the answer is on its way to the client: the same request has it")
    func reply() async throws {
        try await ChaosGateway.with { gateway in
            try await gateway.start()
            let process = try #require(gateway.identifier)
            let front = try FaultProxy(to: gateway.port)
            defer { front.stop() }
            front.inject(
                ProxyFault(answer: .nothing, end: .close) { moment in
                    if moment == .answered { Foundation.kill(process, SIGKILL) }
                }
            )
            let entry = ChaosEntry("sonderplan", 1)
            #expect(await gateway.create(entry, port: front.port) == nil)
            await gateway.ended()
            try await gateway.start()
            let again = await gateway.create(entry)
            #expect(again?.status == 201)
            let recorded = try await gateway.recorded(at: "sonderplan")
            #expect(recorded.map(\.id) == [again?.id])
        }
    }

    /// The commits of a write, by the system call that makes them durable: the intent, and the answer.
    @Test(
        "at each fdatasync of a write",
        .enabled(if: Strace.isUsable, "\(Strace.reason)"),
        arguments: 1...6,
        ["productive", "hoursmith"]
    )
    func fdatasync(number: Int, vendor: String) async throws {
        try await ChaosGateway.with { gateway in
            // The tables are made by a first start, so that the second one's first commit is the write's.
            try await gateway.start()
            #expect(await gateway.stop() == 0)
            try await gateway.start(under: Strace.command("fdatasync:signal=SIGKILL:when=\(number)"))
            let first = ChaosEntry(vendor, 1)
            let second = ChaosEntry(vendor, 2)
            var told: [String: ChaosAnswer] = [:]
            for entry in [first, second] { told[entry.key] = await gateway.create(entry) }
            await gateway.ended()

            let rows = try await gateway.journal()
            let recorded = try await gateway.recorded(at: vendor)
            for entry in [first, second] {
                let row = rows.first { $0.scope.key == entry.key }
                let ids = recorded.filter { $0.body.contains(entry.key) }.map(\.id)
                #expect(ids.count <= 1)
                if let answer = told[entry.key] {
                    #expect(answer.status == 201)
                    #expect(ids == [answer.id])
                    #expect(row?.state == .done)
                } else if !ids.isEmpty {
                    // A commit that was written and not synced outlives the process, though not the machine.
                    let isTold = row?.state == .done && row?.vendorEntryID == ids[0]
                    #expect(row?.state == .unknown || isTold)
                }
            }
            // What the second life says of both: the truth, or that it is not known.
            try await gateway.start()
            for entry in [first, second] {
                let again = try #require(await gateway.create(entry))
                let row = rows.first { $0.scope.key == entry.key }
                switch row?.state {
                case .unknown: #expect(again.code == "idempotency_outcome_unknown")
                default: #expect(again.status == 201)
                }
            }
            let after = try await gateway.recorded(at: vendor)
            for entry in [first, second] { #expect(after.count { $0.body.contains(entry.key) } <= 1) }
        }
    }
}
