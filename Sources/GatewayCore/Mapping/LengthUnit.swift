/// The unit in which a vendor counts lengths, where that is not the second.
enum LengthUnit {
    case minutes
    case hours(DecimalHours)

    /// How many stand for a length without loss; `nil` where none do.
    func exact(ofSeconds seconds: Int64) -> Int64? {
        switch self {
        case .minutes: Rounding.exactMinutes(fromSeconds: seconds)
        case .hours(let hours): hours.exactUnits(ofSeconds: seconds)
        }
    }

    /// How many stand for a length; `nil` where it would become zero.
    func count(ofSeconds seconds: Int64, _ rounding: Rounding) -> Int64? {
        switch self {
        case .minutes: rounding.minutes(fromSeconds: seconds)
        case .hours(let hours): hours.units(ofSeconds: seconds, rounding)
        }
    }

    /// The length that is read for so many.
    func seconds(_ count: Int64) -> Int64 {
        switch self {
        case .minutes: count * 60
        case .hours(let hours): hours.seconds(ofUnits: count)
        }
    }

    /// As the vendor writes so many.
    func text(_ count: Int64) -> String {
        switch self {
        case .minutes: String(count)
        case .hours(let hours): hours.text(ofUnits: count)
        }
    }

    func wire(_ count: Int64) -> WireValue {
        let text = text(count)
        return text.contains(".") ? .number(text) : Int64(text).map { .integer($0) } ?? .number(text)
    }

    /// `minutes`
    var name: String {
        switch self {
        case .minutes: "minutes"
        case .hours: "hours"
        }
    }

    /// `whole minutes`
    var precise: String {
        switch self {
        case .minutes: "whole minutes"
        case .hours(let hours): "hours with \(hours.decimals) decimal\(hours.decimals == 1 ? "" : "s")"
        }
    }

    /// What to do where a length is none of them.
    var remedy: String {
        switch self {
        case .minutes: "Send whole minutes"
        case .hours(let hours):
            "Send a length that \(hours.decimals) decimals can say (\(hours.text(ofUnits: 1)) hours are "
                + "\(hours.seconds(ofUnits: 1)) s)"
        }
    }

    /// The least there is, in words.
    var least: String {
        switch self {
        case .minutes: "one minute"
        case .hours(let hours): "\(hours.text(ofUnits: 1)) hours"
        }
    }
}

extension Converter {
    /// Writes a length in the vendor's unit. What that cannot hold is refused, or rounded where the caller allows it, and never to
    /// nothing.
    func writeLength(
        _ value: Value,
        in unit: LengthUnit,
        at places: [Int],
        into wires: inout [WireValue],
        _ context: WriteContext
    ) throws(WriteFault) -> WriteEffect {
        guard let seconds = value.integer else { throw mismatch(value, "seconds") }
        if let count = unit.exact(ofSeconds: seconds) {
            let sent = unit.wire(count)
            wires[places[0]] = sent
            return .converted(asked: .integer(seconds), sent: sent, why: "The vendor counts \(unit.name).")
        }
        guard seconds <= TimeNormaliser.longestDuration else {
            throw WriteFault(.outOfRange, "\(seconds) s is longer than an entry can be.")
        }
        let counts = "\(context.vendorTitle) counts \(unit.precise)"
        guard context.handling.isLenient else {
            let down = unit.count(ofSeconds: seconds, .down) ?? 0
            let choices = (max(1, down)...down + 1).map { "\(unit.text($0)) (\(unit.seconds($0)) s)" }
            throw WriteFault(
                .unrepresentable,
                "\(counts); \(seconds) s would become \(choices.joined(separator: " or ")) \(unit.name).",
                hint: "\(unit.remedy), or allow rounding with Prefer: handling=lenient; rounding=nearest."
            )
        }
        let rounding = context.handling.rounding ?? .nearest
        guard let count = unit.count(ofSeconds: seconds, rounding) else {
            throw WriteFault(
                .unrepresentable,
                "\(counts), and rounding \(seconds) s \(rounding.rawValue) would make it zero.",
                hint: "Send at least \(unit.least), or Prefer: handling=lenient; rounding=up."
            )
        }
        let sent = unit.wire(count)
        let held = unit.seconds(count)
        wires[places[0]] = sent
        return .rounded(
            asked: .integer(seconds),
            sent: sent,
            why: "The vendor counts \(unit.precise); rounded \(rounding.rawValue), \(held - seconds) s more.",
            held: .integer(held)
        )
    }
}
