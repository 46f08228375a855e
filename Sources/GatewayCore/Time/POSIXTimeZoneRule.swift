/// The rule in a TZif file's footer, which holds for all time after the file's last transition: standard time, and
/// optionally when in each year daylight saving time begins and ends.
///
/// It has the form of POSIX's TZ variable (IEEE Std 1003.1-2017 section 8.3) with the extension of RFC 9636 section
/// 3.3.1: the hour of a change is -167 to 167. `CET-1CEST,M3.5.0,M10.5.0/3` is Zagreb's.
struct POSIXTimeZoneRule: Sendable {
    var standard: ZoneOffset
    var daylight: Daylight?

    struct Daylight: Sendable {
        var offset: ZoneOffset
        var start: Change
        var end: Change
    }

    /// When in a year the clocks change, on the clock that holds until then.
    struct Change: Sendable {
        var day: Day
        /// Seconds after that day's midnight; may be negative, or more than a day.
        var time: Int64

        /// Seconds since the epoch on a clock that shows UTC.
        func clockSeconds(year: Int) -> Int64 {
            Int64(day.daysSinceEpoch(year: year)) * 86_400 + time
        }
    }

    enum Day: Sendable {
        /// `Mm.w.d`: the w-th (5: the last) weekday d (0: Sunday) of the month m.
        case weekday(month: Int, week: Int, weekday: Int)
        /// `Jn`: day n of the year from 1, where 29 February is never counted.
        case julian(Int)
        /// `n`: day n of the year from 0, where 29 February is counted.
        case zeroBased(Int)

        func daysSinceEpoch(year: Int) -> Int {
            switch self {
            case .weekday(let month, let week, let weekday):
                let first = CivilDate.daysSinceEpoch(year: year, month: month, day: 1)
                // Day 0, 1970-01-01, was a Thursday, number 4.
                let firstWeekday = (first + 4).quotientAndRemainderFloor(by: 7).remainder
                var day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
                if day >= CivilDate.daysInMonth(month, year: year) { day -= 7 }
                return first + day
            case .julian(let number):
                let afterFebruary = number >= 60 && CivilDate.isLeapYear(year)
                return CivilDate.daysSinceEpoch(year: year, month: 1, day: 1) + number - (afterFebruary ? 0 : 1)
            case .zeroBased(let number):
                return CivilDate.daysSinceEpoch(year: year, month: 1, day: 1) + number
            }
        }
    }

    /// The period that an instant is in. It begins not before `earliest`, which is the file's last transition.
    func period(atEpochSeconds instant: Int64, notBefore earliest: Int64) -> ZonePeriod {
        guard let daylight else { return ZonePeriod(start: earliest, end: .max, offset: standard) }
        // Far from where a year's arithmetic could overflow; the calendar repeats itself every 400 years.
        let clamped = min(max(instant, -(1 << 42)), 1 << 42)
        let day = clamped.quotientAndRemainderFloor(by: 86_400).quotient
        let year = CivilDate.yearMonthDay(daysSinceEpoch: Int(day)).year
        var start = Int64.min
        var end = Int64.max
        var isDaylight = false
        // A change may be a week before or after its year, and the offset may move it over New Year.
        for year in (year - 1)...(year + 1) {
            let toStandard = daylight.end.clockSeconds(year: year) - Int64(daylight.offset.offsetSeconds)
            if toStandard > clamped {
                end = min(end, toStandard)
            } else if toStandard > start {
                start = toStandard
                isDaylight = false
            }
            let toDaylight = daylight.start.clockSeconds(year: year) - Int64(standard.offsetSeconds)
            if toDaylight > clamped {
                end = min(end, toDaylight)
            } else if toDaylight >= start {
                // At the same instant, daylight time wins: so a rule says that it lasts all year (RFC 9636 section
                // 3.3.1), each year's end being the next one's start.
                start = toDaylight
                isDaylight = true
            }
        }
        return ZonePeriod(
            start: max(start, earliest),
            end: end,
            offset: isDaylight ? daylight.offset : standard
        )
    }
}
