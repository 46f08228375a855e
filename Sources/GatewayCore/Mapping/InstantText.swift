/// An instant as RFC 3339 writes one, in the one spelling that a vendor takes: `2026-11-20T08:00:00.000+0000`.
public struct InstantText: Sendable, Equatable {
    /// Whether it is written in UTC, and not in the offset that it has.
    public var isUTC: Bool
    /// How many digits the fraction of a second has; `nil` writes those that are given.
    public var fractionDigits: Int?
    public var offset: Offset

    public init(isUTC: Bool, fractionDigits: Int?, offset: Offset) {
        self.isUTC = isUTC
        self.fractionDigits = fractionDigits
        self.offset = offset
    }

    /// How an offset is written; any is read.
    public enum Offset: String, Sendable, CaseIterable {
        /// `Z` or `+01:00`.
        case extended = "+hh:mm"
        /// `+0000`, `+0100`: a basic format of ISO 8601, without `Z`.
        case basic = "+hhmm"
    }

    var precision: Converter.Precision {
        switch fractionDigits {
        case 0?: .instantSeconds
        case 3?: .instantMilliseconds
        default: .exact
        }
    }

    /// What an instant has beyond the digits that are written, in nanoseconds.
    private func rest(_ time: Timestamp) -> Int32 {
        guard let fractionDigits else { return 0 }
        let step = (fractionDigits..<9).reduce(Int32(1)) { step, _ in step * 10 }
        return time.nanosecond % step
    }

    private var unit: String {
        switch fractionDigits {
        case 0?: "seconds"
        case 3?: "milliseconds"
        case 6?: "microseconds"
        case let digits?: "seconds with \(digits) decimals"
        case nil: "seconds"
        }
    }

    /// - Parameter time: in the offset that is to be written.
    private func text(_ time: Timestamp) -> String {
        let local = time.localDateTime
        var text = "\(local.date)T\(TimeOfDay.Clock.seconds.text(local))"
        let digits = fractionDigits ?? Int(time.fractionDigits)
        if digits > 0 {
            let all = String(time.nanosecond)
            text += "." + (String(repeating: "0", count: 9 - all.count) + all).prefix(digits)
        }
        if offset == .extended, time.isZulu { return text + "Z" }
        let minutes = Int(Timestamp.nearestMinute(offsetSeconds: time.offsetSeconds))
        let size = abs(minutes) / 60
        let separator = offset == .extended ? ":" : ""
        return text + (minutes < 0 ? "-" : "+") + TimeOfDay.Clock.twoDigits(size / 60) + separator
            + TimeOfDay.Clock.twoDigits(size % 60)
    }

    func write(_ time: Timestamp, _ context: WriteContext) throws(WriteFault) -> (sent: WireValue, effect: WriteEffect)
    {
        guard let written = isUTC ? time.utc : time else {
            throw WriteFault(.outOfRange, "\(time) is beyond the years that a date can have.")
        }
        let sent = WireValue.string(text(written))
        if rest(time) == 0 { return (sent, .exact) }
        guard context.handling.isLenient else {
            throw WriteFault(
                .unrepresentable,
                "\(context.vendorTitle) holds whole \(unit); what \(time) has beyond that would be left out.",
                hint: WriteFault.wholeUnits(unit)
            )
        }
        let why = "The vendor holds whole \(unit); handling is lenient."
        let held = Timestamp(epochSeconds: time.epochSeconds, nanosecond: Int(time.nanosecond - rest(time)))
        return (
            sent, .rounded(asked: .string(time.description), sent: sent, why: why, held: held.map { .time($0) })
        )
    }
}
