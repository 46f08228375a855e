import GatewayCore
import JSON
import Testing
import VendorSimulators

/// Changes of one entry at a vendor that takes whole entries only: each is made of what the one before has left.
struct LostUpdateTests {
    @Test("of two changes at once none undoes the other", arguments: [SimulatedVendor.hoursmith, .productive, .awork])
    func bothHold(vendor: SimulatedVendor) async throws {
        try await withGateway(GatewayPlan.unrestricted(vendor)) { gateway in
            let created = try await gateway.create(vendor.rawValue, Sample.entry(vendor))
            let path = "/v1/\(vendor.rawValue)/time-entries/\(try #require(created["data.id"]?.string))"
            gateway.simulator(vendor).inject(Fault(.latency(milliseconds: 5), count: nil))
            for round in 1...10 {
                async let noted = gateway.send("PATCH", path, #"{"note":"round \#(round)"}"#)
                async let measured = gateway.send("PATCH", path, #"{"duration_seconds":\#(3_600 + 900 * round)}"#)
                let answers = try await [noted, measured]
                #expect(answers.allSatisfy { $0.status == 200 }, "\(answers.map(\.body))")
                let entry = try await gateway.get(path)
                #expect(entry["data.note"]?.string == "round \(round)")
                #expect(entry["data.duration_seconds"]?.int64 == Int64(3_600 + 900 * round))
            }
        }
    }

    @Test("a change does not undo a replacement that came before it")
    func replacement() async throws {
        try await withGateway(GatewayPlan.unrestricted(.awork)) { gateway in
            let created = try await gateway.create("awork", Sample.entry(.awork))
            let path = "/v1/awork/time-entries/\(try #require(created["data.id"]?.string))"
            gateway.simulator(.awork).inject(Fault(.latency(milliseconds: 5), count: nil))
            for round in 1...10 {
                let whole = Sample.entry(.awork, note: "round \(round)").serialized(.compact)
                async let replaced = gateway.send("PUT", path, whole)
                async let changed = gateway.send("PATCH", path, #"{"duration_seconds":\#(3_600 + 900 * round)}"#)
                let answers = try await [replaced, changed]
                #expect(answers.allSatisfy { $0.status == 200 }, "\(answers.map(\.body))")
                // Whichever was the last, the note is that of the replacement.
                #expect(try await gateway.get(path)["data.note"]?.string == "round \(round)")
            }
        }
    }
}
