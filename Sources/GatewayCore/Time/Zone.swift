/// A time zone of the IANA database: which offset its clocks had, have, and by today's rules will have, at any instant.
///
/// A zone never changes once read, and is shared; get one from a `ZoneDatabase`.
public final class Zone: Sendable {
    /// The name that it was asked for by, such as `Europe/Zagreb`; an alias keeps its own.
    public let name: String

    /// Instants at which the offset changes, ascending, in seconds since the epoch.
    private let transitions: [Int64]
    /// For each transition, which of `offsets` holds from it on.
    private let kinds: [UInt8]
    /// At least one; the first holds before all transitions (RFC 9636 section 3.2).
    private let offsets: [ZoneOffset]
    /// Holds from the last transition on. Without it, the last transition's offset does.
    private let rule: POSIXTimeZoneRule?

    /// UTC, which needs no database.
    public static let utc = Zone(
        name: "UTC",
        data: TZifFile(offsets: [ZoneOffset(offsetSeconds: 0, isDST: false, abbreviation: "UTC")])
    )

    init(name: String, data: TZifFile) {
        self.name = name
        transitions = data.transitions
        kinds = data.kinds
        offsets = data.offsets
        rule = data.rule
    }
}

/// What a zone's clocks show at some instant.
public struct ZoneOffset: Sendable, Hashable {
    /// Seconds east of UTC, less than a day either way.
    public let offsetSeconds: Int
    /// Whether it counts as daylight saving time. The database has negative daylight saving too: Dublin's winter.
    public let isDST: Bool
    /// Such as `CEST`, or `+0530` where nobody uses letters.
    public let abbreviation: String

    init(offsetSeconds: Int, isDST: Bool, abbreviation: String) {
        self.offsetSeconds = offsetSeconds
        self.isDST = isDST
        self.abbreviation = abbreviation
    }
}

/// A stretch of time in which a zone's offset stays, from `start` until just before `end` (seconds since the epoch).
struct ZonePeriod {
    var start: Int64
    var end: Int64
    var offset: ZoneOffset
}

extension Zone {
    /// The offset at an instant (seconds since the epoch). Any value will do.
    public func offset(atEpochSeconds seconds: Int64) -> ZoneOffset {
        period(atEpochSeconds: seconds).offset
    }

    /// The offset at the timestamp's instant, whatever offset it is written with.
    public func offset(at timestamp: Timestamp) -> ZoneOffset {
        offset(atEpochSeconds: timestamp.epochSeconds)
    }

    /// The day on which an instant falls in this zone. Nil outside of the years 0001 to 9999.
    public func localDate(of timestamp: Timestamp) -> CivilDate? {
        timestamp.withOffset(offset(at: timestamp).offsetSeconds)?.localDate
    }

    /// The same instant, written with the zone's offset. Nil outside of the years 0001 to 9999.
    public func localized(_ timestamp: Timestamp) -> Timestamp? {
        timestamp.withOffset(offset(at: timestamp).offsetSeconds)
    }

    /// Whether an offset (seconds east of UTC) is the zone's at an instant. Where the zone's has seconds (local mean
    /// time), the nearest whole minute passes too, since RFC 3339 cannot write more.
    public func hasOffset(_ offsetSeconds: Int, at timestamp: Timestamp) -> Bool {
        let own = offset(at: timestamp).offsetSeconds
        return own == offsetSeconds || Int(Timestamp.nearestMinute(offsetSeconds: Int32(own))) == offsetSeconds
    }

    /// Whether the offset that a timestamp is written with is the zone's at that instant. `Z` and `-00:00` say
    /// nothing about the place and always pass.
    public func hasOffset(of timestamp: Timestamp) -> Bool {
        !timestamp.isOffsetKnown || hasOffset(Int(timestamp.offsetSeconds), at: timestamp)
    }

    func period(atEpochSeconds seconds: Int64) -> ZonePeriod {
        // The first transition after the instant.
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        let start = low == 0 ? Int64.min : transitions[low - 1]
        if low == transitions.count {
            if let rule { return rule.period(atEpochSeconds: seconds, notBefore: start) }
            let kind = low == 0 ? 0 : Int(kinds[low - 1])
            return ZonePeriod(start: start, end: .max, offset: offsets[kind])
        }
        let kind = low == 0 ? 0 : Int(kinds[low - 1])
        return ZonePeriod(start: start, end: transitions[low], offset: offsets[kind])
    }
}

extension Zone: CustomStringConvertible {
    public var description: String { name }
}
