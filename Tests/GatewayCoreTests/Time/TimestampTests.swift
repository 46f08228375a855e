import GatewayCore
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        "an RFC 3339 text gives its instant and is written back as it was",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T23:59:59Z", -1),
            ("2024-05-31T09:30:00+02:00", 1_717_140_600), ("2024-05-31T09:30:00-09:30", 1_717_182_000),
            ("2024-05-31T09:30:00.000Z", 1_717_147_800), ("2024-05-31T09:30:00.120-00:00", 1_717_147_800),
            ("2024-05-31T09:30:00.123456789+00:00", 1_717_147_800), ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("0001-01-01T00:00:00+23:59", -62_135_683_140), ("9999-12-31T23:59:59.999999999Z", 253_402_300_799),
            ("9999-12-31T23:59:59-23:59", 253_402_387_139), ("1990-12-31T15:59:59-08:00", 662_687_999),
        ] as [(String, Int64)]
    )
    func validText(text: String, epochSeconds: Int64) throws {
        let timestamp = try Timestamp.parse(text)
        #expect(timestamp.epochSeconds == epochSeconds)
        #expect(timestamp.description == text)
        var bytes: [UInt8] = []
        timestamp.append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test(
        "lower case, a space and zeros beyond the ninth decimal are normalised",
        arguments: [
            ("2024-05-31t09:30:00z", "2024-05-31T09:30:00Z"),
            ("2024-05-31 09:30:00+02:00", "2024-05-31T09:30:00+02:00"),
            ("2024-05-31T09:30:00.12345678900000Z", "2024-05-31T09:30:00.123456789Z"),
        ]
    )
    func normalised(text: String, written: String) throws {
        #expect(try Timestamp.parse(text).description == written)
    }

    static let invalid: [(String, TimeTextError, String)] = [
        ("", .empty, "the text is empty"),
        ("2024-13-01T09:30:00Z", .monthOutOfRange(13), "the month is 13; it must be 01 to 12"),
        ("2024-05-31", .timeMissing, "the time of day is missing: write 2024-05-31T09:30:00"),
        ("2024-05-31T09:30:00", .offsetMissing, "no offset: write Z or +01:00"),
        ("2024-05-31T09:30:00.5", .offsetMissing, "no offset: write Z or +01:00"),
        ("2024-05-31T09:30", .secondsMissing, "the seconds are missing: write 09:30:00"),
        ("2024-05-31T09:30Z", .secondsMissing, "the seconds are missing: write 09:30:00"),
        ("2024-05-31T09:30:00 Z", .unexpectedText(at: 19), "the text goes on after its end, from character 20"),
        ("2024-05-31T09:30:00+0200", .offsetMalformed, "the offset must be written as Z or as +01:00"),
        ("2024-05-31T09:30:00+02", .offsetMalformed, "the offset must be written as Z or as +01:00"),
        ("2024-05-31T09:30:00+2:00", .offsetMalformed, "the offset must be written as Z or as +01:00"),
        ("2024-05-31T09:30:00+02:0", .offsetMalformed, "the offset must be written as Z or as +01:00"),
        ("2024-05-31T09:30:00+02:000", .offsetMalformed, "the offset must be written as Z or as +01:00"),
        ("2024-05-31T09:30:00+", .offsetMalformed, "the offset must be written as Z or as +01:00"),
        ("2024-05-31T09:30:00+24:00", .offsetHourOutOfRange(24), "the offset's hours are 24; they must be 00 to 23"),
        (
            "2024-05-31T09:30:00+02:60", .offsetMinuteOutOfRange(60),
            "the offset's minutes are 60; they must be 00 to 59"
        ),
        ("2024-05-31T09:30:00+02:00:00", .unexpectedText(at: 25), "the text goes on after its end, from character 26"),
        ("2024-05-31T09:30:00ZZ", .unexpectedText(at: 20), "the text goes on after its end, from character 21"),
        (
            "2024-05-31T09:30:00Z[Europe/Zagreb]", .unexpectedText(at: 20),
            "the text goes on after its end, from character 21"
        ),
        (
            "2016-12-31T23:59:60Z", .leapSecond,
            "the second is 60; leap seconds cannot be kept: write 59, or 00 of the next minute"
        ),
        (
            "2024-05-31T09:30:00.1234567891Z", .fractionTooFine,
            "the seconds have more than nine decimals; nothing finer than a nanosecond can be kept"
        ),
        ("2024-05-31T09:30:00.Z", .fractionWithoutDigits, "digits must follow the point after the seconds"),
        ("2024-05-31T09:30:00,5Z", .unexpectedText(at: 19), "the text goes on after its end, from character 20"),
    ]

    @Test("any other text is refused with what is wrong", arguments: invalid)
    func invalidText(text: String, error: TimeTextError, message: String) {
        #expect(throws: error) { try Timestamp.parse(text) }
        #expect(error.message == message)
        #expect(Timestamp(text) == nil)
    }

    @Test("a text cut off anywhere or with any byte replaced never crashes, and what is read is written alike")
    func damagedText() throws {
        let whole = Array("2024-05-31T09:30:00.125+02:00".utf8)
        for length in 0..<whole.count {
            #expect(Timestamp(String(decoding: whole[..<length], as: UTF8.self)) == nil)
        }
        for index in whole.indices {
            for byte in UInt8.min...UInt8.max {
                var bytes = whole
                bytes[index] = byte
                guard let read = bytes.withUnsafeBufferPointer({ Timestamp(utf8: $0) }) else { continue }
                // Only the separator may be read as something other than what is written.
                if index == 10 { bytes[index] = UInt8(ascii: "T") }
                #expect(Array(read.description.utf8) == bytes)
            }
        }
    }

    @Test(
        "a lenient reading takes what vendors write",
        arguments: [
            ("2024-05-31T09:30:00+0200", "2024-05-31T09:30:00+02:00"),
            ("2024-05-31T09:30:00-0930", "2024-05-31T09:30:00-09:30"),
            ("2024-05-31T09:30:00+02", "2024-05-31T09:30:00+02:00"),
            ("2024-05-31T09:30Z", "2024-05-31T09:30:00Z"),
            ("2024-05-31 09:30+02", "2024-05-31T09:30:00+02:00"),
            ("2024-05-31T09:30:00.0000000Z", "2024-05-31T09:30:00.0000000Z"),
            ("2024-05-31T09:30:00+02:00", "2024-05-31T09:30:00+02:00"),
        ]
    )
    func lenient(text: String, written: String) throws {
        #expect(try Timestamp.parse(text, as: .lenient).description == written)
    }

    @Test(
        "a lenient reading still refuses what cannot be known or is no time",
        arguments: [
            ("2024-05-31T09:30:00", TimeTextError.offsetMissing), ("2024-05-31T09:30", .offsetMissing),
            ("2024-05-31", .timeMissing), ("2024-02-30T09:30Z", .dayOutOfRange(30, month: 2, year: 2024)),
            ("2024-05-31T09:30+2", .offsetMalformed), ("2024-05-31T09:30+020", .offsetMalformed),
            ("2024-05-31T09:30+02000", .offsetMalformed), ("2024-05-31T09:30+2400", .offsetHourOutOfRange(24)),
        ]
    )
    func lenientRefusals(text: String, error: TimeTextError) {
        #expect(throws: error) { try Timestamp.parse(text, as: .lenient) }
    }

    @Test("Z and -00:00 are unknown offsets, +00:00 is a known one")
    func offsetForms() throws {
        let zulu = try Timestamp.parse("2024-05-31T09:30:00Z")
        let negativeZero = try Timestamp.parse("2024-05-31T09:30:00-00:00")
        let numeric = try Timestamp.parse("2024-05-31T09:30:00+00:00")
        #expect([zulu.isZulu, negativeZero.isZulu, numeric.isZulu] == [true, false, false])
        #expect([zulu.isOffsetKnown, negativeZero.isOffsetKnown, numeric.isOffsetKnown] == [false, false, true])
        #expect(zulu == numeric && numeric == negativeZero)
        #expect(!zulu.isWritten(like: numeric) && !zulu.isWritten(like: negativeZero) && zulu.isWritten(like: zulu))
    }

    @Test("timestamps are equal, ordered and hashed by their instant, whatever the offset")
    func comparison() throws {
        let here = try Timestamp.parse("2024-05-31T11:30:00+02:00")
        let there = try Timestamp.parse("2024-05-31T09:30:00.00Z")
        let later = try Timestamp.parse("2024-05-31T05:30:00.000000001-04:00")
        #expect(here == there && here.isSameInstant(as: there) && !(here < there) && !(there < here))
        #expect(here.hashValue == there.hashValue)
        #expect(here < later && there < later && here != later)
        #expect(!here.isWritten(like: there))
    }

    @Test("the local date and time are those of the written offset")
    func localTime() throws {
        let timestamp = try Timestamp.parse("2024-05-31T23:30:15.5-02:00")
        #expect(timestamp.localDate.description == "2024-05-31")
        #expect(timestamp.localDateTime.description == "2024-05-31T23:30:15.5")
        #expect(timestamp.utc?.description == "2024-06-01T01:30:15.5Z")
        #expect(timestamp.utc?.localDate.description == "2024-06-01")
        #expect(timestamp.withOffset(20_700)?.description == "2024-06-01T07:15:15.5+05:45")
        #expect(try Timestamp.parse("1969-12-31T23:59:59Z").localDateTime.description == "1969-12-31T23:59:59")
    }

    @Test("an offset or a sum that leaves the years 1 to 9999 is nil")
    func outOfRange() throws {
        let first = try Timestamp.parse("0001-01-01T00:00:00+01:00")
        #expect(first.utc == nil)
        #expect(first.withOffset(3599) == nil)
        #expect(first.withOffset(3600) == first)
        #expect(first.adding(seconds: -1) == nil)
        let last = try Timestamp.parse("9999-12-31T23:59:59Z")
        #expect(last.withOffset(1) == nil)
        #expect(last.adding(seconds: 1) == nil)
        #expect(last.adding(seconds: .max) == nil)
        #expect(last.withOffset(86_400) == nil)
        #expect(Timestamp(epochSeconds: .max) == nil)
        #expect(Timestamp(epochSeconds: .min, offsetSeconds: -1) == nil)
        #expect(Timestamp(epochSeconds: 0, offsetSeconds: .min) == nil)
        #expect(Timestamp(epochSeconds: 0, nanosecond: 1_000_000_000) == nil)
        #expect(Timestamp(epochSeconds: 0, nanosecond: -1) == nil)
    }

    @Test("made from numbers, it has the fewest decimals that keep the nanosecond")
    func fromNumbers() throws {
        #expect(Timestamp(epochSeconds: 1_717_140_600)?.description == "2024-05-31T07:30:00Z")
        #expect(
            Timestamp(epochSeconds: 1_717_140_600, nanosecond: 120_000_000, offsetSeconds: 7200)?.description
                == "2024-05-31T09:30:00.12+02:00"
        )
        let local = try LocalDateTime.parse("2024-05-31T09:30")
        #expect(Timestamp(local, offsetSeconds: -34_200)?.description == "2024-05-31T09:30:00-09:30")
        #expect(Timestamp(local, offsetSeconds: 86_400) == nil)
    }

    @Test("an offset with seconds is written to the nearest minute without moving the instant")
    func offsetWithSeconds() throws {
        // Zagreb's local mean time was 1:03:52 east of UTC, Monrovia's time until 1972 0:44:30 west.
        let zagreb = try #require(Timestamp(epochSeconds: -3_786_825_600, offsetSeconds: 3832))
        #expect(zagreb.localDateTime.description == "1850-01-01T01:03:52")
        #expect(zagreb.description == "1850-01-01T01:04:00+01:04")
        #expect(try Timestamp.parse(zagreb.description) == zagreb)
        let monrovia = try #require(Timestamp(epochSeconds: 0, offsetSeconds: -2670))
        #expect(monrovia.description == "1969-12-31T23:15:00-00:45")
        #expect(try Timestamp.parse(monrovia.description) == monrovia)
    }

    @Test("adding keeps the written form, and intervals round towards the past")
    func arithmetic() throws {
        let start = try Timestamp.parse("2024-05-31T09:30:00.500+02:00")
        #expect(start.adding(seconds: 5400)?.description == "2024-05-31T11:00:00.500+02:00")
        #expect(start.adding(seconds: -86_400)?.description == "2024-05-30T09:30:00.500+02:00")
        let end = try Timestamp.parse("2024-05-31T09:00:00.250Z")
        #expect(end.interval(since: start) == (5399, 750_000_000))
        #expect(start.interval(since: end) == (-5400, 250_000_000))
        #expect(start.interval(since: start) == (0, 0))
    }

    @Test("any instant in any offset is read back as it was written")
    func roundTrips() throws {
        var random = SeededRandom(seed: 20_240_531)
        for _ in 0..<20_000 {
            let seconds = Int64.random(in: -62_135_500_000...253_402_200_000, using: &random)
            let offset = Int.random(in: -1439...1439, using: &random) * 60
            var nanosecond = Int.random(in: 0...999_999_999, using: &random)
            for _ in 0..<Int.random(in: 0...9, using: &random) { nanosecond = nanosecond / 10 * 10 }
            let timestamp = try #require(
                Timestamp(epochSeconds: seconds, nanosecond: nanosecond, offsetSeconds: offset)
            )
            let read = try Timestamp.parse(timestamp.description)
            try #require(read.isWritten(like: timestamp))
            try #require(Timestamp(read.localDateTime, offsetSeconds: offset)?.isWritten(like: timestamp) == true)
        }
    }
}
