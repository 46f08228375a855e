import GatewayCore
import Glibc

/// Days as a person says them: `today`, `last-week`, `2026-W47`, `2026-11`, `2026-11-20`, and `a..b` of any of them.
struct DateWords: Equatable {
    /// Both days are included.
    let from: CivilDate
    let to: CivilDate

    static let help =
        "today, yesterday, tomorrow, this-week, last-week, this-month, last-month, 2026-W47, 2026-11, 2026-11-20, a..b"

    /// - Parameter today: the day by the clock of the person who says it.
    init?(_ text: String, today: CivilDate) {
        if let dots = text.range(of: "..") {
            guard let first = DateWords(String(text[..<dots.lowerBound]), today: today),
                let last = DateWords(String(text[dots.upperBound...]), today: today), first.from <= last.to
            else { return nil }
            from = first.from
            to = last.to
            return
        }
        guard let days = DateWords.days(text, today) else { return nil }
        (from, to) = days
    }

    private static func days(_ text: String, _ today: CivilDate) -> (CivilDate, CivilDate)? {
        switch text {
        case "today": return (today, today)
        case "yesterday": return today.adding(days: -1).map { ($0, $0) }
        case "tomorrow": return today.adding(days: 1).map { ($0, $0) }
        case "this-week": return week(of: today)
        case "last-week": return today.adding(days: -7).flatMap { week(of: $0) }
        case "this-month": return month(today.year, today.month)
        case "last-month":
            return today.month == 1 ? month(today.year - 1, 12) : month(today.year, today.month - 1)
        default: break
        }
        if let date = CivilDate(text) { return (date, date) }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, let year = Int(parts[0]) else { return nil }
        if parts[1].first == "W", parts[1].utf8.count == 3, let number = Int(parts[1].dropFirst()) {
            // ISO 8601: the week with 4 January is the first.
            guard let fourth = CivilDate(year: year, month: 1, day: 4), let first = week(of: fourth)?.0,
                let monday = first.adding(days: (number - 1) * 7), monday.isoWeek == (year, number)
            else { return nil }
            return week(of: monday)
        }
        guard parts[1].utf8.count == 2, let number = Int(parts[1]) else { return nil }
        return month(year, number)
    }

    /// Monday to Sunday.
    private static func week(of date: CivilDate) -> (CivilDate, CivilDate)? {
        let back = Weekday.allCases.firstIndex(of: date.weekday) ?? 0
        guard let monday = date.adding(days: -back), let sunday = monday.adding(days: 6) else { return nil }
        return (monday, sunday)
    }

    private static func month(_ year: Int, _ month: Int) -> (CivilDate, CivilDate)? {
        guard let first = CivilDate(year: year, month: month, day: 1) else { return nil }
        var last = first
        while let next = last.adding(days: 1), next.month == month { last = next }
        return (first, last)
    }

    /// The day by this machine's clock and time zone.
    static var today: CivilDate {
        var now = time(nil)
        var local = tm()
        localtime_r(&now, &local)
        return CivilDate(year: Int(local.tm_year) + 1900, month: Int(local.tm_mon) + 1, day: Int(local.tm_mday)) ?? .min
    }
}

extension String {
    /// Where a text stands for the first time.
    fileprivate func range(of text: String) -> Range<String.Index>? { ranges(of: text).first }
}
