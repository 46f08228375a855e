import GatewayCore
import Testing

@Suite("LocalDateTime")
struct LocalDateTimeTests {
    @Test(
        "a valid text is read and written in full",
        arguments: [
            ("2024-05-31T09:30", "2024-05-31T09:30:00"),
            ("2024-05-31 09:30", "2024-05-31T09:30:00"),
            ("2024-05-31t23:59:59", "2024-05-31T23:59:59"),
            ("2024-05-31T00:00:00.5", "2024-05-31T00:00:00.5"),
            ("2024-05-31T00:00:00.120000000", "2024-05-31T00:00:00.12"),
            ("2024-05-31T00:00:00.000000001", "2024-05-31T00:00:00.000000001"),
        ]
    )
    func validText(text: String, written: String) throws {
        let local = try LocalDateTime.parse(text)
        #expect(local.description == written)
        #expect(try LocalDateTime.parse(written) == local)
    }

    static let invalid: [(String, TimeTextError, String)] = [
        ("2024-05-31", .timeMissing, "the time of day is missing: write 2024-05-31T09:30:00"),
        ("2024-05-31T", .timeMissing, "the time of day is missing: write 2024-05-31T09:30:00"),
        ("2024-05-31_09:30", .separatorExpected(UInt8(ascii: "T"), after: .day), "\"T\" must follow the day"),
        ("2024-05-31T9:30", .digitsExpected(.hour, count: 2), "the hour must be written with two digits"),
        ("2024-05-31T0930", .digitsExpected(.hour, count: 2), "the hour must be written with two digits"),
        ("2024-05-31T09", .separatorExpected(UInt8(ascii: ":"), after: .hour), "\":\" must follow the hour"),
        ("2024-05-31T09:3", .digitsExpected(.minute, count: 2), "the minute must be written with two digits"),
        ("2024-05-31T09:30.5", .separatorExpected(UInt8(ascii: ":"), after: .minute), "\":\" must follow the minute"),
        ("2024-05-31T25:00", .hourOutOfRange(25), "the hour is 25; it must be 00 to 23"),
        (
            "2024-05-31T24:00", .hourOutOfRange(24),
            "the hour is 24; it must be 00 to 23 (midnight is 00:00 of the next day)"
        ),
        ("2024-05-31T09:60", .minuteOutOfRange(60), "the minute is 60; it must be 00 to 59"),
        ("2024-05-31T09:30:61", .secondOutOfRange(61), "the second is 61; it must be 00 to 59"),
        (
            "2024-05-31T23:59:60", .leapSecond,
            "the second is 60; leap seconds cannot be kept: write 59, or 00 of the next minute"
        ),
        ("2024-05-31T09:30:00.", .fractionWithoutDigits, "digits must follow the point after the seconds"),
        ("2024-05-31T09:30:00Z", .offsetNotAllowed, "a local time is wanted without an offset: leave it out"),
        ("2024-05-31T09:30+01:00", .offsetNotAllowed, "a local time is wanted without an offset: leave it out"),
        ("2024-05-31T09:30:00 ", .unexpectedText(at: 19), "the text goes on after its end, from character 20"),
    ]

    @Test("any other text is refused with what is wrong", arguments: invalid)
    func invalidText(text: String, error: TimeTextError, message: String) {
        #expect(throws: error) { try LocalDateTime.parse(text) }
        #expect(error.message == message)
        #expect(LocalDateTime(text) == nil)
    }

    @Test("parts are kept, and parts out of range are refused")
    func parts() throws {
        let date = try CivilDate.parse("2024-05-31")
        let local = try #require(LocalDateTime(date: date, hour: 23, minute: 58, second: 57, nanosecond: 999_999_999))
        #expect(local.date == date)
        #expect((local.hour, local.minute, local.second, local.nanosecond) == (23, 58, 57, 999_999_999))
        #expect(LocalDateTime(date: date, hour: 24, minute: 0) == nil)
        #expect(LocalDateTime(date: date, hour: 0, minute: 60) == nil)
        #expect(LocalDateTime(date: date, hour: 0, minute: 0, second: 60) == nil)
        #expect(LocalDateTime(date: date, hour: 0, minute: 0, second: 0, nanosecond: 1_000_000_000) == nil)
        #expect(LocalDateTime(date: date, hour: -1, minute: 0) == nil)
    }

    @Test("local times are ordered by date, then by time of day")
    func order() throws {
        let texts = [
            "2024-05-30T23:59:59", "2024-05-31T00:00:00", "2024-05-31T00:00:00.1", "2024-05-31T00:00:01",
            "2024-06-01T00:00:00",
        ]
        let times = try texts.map { try LocalDateTime.parse($0) }
        #expect(times.shuffled().sorted() == times)
    }
}
