import GatewayCore
import GatewayServer
import JSON
import Testing
import VendorSimulators

/// Writes whose outcome is not known, at connections that were taken away or switched off meanwhile.
struct StrayWriteTests {
    private static let day: Int64 = 24 * 3_600_000

    /// A write at `connection` whose answer was lost at this time.
    private func lose(_ key: String, at connection: String, _ time: Int64, _ journal: any Journal) async throws -> Int64
    {
        let write = NewWrite(
            scope: WriteScope(caller: "jane", connection: connection, operation: .create, key: key),
            isKeyGenerated: false,
            fingerprint: [UInt8](repeating: 7, count: 32),
            createdAt: time,
            intent: WriteIntent(method: "POST", url: "https://api.example.com/entries", body: Array("{}".utf8))
        )
        guard case .begun(let id) = try await journal.begin(write) else {
            throw Problem(.internalError, "the key is taken", origin: .gateway)
        }
        // The gateway may have found it first: it is under way, and nobody sends it.
        if try await !journal.change(id, from: .sending, .unknown(reason: "The answer did not come.", at: time)) {
            let row = try await journal.list(JournalQuery(id: id, limit: 1)).first
            #expect([.unknown, .needsOperator].contains(row?.state))
        }
        return id
    }

    @Test func nobodyLooksForThemSoTheyAreToldAtOnceAndAPersonsAfterADay() async throws {
        var plan = try GatewayPlan(.productive)
        plan.settleAtOnce(.productive)
        plan.disabled = [
            ConfiguredConnection(name: "off", state: .disabled(vendor: "awork", reason: "its plugin is broken"))
        ]
        try await withGateway(plan) { gateway in
            let journal = try #require(gateway.setup.journal).make(nil)
            let now = VendorSimulatorConfiguration.systemClock()
            let fresh = try await lose("0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a01", at: "gone", now, journal)
            let old = try await lose("0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a02", at: "gone", now - 2 * Self.day, journal)
            let off = try await lose("0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a03", at: "off", now - 2 * Self.day, journal)
            _ = await gateway.server.adopt(gateway.setup)
            #expect(try await soon { gateway.log.text.contains("connection=off count=1") })
            let gone = "warning writes whose outcome is not known are not looked for connection=gone count=2"
            #expect(gateway.log.text.contains(gone), "\(gateway.log.text)")
            #expect(gateway.log.text.contains("next=timegate journal list --connection gone"))
            let rows = try await gateway.journalled()
            let row = { (id: Int64) in rows.first { $0.id == id } }
            #expect(row(fresh)?.state == .unknown)
            #expect(row(old)?.state == .needsOperator)
            #expect(
                row(old)?.reason
                    == "Nothing settled it within a day: The configuration has no connection of this name any more."
            )
            #expect(row(off)?.state == .needsOperator)
            #expect(row(off)?.reason?.contains("The connection is disabled: its plugin is broken") == true)
        }
    }
}
