import JSON
import Synchronization
import Testing

@testable import GatewayCore

/// How long a list may take at a vendor that is slow.
struct ListingTimeTests {
    /// A vendor with pages of two of its ten entries, of which each takes some seconds of a clock that only it moves.
    private final class SlowVendor: Upstream {
        let seconds: Int64
        let clock = Mutex<Int64>(0)
        private let timeouts = Mutex<[Int]>([])

        init(seconds: Int64) { self.seconds = seconds }

        /// What each request was given, in milliseconds.
        var given: [Int] { timeouts.withLock { $0 } }

        func send(_ request: UpstreamRequest) async -> Result<UpstreamAnswer, UpstreamFailure> {
            timeouts.withLock { $0.append(request.timeoutMilliseconds) }
            clock.withLock { $0 += seconds * 1_000_000_000 }
            let body = #"{"items":[{"id":"1","person_id":"u"},{"id":"2","person_id":"u"}],"pages":5}"#
            return .success(UpstreamAnswer(status: 200, body: Array(body.utf8)))
        }
    }

    private func page(_ vendor: SlowVendor, limit: Int) async throws -> ListPage {
        let plugin = try TestVendor.vendor { manifest in
            var rule = OperationRule(method: "GET", path: "/entries")
            rule.entriesPath = ["items"]
            var list = ListRule()
            list.paging = PagingRule(
                style: .page(parameter: "page", end: .pages(["pages"])),
                sizeParameter: "size",
                maximumSize: 2
            )
            rule.list = list
            manifest.operations[.list] = rule
        }
        let timer = SendTimer(now: { vendor.clock.withLock { $0 } }, sleep: { _ in })
        let pipeline = Pipeline(zones: .system, timer: timer, vendorKey: { _ in "" })
        var query = ListQuery()
        query.limit = limit
        let caller = Caller(name: "jane", connections: ["acme-main"], scopes: Set(Scope.allCases))
        let call = Call(
            id: "call",
            operation: .list,
            connection: try TestVendor.connection(),
            caller: caller,
            handling: .strict,
            now: try Timestamp.parse("2026-11-20T12:00:00Z"),
            timeoutMilliseconds: 10_000
        )
        return try await pipeline.list(query, call, at: plugin, scripts: nil, upstream: vendor)
    }

    @Test func pagesShareTheTimeOfTheCall() async throws {
        let vendor = SlowVendor(seconds: 4)
        let page = try await page(vendor, limit: 10)
        #expect(vendor.given == [10_000, 6_000, 2_000])
        // What was read is answered, and the cursor goes on from there.
        #expect(page.entries.count == 6)
        #expect(page.nextCursor != nil)
    }

    @Test func fastVendorGivesAllThatWasAskedFor() async throws {
        let page = try await page(SlowVendor(seconds: 0), limit: 10)
        #expect(page.entries.count == 10)
        #expect(page.nextCursor == nil)
    }
}
