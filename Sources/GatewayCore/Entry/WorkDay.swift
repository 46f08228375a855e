/// Which day an instant falls on, as far as that can be known.
enum WorkDay {
    /// The day in the zone, else in the offset as written; `nil` for a bare `Z` without a zone.
    static func local(_ time: Timestamp, _ zone: Zone?) -> CivilDate? {
        if let zone { return zone.localDate(of: time) }
        return time.isOffsetKnown ? time.localDate : nil
    }

    /// Whether a day can be the day of an instant. Without a zone, any day that some place on Earth has at that instant
    /// can be: offsets reach from 12 hours west to 14 hours east.
    static func fits(_ date: CivilDate, _ time: Timestamp, _ zone: Zone?) -> Bool {
        if let local = local(time, zone) { return local == date }
        let earliest = time.withOffset(-12 * 3600)?.localDate
        let latest = time.withOffset(14 * 3600)?.localDate
        guard let earliest, let latest else { return true }
        return earliest <= date && date <= latest
    }
}
