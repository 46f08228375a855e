import GatewayCore
import Testing

@testable import timegate

/// Days as a person says them.
struct DateWordsTests {
    @Test(arguments: [
        ("today", "2026-11-21", "2026-11-21"), ("yesterday", "2026-11-20", "2026-11-20"),
        ("tomorrow", "2026-11-22", "2026-11-22"), ("this-week", "2026-11-16", "2026-11-22"),
        ("last-week", "2026-11-09", "2026-11-15"), ("this-month", "2026-11-01", "2026-11-30"),
        ("last-month", "2026-10-01", "2026-10-31"), ("2026-W47", "2026-11-16", "2026-11-22"),
        ("2026-W01", "2025-12-29", "2026-01-04"), ("2026-W53", "2026-12-28", "2027-01-03"),
        ("2024-02", "2024-02-01", "2024-02-29"), ("2026-11-20", "2026-11-20", "2026-11-20"),
        ("2026-11-02..2026-11-05", "2026-11-02", "2026-11-05"), ("2026-10..yesterday", "2026-10-01", "2026-11-20"),
        ("last-week..this-week", "2026-11-09", "2026-11-22"),
    ])
    func wordsAreDays(text: String, from: String, to: String) throws {
        let today = try #require(CivilDate("2026-11-21"))
        let days = try #require(DateWords(text, today: today))
        #expect(days.from.description == from)
        #expect(days.to.description == to)
    }

    @Test func lastMonthOfJanuaryIsDecember() throws {
        let today = try #require(CivilDate("2026-01-31"))
        #expect(DateWords("last-month", today: today)?.from.description == "2025-12-01")
    }

    @Test(arguments: [
        "", "now", "2026", "2026-13", "2026-00", "2026-W00", "2025-W53", "2026-W5", "2026-02-30",
        "2026-11-05..2026-11-02",
        "..", "today..", "20-11", "2026-W47-1",
    ])
    func otherWordsAreNone(text: String) throws {
        let today = try #require(CivilDate("2026-11-21"))
        #expect(DateWords(text, today: today) == nil)
    }
}
