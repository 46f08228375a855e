internal import JSON

/// The times of an answer: what contradicts itself, and what follows.
extension BodyReader {
    /// Reports what contradicts itself, and works out what follows: never more than the vendor said.
    func checkTimes(_ result: inout Result, _ zone: Zone?) {
        let start = result.entry.startedAt
        let end = result.entry.endedAt
        let pause = result.entry.breakSeconds ?? 0
        if let start, let end {
            let length = end.epochSeconds - start.epochSeconds - pause
            if let duration = result.entry.durationSeconds {
                if abs(length - duration) >= plan.lengthStep {
                    result.report.add(
                        .inconsistent,
                        "duration_seconds",
                        asked: .integer(duration),
                        sent: .integer(length),
                        why: "started_at and ended_at are that far apart."
                    )
                } else if length >= 0, length != duration {
                    // 0.33 hours between 13:00 and 13:20: the vendor's length is the coarser of the two.
                    result.entry.durationSeconds = length
                    result.report.add(
                        .derived,
                        "duration_seconds",
                        asked: .integer(duration),
                        sent: .integer(length),
                        why: "Worked out from started_at and ended_at; the vendor's own length is rounded."
                    )
                }
            } else if length >= 0 {
                result.entry.durationSeconds = length
                result.report.add(
                    .derived,
                    "duration_seconds",
                    sent: .integer(length),
                    why: "Worked out from started_at and ended_at."
                )
            } else {
                result.report.add(
                    .inconsistent,
                    "ended_at",
                    asked: .string(start.description),
                    sent: .string(end.description),
                    why: "The entry ends before it starts."
                )
            }
        } else if let start, let duration = result.entry.durationSeconds, duration > 0, !plan.has(.endedAt),
            let end = start.adding(seconds: duration + pause)
        {
            result.entry.endedAt = end
            result.report.add(
                .derived,
                "ended_at",
                sent: .string(end.description),
                why: "Worked out from started_at and the duration."
            )
        }
        checkTimer(&result)
        if let date = result.entry.workDate, let start, !WorkDay.fits(date, start, zone) {
            result.report.add(
                .inconsistent,
                "work_date",
                asked: .string(date.description),
                sent: .string(start.description),
                why: "The entry starts on another day."
            )
        }
        if result.entry.workDate == nil, let start {
            let date = zone.map { $0.localDate(of: start) } ?? (start.isOffsetKnown ? start.localDate : nil)
            if let date {
                result.entry.workDate = date
                result.report.add(
                    .derived,
                    "work_date",
                    sent: .string(date.description),
                    why: zone.map { "The day of started_at in \($0.name)." } ?? "The day of started_at in its offset."
                )
            }
        }
    }

    func readTimeOfDay(
        _ line: BodyPlan.Line,
        day: Int,
        _ views: PlaceViews,
        _ context: ReadContext
    ) -> ReadOutcome {
        guard case .timeOfDay(let time) = line.converter, let view = views[line.places[0]] else { return .absent }
        return time.read(view, day: views[day], start: line.start.flatMap { views[$0] }, context)
    }

    /// Whether a length is one that no work has: where timers are sent with a negative length, any such length says that one
    /// runs.
    func isRunning(_ line: BodyPlan.Line, _ scan: Scan, _ result: inout Result) -> Bool {
        guard case .member(.durationSeconds) = line.target, case .integer(let sent)? = running?[.durationSeconds],
            sent < 0,
            let view = scan.firstView(line.places), let length = view.int64 ?? view.string.flatMap({ Int64($0) }),
            length < 0
        else { return false }
        result.entry[.timerState] = .string("running")
        result.report.add(
            .derived,
            "timer_state",
            vendorField: line.vendorField,
            asked: .integer(length),
            sent: .string("running"),
            why: "This is how the vendor shows a running timer."
        )
        return true
    }

    /// Whether an answer has the value that a running timer has: a null only where the vendor says so, not where it says
    /// nothing.
    private func isShown(_ member: Member, _ value: Value, _ result: Result) -> Bool {
        value.isNull ? !result.entry.has(member) && result.nulls.contains(member) : result.entry[member] == value
    }

    /// A running timer, as the plugin's times describe one: a start, no end, and the members that it is sent with.
    func checkTimer(_ result: inout Result) {
        if result.entry.timerState == "running", let end = result.entry.endedAt {
            result.report.add(
                .inconsistent,
                "timer_state",
                asked: .string("running"),
                sent: .string(end.description),
                why: "The vendor says that the timer runs, and when it ended."
            )
        }
        guard let running, !running.isEmpty, !plan.has(.timerState), result.entry.has(.startedAt),
            !result.entry.has(.endedAt), running.allSatisfy({ isShown($0.key, $0.value, result) })
        else { return }
        result.entry[.timerState] = .string("running")
        result.report.add(
            .derived,
            "timer_state",
            sent: .string("running"),
            why: "This is how the vendor shows a running timer."
        )
    }
}
