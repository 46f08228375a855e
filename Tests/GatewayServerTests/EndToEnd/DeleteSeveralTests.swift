import GatewayCore
import JSON
import Testing
import VendorSimulators

/// `POST …/actions/delete`: an outcome for each entry, in the vendor's own batch where it has one.
struct DeleteSeveralTests {
    private func plan(_ vendor: SimulatedVendor) throws -> GatewayPlan {
        try GatewayPlan.unrestricted(vendor)
    }

    private func create(_ count: Int, _ vendor: SimulatedVendor, _ gateway: TestGateway) async throws -> [String] {
        var ids: [String] = []
        for number in 0..<count {
            let answer = try await gateway.create(vendor.rawValue, Sample.entry(vendor, note: "\(number)"))
            ids.append(try #require(answer["data.id"]?.string))
        }
        return ids
    }

    private func body(_ ids: [String]) -> String {
        JSONValue.object(["ids": .array(ids.map { .string($0) })]).serialized(.compact)
    }

    @Test func vendorsBatchDeletesThemInOneRequest() async throws {
        try await withGateway(try plan(.awork)) { gateway in
            let base = "/v1/awork/time-entries"
            let ids = try await create(3, .awork, gateway)
            let missing = "00000000-0000-4000-8000-00000000ffff"
            let before = gateway.ledger(.awork).count
            let answer = try await gateway.post("\(base)/actions/delete", body(ids + [missing]))
            #expect(answer.status == 207, "\(answer.body)")
            let items = answer["data"]?.array ?? []
            #expect(items.map { $0["id"]?.string } == ids + [missing])
            #expect(items.map { $0["status"]?.int64 } == [204, 204, 204, 404])
            #expect(items.last?["problem"]?["code"] == "vendor_not_found")
            #expect(items.allSatisfy { $0["data"] == nil })
            let writes = gateway.ledger(.awork).dropFirst(before).filter { $0.method == "POST" }
            #expect(writes.map(\.target) == ["/api/v1/timeentries/batch/delete"])
            #expect(try await gateway.get("\(base)/\(ids[0])").status == 404)
        }
    }

    @Test func withoutABatchTheyGoOneByOne() async throws {
        try await withGateway(try plan(.productive)) { gateway in
            let base = "/v1/productive/time-entries"
            let ids = try await create(2, .productive, gateway)
            let answer = try await gateway.post("\(base)/actions/delete", body([ids[0], "999999", ids[1]]))
            #expect(answer.status == 207, "\(answer.body)")
            #expect((answer["data"]?.array ?? []).map { $0["status"]?.int64 } == [204, 404, 204])
            #expect(gateway.ledger(.productive).filter { $0.method == "DELETE" }.count == 3)
        }
    }

    @Test func reasonIsRefusedAndNothingIsDeleted() async throws {
        try await withGateway(try plan(.awork)) { gateway in
            let ids = try await create(1, .awork, gateway)
            let text = #"{"ids":["\#(ids[0])"],"reason":"Old"}"#
            let answer = try await gateway.post("/v1/awork/time-entries/actions/delete", text)
            #expect(answer.status == 422)
            #expect(answer.code == "unrepresentable")
            #expect(try await gateway.get("/v1/awork/time-entries/\(ids[0])").status == 200)
        }
    }

    @Test func vendorThatDeletesNothingSaysSo() async throws {
        try await withGateway(try plan(.sonderplan)) { gateway in
            let answer = try await gateway.post("/v1/sonderplan/time-entries/actions/delete", body(["1"]))
            #expect(answer.status == 501)
            #expect(gateway.ledger(.sonderplan).isEmpty)
        }
    }
}
