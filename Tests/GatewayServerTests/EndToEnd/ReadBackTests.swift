import GatewayCore
import JSON
import Testing
import VendorSimulators

/// Changes that the vendor answers without an entry, which is read afterwards: what the read comes to says nothing of the change.
struct ReadBackTests {
    private static let key = "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"

    private static let faults: [Fault] = [
        Fault(.closeBeforeAnswer(reset: true), count: 4, skip: 1),
        Fault(.status(403, contentType: "application/json", body: "{}"), count: 4, skip: 1),
        Fault(.status(404, contentType: "application/json", body: "{}"), count: 4, skip: 1),
        Fault(.status(500, contentType: "text/plain", body: "oops"), count: 4, skip: 1),
        Fault(.notJSON(contentType: "text/html", body: "<html>"), count: 4, skip: 1),
    ]

    @Test(
        "a timer that the vendor has started stays started when the entry cannot be read afterwards",
        arguments: faults
    )
    func start(fault: Fault) async throws {
        try await withGateway(GatewayPlan.settling(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let path = "/v1/productive/time-entries/\(try #require(created["data.id"]?.string))"
            // The start itself passes.
            gateway.simulator(.productive).inject(fault)
            let headers: KeyValuePairs<String, String> = ["Idempotency-Key": Self.key]
            let answer = try await gateway.send("POST", "\(path)/start", "{}", headers: headers)
            #expect(answer.code == "recorded_but_unmapped", "\(answer.status) \(answer.body)")
            #expect(answer.sent == "yes")
            let row = try await gateway.settledRow(of: .start)
            #expect(row?.state == .done, "\(row.map { "\($0.state)" } ?? "no row") \(row?.reason ?? "")")
            let again = try await gateway.send("POST", "\(path)/start", "{}", headers: headers)
            #expect(again.status == 200, "\(again.status) \(again.body)")
            #expect(again.header("idempotent-replayed") == "true")
            #expect(gateway.ledger(.productive).count { $0.target.hasSuffix("/start") } == 1)
        }
    }
}
