import Testing

@testable import GatewayCore

/// What Python 3.11's zoneinfo and glibc's localtime say of tzdata 2025b.
struct GoldenOffset: Sendable, CustomTestStringConvertible {
    let zone: String
    let instant: String
    let offset: Int
    let isDST: Bool
    let abbreviation: String

    init(_ zone: String, _ instant: String, _ offset: Int, _ isDST: Bool, _ abbreviation: String) {
        self.zone = zone
        self.instant = instant
        self.offset = offset
        self.isDST = isDST
        self.abbreviation = abbreviation
    }

    var testDescription: String { "\(zone) \(instant)" }

    static let all: [GoldenOffset] = [
        GoldenOffset("Europe/Zagreb", "1850-01-01T00:00:00Z", 3832, false, "LMT"),
        GoldenOffset("Europe/Zagreb", "1900-01-01T00:00:00Z", 3600, false, "CET"),
        GoldenOffset("Europe/Zagreb", "1941-04-18T21:59:59Z", 3600, false, "CET"),
        GoldenOffset("Europe/Zagreb", "1941-04-18T22:00:00Z", 7200, true, "CEST"),
        GoldenOffset("Europe/Zagreb", "2024-03-31T00:59:59Z", 3600, false, "CET"),
        GoldenOffset("Europe/Zagreb", "2024-03-31T01:00:00Z", 7200, true, "CEST"),
        GoldenOffset("Europe/Zagreb", "2024-10-27T00:59:59Z", 7200, true, "CEST"),
        GoldenOffset("Europe/Zagreb", "2024-10-27T01:00:00Z", 3600, false, "CET"),
        GoldenOffset("Europe/Zagreb", "2040-03-25T00:59:59Z", 3600, false, "CET"),
        GoldenOffset("Europe/Zagreb", "2040-03-25T01:00:00Z", 7200, true, "CEST"),
        GoldenOffset("Europe/Zagreb", "2040-07-01T00:00:00Z", 7200, true, "CEST"),
        GoldenOffset("Europe/Zagreb", "2090-10-29T00:59:59Z", 7200, true, "CEST"),
        GoldenOffset("Europe/Zagreb", "2090-10-29T01:00:00Z", 3600, false, "CET"),
        GoldenOffset("Europe/Zagreb", "2090-12-31T23:59:59Z", 3600, false, "CET"),
        GoldenOffset("America/New_York", "1883-11-18T16:59:59Z", -17762, false, "LMT"),
        GoldenOffset("America/New_York", "1883-11-18T17:00:00Z", -18000, false, "EST"),
        GoldenOffset("America/New_York", "1900-01-01T00:00:00Z", -18000, false, "EST"),
        GoldenOffset("America/New_York", "1943-06-01T12:00:00Z", -14400, true, "EWT"),
        GoldenOffset("America/New_York", "1974-01-06T07:00:00Z", -14400, true, "EDT"),
        GoldenOffset("America/New_York", "2007-03-11T06:59:59Z", -18000, false, "EST"),
        GoldenOffset("America/New_York", "2007-03-11T07:00:00Z", -14400, true, "EDT"),
        GoldenOffset("America/New_York", "2040-03-11T07:00:00Z", -14400, true, "EDT"),
        GoldenOffset("America/New_York", "2090-07-04T00:00:00Z", -14400, true, "EDT"),
        GoldenOffset("America/New_York", "2090-11-05T06:00:00Z", -18000, false, "EST"),
        GoldenOffset("Australia/Lord_Howe", "1900-01-01T00:00:00Z", 36000, false, "AEST"),
        GoldenOffset("Australia/Lord_Howe", "1984-01-01T00:00:00Z", 41400, true, "+1130"),
        GoldenOffset("Australia/Lord_Howe", "2024-04-06T14:59:59Z", 39600, true, "+11"),
        GoldenOffset("Australia/Lord_Howe", "2024-04-06T15:00:00Z", 37800, false, "+1030"),
        GoldenOffset("Australia/Lord_Howe", "2024-10-05T15:29:59Z", 37800, false, "+1030"),
        GoldenOffset("Australia/Lord_Howe", "2024-10-05T15:30:00Z", 39600, true, "+11"),
        GoldenOffset("Australia/Lord_Howe", "2040-01-01T00:00:00Z", 39600, true, "+11"),
        GoldenOffset("Australia/Lord_Howe", "2090-06-01T00:00:00Z", 37800, false, "+1030"),
        GoldenOffset("Africa/Casablanca", "1900-01-01T00:00:00Z", -1820, false, "LMT"),
        GoldenOffset("Africa/Casablanca", "2018-10-28T01:00:00Z", 3600, true, "+01"),
        GoldenOffset("Africa/Casablanca", "2024-03-10T01:59:59Z", 3600, false, "+01"),
        GoldenOffset("Africa/Casablanca", "2024-03-10T02:00:00Z", 0, true, "+00"),
        GoldenOffset("Africa/Casablanca", "2024-04-14T02:00:00Z", 3600, false, "+01"),
        GoldenOffset("Africa/Casablanca", "2040-10-06T12:00:00Z", 0, true, "+00"),
        GoldenOffset("Africa/Casablanca", "2040-10-08T12:00:00Z", 0, true, "+00"),
        GoldenOffset("Africa/Casablanca", "2090-01-01T00:00:00Z", 3600, false, "+01"),
        GoldenOffset("Asia/Kathmandu", "1900-01-01T00:00:00Z", 20476, false, "LMT"),
        GoldenOffset("Asia/Kathmandu", "1985-12-31T18:29:59Z", 19800, false, "+0530"),
        GoldenOffset("Asia/Kathmandu", "1985-12-31T18:30:00Z", 20700, false, "+0545"),
        GoldenOffset("Asia/Kathmandu", "2040-01-01T00:00:00Z", 20700, false, "+0545"),
        GoldenOffset("Pacific/Apia", "1900-01-01T00:00:00Z", -41216, false, "LMT"),
        GoldenOffset("Pacific/Apia", "2011-12-30T09:59:59Z", -36000, true, "-10"),
        GoldenOffset("Pacific/Apia", "2011-12-30T10:00:00Z", 50400, true, "+14"),
        GoldenOffset("Pacific/Apia", "2021-01-01T00:00:00Z", 50400, true, "+14"),
        GoldenOffset("Pacific/Apia", "2090-01-01T00:00:00Z", 46800, false, "+13"),
        GoldenOffset("America/Sao_Paulo", "1900-01-01T00:00:00Z", -11188, false, "LMT"),
        GoldenOffset("America/Sao_Paulo", "2018-11-04T02:59:59Z", -10800, false, "-03"),
        GoldenOffset("America/Sao_Paulo", "2018-11-04T03:00:00Z", -7200, true, "-02"),
        GoldenOffset("America/Sao_Paulo", "2019-02-17T01:59:59Z", -7200, true, "-02"),
        GoldenOffset("America/Sao_Paulo", "2019-02-17T02:00:00Z", -10800, false, "-03"),
        GoldenOffset("America/Sao_Paulo", "2040-01-01T00:00:00Z", -10800, false, "-03"),
        GoldenOffset("Europe/Dublin", "1900-01-01T00:00:00Z", -1521, false, "DMT"),
        GoldenOffset("Europe/Dublin", "2024-01-01T00:00:00Z", 0, true, "GMT"),
        GoldenOffset("Europe/Dublin", "2024-07-01T00:00:00Z", 3600, false, "IST"),
        GoldenOffset("Europe/Dublin", "2040-01-01T00:00:00Z", 0, true, "GMT"),
        GoldenOffset("Europe/Dublin", "2090-07-01T00:00:00Z", 3600, false, "IST"),
        GoldenOffset("America/Nuuk", "2024-03-31T00:59:59Z", -7200, false, "-02"),
        GoldenOffset("America/Nuuk", "2024-03-31T01:00:00Z", -3600, true, "-01"),
        GoldenOffset("America/Nuuk", "2024-10-27T00:59:59Z", -3600, true, "-01"),
        GoldenOffset("America/Nuuk", "2024-10-27T01:00:00Z", -7200, false, "-02"),
        GoldenOffset("America/Nuuk", "2090-03-25T23:59:59Z", -7200, false, "-02"),
        GoldenOffset("America/Nuuk", "2090-03-26T01:00:00Z", -3600, true, "-01"),
        GoldenOffset("Africa/Monrovia", "1971-12-31T00:00:00Z", -2670, false, "MMT"),
        GoldenOffset("Africa/Monrovia", "1972-01-07T00:44:30Z", 0, false, "GMT"),
        GoldenOffset("Etc/UTC", "1900-01-01T00:00:00Z", 0, false, "UTC"),
        GoldenOffset("Etc/UTC", "2090-01-01T00:00:00Z", 0, false, "UTC"),
    ]
}

@Suite("Zone")
struct ZoneTests {
    @Test("the offset at an instant is that of the reference", arguments: GoldenOffset.all)
    func offset(golden: GoldenOffset) throws {
        let zone = try ZoneFixtures.zone(golden.zone)
        let instant = try Timestamp.parse(golden.instant)
        let offset = zone.offset(at: instant)
        #expect(offset.offsetSeconds == golden.offset)
        #expect(offset.isDST == golden.isDST)
        #expect(offset.abbreviation == golden.abbreviation)
        #expect(zone.hasOffset(golden.offset, at: instant))
        #expect(!zone.hasOffset(golden.offset + 3600, at: instant))
    }

    @Test("any instant at all has an offset, and it is the period's that holds it")
    func anyInstant() throws {
        let far: Int64 = 1 << 50
        let instants: [Int64] = [.min, .min + 1, -far, -1, 0, 1, far >> 10, far, .max - 1, .max]
        for name in ZoneFixtures.base64.keys {
            let zone = try ZoneFixtures.zone(name)
            for instant in instants {
                let period = zone.period(atEpochSeconds: instant)
                #expect(zone.offset(atEpochSeconds: instant) == period.offset)
                #expect(period.start <= period.end)
            }
        }
    }

    @Test("periods follow each other without a hole, through the footer's rule too")
    func periods() throws {
        for name in ZoneFixtures.base64.keys {
            let zone = try ZoneFixtures.zone(name)
            var period = zone.period(atEpochSeconds: .min)
            #expect(period.start == .min)
            while period.end < 7_258_118_400 {
                let next = zone.period(atEpochSeconds: period.end)
                try #require(next.start == period.end && next.end > next.start)
                try #require(zone.period(atEpochSeconds: period.end - 1).end == period.end)
                period = next
            }
        }
    }

    @Test("the local date is the zone's, not that of the written offset")
    func localDate() throws {
        let instant = try Timestamp.parse("2024-05-31T23:30:00Z")
        #expect(try ZoneFixtures.zone("Europe/Zagreb").localDate(of: instant)?.description == "2024-06-01")
        #expect(try ZoneFixtures.zone("America/New_York").localDate(of: instant)?.description == "2024-05-31")
        #expect(
            try ZoneFixtures.zone("Asia/Kathmandu").localized(instant)?.description == "2024-06-01T05:15:00+05:45"
        )
        let first = try Timestamp.parse("0001-01-01T00:00:00Z")
        #expect(try ZoneFixtures.zone("America/New_York").localDate(of: first) == nil)
    }

    @Test(
        "a written offset passes if it is the zone's at that instant, or says nothing",
        arguments: [
            ("2024-07-01T12:00:00+02:00", true), ("2024-07-01T12:00:00+01:00", false),
            ("2024-01-01T12:00:00+01:00", true), ("2024-01-01T12:00:00+02:00", false),
            ("2024-01-01T12:00:00Z", true), ("2024-01-01T12:00:00-00:00", true), ("2024-01-01T12:00:00+00:00", false),
            ("2024-03-31T01:59:59+01:00", true), ("2024-03-31T02:00:00+01:00", false),
            ("2024-10-27T02:30:00+02:00", true), ("2024-10-27T02:30:00+01:00", true),
            ("1850-01-01T00:00:00+01:04", true), ("1850-01-01T00:00:00+01:03", false),
        ]
    )
    func hasOffset(text: String, passes: Bool) throws {
        #expect(try ZoneFixtures.zone("Europe/Zagreb").hasOffset(of: Timestamp.parse(text)) == passes)
    }

    @Test("UTC needs no database")
    func utc() throws {
        let instant = try Timestamp.parse("2024-07-01T12:00:00Z")
        #expect(Zone.utc.name == "UTC")
        #expect(Zone.utc.offset(at: instant).offsetSeconds == 0)
        #expect(Zone.utc.offset(at: instant).abbreviation == "UTC")
        guard case .unique(let resolved) = Zone.utc.resolve(instant.localDateTime) else {
            Issue.record("UTC has every local time once")
            return
        }
        #expect(resolved.isSameInstant(as: instant))
    }
}
