import GatewayCore
import JSON
import Testing
import VendorSimulators

/// A vendor that records, and then fails with a code that stands for a refusal elsewhere: nothing is taken for refused.
struct CodedFaultTests {
    private static let body = #"{"errors":[{"code":"record_not_found","title":"Not found","detail":"There is none."}]}"#
    private let keyed: KeyValuePairs<String, String> = ["Idempotency-Key": "0198a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"]

    private static func fault(_ status: Int, count: Int? = 1) -> Fault {
        Fault(.status(status, contentType: "application/vnd.api+json", body: body), moment: .afterCommit, count: count)
    }

    @Test(arguments: [302, 408, 500, 502, 504])
    func createIsNotMadeTwice(status: Int) async throws {
        try await withGateway(GatewayPlan(.productive)) { gateway in
            gateway.simulator(.productive).inject(Self.fault(status))
            let answer = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(answer.code == "outcome_unknown", "\(answer.body)")
            #expect(answer.sent == "maybe")
            #expect(answer.detail.contains("There is none."))
            let again = try await gateway.create("productive", Sample.entry(.productive), headers: keyed)
            #expect(again.status == 409 || again.header("idempotent-replayed") == "true", "\(again.body)")
            #expect(gateway.creations(.productive) == 1)
        }
    }

    @Test func actionIsNotDoneTwice() async throws {
        try await withGateway(GatewayPlan.unrestricted(.productive)) { gateway in
            let created = try await gateway.create("productive", Sample.entry(.productive))
            let id = try #require(created["data.id"]?.string)
            gateway.simulator(.productive).inject(Self.fault(500))
            let path = "/v1/productive/time-entries/\(id)/approve"
            let answer = try await gateway.send("POST", path, "{}", headers: keyed)
            #expect(answer.code == "outcome_unknown", "\(answer.body)")
            let again = try await gateway.send("POST", path, "{}", headers: keyed)
            #expect(again.status == 409 || again.header("idempotent-replayed") == "true", "\(again.body)")
        }
    }
}
