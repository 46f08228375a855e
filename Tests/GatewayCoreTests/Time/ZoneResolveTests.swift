import Testing

@testable import GatewayCore

@Suite("Zone.resolve")
struct ZoneResolveTests {
    enum Expected: Sendable, Equatable {
        case unique(String)
        case gap(String, String)
        case overlap(String, String)

        init(_ resolution: LocalTimeResolution) {
            self =
                switch resolution {
                case .unique(let timestamp): .unique(timestamp.description)
                case .gap(let before, let after): .gap(before.description, after.description)
                case .overlap(let earlier, let later): .overlap(earlier.description, later.description)
                }
        }
    }

    /// What Python 3.11's zoneinfo says of tzdata 2025b, with both values of `fold`.
    static let golden: [(String, String, Expected)] = [
        ("Europe/Zagreb", "2024-03-31T01:59:59", .unique("2024-03-31T01:59:59+01:00")),
        ("Europe/Zagreb", "2024-03-31T02:00:00", .gap("2024-03-31T01:00:00+01:00", "2024-03-31T03:00:00+02:00")),
        ("Europe/Zagreb", "2024-03-31T02:30:00", .gap("2024-03-31T01:30:00+01:00", "2024-03-31T03:30:00+02:00")),
        ("Europe/Zagreb", "2024-03-31T03:00:00", .unique("2024-03-31T03:00:00+02:00")),
        ("Europe/Zagreb", "2024-10-27T01:59:59", .unique("2024-10-27T01:59:59+02:00")),
        ("Europe/Zagreb", "2024-10-27T02:00:00", .overlap("2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00")),
        ("Europe/Zagreb", "2024-10-27T02:59:59", .overlap("2024-10-27T02:59:59+02:00", "2024-10-27T02:59:59+01:00")),
        ("Europe/Zagreb", "2024-10-27T03:00:00", .unique("2024-10-27T03:00:00+01:00")),
        ("Europe/Zagreb", "2090-10-29T02:30:00", .overlap("2090-10-29T02:30:00+02:00", "2090-10-29T02:30:00+01:00")),
        ("Europe/Zagreb", "2040-03-25T02:30:00", .gap("2040-03-25T01:30:00+01:00", "2040-03-25T03:30:00+02:00")),
        ("America/New_York", "2024-03-10T02:30:00", .gap("2024-03-10T01:30:00-05:00", "2024-03-10T03:30:00-04:00")),
        ("America/New_York", "2024-11-03T01:30:00", .overlap("2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00")),
        ("America/New_York", "2040-11-04T01:30:00", .overlap("2040-11-04T01:30:00-04:00", "2040-11-04T01:30:00-05:00")),
        ("Australia/Lord_Howe", "2024-04-07T01:29:59", .unique("2024-04-07T01:29:59+11:00")),
        (
            "Australia/Lord_Howe", "2024-04-07T01:30:00",
            .overlap("2024-04-07T01:30:00+11:00", "2024-04-07T01:30:00+10:30")
        ),
        ("Australia/Lord_Howe", "2024-10-06T02:00:00", .gap("2024-10-06T01:30:00+10:30", "2024-10-06T02:30:00+11:00")),
        ("Australia/Lord_Howe", "2024-10-06T02:15:00", .gap("2024-10-06T01:45:00+10:30", "2024-10-06T02:45:00+11:00")),
        ("Australia/Lord_Howe", "2024-10-06T02:30:00", .unique("2024-10-06T02:30:00+11:00")),
        (
            "Africa/Casablanca", "2024-03-10T02:30:00",
            .overlap("2024-03-10T02:30:00+01:00", "2024-03-10T02:30:00+00:00")
        ),
        ("Africa/Casablanca", "2024-04-14T02:30:00", .gap("2024-04-14T01:30:00+00:00", "2024-04-14T03:30:00+01:00")),
        ("Pacific/Apia", "2011-12-29T23:59:59", .unique("2011-12-29T23:59:59-10:00")),
        ("Pacific/Apia", "2011-12-30T00:00:00", .gap("2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00")),
        ("Pacific/Apia", "2011-12-30T12:00:00", .gap("2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00")),
        ("Pacific/Apia", "2011-12-31T00:00:00", .unique("2011-12-31T00:00:00+14:00")),
        ("America/Sao_Paulo", "2018-11-04T00:00:00", .gap("2018-11-03T23:00:00-03:00", "2018-11-04T01:00:00-02:00")),
        ("America/Sao_Paulo", "2018-11-04T00:30:00", .gap("2018-11-03T23:30:00-03:00", "2018-11-04T01:30:00-02:00")),
        (
            "America/Sao_Paulo", "2019-02-16T23:30:00",
            .overlap("2019-02-16T23:30:00-02:00", "2019-02-16T23:30:00-03:00")
        ),
        ("America/Sao_Paulo", "2040-01-01T00:00:00", .unique("2040-01-01T00:00:00-03:00")),
        ("Asia/Kathmandu", "1986-01-01T00:10:00", .gap("1985-12-31T23:55:00+05:30", "1986-01-01T00:25:00+05:45")),
        ("Asia/Kathmandu", "2024-01-01T00:00:00", .unique("2024-01-01T00:00:00+05:45")),
        ("America/Nuuk", "2024-03-30T22:59:59", .unique("2024-03-30T22:59:59-02:00")),
        ("America/Nuuk", "2024-03-30T23:00:00", .gap("2024-03-30T22:00:00-02:00", "2024-03-31T00:00:00-01:00")),
    ]

    @Test("a local time is unique, in a gap or in an overlap as the reference says", arguments: golden)
    func resolve(name: String, text: String, expected: Expected) throws {
        let zone = try ZoneFixtures.zone(name)
        #expect(Expected(zone.resolve(try LocalDateTime.parse(text))) == expected)
    }

    @Test("the first and the last local time there are can be resolved")
    func extremes() throws {
        for name in ZoneFixtures.base64.keys {
            let zone = try ZoneFixtures.zone(name)
            for text in ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999999"] {
                let local = try LocalDateTime.parse(text)
                guard case .unique(let timestamp) = zone.resolve(local) else {
                    Issue.record("\(name) \(text) is not unique")
                    continue
                }
                #expect(timestamp.localDateTime == local)
            }
        }
    }

    @Test("of two gaps on one day, the one that holds the local time is found")
    func twoGaps() throws {
        var file = TZifFile(
            offsets: (0...2).map { ZoneOffset(offsetSeconds: $0 * 3600, isDST: $0 > 0, abbreviation: "X\($0)") }
        )
        file.transitions = [0, 36_000]
        file.kinds = [1, 2]
        let zone = Zone(name: "X", data: file)
        for (text, expected) in [
            ("1970-01-01T00:30:00", Expected.gap("1969-12-31T23:30:00+00:00", "1970-01-01T01:30:00+01:00")),
            ("1970-01-01T05:00:00", .unique("1970-01-01T05:00:00+01:00")),
            ("1970-01-01T11:30:00", .gap("1970-01-01T10:30:00+01:00", "1970-01-01T12:30:00+02:00")),
        ] {
            #expect(Expected(zone.resolve(try LocalDateTime.parse(text))) == expected)
        }
    }

    @Test("each instant is what its own local time resolves to")
    func inverse() throws {
        var random = SeededRandom(seed: 2011)
        for name in ZoneFixtures.base64.keys.sorted() {
            let zone = try ZoneFixtures.zone(name)
            for _ in 0..<2000 {
                let seconds = Int64.random(in: -3_000_000_000...4_200_000_000, using: &random)
                let instant = try #require(Timestamp(epochSeconds: seconds))
                let local = try #require(zone.localized(instant)).localDateTime
                switch zone.resolve(local) {
                case .unique(let only):
                    try #require(only == instant)
                case .overlap(let earlier, let later):
                    try #require(earlier < later && (earlier == instant || later == instant))
                case .gap:
                    Issue.record("\(name) at \(instant) shows \(local), which is said not to exist")
                }
            }
        }
    }
}
