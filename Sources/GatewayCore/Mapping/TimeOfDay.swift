internal import JSON

/// A time of day by the clocks of a zone, beside a day that stands in a field of its own (`spent_date` and `started_time`).
///
/// A time that is before the start of the entry is one of the next day: night work ends at `06:00`.
public struct TimeOfDay: Sendable, Equatable {
    /// Where the vendor holds the day. Another line writes it.
    public var day: VendorPath
    public var clock: Clock

    public init(day: VendorPath, clock: Clock) {
        self.day = day
        self.clock = clock
    }

    /// How a time of day is written; any of them is read.
    public enum Clock: String, Sendable, CaseIterable {
        case seconds = "HH:MM:SS"
        case minutes = "HH:MM"
        case twelveHours = "h:MMam"

        var holdsSeconds: Bool { self == .seconds }

        func text(_ time: LocalDateTime) -> String {
            let minute = Clock.twoDigits(time.minute)
            switch self {
            case .seconds: return "\(Clock.twoDigits(time.hour)):\(minute):\(Clock.twoDigits(time.second))"
            case .minutes: return "\(Clock.twoDigits(time.hour)):\(minute)"
            case .twelveHours:
                let hour = time.hour % 12
                return "\(hour == 0 ? 12 : hour):\(minute)\(time.hour < 12 ? "am" : "pm")"
            }
        }

        static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    }

    // MARK: - Reading

    /// - Parameter start: the time of day at which the entry starts, of an end.
    func read(_ view: JSONView, day: JSONView?, start: JSONView?, _ context: ReadContext) -> ReadOutcome {
        if view.isNull { return .null }
        guard let clock = view.string.flatMap(ClockText.twentyFourHours) else {
            return .invalid("The time of day cannot be read.")
        }
        guard let date = day?.string.flatMap({ CivilDate(String($0.prefix(10))) }) else {
            return .invalid("A time of day without its day (\(self.day.text)) is no instant.")
        }
        guard let local = LocalDateTime("\(date)T\(clock)") else { return .invalid("The time of day cannot be read.") }
        guard let zone = context.zone else { return .invalid(Converter.zoneMissing) }
        if let clock = start?.string.flatMap(ClockText.twentyFourHours),
            let first = LocalDateTime("\(date)T\(clock)"), local < first
        {
            guard let next = local.onNextDay else { return .invalid("The time is out of range.") }
            return Converter.instant(next, zone)
        }
        return Converter.instant(local, zone)
    }

    // MARK: - Writing

    /// What the time of day is written beside.
    struct Surroundings {
        var isEnd: Bool
        var workDate: CivilDate?
        var startedAt: Timestamp?

        init(of target: FieldTarget, in entry: Entry) {
            isEnd = target == .member(.endedAt)
            workDate = entry.workDate
            startedAt = entry.startedAt
        }
    }

    func write(_ time: Timestamp, _ context: WriteContext) throws(WriteFault) -> (sent: WireValue, effect: WriteEffect)
    {
        let zone = try Converter.localZone(context)
        guard let local = zone.localized(time)?.localDateTime else {
            throw WriteFault(.outOfRange, "\(time) is beyond the years that a date can have.")
        }
        try Converter.checkRepeated(local, of: time, zone, context)
        try checkDay(local, time, zone, context)
        let rest = clock.holdsSeconds ? 0 : local.second
        let isWhole = rest == 0 && local.nanosecond == 0
        let unit = clock.holdsSeconds ? "seconds" : "minutes"
        if !isWhole, !context.handling.isLenient {
            throw WriteFault(
                .unrepresentable,
                "\(context.vendorTitle) holds whole \(unit); what \(time) has beyond that would be left out.",
                hint: WriteFault.wholeUnits(unit)
            )
        }
        let sent = WireValue.string(clock.text(local))
        let asked = WireValue.string(time.description)
        if isWhole {
            let why = "A time of day in \(zone.name), beside the day."
            return (sent, .converted(asked: asked, sent: sent, why: why))
        }
        let why = "The vendor holds whole \(unit); handling is lenient."
        let held = time.adding(seconds: Int64(-rest)).map { Value.time($0) }
        return (sent, .rounded(asked: asked, sent: sent, why: why, held: held))
    }

    /// Read again, the day is that of the entry, or the one after for an end that the clock shows as earlier than the start.
    private func checkDay(
        _ local: LocalDateTime,
        _ time: Timestamp,
        _ zone: Zone,
        _ context: WriteContext
    ) throws(WriteFault) {
        guard let beside = context.surroundings else { return }
        if beside.isEnd, let start = beside.startedAt, start < time, let first = zone.localized(start)?.localDateTime,
            first.date == local.date, clock.order(first) == clock.order(local)
        {
            throw WriteFault(
                .unrepresentable,
                "\(context.vendorTitle) would be sent \(start) and \(time) both as \(clock.text(local)): nothing would be left of the "
                    + "work.",
                hint: "Send times that are at least a minute apart."
            )
        }
        guard let day = beside.workDate, local.date != day else { return }
        if beside.isEnd, local.date == day.adding(days: 1), let start = beside.startedAt,
            let first = zone.localized(start)?.localDateTime, clock.order(local) < clock.order(first)
        {
            return
        }
        throw WriteFault(
            .unrepresentable,
            "\(context.vendorTitle) holds one day (\(day)) and times of day; \(time) is \(local) in \(zone.name), which would be "
                + "read as a time of \(beside.isEnd ? "less than a day after the start" : "that day").",
            hint: beside.isEnd
                ? "Book what is longer than a day as several entries."
                : "Give the day of started_at as work_date, or leave work_date out."
        )
    }
}

extension TimeOfDay.Clock {
    /// What tells two times of a day apart as they are written.
    fileprivate func order(_ time: LocalDateTime) -> Int { holdsSeconds ? time.secondOfDay : time.secondOfDay / 60 }
}

extension LocalDateTime {
    /// The same time of day on the next day.
    fileprivate var onNextDay: LocalDateTime? {
        date.adding(days: 1).flatMap {
            LocalDateTime(date: $0, hour: hour, minute: minute, second: second, nanosecond: nanosecond)
        }
    }
}
