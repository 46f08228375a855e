/// Turns the form of time that an entry has into one that the vendor takes.
struct TimeFitting {
    let rules: TimeRules
    let vendorTitle: String
    let settings: Settings
    let handling: Handling
    let now: Timestamp
    /// Whether the vendor's request has a field for the day.
    let needsDate: Bool
    /// Whether a running timer is sent with its start.
    let writesStart: Bool
    /// Whether the vendor's request has a field for breaks.
    let writesBreaks: Bool
    /// How finely the vendor holds a start.
    var startPrecision: Converter.Precision = .exact
    /// The zone by whose clocks the vendor shows times, where it is not told the entry's own.
    var clockZone: Zone?

    /// - Throws: `unsupported_time_form` or `unrepresentable`, with what would be sent.
    func fit(_ group: TimeGroup, _ entry: inout Entry, _ report: inout MappingReport) throws(Problem) -> TimeGroup {
        var fitted = group
        if group.form == .running {
            try fitRunning(&fitted, &report)
        } else if let pause = entry.breakSeconds, pause > 0, group.form.hasInstants, !writesBreaks,
            rules.accepts.contains(where: \.hasInstants),
            // Where lenient handling would help, a strict caller is told so when the breaks find no field.
            handling.isLenient || !rules.accepts.contains(.startDuration)
        {
            try fitBreaks(&fitted, pause, &report)
        } else if !rules.accepts.contains(group.form) {
            if group.form.hasInstants {
                try fitInstants(&fitted, &report)
            } else {
                try fitLength(&fitted, pause: writesBreaks ? entry.breakSeconds ?? 0 : 0, &report)
            }
        }
        if group.form == .interval, fitted.form.carries(.durationSeconds) {
            try fitFraction(&fitted, of: group, &report)
        }
        // A day that nobody has named is that of the clocks that show the instant.
        if needsDate, let clockZone, fitted.isWorkDateDerived || fitted.workDate == nil, let start = fitted.startedAt {
            fitted.workDate = clockZone.localDate(of: start)
            fitted.isWorkDateDerived = true
        }
        if needsDate, fitted.workDate == nil { try missingDate(fitted) }
        reportDerived(from: group, to: fitted, entry, &report)
        entry.startedAt = fitted.startedAt
        entry.endedAt = fitted.endedAt
        entry.durationSeconds = fitted.durationSeconds
        entry.workDate = fitted.workDate
        return fitted
    }

    /// The length of an interval is sent in whole seconds: what it is beyond them would be lost.
    private func fitFraction(
        _ group: inout TimeGroup,
        of given: TimeGroup,
        _ report: inout MappingReport
    ) throws(Problem) {
        guard let start = given.startedAt, let end = given.endedAt, start.nanosecond != end.nanosecond,
            let length = group.durationSeconds
        else { return }
        // `length` is the difference of the whole seconds: it is too long by this where the end has the smaller fraction.
        let isLonger = end.nanosecond > start.nanosecond
        let down = isLonger ? length : length - 1
        let fraction = (end.nanosecond - start.nanosecond + 1_000_000_000) % 1_000_000_000
        let exact = "\(down)." + TimeFitting.digits(ofNanoseconds: fraction)
        guard handling.isLenient, down >= 0 else {
            var problem = Problem(
                faults: [
                    FieldError(
                        .unrepresentable,
                        "ended_at",
                        "\(vendorTitle) is sent a length in whole seconds, and \(start) and \(end) are \(exact) s apart.",
                        hint: "Send times that are whole seconds apart, or allow rounding with "
                            + "Prefer: handling=lenient; rounding=nearest."
                    )
                ]
            )
            problem.detail = problem.errors[0].message
            throw problem
        }
        let rounding = handling.rounding ?? .nearest
        let goesUp = rounding == .up || (rounding == .nearest && fraction >= 500_000_000)
        let seconds = goesUp ? down + 1 : down
        report.add(
            .rounded,
            "duration_seconds",
            asked: .number(exact),
            sent: .integer(seconds),
            why: "Lengths are whole seconds; rounded \(rounding.rawValue)."
        )
        group.durationSeconds = seconds
    }

    private static func digits(ofNanoseconds fraction: Int32) -> String {
        var digits = String(String(fraction + 1_000_000_000).dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return digits
    }

    private func fitRunning(_ group: inout TimeGroup, _ report: inout MappingReport) throws(Problem) {
        guard rules.running != nil else {
            throw unsupported("timer_state", "\(vendorTitle) starts no timer with the entry.")
        }
        if group.startedAt == nil, writesStart {
            // Nobody has asked for the second: what the vendor cannot hold of it is no reason to refuse.
            let now = now.cut(to: startPrecision)
            let start = group.zone?.localized(now) ?? now
            group.startedAt = start
            if group.workDate == nil {
                group.workDate = group.zone?.localDate(of: start)
                group.isWorkDateDerived = group.workDate != nil
            }
            report.add(.derived, "started_at", sent: .string(start.description), why: "The timer starts now.")
        }
    }

    /// An interval without its breaks would be longer than the work: the length counts, or nothing is sent.
    private func fitBreaks(_ group: inout TimeGroup, _ pause: Int64, _ report: inout MappingReport) throws(Problem) {
        guard rules.accepts.contains(.startDuration), let start = group.startedAt, let seconds = group.durationSeconds
        else {
            throw Problem(
                faults: [
                    FieldError(
                        .unrepresentable,
                        "break_seconds",
                        "\(vendorTitle) holds no breaks and takes the whole interval: \(pause) s would be booked as work.",
                        hint: "Send two entries, one before and one after the break."
                    )
                ]
            )
        }
        let end = start.adding(seconds: seconds)
        if group.form.carries(.endedAt) {
            report.add(
                .dropped,
                "ended_at",
                asked: group.endedAt.map { .string($0.description) },
                sent: end.map { .string($0.description) },
                why: "\(vendorTitle) holds no breaks; the start and the length without them are sent."
            )
        }
        group.endedAt = end
        group.form = .startDuration
    }

    private func fitInstants(_ group: inout TimeGroup, _ report: inout MappingReport) throws(Problem) {
        if let form = rules.accepts.first(where: \.hasInstants) {
            group.form = form
            return
        }
        guard rules.accepts.contains(.dateDuration) else {
            throw unsupported("started_at", "\(vendorTitle) takes no start.")
        }
        // Only the length and the day remain: when the work was is lost.
        let start = group.startedAt.map(\.description) ?? ""
        let end = group.endedAt.map(\.description) ?? ""
        let length = group.durationSeconds ?? 0
        let isAllowed = rules.lengthOnlySetting.map { settings.bool($0) == true } ?? false
        if needsDate, group.workDate == nil { try missingDate(group) }
        let day = group.workDate.map(\.description) ?? ""
        guard isAllowed || handling.isLenient else {
            var problem = Problem(
                faults: [Member.startedAt, .endedAt].filter(group.form.carries).map { member in
                    FieldError(
                        .unrepresentable,
                        member.path,
                        "\(vendorTitle) holds a day and a length, not when the work began and ended: "
                            + "\(day) with \(length) s would be sent, and \(start) to \(end) would be lost.",
                        hint: "Send work_date and duration_seconds, allow it with Prefer: handling=lenient"
                            + (rules.lengthOnlySetting.map { ", or set \($0): true on the connection." } ?? ".")
                    )
                }
            )
            problem.detail = problem.errors[0].message
            throw problem
        }
        let lost = [Member.startedAt, .endedAt].filter(group.form.carries)
        let why =
            isAllowed
            ? "The connection's setting \(rules.lengthOnlySetting ?? "") says that the length is enough."
            : "The vendor holds a day and a length; handling is lenient."
        for member in lost {
            report.add(.dropped, member.path, asked: .string(member == .startedAt ? start : end), why: why)
        }
        group.form = .dateDuration
    }

    /// - Parameter pause: the seconds by which the interval is longer than the work.
    private func fitLength(
        _ group: inout TimeGroup,
        pause: Int64,
        _ report: inout MappingReport
    ) throws(Problem) {
        guard group.form == .dateDuration, let date = group.workDate, let seconds = group.durationSeconds,
            let form = rules.accepts.first(where: \.hasInstants)
        else {
            let lacks = group.form == .durationOnly ? "work_date" : "started_at"
            throw unsupported(lacks, "\(vendorTitle) does not take \(group.form.wording).")
        }
        guard let setting = rules.assumedStartSetting, let text = settings.string(setting) else {
            let remedy = rules.assumedStartSetting.map { " or let the operator set \($0) on the connection" } ?? ""
            throw unsupported(
                "started_at",
                "\(vendorTitle) needs the time at which the work began: add started_at\(remedy)."
            )
        }
        guard let zone = group.zone else {
            throw unsupported(
                "time_zone",
                "\(setting) is a local time, and neither the entry nor the connection names a time zone."
            )
        }
        guard let local = LocalDateTime("\(date)T\(text)") else {
            throw unsupported(
                "started_at",
                "The connection's setting \(setting) is \(text); it must be a time like 09:00."
            )
        }
        let start: Timestamp
        switch zone.resolve(local) {
        case .unique(let time): start = time
        case .gap(let before, let after):
            throw Problem(
                faults: [
                    FieldError(
                        .impossibleTime,
                        "started_at",
                        "The connection begins days at \(text), and \(local) does not occur in \(zone.name): "
                            + "say started_at, for example \(before) or \(after)."
                    )
                ]
            )
        case .overlap(let earlier, let later):
            throw Problem(
                faults: [
                    FieldError(
                        .ambiguousTime,
                        "started_at",
                        "The connection begins days at \(text), and \(local) occurs twice in \(zone.name): "
                            + "say started_at, \(earlier) or \(later)."
                    )
                ]
            )
        }
        group.startedAt = start
        group.endedAt = start.adding(seconds: seconds).flatMap { $0.adding(seconds: pause) }
        group.form = form
        report.add(
            .derived,
            "started_at",
            sent: .string(start.description),
            why: "The entry has no start; the connection's setting \(setting) is \(text)."
        )
    }

    private func missingDate(_ group: TimeGroup) throws(Problem) -> Never {
        let start = group.startedAt.map(\.description) ?? "started_at"
        throw Problem(
            faults: [
                FieldError(
                    .missingTime,
                    "work_date",
                    group.startedAt == nil
                        ? "\(vendorTitle) needs the day that the work counts for."
                        : "\(vendorTitle) needs the day that the work counts for, and \(start) is in UTC with no time zone: "
                            + "the local day cannot be known.",
                    hint: "Add work_date, or time_zone, or write the local offset."
                )
            ]
        )
    }

    /// Says which times the vendor gets that the caller did not write, and the other way round.
    private func reportDerived(
        from group: TimeGroup,
        to fitted: TimeGroup,
        _ entry: Entry,
        _ report: inout MappingReport
    ) {
        if needsDate, fitted.isWorkDateDerived, let date = fitted.workDate {
            report.add(
                .derived,
                "work_date",
                sent: .string(date.description),
                why: "The day of started_at \((clockZone ?? fitted.zone).map { "in \($0.name)" } ?? "in its offset")."
            )
        }
        guard group.form != fitted.form else { return }
        for (member, value) in [(Member.startedAt, fitted.startedAt), (.endedAt, fitted.endedAt)] {
            // An assumed start has been reported with the setting that it comes from.
            if member == .startedAt, !group.form.hasInstants { continue }
            guard fitted.form.carries(member), !group.form.carries(member), let value else { continue }
            report.add(
                .derived,
                member.path,
                sent: .string(value.description),
                why: "Worked out from \(group.form.wording)."
            )
        }
        if fitted.form.carries(.durationSeconds), !group.form.carries(.durationSeconds),
            let seconds = fitted.durationSeconds
        {
            report.add(
                .derived,
                "duration_seconds",
                sent: .integer(seconds),
                why: "Worked out from \(group.form.wording)."
            )
        }
    }

    private func unsupported(_ field: String, _ message: String) -> Problem {
        Problem(
            faults: [
                FieldError(
                    .unsupportedTimeForm,
                    field,
                    "\(message) It takes: \(rules.wording)."
                )
            ]
        )
    }
}

extension Timestamp {
    /// The instant as a vendor can hold it that tells times apart no finer.
    fileprivate func cut(to precision: Converter.Precision) -> Timestamp {
        let seconds: Int64
        let nanosecond: Int
        switch precision {
        case .instantMinutes: (seconds, nanosecond) = (epochSeconds - Int64(localDateTime.second), 0)
        case .instantSeconds: (seconds, nanosecond) = (epochSeconds, 0)
        case .instantMilliseconds: (seconds, nanosecond) = (epochSeconds, Int(self.nanosecond) / 1_000_000 * 1_000_000)
        case .exact, .length: return self
        }
        return Timestamp(epochSeconds: seconds, nanosecond: nanosecond)?.withOffset(Int(offsetSeconds)) ?? self
    }
}
