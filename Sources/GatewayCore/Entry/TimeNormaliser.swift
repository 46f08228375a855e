/// Works out the times of an entry: which form it has, what follows from it, and whether it contradicts itself.
struct TimeNormaliser {
    let zones: ZoneDatabase
    /// The zone of the connection, for entries that name none.
    let connectionZone: Zone?

    /// The longest that one entry can be, in seconds: a leap year. More is a slip of the keyboard or of a unit, and a
    /// length that reaches an invoice is not the place to find that out.
    static let longestDuration: Int64 = 366 * 86_400

    /// Replaces the entry's time members by their worked-out values.
    ///
    /// - Throws: one `Problem` that holds every fault.
    func normalise(_ parsed: inout ParsedEntry) throws(Problem) -> TimeGroup {
        var faults: [FieldError] = []
        let ownZone = zone(of: parsed.entry, &faults)
        let zone = ownZone ?? connectionZone
        // Without the zone that was meant, nothing true can be said of local times.
        if faults.isEmpty { resolveLocalTimes(&parsed, zone, &faults) }
        takeDuration(&parsed)
        if faults.isEmpty { checkOffsets(parsed.entry, ownZone, &faults) }
        if !faults.isEmpty { throw Problem(faults: faults) }

        var group = try workOut(parsed.entry, zone)
        try deriveWorkDate(&group, &parsed)
        store(group, in: &parsed)
        return group
    }

    // MARK: - Zones and offsets

    private func zone(of entry: Entry, _ faults: inout [FieldError]) -> Zone? {
        guard let name = entry.timeZone else { return nil }
        do throws(ZoneDatabaseError) {
            return try zones.zone(named: name)
        } catch {
            faults.append(
                FieldError(
                    .invalidTimeZone,
                    "time_zone",
                    error.message.firstCapitalised + (error.message.hasSuffix("?") ? "" : ".")
                )
            )
            return nil
        }
    }

    private func resolveLocalTimes(_ parsed: inout ParsedEntry, _ zone: Zone?, _ faults: inout [FieldError]) {
        for (member, local) in parsed.localTimes {
            guard let zone else {
                faults.append(
                    FieldError(
                        .invalidTime,
                        member.path,
                        "\(local) has no offset, and neither the entry nor the connection names a time zone: "
                            + "write \(local)+01:00 with the offset that is meant, or add time_zone."
                    )
                )
                continue
            }
            switch zone.resolve(local) {
            case .unique(let time):
                parsed.entry[member] = .time(time)
                parsed.report.add(
                    .converted,
                    member.path,
                    asked: .string(local.description),
                    sent: .string(time.description),
                    why: "A time without an offset is local time in \(zone.name)."
                )
            case .gap(let before, let after):
                faults.append(
                    FieldError(
                        .impossibleTime,
                        member.path,
                        "\(local) does not occur in \(zone.name): clocks were put forward over it. "
                            + "Before the change it would be \(before), after it \(after)."
                    )
                )
            case .overlap(let earlier, let later):
                faults.append(
                    FieldError(
                        .ambiguousTime,
                        member.path,
                        "\(local) occurs twice in \(zone.name): \(earlier) and \(later)."
                    )
                )
            }
        }
        parsed.localTimes = []
    }

    private func checkOffsets(_ entry: Entry, _ zone: Zone?, _ faults: inout [FieldError]) {
        guard let zone else { return }
        for member in [Member.startedAt, .endedAt] {
            guard let time = entry[member]?.time, !zone.hasOffset(of: time) else {
                continue
            }
            let right = zone.localized(time) ?? time
            faults.append(
                FieldError(
                    .offsetNotInZone,
                    member.path,
                    "\(zone.name) does not have the offset of \(time) at that time; there it is \(right)."
                )
            )
        }
    }

    // MARK: - The form and what follows from it

    private func takeDuration(_ parsed: inout ParsedEntry) {
        guard let seconds = parsed.durationFromText else { return }
        let text = parsed.entry[.duration]?.string ?? ""
        parsed.entry[.duration] = nil
        parsed.durationFromText = nil
        if let given = parsed.entry.durationSeconds {
            if given != seconds {
                parsed.report.add(
                    .inconsistent,
                    "duration",
                    asked: .string(text),
                    sent: .integer(given),
                    why: "duration_seconds was given too, and counts."
                )
            }
        } else {
            parsed.entry.durationSeconds = seconds
        }
    }

    private func workOut(_ entry: Entry, _ zone: Zone?) throws(Problem) -> TimeGroup {
        let start = entry.startedAt
        let end = entry.endedAt
        let duration = entry.durationSeconds
        let pause = entry.breakSeconds ?? 0
        for (member, seconds) in [(Member.durationSeconds, duration), (.breakSeconds, pause)] {
            guard let seconds, seconds > TimeNormaliser.longestDuration else { continue }
            throw fault(
                .outOfRange,
                member.path,
                "\(member.path) is \(seconds); one entry has at most \(TimeNormaliser.longestDuration) s (366 days)."
            )
        }
        if let start, let end, end < start {
            throw fault(.endBeforeStart, "ended_at", "ended_at \(end) is before started_at \(start).")
        }
        if entry.timerState == "running" {
            return try running(start: start, end: end, duration: duration, entry, zone)
        }
        if entry.timerState == "paused" {
            throw fault(
                .invalidValue,
                "timer_state",
                "An entry cannot be created paused; only running can be asked for."
            )
        }

        var group = TimeGroup(form: .interval, startedAt: start, endedAt: end, durationSeconds: duration)
        group.zone = zone
        group.workDate = entry.workDate
        switch (start, end, duration) {
        case (let start?, let end?, let duration?):
            let length = end.epochSeconds - start.epochSeconds
            guard length - pause == duration else {
                let breaks = pause > 0 ? " without \(pause) s of breaks" : ""
                throw fault(
                    .contradictingTimes,
                    "duration_seconds",
                    "started_at \(start) and ended_at \(end) are \(length - pause) s apart\(breaks), "
                        + "but duration_seconds says \(duration)."
                )
            }
        case (let start?, let end?, nil):
            let length = end.epochSeconds - start.epochSeconds - pause
            guard length >= 0 else {
                throw fault(
                    .contradictingTimes,
                    "break_seconds",
                    "break_seconds \(pause) is longer than the interval from \(start) to \(end)."
                )
            }
            group.durationSeconds = length
        case (let start?, nil, let duration?):
            group.form = .startDuration
            group.endedAt = try shifted(start, by: duration, plus: pause, "duration_seconds")
        case (nil, let end?, let duration?):
            group.form = .endDuration
            group.startedAt = try shifted(end, by: -duration, plus: -pause, "duration_seconds")
        case (nil, nil, _?): group.form = entry.workDate == nil ? .durationOnly : .dateDuration
        case (_?, nil, nil):
            throw fault(
                .missingTime,
                "ended_at",
                "The entry has a start and neither an end nor a duration. "
                    + "Add ended_at or duration_seconds, or say timer_state: \"running\" to start a timer."
            )
        case (nil, _?, nil):
            throw fault(.missingTime, "started_at", "The entry has an end and neither a start nor a duration.")
        case (nil, nil, nil):
            throw fault(
                .missingTime,
                "duration_seconds",
                entry.workDate == nil
                    ? "The entry says neither when the work was nor how long it took."
                    : "The entry has a work_date and no duration."
            )
        }
        if let start = group.startedAt, let end = group.endedAt {
            let length = end.epochSeconds - start.epochSeconds
            guard length <= TimeNormaliser.longestDuration else {
                throw fault(
                    .outOfRange,
                    entry.endedAt == nil ? "duration_seconds" : "ended_at",
                    "From \(start) to \(end) are \(length) s; one entry has at most "
                        + "\(TimeNormaliser.longestDuration) s (366 days)."
                )
            }
        }
        return group
    }

    private func running(
        start: Timestamp?,
        end: Timestamp?,
        duration: Int64?,
        _ entry: Entry,
        _ zone: Zone?
    ) throws(Problem) -> TimeGroup {
        if let end {
            throw fault(.contradictingTimes, "ended_at", "A running timer has no end, but ended_at is \(end).")
        }
        if let duration, duration > 0 {
            throw fault(
                .contradictingTimes,
                "duration_seconds",
                "A running timer has no duration yet, but duration_seconds is \(duration)."
            )
        }
        var group = TimeGroup(form: .running, startedAt: start)
        group.zone = zone
        group.workDate = entry.workDate
        return group
    }

    private func shifted(
        _ time: Timestamp,
        by seconds: Int64,
        plus pause: Int64,
        _ field: String
    ) throws(Problem)
        -> Timestamp
    {
        let (sum, overflow) = seconds.addingReportingOverflow(pause)
        guard !overflow, let moved = time.adding(seconds: sum) else {
            throw fault(.outOfRange, field, "\(field) leads to a time beyond the year 9999 or before the year 1.")
        }
        return moved
    }

    // MARK: - The day it counts for

    private func deriveWorkDate(_ group: inout TimeGroup, _ parsed: inout ParsedEntry) throws(Problem) {
        guard let start = group.startedAt else { return }
        let local = WorkDay.local(start, group.zone)
        guard let given = group.workDate else {
            group.workDate = local
            group.isWorkDateDerived = local != nil
            return
        }
        if WorkDay.fits(given, start, group.zone) { return }
        let basis = group.zone.map { "in \($0.name)" } ?? "in the offset of started_at"
        throw fault(
            .contradictingTimes,
            "work_date",
            local.map { "work_date is \(given), but started_at \(start) is on \($0) \(basis)." }
                ?? "work_date is \(given), but started_at \(start) is on that day nowhere on Earth."
        )
    }

    private func store(_ group: TimeGroup, in parsed: inout ParsedEntry) {
        parsed.entry.startedAt = group.startedAt
        parsed.entry.endedAt = group.endedAt
        parsed.entry.durationSeconds = group.durationSeconds
        parsed.entry.workDate = group.workDate
    }

    private func fault(_ code: ProblemCode, _ field: String, _ message: String) -> Problem {
        Problem(faults: [FieldError(code, field, message)])
    }
}

extension String {
    /// The text as a sentence begins.
    var firstCapitalised: String { prefix(1).uppercased() + dropFirst() }
}

extension ParsedEntry {
    /// Two lengths that differ are one too many: only a lenient caller has the exact one counted.
    func checkLengths(_ handling: Handling) throws(Problem) {
        guard !handling.isLenient, let text = durationFromText, let given = entry.durationSeconds, given != text else {
            return
        }
        throw Problem(
            faults: [
                FieldError(
                    .contradictingTimes,
                    "duration",
                    "duration is \(text) s, but duration_seconds says \(given).",
                    hint: "Give one of them; with Prefer: handling=lenient duration_seconds counts."
                )
            ]
        )
    }
}
