internal import JSON

/// What writing needs to know beside the value.
struct WriteContext {
    let vendorTitle: String
    let handling: Handling
    /// The zone for local dates and times.
    let zone: Zone?
    /// For a time of day that stands beside a day.
    var surroundings: TimeOfDay.Surroundings?
}

/// A value that the vendor cannot hold as it is.
struct WriteFault: Error {
    var code: ProblemCode
    var message: String
    var hint: String?
    /// The vendor has no such value, so that leaving the member out is a loss like any other.
    var isDroppable: Bool

    init(_ code: ProblemCode, _ message: String, hint: String? = nil, isDroppable: Bool = false) {
        self.code = code
        self.message = message
        self.hint = hint
        self.isDroppable = isDroppable
    }
}

extension WriteFault {
    /// What to do where a vendor holds times less finely than they are given.
    static func wholeUnits(_ unit: String) -> String {
        "Send whole \(unit), or allow the loss with Prefer: handling=lenient."
    }
}

/// What writing did to a value.
enum WriteEffect {
    case exact
    /// Another unit or spelling; nothing is lost.
    case converted(asked: WireValue, sent: WireValue, why: String)
    /// `held`: what is read in its place afterwards; `nil` for an instant, of which only whole seconds are compared.
    case rounded(asked: WireValue, sent: WireValue, why: String, held: Value? = nil)
}

extension Converter {
    /// Writes a value into the wires at the given places.
    func write(
        _ value: Value,
        at places: [Int],
        into wires: inout [WireValue],
        _ context: WriteContext
    ) throws(WriteFault) -> WriteEffect {
        switch self {
        case .identifier, .text, .zone:
            guard let text = value.string else { throw mismatch(value, "text") }
            wires[places[0]] = .string(text)
            return .exact
        case .integerIdentifier:
            guard let text = value.string else { throw mismatch(value, "text") }
            wires[places[0]] = .integer(try number(text, context))
            return .exact
        case .uuid:
            guard let text = value.string else { throw mismatch(value, "text") }
            guard isUUID(text) else {
                throw WriteFault(
                    .invalidValue,
                    "\(context.vendorTitle)'s ids are UUIDs (8-4-4-4-12 hexadecimal digits); \(quotedForMessage(text)) is not."
                )
            }
            wires[places[0]] = .string(text)
            return .exact
        case .html:
            guard let text = value.string else { throw mismatch(value, "text") }
            let html = HTMLText.escape(text)
            wires[places[0]] = .string(html)
            if html == text { return .exact }
            return .converted(
                asked: .string(text),
                sent: .string(html),
                why: "The vendor holds HTML; the text is escaped."
            )
        case .boolean:
            guard let flag = value.bool else { throw mismatch(value, "true or false") }
            wires[places[0]] = .bool(flag)
            return .exact
        case .date:
            guard let date = value.date else { throw mismatch(value, "a date") }
            wires[places[0]] = .string(date.description)
            return .exact
        case .midnight(let isUTC):
            guard let date = value.date else { throw mismatch(value, "a date") }
            wires[places[0]] = .string("\(date)T00:00:00" + (isUTC ? "Z" : ""))
            return .exact
        case .rfc3339:
            guard let time = value.time else { throw mismatch(value, "a time") }
            wires[places[0]] = .string(time.description)
            return .exact
        case .rfc3339UTC:
            guard let time = value.time, let utc = time.utc else { throw mismatch(value, "a time") }
            wires[places[0]] = .string(utc.description)
            return .exact
        case .instantText(let form):
            guard let time = value.time else { throw mismatch(value, "a time") }
            let (sent, effect) = try form.write(time, context)
            wires[places[0]] = sent
            return effect
        case .unixSeconds, .unixMilliseconds: return try writeUnixTime(value, at: places, into: &wires, context)
        case .milliseconds:
            guard let seconds = value.integer else { throw mismatch(value, "seconds") }
            let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            if overflow { throw WriteFault(.outOfRange, "\(seconds) s is longer than an entry can be.") }
            wires[places[0]] = .integer(milliseconds)
            return .converted(
                asked: .integer(seconds),
                sent: .integer(milliseconds),
                why: "The vendor counts milliseconds."
            )
        case .seconds, .integer, .money:
            guard let number = value.integer else { throw mismatch(value, "a whole number") }
            wires[places[0]] = .integer(number)
            return .exact
        case .minutes: return try writeLength(value, in: .minutes, at: places, into: &wires, context)
        case .hours(let decimals, _):
            let hours = DecimalHours(decimals: decimals)
            return try writeLength(value, in: .hours(hours), at: places, into: &wires, context)
        case .durationText:
            guard let seconds = value.integer else { throw mismatch(value, "seconds") }
            let text = DurationText.canonical(seconds: seconds).filter { $0 != " " }
            wires[places[0]] = .string(text)
            return .exact
        case .utcDateAndTime, .localDateAndTime, .dateTime:
            return try writeDateAndTime(value, at: places, into: &wires, context)
        case .timeOfDay(let timeOfDay):
            guard let time = value.time else { throw mismatch(value, "a time") }
            let (sent, effect) = try timeOfDay.write(time, context)
            wires[places[0]] = sent
            return effect
        case .integerAsText:
            guard let text = value.string, let number = Int64(text) else { throw mismatch(value, "digits") }
            wires[places[0]] = .integer(number)
            return .exact
        case .joinedList(let separator):
            guard let elements = value.json.array, case let texts = elements.compactMap(\.string),
                texts.count == elements.count
            else { throw mismatch(value, "a list of texts") }
            let list = JoinedList(separator: separator)
            if let text = texts.first(where: { list.elements($0) != [$0] }) {
                throw WriteFault(
                    .unrepresentable,
                    "\(context.vendorTitle) holds them as one text with \(quotedForMessage(separator)) between them, in which "
                        + "\(quotedForMessage(text)) would be read otherwise.",
                    isDroppable: true
                )
            }
            wires[places[0]] = .string(texts.joined(separator: separator))
            return .exact
        case .json, .textList, .joinedText:
            wires[places[0]] = WireValue(value.json)
            return .exact
        case .relationship:
            wires[places[0]] = WireValue(value.json)
            return .exact
        case .enumeration(let enumeration):
            guard let pair = enumeration.values.first(where: { $0.unified == value }) else {
                let allowed = enumeration.values.map { $0.unified.json.serialized(.compact) }
                throw WriteFault(
                    .unrepresentable,
                    "\(context.vendorTitle) has no \(value.json.serialized(.compact)) here; it has "
                        + allowed.joined(separator: ", ") + ".",
                    isDroppable: true
                )
            }
            wires[places[0]] = WireValue(pair.vendor)
            return .exact
        case .typedReference: return .exact  // Written by `BodyWriter`, which knows all the subjects.
        case .resource(let type, let isNumber):
            guard let id = value.string else { throw mismatch(value, "text") }
            if isNumber { _ = try number(id, context) }
            wires[places[0]] = .string(id)
            wires[places[1]] = .string(type)
            return .exact
        case .firstTrue(let flags):
            guard let state = value.string else { throw mismatch(value, "text") }
            for (index, name) in flags.values.enumerated() { wires[places[index]] = .bool(name == state) }
            return .exact
        }
    }

    private func number(_ id: String, _ context: WriteContext) throws(WriteFault) -> Int64 {
        guard let number = JSONNumber.integer(id) else {
            throw WriteFault(
                .invalidValue,
                "\(context.vendorTitle)'s ids are whole numbers; \(quotedForMessage(id)) is not."
            )
        }
        return number
    }

    func mismatch(_ value: Value, _ expected: String) -> WriteFault {
        WriteFault(.wrongType, "\(value.json.serialized(.compact)) is not \(expected).")
    }

    private func writeUnixTime(
        _ value: Value,
        at places: [Int],
        into wires: inout [WireValue],
        _ context: WriteContext
    ) throws(WriteFault) -> WriteEffect {
        guard let time = value.time else { throw mismatch(value, "a time") }
        let isMilliseconds = self == .unixMilliseconds
        let unit = isMilliseconds ? "milliseconds" : "seconds"
        let count = isMilliseconds ? time.epochMilliseconds : time.epochSeconds
        let isExact = time.nanosecond % (isMilliseconds ? 1_000_000 : 1_000_000_000) == 0
        let asked = WireValue.string(time.description)
        wires[places[0]] = .integer(count)
        if isExact {
            let why = "\(isMilliseconds ? "Milliseconds" : "Seconds") since 1970-01-01 UTC; the instant is the same."
            return .converted(asked: asked, sent: .integer(count), why: why)
        }
        guard context.handling.isLenient else {
            let what = isMilliseconds ? "what is less than one" : "its fraction"
            throw WriteFault(
                .unrepresentable,
                "\(context.vendorTitle) holds whole \(unit); \(time) would be sent without \(what), as \(count).",
                hint: WriteFault.wholeUnits(unit)
            )
        }
        return .rounded(
            asked: asked,
            sent: .integer(count),
            why: "The vendor holds whole \(unit); handling is lenient."
        )
    }

    private func writeDateAndTime(
        _ value: Value,
        at places: [Int],
        into wires: inout [WireValue],
        _ context: WriteContext
    ) throws(WriteFault) -> WriteEffect {
        let zone = try isLocal ? Converter.localZone(context) : nil
        guard let time = value.time, let moved = zone == nil ? time.utc : zone?.localized(time) else {
            throw mismatch(value, "a time")
        }
        let local = moved.localDateTime
        try Converter.checkRepeated(local, of: time, zone, context)
        if local.nanosecond != 0, !context.handling.isLenient {
            throw WriteFault(
                .unrepresentable,
                "\(context.vendorTitle) holds whole seconds; the fraction of \(time) would be left out.",
                hint: WriteFault.wholeUnits("seconds")
            )
        }
        let clock = TimeOfDay.Clock.seconds.text(local)
        let sent: WireValue
        if case .dateTime(_, let separator) = self {
            sent = .string("\(local.date)\(separator.rawValue)\(clock)")
            wires[places[0]] = sent
        } else {
            sent = .string("\(local.date) \(clock)")
            wires[places[0]] = .string("\(local.date)T00:00:00" + (zone == nil ? "Z" : ""))
            wires[places[1]] = .string(clock)
        }
        if local.nanosecond != 0 {
            return .rounded(
                asked: .string(time.description),
                sent: sent,
                why: "The vendor holds whole seconds; handling is lenient."
            )
        }
        return .converted(
            asked: .string(time.description),
            sent: sent,
            why: zone == nil ? "A date and a time in UTC; the instant is the same." : "A date and a time in the zone."
        )
    }

    /// Whether an instant is held as a local time, by which its offset is lost.
    var isLocal: Bool {
        switch self {
        case .localDateAndTime, .timeOfDay: true
        case .dateTime(let isLocal, _): isLocal
        default: false
        }
    }

    static func localZone(_ context: WriteContext) throws(WriteFault) -> Zone {
        if let zone = context.zone { return zone }
        throw WriteFault(
            .required,
            "\(context.vendorTitle) holds local times, and no time zone says which ones these are.",
            hint: "Let the operator set the connection's time_zone; an entry's own counts where the vendor is told it."
        )
    }

    /// Read again, the first of two local times that are alike counts: the entry would be an hour off.
    static func checkRepeated(
        _ local: LocalDateTime,
        of time: Timestamp,
        _ zone: Zone?,
        _ context: WriteContext
    ) throws(WriteFault) {
        guard let zone, case .overlap(let earlier, _) = zone.resolve(local), !earlier.isSameInstant(as: time) else {
            return
        }
        throw WriteFault(
            .unrepresentable,
            "\(context.vendorTitle) holds local times without an offset. \(local) occurs twice in \(zone.name) that day, and "
                + "\(time) is the second time: it would be read as the first.",
            hint:
                "Enter what lies in the repeated hour at the vendor, or as an entry that does not begin or end in it."
        )
    }

}

/// Eight, four, four, four and twelve hexadecimal digits (RFC 9562), in either case.
public func isUUID(_ text: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count == 36 else { return false }
    for (index, byte) in bytes.enumerated() {
        if index == 8 || index == 13 || index == 18 || index == 23 {
            if byte != UInt8(ascii: "-") { return false }
        } else {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"):
                break
            default: return false
            }
        }
    }
    return true
}

/// Whether two identifiers are the same: a UUID is the same in either case.
public func isSameID(_ a: String, _ b: String) -> Bool {
    a == b || (isUUID(a) && isUUID(b) && a.lowercased() == b.lowercased())
}
