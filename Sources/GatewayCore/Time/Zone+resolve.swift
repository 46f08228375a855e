/// Which instant a local time means in a zone.
public enum LocalTimeResolution: Sendable {
    /// One, as nearly always.
    case unique(Timestamp)
    /// None: the clocks were put forward over it. `before` is what it would be if they had been put forward later,
    /// `after` if earlier: 02:30 in Zagreb on 2024-03-31 gives 01:30+01:00 and 03:30+02:00. Both are times that the
    /// clocks did show; they differ by the length of the gap.
    case gap(before: Timestamp, after: Timestamp)
    /// Two: the clocks were put back over it. 02:30 in Zagreb on 2024-10-27 is 02:30+02:00, then 02:30+01:00.
    case overlap(earlier: Timestamp, later: Timestamp)
}

extension Zone {
    /// Finds the instant at which the zone's clocks showed (or will show) the local time.
    public func resolve(_ local: LocalDateTime) -> LocalTimeResolution {
        let clock = local.clockSeconds
        // Offsets are less than a day, so that the instant is within a day of the same reading in UTC.
        var period = period(atEpochSeconds: clock - Self.day)
        var first: ZonePeriod?
        var last: ZonePeriod?
        var gap: (before: ZonePeriod, after: ZonePeriod)?
        while true {
            let instant = clock - Int64(period.offset.offsetSeconds)
            if period.start <= instant, instant < period.end {
                if first == nil { first = period }
                last = period
            }
            guard period.end <= clock + Self.day else { break }
            let next = self.period(atEpochSeconds: period.end)
            // Later than all that the clocks show before the change, earlier than all that they show after it.
            if instant >= period.end, clock - Int64(next.offset.offsetSeconds) < next.start {
                gap = (period, next)
            }
            period = next
        }
        guard let first, let last else {
            guard let gap else {
                // Not reached: the periods leave no time out, so what is in none of them is between two.
                return .unique(timestamp(local, period.offset))
            }
            return .gap(
                before: timestamp(local, gap.after.offset, shownWith: gap.before.offset),
                after: timestamp(local, gap.before.offset, shownWith: gap.after.offset)
            )
        }
        return first.start == last.start
            ? .unique(timestamp(local, first.offset))
            : .overlap(earlier: timestamp(local, first.offset), later: timestamp(local, last.offset))
    }

    private static let day: Int64 = 86_400

    private func timestamp(_ local: LocalDateTime, _ offset: ZoneOffset) -> Timestamp {
        Timestamp(uncheckedLocal: local, offsetSeconds: Int32(offset.offsetSeconds))
    }

    /// The instant at which a clock with one offset shows the local time, written with another offset.
    private func timestamp(
        _ local: LocalDateTime,
        _ offset: ZoneOffset,
        shownWith shown: ZoneOffset
    ) -> Timestamp {
        let instant = timestamp(local, offset)
        return instant.withOffset(shown.offsetSeconds) ?? instant
    }
}
