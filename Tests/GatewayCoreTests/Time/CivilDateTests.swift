import GatewayCore
import Testing

@Suite("CivilDate")
struct CivilDateTests {
    @Test(
        "a strict text of a day that exists is read and written back",
        arguments: [
            ("2024-05-31", 2024, 5, 31), ("0001-01-01", 1, 1, 1), ("9999-12-31", 9999, 12, 31),
            ("2024-02-29", 2024, 2, 29), ("2000-02-29", 2000, 2, 29), ("1970-01-01", 1970, 1, 1),
        ]
    )
    func validText(text: String, year: Int, month: Int, day: Int) throws {
        let date = try CivilDate.parse(text)
        #expect((date.year, date.month, date.day) == (year, month, day))
        #expect(date == CivilDate(year: year, month: month, day: day))
        #expect(date.description == text)
        var bytes = Array("at ".utf8)
        date.append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "at " + text)
    }

    static let invalid: [(String, TimeTextError, String)] = [
        ("", .empty, "the text is empty"),
        ("24-05-31", .digitsExpected(.year, count: 4), "the year must be written with four digits"),
        ("02024-05-31", .digitsExpected(.year, count: 4), "the year must be written with four digits"),
        ("+2024-05-31", .digitsExpected(.year, count: 4), "the year must be written with four digits"),
        ("2024", .separatorExpected(UInt8(ascii: "-"), after: .year), "\"-\" must follow the year"),
        ("2024/05/31", .separatorExpected(UInt8(ascii: "-"), after: .year), "\"-\" must follow the year"),
        ("20240531", .digitsExpected(.year, count: 4), "the year must be written with four digits"),
        ("2024-5-31", .digitsExpected(.month, count: 2), "the month must be written with two digits"),
        ("2024-05-1", .digitsExpected(.day, count: 2), "the day must be written with two digits"),
        ("2024-05-311", .digitsExpected(.day, count: 2), "the day must be written with two digits"),
        ("2024-W22-5", .digitsExpected(.month, count: 2), "the month must be written with two digits"),
        ("0000-01-01", .yearOutOfRange, "the year is 0000; it must be 0001 to 9999"),
        ("2024-13-01", .monthOutOfRange(13), "the month is 13; it must be 01 to 12"),
        ("2024-00-01", .monthOutOfRange(0), "the month is 00; it must be 01 to 12"),
        ("2024-04-31", .dayOutOfRange(31, month: 4, year: 2024), "the day is 31; April 2024 has 30 days"),
        ("2024-04-00", .dayOutOfRange(0, month: 4, year: 2024), "the day is 00; it must be 01 to 30"),
        ("2023-02-29", .dayOutOfRange(29, month: 2, year: 2023), "the day is 29; February 2023 has 28 days"),
        ("1900-02-29", .dayOutOfRange(29, month: 2, year: 1900), "the day is 29; February 1900 has 28 days"),
        ("2024-05-31T10:00", .timeNotAllowed, "a date is wanted without a time of day: write 2024-05-31"),
        ("2024-05-31Z", .unexpectedText(at: 10), "the text goes on after its end, from character 11"),
        (" 2024-05-31", .digitsExpected(.year, count: 4), "the year must be written with four digits"),
        ("٢٠٢٤-05-31", .digitsExpected(.year, count: 4), "the year must be written with four digits"),
        ("2024-05-31\0", .unexpectedText(at: 10), "the text goes on after its end, from character 11"),
    ]

    @Test("any other text is refused with what is wrong", arguments: invalid)
    func invalidText(text: String, error: TimeTextError, message: String) {
        #expect(throws: error) { try CivilDate.parse(text) }
        #expect(error.message == message)
        #expect(CivilDate(text) == nil)
    }

    @Test("parts that make no day are refused")
    func invalidParts() {
        for (year, month, day) in [
            (0, 1, 1), (10_000, 1, 1), (2024, 0, 1), (2024, 13, 1), (2024, 1, 0), (2024, 1, 32), (2023, 2, 29),
            (.max, .max, .max), (.min, .min, .min),
        ] {
            #expect(CivilDate(year: year, month: month, day: day) == nil)
        }
    }

    @Test(
        "the calendar agrees with one that is counted day by day, every day of 1896 to 2304 and each month's ends in all years"
    )
    func wholeCalendar() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        // 0001-01-01 was a Monday; 719 162 days before the epoch.
        var days = -719_162
        var weekday = 1
        var wrong = 0
        for year in 1...9999 {
            let leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            for month in 1...12 {
                let length = lengths[month - 1] + (leap && month == 2 ? 1 : 0)
                for day in 1...length {
                    defer {
                        days += 1
                        weekday = weekday % 7 + 1
                    }
                    guard day == 1 || day >= length || 1896...2304 ~= year else { continue }
                    let date = CivilDate(year: year, month: month, day: day)
                    if date?.daysSinceEpoch != days || date?.weekday.rawValue != weekday
                        || CivilDate(daysSinceEpoch: days) != date
                    {
                        wrong += 1
                    }
                }
            }
        }
        #expect(wrong == 0)
        #expect(days == 2_932_897)
    }

    @Test("days outside of the years 1 to 9999 are nil")
    func outOfRange() {
        #expect(CivilDate(daysSinceEpoch: -719_163) == nil)
        #expect(CivilDate(daysSinceEpoch: 2_932_897) == nil)
        #expect(CivilDate(daysSinceEpoch: .max) == nil)
        #expect(CivilDate(daysSinceEpoch: .min) == nil)
        #expect(CivilDate.max.adding(days: 1) == nil)
        #expect(CivilDate.min.adding(days: -1) == nil)
        #expect(CivilDate.max.adding(days: .max) == nil)
        #expect(CivilDate.min.adding(days: 3_652_058) == .max)
    }

    @Test("dates are ordered as in the calendar")
    func order() throws {
        let texts = ["0001-01-01", "1969-12-31", "1970-01-01", "2024-01-31", "2024-02-01", "2024-12-31", "9999-12-31"]
        let dates = try texts.map { try CivilDate.parse($0) }
        #expect(dates.shuffled().sorted() == dates)
        #expect(Set(dates + dates).count == dates.count)
    }

    @Test(
        "the ISO week is that of the week's Thursday",
        arguments: [
            ("2024-12-30", 2025, 1), ("2021-01-03", 2020, 53), ("2021-01-04", 2021, 1), ("2026-06-15", 2026, 25),
            ("0001-01-01", 1, 1), ("9999-12-31", 9999, 52), ("2016-01-01", 2015, 53),
        ]
    )
    func isoWeek(text: String, year: Int, week: Int) throws {
        #expect(try CivilDate.parse(text).isoWeek == (year, week))
    }
}
