import Testing

@testable import PluginHost

@Suite("Days where the vendor takes instants")
struct ListDayTests {
    static func failures(_ kinds: String, zone: String?, path: String) async throws -> [String] {
        let zone = zone.map { #", "time_zone": "\#($0)""# } ?? ""
        let text = #"""
            {"about": "A list.", "direction": "exchange", "operation": "list",
             "connection": {"settings": {"user_id": "7", "place": "1"}\#(zone)},
             "given": {"query": {"from": "2026-11-20", "to": "2026-11-20"}}, "answers": [{"status": 200, "body": []}],
             "expect": {"requests": [{"path": "/entries?\#(path)"}]}}
            """#
        return try await ListPathTests.failures("\"GET /entries\", paging = false, filters = { \(kinds) }", text)
    }

    @Test(
        "a day begins by the clocks of the account's zone, and ends where the next begins",
        arguments: [
            ("Europe/Zagreb", "a=2026-11-19T23%3A00%3A00Z&b=2026-11-20T23%3A00%3A00Z"),
            (nil, "a=2026-11-20T00%3A00%3A00Z&b=2026-11-21T00%3A00%3A00Z"),
        ]
    )
    func instants(zone: String?, path: String) async throws {
        let kinds = "from = { \"a\", \"rfc3339\" }, to = { \"b\", \"rfc3339\" }"
        #expect(try await Self.failures(kinds, zone: zone, path: path) == [])
    }

    @Test("where the vendor's end is inclusive the last second of the day is sent, and seconds count from 1970")
    func inclusive() async throws {
        let kinds = "from = { \"a\", \"unix_seconds\" }, to = { \"b\", \"utc_datetime\", inclusive = true }"
        let path = "a=1795132800&b=2026-11-20T23%3A59%3A59"
        #expect(try await Self.failures(kinds, zone: nil, path: path) == [])
    }

    @Test("a vendor that takes local times is asked by its clocks", arguments: ["Europe/Zagreb", nil])
    func local(zone: String?) async throws {
        let kinds = "from = { \"a\", \"local_datetime\" }, to = { \"b\", \"local_datetime\" }"
        let path = "a=2026-11-20T00%3A00%3A00&b=2026-11-21T00%3A00%3A00"
        #expect(try await Self.failures(kinds, zone: zone, path: path) == [])
    }

    @Test("milliseconds count from 1970")
    func milliseconds() async throws {
        let kinds = "from = { \"a\", \"unix_milliseconds\" }, to = { \"b\", \"unix_milliseconds\", inclusive = true }"
        #expect(try await Self.failures(kinds, zone: nil, path: "a=1795132800000&b=1795219199000") == [])
    }
}
