import JSON

/// When an awork entry began and ended, from the eight date and time members and the duration.
struct AworkTimes: Sendable {
    /// One end of an entry.
    private struct Point {
        /// Seconds since 1970 in UTC; of a day alone, its midnight read as UTC.
        let seconds: Int64
        let isDateOnly: Bool
    }

    private let start: Point
    private let end: Point?
    /// Seconds without breaks; 0 for a running entry.
    let duration: Int64

    /// nil where something was wrong, which `fields` then tells.
    ///
    /// - Parameter breakSeconds: what the entry's breaks take; a changed entry keeps them.
    init?(_ fields: inout AworkFields, zone: TimeZoneRules, breakSeconds: Int64 = 0) {
        let errorsBefore = fields.errors.count
        let start = Self.point("start", &fields, zone)
        let end = Self.point("end", &fields, zone)
        let duration = fields.integer("duration")
        guard fields.errors.count == errorsBefore else { return nil }
        if let duration, duration < 0 {
            fields.fail("duration", "must not be negative.")
            return nil
        }
        switch (start, end, duration) {
        case (let start?, let end?, _) where !start.isDateOnly && !end.isDateOnly:
            guard end.seconds >= start.seconds else {
                fields.fail("endDateUtc", "must not be before 'StartDateUtc'.", isOrder: true)
                return nil
            }
            guard end.seconds - start.seconds >= breakSeconds else {
                fields.fail("endDateUtc", "must leave room for the breaks.", isOrder: true)
                return nil
            }
            self.init(start: start, end: end, duration: end.seconds - start.seconds - breakSeconds)
        case (let start?, _, let duration?) where start.isDateOnly:
            guard duration > 0 else {
                fields.fail("duration", "must be greater than 0 for an entry without times.")
                return nil
            }
            self.init(start: start, end: start, duration: duration)
        case (let start?, _, nil) where start.isDateOnly:
            fields.fail("duration", "must not be empty for an entry without times.")
            return nil
        case (_, let end?, _) where end.isDateOnly:
            fields.fail("endTimeUtc", "must not be empty.")
            return nil
        case (let start?, nil, let duration?) where duration > 0:
            self.init(
                start: start,
                end: Point(seconds: start.seconds + duration + breakSeconds, isDateOnly: false),
                duration: duration
            )
        case (nil, let end?, let duration?) where duration > 0:
            self.init(
                start: Point(seconds: end.seconds - duration - breakSeconds, isDateOnly: false),
                end: end,
                duration: duration
            )
        case (let start?, nil, _):
            self.init(start: start, end: nil, duration: 0)
        default:
            fields.fail("startDateUtc", "must not be empty.")
            return nil
        }
    }

    private init(start: Point, end: Point?, duration: Int64) {
        self.start = start
        self.end = end
        self.duration = duration
    }

    /// A timer that was started then, in seconds since 1970.
    init(runningSince seconds: Int64) {
        self.init(start: Point(seconds: seconds, isDateOnly: false), end: nil, duration: 0)
    }

    var isRunning: Bool { end == nil }
    /// Seconds since 1970; of a day alone, its midnight.
    var startSeconds: Int64 { start.seconds }

    /// The midnight, read as UTC in seconds since 1970, of the day on which the entry starts in that zone.
    func startDay(zone: TimeZoneRules) -> Int64 {
        let local = start.seconds + Int64(start.isDateOnly ? 0 : zone.offset(at: start.seconds))
        return local - (local % 86_400 + 86_400) % 86_400
    }

    /// A timer that is stopped within its first second has worked for one, since no duration means running.
    func stopped(at seconds: Int64, breakSeconds: Int64) -> AworkTimes {
        let duration = max(1, seconds - start.seconds - breakSeconds)
        let end = start.seconds + duration + breakSeconds
        return AworkTimes(start: start, end: Point(seconds: end, isDateOnly: false), duration: duration)
    }

    /// The same start and end, all of it worked.
    var withoutBreaks: AworkTimes {
        guard let end, !start.isDateOnly else { return self }
        return AworkTimes(start: start, end: end, duration: end.seconds - start.seconds)
    }

    private static func point(_ name: String, _ fields: inout AworkFields, _ zone: TimeZoneRules) -> Point? {
        let utc = civil(name, "Utc", &fields)
        let local = civil(name, "Local", &fields)
        guard let local else { return utc }
        guard !local.isDateOnly else {
            if let utc, utc.isDateOnly, utc.seconds != local.seconds {
                fields.fail("\(name)DateLocal", "does not agree with the UTC date.", isOrder: true)
            }
            return utc ?? local
        }
        let instants = zone.instants(forLocal: local.seconds)
        guard let first = instants.first else {
            fields.fail("\(name)TimeLocal", "does not exist in the time zone on that day.")
            return nil
        }
        guard let utc else { return Point(seconds: first, isDateOnly: false) }
        if utc.isDateOnly || !instants.contains(utc.seconds) {
            fields.fail("\(name)DateLocal", "does not agree with the UTC date and time.", isOrder: true)
        }
        return utc
    }

    /// The date and time, in whichever of the two places the time is; a midnight without a time member is a day.
    private static func civil(_ name: String, _ kind: String, _ fields: inout AworkFields) -> Point? {
        let date = fields.dateTime("\(name)Date\(kind)", isLocal: kind == "Local")
        let time = fields.time("\(name)Time\(kind)")
        guard let date else {
            if time != nil { fields.fail("\(name)Date\(kind)", "must not be empty where a time is given.") }
            return nil
        }
        guard let time else { return Point(seconds: date.civilSeconds, isDateOnly: date.time.secondsOfDay == 0) }
        return Point(
            seconds: Int64(date.date.daysSinceEpoch) * 86_400 + Int64(time.secondsOfDay),
            isDateOnly: false
        )
    }

    /// The ten members from `startDateUtc` to `breakDuration`, in the page's order.
    func write(zone: TimeZoneRules, breakSeconds: Int64, to writer: inout JSONWriter) {
        Self.write("startDateUtc", "startTimeUtc", start, offset: 0, suffix: "Z", to: &writer)
        Self.write("endDateUtc", "endTimeUtc", end, offset: 0, suffix: "Z", to: &writer)
        for (date, time, point) in [
            ("startDateLocal", "startTimeLocal", start as Point?), ("endDateLocal", "endTimeLocal", end),
        ] {
            // A day has no instant, so no offset either: it is the same day in UTC and locally.
            let offset = point.map { $0.isDateOnly ? 0 : zone.offset(at: $0.seconds) } ?? 0
            Self.write(date, time, point, offset: offset, suffix: "", to: &writer)
        }
        writer.name("duration")
        writer.integer(duration)
        writer.name("breakDuration")
        writer.integer(breakSeconds)
    }

    private static func write(
        _ dateName: String,
        _ timeName: String,
        _ point: Point?,
        offset: Int,
        suffix: String,
        to writer: inout JSONWriter
    ) {
        let civil = point.map { InstantFormat.split(($0.seconds + Int64(offset)) * 1000) }
        writer.name(dateName)
        if let civil { writer.string("\(civil.date.text)T00:00:00\(suffix)") } else { writer.null() }
        writer.name(timeName)
        if let civil, point?.isDateOnly == false { writer.string(civil.time.text) } else { writer.null() }
    }
}
