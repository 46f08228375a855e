import GatewayCore
import JSON
import Testing
import VendorSimulators

/// One script of unified calls against every vendor: nothing but what the capabilities declare may differ.
struct SameScriptTests {
    private func plan(_ vendor: SimulatedVendor) throws -> GatewayPlan {
        try GatewayPlan.unrestricted(vendor)
    }

    /// 501 with the list of what is, exactly where the capabilities do not have the operation.
    private func expectNotOffered(_ answer: Answer, _ operation: String, _ offered: Set<String>) {
        #expect(answer.status == 501, "\(operation): \(answer.body)")
        #expect(answer.code == "unsupported_operation")
        let named = Set(answer["operations"]?.array?.compactMap(\.string) ?? [])
        #expect(named == offered)
    }

    @Test(arguments: SimulatedVendor.allCases)
    func scriptRunsAndOnlyCapabilitiesDiffer(vendor: SimulatedVendor) async throws {
        try await withGateway(try plan(vendor)) { gateway in
            let name = vendor.rawValue
            let base = "/v1/\(name)/time-entries"
            let capabilities = try await gateway.get("/v1/connections/\(name)")
            #expect(capabilities.status == 200)
            let offered = Set(capabilities["data.operations"]?.object?.keys ?? [])
            #expect(offered.contains("create"))

            let created = try await gateway.create(name, Sample.entry(vendor, note: "First"))
            #expect(created.status == 201, "\(created.body)")
            let id = try #require(created["data.id"]?.string)
            let other = try await gateway.create(name, Sample.entry(vendor, note: "Second"))
            let otherID = try #require(other["data.id"]?.string)

            let read = try await gateway.get("\(base)/\(id)")
            if offered.contains("get") {
                #expect(read.status == 200, "\(read.body)")
                #expect(read["data.id"]?.string == id)
                #expect(read["data.duration_seconds"] == created["data.duration_seconds"])
                #expect(read["data.user.id"] == created["data.user.id"])
                #expect(read["data.note"] == created["data.note"])
                #expect(read.header("etag") != nil)
                let missing = try await gateway.get("\(base)/00000000-0000-4000-8000-000000000000")
                #expect(missing.status == 404, "\(missing.body)")
            } else {
                expectNotOffered(read, "get", offered)
            }

            try await list(gateway, base, capabilities, offered, created, [id, otherID])
            try await change(gateway, base, offered, id)
            try await approve(gateway, base, offered, id)

            let deleted = try await gateway.send("DELETE", "\(base)/\(id)")
            if offered.contains("delete") {
                #expect(deleted.status == 204, "\(deleted.body)")
                #expect(deleted.body.isEmpty)
                if offered.contains("get") { #expect(try await gateway.get("\(base)/\(id)").status == 404) }
            } else {
                expectNotOffered(deleted, "delete", offered)
            }
        }
    }

    private func list(
        _ gateway: TestGateway,
        _ base: String,
        _ capabilities: Answer,
        _ offered: Set<String>,
        _ created: Answer,
        _ ids: [String]
    ) async throws {
        guard offered.contains("list") else {
            return expectNotOffered(try await gateway.get(base), "list", offered)
        }
        let filters = capabilities["data.list.filters"]?.array ?? []
        let names = filters.compactMap { $0["name"]?.string }
        var query = ""
        if filters.contains(where: { $0["name"] == "subject" && $0["required"] == true }) {
            let subject = try #require(created["data.subjects"]?.object?.members.first)
            query = "subject=\(subject.key):\(subject.value["id"]?.string ?? "")"
            let whole = try await gateway.get(base)
            #expect(whole.status == 422)
            #expect(whole.code == "unsupported_filter")
        }
        let all = try await gateway.get("\(base)?\(query)")
        #expect(all.status == 200, "\(all.body)")
        let found = (all["data"]?.array ?? []).compactMap { $0["id"]?.string }
        #expect(Set(found) == Set(ids))

        // Page by page of one: each exactly once.
        var seen: [String] = []
        var cursor: String? = ""
        while let text = cursor, seen.count < 10 {
            let page = try await gateway.get("\(base)?\(query)&limit=1" + (text.isEmpty ? "" : "&cursor=\(text)"))
            #expect(page.status == 200, "\(page.body)")
            seen += (page["data"]?.array ?? []).compactMap { $0["id"]?.string }
            cursor = page["next_cursor"]?.string
            #expect((page.header("link") != nil) == (cursor != nil))
        }
        #expect(seen.sorted() == ids.sorted())

        for filter in ["from", "to"] {
            let day = filter == "from" ? "2030-01-01" : "2000-01-01"
            let answer = try await gateway.get("\(base)?\(query)&\(filter)=\(day)")
            if names.contains(filter) {
                #expect(answer.status == 200, "\(answer.body)")
                #expect(answer["data"] == [])
            } else {
                #expect(answer.status == 422)
                #expect(answer.code == "unsupported_filter")
            }
        }
        #expect(try await gateway.get("\(base)?\(query)&colour=red").status == 422)
        #expect(try await gateway.get("\(base)?\(query)&cursor=abc").status == 400)
    }

    private func change(
        _ gateway: TestGateway,
        _ base: String,
        _ offered: Set<String>,
        _ id: String
    ) async throws {
        let patched = try await gateway.send("PATCH", "\(base)/\(id)", #"{"note":"Changed"}"#)
        guard offered.contains("update") else { return expectNotOffered(patched, "update", offered) }
        #expect(patched.status == 200, "\(patched.body)")
        #expect(patched["data.note"] == "Changed")
        let before = try await gateway.get("\(base)/\(id)")
        #expect(before["data.note"] == "Changed")

        let longer = try await gateway.send("PATCH", "\(base)/\(id)", #"{"duration":"3h"}"#)
        #expect(longer.status == 200, "\(longer.body)")
        let after = try await gateway.get("\(base)/\(id)")
        #expect(after["data.duration_seconds"] == 10_800)
        #expect(after["data.note"] == "Changed")
        #expect(after["data.user.id"] == before["data.user.id"])
        #expect(after["data.subjects"] == before["data.subjects"])

        // Reading, and sending back what was read, changes nothing and asks the vendor for no write.
        let text = try #require(after["data"]).serialized(.compact)
        let same = try await gateway.send("PATCH", "\(base)/\(id)", text)
        #expect(same.status == 200, "\(same.body)")
        #expect(same["data.duration_seconds"] == 10_800)

        let tag = try #require(after.header("etag"))
        let stale = try await gateway.send("PATCH", "\(base)/\(id)", #"{"note":"x"}"#, headers: ["If-Match": "\"old\""])
        #expect(stale.status == 412)
        #expect(stale.code == "precondition_failed")
        let current = try await gateway.send("PATCH", "\(base)/\(id)", #"{"note":"y"}"#, headers: ["If-Match": tag])
        #expect(current.status == 200, "\(current.body)")
    }

    private func approve(
        _ gateway: TestGateway,
        _ base: String,
        _ offered: Set<String>,
        _ id: String
    ) async throws {
        let approved = try await gateway.post("\(base)/\(id)/approve", "{}")
        guard offered.contains("approve") else { return expectNotOffered(approved, "approve", offered) }
        #expect(approved.status == 200, "\(approved.body)")
        #expect(approved["data.approval.state"] == "approved")
        let unapproved = try await gateway.post("\(base)/\(id)/unapprove", "{}")
        #expect(unapproved["data.approval.state"] == "unapproved")
        let rejected = try await gateway.post("\(base)/\(id)/reject", #"{"reason":"Wrong task"}"#)
        #expect(rejected.status == 200, "\(rejected.body)")
        #expect(rejected["data.approval.state"] == "rejected")
        #expect(rejected["data.approval.reason"] == "Wrong task")
        let unrejected = try await gateway.post("\(base)/\(id)/unreject", "{}")
        #expect(unrejected["data.approval.state"] == "unapproved")
        let reasoned = try await gateway.post("\(base)/\(id)/unreject", #"{"reason":"Why not"}"#)
        #expect(reasoned.status == 422)
        #expect(reasoned.code == "unrepresentable")
        let several = try await gateway.post("\(base)/actions/approve", #"{"ids":["\#(id)","999999"]}"#)
        #expect(several.status == 207, "\(several.body)")
        #expect(several["data"]?.array?.count == 2)
        _ = try await gateway.post("\(base)/\(id)/unapprove", "{}")
    }
}
