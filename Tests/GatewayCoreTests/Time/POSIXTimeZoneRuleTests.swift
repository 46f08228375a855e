import Testing

@testable import GatewayCore

@Suite("POSIXTimeZoneRule")
struct POSIXTimeZoneRuleTests {
    private func zone(_ footer: String) throws -> Zone {
        var file = TZifFile(offsets: [ZoneOffset(offsetSeconds: 0, isDST: false, abbreviation: "UTC")])
        file.rule = try POSIXTimeZoneRule(Array(footer.utf8)[...])
        return Zone(name: "X", data: file)
    }

    /// The footer, the last second before a change (UTC), and the offsets before and after it.
    static let changes: [(String, String, Int, Int)] = [
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2024-03-31T00:59:59Z", 3600, 7200),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2024-10-27T00:59:59Z", 7200, 3600),
        ("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -18_000, -14_400),
        ("EST5EDT,M3.2.0,M11.1.0", "2026-11-01T05:59:59Z", -14_400, -18_000),
        // South of the equator, DST goes over New Year.
        ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2024-04-06T14:59:59Z", 39_600, 37_800),
        ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2024-10-05T15:29:59Z", 37_800, 39_600),
        // Negative daylight saving, in winter.
        ("IST-1GMT0,M10.5.0,M3.5.0/1", "2024-03-31T00:59:59Z", 0, 3600),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", "2024-10-27T00:59:59Z", 3600, 0),
        // Hours before the day begins, and far after it.
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2024-03-31T00:59:59Z", -7200, -3600),
        ("IST-2IDT,M3.4.4/26,M10.5.0", "2024-03-28T23:59:59Z", 7200, 10_800),
        ("AAA0BBB,M1.1.0/-167,M7.1.0/167", "2023-12-31T00:59:59Z", 0, 3600),
        ("AAA0BBB,M1.1.0/-167,M7.1.0/167", "2024-07-13T21:59:59Z", 3600, 0),
        // Day 60 of a year without leap days is 1 March, always; day 59 counted from 0 is 29 February in leap years.
        ("AAA0BBB,J60,J300/2", "2024-03-01T01:59:59Z", 0, 3600),
        ("AAA0BBB,J60,J300/2", "2023-03-01T01:59:59Z", 0, 3600),
        ("AAA0BBB,J59/2,J300/2", "2024-02-28T01:59:59Z", 0, 3600),
        ("AAA0BBB,59,300/2", "2024-02-29T01:59:59Z", 0, 3600),
        ("AAA0BBB,59,300/2", "2023-03-01T01:59:59Z", 0, 3600),
        ("AAA0BBB,0/0,J300/2:30:15", "2023-10-27T01:30:14Z", 3600, 0),
        ("AAA0BBB,0/0,100", "2023-12-31T23:59:59Z", 0, 3600),
        // An offset of its own, with minutes and seconds.
        ("AAA0:44:30BBB-0:15:30,M3.5.0,M10.5.0", "2024-03-31T02:44:29Z", -2670, 930),
    ]

    @Test("the offset changes at the second that the rule says", arguments: changes)
    func change(footer: String, last: String, before: Int, after: Int) throws {
        let zone = try zone(footer)
        let instant = try Timestamp.parse(last)
        #expect(zone.offset(at: instant).offsetSeconds == before)
        #expect(zone.offset(at: try #require(instant.adding(seconds: 1))).offsetSeconds == after)
    }

    @Test("a rule without daylight time holds for ever")
    func standardOnly() throws {
        let zone = try zone("<+0545>-5:45")
        for instant in [Int64.min, 0, .max] {
            #expect(zone.offset(atEpochSeconds: instant).offsetSeconds == 20_700)
            #expect(zone.offset(atEpochSeconds: instant).abbreviation == "+0545")
        }
    }

    @Test("daylight time that lasts all year has no hole at New Year")
    func daylightAllYear() throws {
        let zone = try zone("XXX3EDT4,0/0,J365/23")
        for instant in ["2023-12-31T23:00:00Z", "2024-01-01T02:59:59Z", "2024-01-01T03:00:00Z", "2024-06-30T00:00:00Z"]
        {
            let offset = zone.offset(at: try Timestamp.parse(instant))
            #expect(offset.offsetSeconds == -14_400)
            #expect(offset.isDST)
        }
    }

    @Test(
        "a text that is no rule is refused",
        arguments: [
            "", "U", "UT", "UTC", "UTC25", "UTC0x", "1UTC", "<UTC", "<U C>0", "UTC0:60", "UTC0:0:60", "EST5EDT",
            "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.0.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
            "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J365", "EST5EDT,J1,J366", "EST5EDT,0,366", "EST5EDT,M3.2.0/168,J5",
            "EST5EDT,M3.2.0,M11.1.0,", "EST5EDT,M3.2,M11.1.0", "EST5EDT,,", "EST99999999999999999999EDT,0,1", "AAA24",
            "AAA-24BBB,0,1", "AAAAAAAAAAAAAAAAA0",
        ]
    )
    func malformed(footer: String) {
        #expect(throws: TZifError.self) { try POSIXTimeZoneRule(Array(footer.utf8)[...]) }
    }
}
