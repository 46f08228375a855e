/// An instant together with the offset that it was written with (RFC 3339, read in the sense of RFC 9557).
///
/// Two timestamps are equal, ordered and hashed by their *instant* alone, so that `<`, `==` and `>` never contradict
/// each other: `10:00:00+01:00` equals `09:00:00Z`. Whether two are also written alike says `isWritten(like:)`.
///
/// The date in the written offset is always within the years 0001 to 9999; initialisers and arithmetic that would
/// leave them give nil.
public struct Timestamp: Sendable {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    public let epochSeconds: Int64
    /// 0 to 999 999 999.
    public let nanosecond: Int32
    /// Seconds east of UTC, less than a day either way. From text it is whole minutes; from a zone's local mean time
    /// it may not be.
    public let offsetSeconds: Int32
    /// How the offset is written.
    public let offsetForm: OffsetForm
    /// How many digits the fraction of the second is written with, 0 to 9.
    public let fractionDigits: UInt8

    /// How an offset is written, and with that, whether it says anything about the place.
    public enum OffsetForm: UInt8, Sendable {
        /// `±hh:mm`: the local time's offset.
        case numeric
        /// `Z`: the instant is known, the local time's offset is not (RFC 9557 section 2.2).
        case zulu
        /// `-00:00`: the older way of saying so (RFC 3339 section 4.3).
        case negativeZero
    }

    /// Written with `Z`: nothing is known about the local time.
    public var isZulu: Bool { offsetForm == .zulu }

    /// False for `Z` and `-00:00`, which say nothing about the local time.
    public var isOffsetKnown: Bool { offsetForm == .numeric }

    /// Seconds since 1970-01-01T00:00:00 on the wall clock of the written offset.
    private var clockSeconds: Int64 { epochSeconds &+ Int64(offsetSeconds) }

    /// For callers that know the range to be kept.
    @inline(__always)
    init(
        uncheckedEpochSeconds seconds: Int64,
        nanosecond: Int32,
        offsetSeconds: Int32,
        form: OffsetForm,
        fractionDigits: UInt8
    ) {
        epochSeconds = seconds
        self.nanosecond = nanosecond
        self.offsetSeconds = offsetSeconds
        offsetForm = form
        self.fractionDigits = fractionDigits
    }

    /// An instant that is to be written with `Z`. Nil outside of the years 0001 to 9999, or if the nanosecond is not
    /// in 0 to 999 999 999.
    public init?(epochSeconds: Int64, nanosecond: Int = 0) {
        self.init(epochSeconds: epochSeconds, nanosecond: nanosecond, offsetSeconds: 0, form: .zulu)
    }

    /// As `init(epochSeconds:nanosecond:)`.
    public init?(epochMilliseconds: Int64) {
        let (second, rest) = epochMilliseconds.quotientAndRemainderFloor(by: 1000)
        self.init(epochSeconds: second, nanosecond: Int(rest) * 1_000_000)
    }

    /// Whole milliseconds since 1970-01-01T00:00:00Z, rounded down.
    public var epochMilliseconds: Int64 { epochSeconds * 1000 + Int64(nanosecond) / 1_000_000 }

    /// An instant that is to be written with a numeric offset, in seconds east of UTC. Nil for an offset of a day or
    /// more, a date outside of the years 0001 to 9999, or a nanosecond that is not in 0 to 999 999 999.
    public init?(epochSeconds: Int64, nanosecond: Int = 0, offsetSeconds: Int) {
        self.init(epochSeconds: epochSeconds, nanosecond: nanosecond, offsetSeconds: offsetSeconds, form: .numeric)
    }

    /// The instant at which a clock that is so many seconds east of UTC shows the local time. Nil for an offset of a
    /// day or more.
    public init?(_ local: LocalDateTime, offsetSeconds: Int) {
        guard -86_399...86_399 ~= offsetSeconds else { return nil }
        self.init(uncheckedLocal: local, offsetSeconds: Int32(offsetSeconds))
    }

    init(uncheckedLocal local: LocalDateTime, offsetSeconds: Int32) {
        self.init(
            uncheckedEpochSeconds: local.clockSeconds - Int64(offsetSeconds),
            nanosecond: Int32(local.nanosecond),
            offsetSeconds: offsetSeconds,
            form: .numeric,
            fractionDigits: UInt8(LocalDateTime.fractionDigits(nanosecond: local.nanosecond))
        )
    }

    private init?(epochSeconds: Int64, nanosecond: Int, offsetSeconds: Int, form: OffsetForm) {
        guard -86_399...86_399 ~= offsetSeconds, 0...999_999_999 ~= nanosecond,
            Self.isInRange(epochSeconds: epochSeconds, offsetSeconds: Int32(offsetSeconds))
        else { return nil }
        self.init(
            uncheckedEpochSeconds: epochSeconds,
            nanosecond: Int32(nanosecond),
            offsetSeconds: Int32(offsetSeconds),
            form: form,
            fractionDigits: UInt8(LocalDateTime.fractionDigits(nanosecond: nanosecond))
        )
    }

    private static func isInRange(epochSeconds: Int64, offsetSeconds: Int32) -> Bool {
        let (clock, overflow) = epochSeconds.addingReportingOverflow(Int64(offsetSeconds))
        // 0001-01-01T00:00:00 to 9999-12-31T23:59:59.
        return !overflow && -62_135_596_800...253_402_300_799 ~= clock
    }
}

// MARK: - Local time

extension Timestamp {
    /// The date in the written offset; for `Z`, in UTC.
    public var localDate: CivilDate {
        CivilDate(uncheckedDaysSinceEpoch: Int(clockSeconds.quotientAndRemainderFloor(by: 86_400).quotient))
    }

    /// Date and time of day in the written offset; for `Z`, in UTC.
    public var localDateTime: LocalDateTime {
        LocalDateTime(uncheckedClockSeconds: clockSeconds, nanosecond: Int(nanosecond))
    }

    /// The same instant with another offset, in seconds east of UTC, and as many fraction digits. Nil for an offset of
    /// a day or more, or if its date would be outside of the years 0001 to 9999.
    public func withOffset(_ seconds: Int) -> Timestamp? {
        guard -86_399...86_399 ~= seconds else { return nil }
        return rewritten(offsetSeconds: Int32(seconds), form: .numeric)
    }

    /// The same instant written with `Z`. Nil if its date in UTC is outside of the years 0001 to 9999.
    public var utc: Timestamp? {
        rewritten(offsetSeconds: 0, form: .zulu)
    }

    private func rewritten(offsetSeconds: Int32, form: OffsetForm) -> Timestamp? {
        guard Self.isInRange(epochSeconds: epochSeconds, offsetSeconds: offsetSeconds) else { return nil }
        return Timestamp(
            uncheckedEpochSeconds: epochSeconds,
            nanosecond: nanosecond,
            offsetSeconds: offsetSeconds,
            form: form,
            fractionDigits: fractionDigits
        )
    }
}

// MARK: - Arithmetic

extension Timestamp {
    /// So many seconds later (earlier, if negative), written alike. Nil outside of the years 0001 to 9999.
    public func adding(seconds: Int64) -> Timestamp? {
        let (sum, overflow) = epochSeconds.addingReportingOverflow(seconds)
        guard !overflow, Self.isInRange(epochSeconds: sum, offsetSeconds: offsetSeconds) else { return nil }
        return Timestamp(
            uncheckedEpochSeconds: sum,
            nanosecond: nanosecond,
            offsetSeconds: offsetSeconds,
            form: offsetForm,
            fractionDigits: fractionDigits
        )
    }

    /// The time that has passed since another instant: whole seconds, rounded towards the past, and the nanoseconds
    /// above them (0 to 999 999 999).
    public func interval(since other: Timestamp) -> (seconds: Int64, nanoseconds: Int) {
        let nanoseconds = Int(nanosecond) - Int(other.nanosecond)
        let seconds = epochSeconds - other.epochSeconds
        return nanoseconds < 0 ? (seconds - 1, nanoseconds + 1_000_000_000) : (seconds, nanoseconds)
    }
}

extension Timestamp: Comparable, Hashable {
    public static func == (left: Timestamp, right: Timestamp) -> Bool {
        left.isSameInstant(as: right)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.epochSeconds == right.epochSeconds
            ? left.nanosecond < right.nanosecond : left.epochSeconds < right.epochSeconds
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(epochSeconds)
        hasher.combine(nanosecond)
    }

    /// The same as `==`, for places where it is worth saying that offsets do not matter.
    public func isSameInstant(as other: Timestamp) -> Bool {
        epochSeconds == other.epochSeconds && nanosecond == other.nanosecond
    }

    /// The same instant, offset, form of the offset and number of fraction digits: both have the same text.
    public func isWritten(like other: Timestamp) -> Bool {
        isSameInstant(as: other) && offsetSeconds == other.offsetSeconds && offsetForm == other.offsetForm
            && fractionDigits == other.fractionDigits
    }
}
