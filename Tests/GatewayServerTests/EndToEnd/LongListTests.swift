import GatewayCore
import JSON
import Testing
import VendorSimulators

/// Lists of more entries than a page of any vendor holds.
struct LongListTests {
    @Test(arguments: [SimulatedVendor.productive, .hoursmith, .awork])
    func everyEntryComesExactlyOnce(vendor: SimulatedVendor) async throws {
        try await withGateway(GatewayPlan.unrestricted(vendor)) { gateway in
            let base = "/v1/\(vendor.rawValue)/time-entries"
            var created: Set<String> = []
            for round in 0..<3 {
                let entries = (0..<400).map { number in
                    "{\"entry\":\(Sample.entry(vendor, note: "n\(round)-\(number)").serialized(.compact))}"
                }
                let answer = try await gateway.post("\(base)/batch", "[\(entries.joined(separator: ","))]")
                #expect(answer.status == 207)
                created.formUnion((answer["data"]?.array ?? []).compactMap { $0["data"]?["id"]?.string })
            }
            #expect(created.count == 1200)

            for limit in [1000, 170] {
                var seen: [String] = []
                var cursor: String? = ""
                var pages = 0
                while let text = cursor, pages < 20 {
                    let page = try await gateway.get("\(base)?limit=\(limit)" + (text.isEmpty ? "" : "&cursor=\(text)"))
                    #expect(page.status == 200, "\(page.body.prefix(300))")
                    let ids = (page["data"]?.array ?? []).compactMap { $0["id"]?.string }
                    #expect(ids.count <= limit)
                    seen += ids
                    cursor = page["next_cursor"]?.string
                    pages += 1
                }
                #expect(seen.count == 1200)
                #expect(Set(seen) == created)
                #expect(pages == (1200 + limit - 1) / limit)
            }
        }
    }
}
