import Foundation
import Testing

@testable import VendorSimulators

@Suite struct TimeTests {
    @Test(arguments: [
        ("1970-01-01", 0), ("2000-02-29", 11016), ("1969-12-31", -1), ("2025-08-01", 20301), ("1600-03-01", -135_080),
    ])
    func dateIsCountedInDays(text: String, days: Int) throws {
        #expect(try #require(CivilDate(text)).daysSinceEpoch == days)
        #expect(CivilDate(daysSinceEpoch: days).text == text)
    }

    @Test(arguments: [
        "2025-02-29", "2025-13-01", "2025-00-10", "2025-1-01", "2025-01-01 ", "25-01-01", "", "2025-04-31",
    ])
    func wrongDateIsRefused(text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test func dateTimeIsReadWithItsOffset() throws {
        #expect(DateTimeText("2022-12-20T10:15:20.099Z")?.epochMilliseconds == 1_671_531_320_099)
        #expect(DateTimeText("2022-12-20T10:15:20.1+01:30")?.epochMilliseconds == 1_671_525_920_100)
        #expect(DateTimeText("2022-12-20T10:15:20")?.offset == nil)
        #expect(DateTimeText("2022-12-20T10:15:20") != nil)
        for text in [
            "2022-12-20", "2022-12-20T24:00:00Z", "2022-12-20T10:15Z", "2022-12-20T10:15:20.Z",
            "2022-12-20T10:15:20+1:00",
        ] {
            #expect(DateTimeText(text) == nil, "\(text)")
        }
    }

    @Test func instantsAreWritten() {
        #expect(InstantFormat.zulu(-1, milliseconds: true) == "1969-12-31T23:59:59.999Z")
        #expect(InstantFormat.withOffset(0, offset: -16_200) == "1969-12-31T19:30:00-04:30")
        #expect(InstantFormat.httpDate(784_111_777_000) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    /// Foundation brings time zone data of its own; these zones' rules have been stable for years.
    @Test(arguments: [
        "Europe/Berlin", "Europe/Zagreb", "Europe/London", "Europe/Dublin", "America/New_York", "America/St_Johns",
        "Australia/Sydney", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
    ])
    func offsetsAgreeWithFoundation(name: String) throws {
        let rules = try #require(TimeZoneRules.named(name))
        let zone = try #require(TimeZone(identifier: name))
        for step in 0..<3000 {
            // About every fifteen days from 1975 to 2098, so beyond the last written transition too.
            let instant = 157_766_400 + Int64(step) * 1_298_301
            let expected = zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant)))
            try #require(rules.offset(at: instant) == expected, "at \(instant)")
        }
    }

    @Test func localTimeInAGapHasNoInstantAndInAnOverlapTwo() throws {
        let berlin = try #require(TimeZoneRules.named("Europe/Berlin"))
        func instants(_ text: String) throws -> [Int64] {
            berlin.instants(forLocal: try #require(DateTimeText(text)).civilSeconds)
        }
        #expect(try instants("2025-03-30T02:30:00") == [])
        #expect(try instants("2025-10-26T02:30:00") == [1_761_438_600, 1_761_442_200])
        #expect(try instants("2025-03-30T03:00:00") == [1_743_296_400])
        #expect(try instants("2090-07-01T12:00:00").count == 1)
    }

    @Test(arguments: ["", "Berlin", "europe/berlin", "../zoneinfo/UTC", "Europe/../Europe/Berlin", "Europe", "/UTC"])
    func nameThatIsNoZoneIsUnknown(name: String) {
        #expect(TimeZoneRules.named(name) == nil)
    }

    @Test func posixRuleIsRead() throws {
        let fixed = try #require(PosixZoneRule("<+0545>-5:45"))
        #expect(fixed.offset(at: 0) == 20_700)
        let newYork = try #require(PosixZoneRule("EST5EDT,M3.2.0,M11.1.0"))
        #expect(newYork.offset(at: 1_751_328_000) == -14_400)
        #expect(newYork.offset(at: 1_735_689_600) == -18_000)
        for text in ["", "CET", "CET-1CEST", "CET-1CEST,M13.1.0,M10.5.0", "CET-1CEST,M3.5.0"] {
            #expect(PosixZoneRule(text) == nil, "\(text)")
        }
    }
}
