internal import JSON

/// What reading needs to know beside the value.
struct ReadContext {
    /// The zone for local dates and times: the vendor's own, else the connection's.
    var zone: Zone?
}

/// What became of the vendor's value.
enum ReadOutcome {
    case absent
    case null
    case value(Value)
    /// Left out by the vendor on purpose (`meta.included: false`).
    case notIncluded
    /// Not what the field holds; the reason is a sentence.
    case invalid(String)
    /// Read, with something to say about it.
    case noted(Value, MappingReport.Kind, String)

    /// Whether something stands there, be it readable or not.
    var holdsSomething: Bool {
        switch self {
        case .absent, .null, .notIncluded: false
        case .value, .noted, .invalid: true
        }
    }
}

extension Converter {
    /// Reads a value from the views at the given places.
    func read(_ places: [Int], _ views: PlaceViews, _ context: ReadContext) -> ReadOutcome {
        switch self {
        case .resource(let type, _): return readResource(places, views, type)
        case .relationship: return .absent
        case .typedReference: return .absent  // Read by `BodyReader`, which sets a subject.
        case .timeOfDay: return .absent  // Read by `BodyReader`, which knows the place of its day.
        case .utcDateAndTime: return readDateAndTime(places, views, zone: nil)
        case .localDateAndTime:
            guard views[places[0]] != nil || views[places[1]] != nil else { return .absent }
            guard let zone = context.zone else { return .invalid(Converter.zoneMissing) }
            return readDateAndTime(places, views, zone: zone)
        case .dateTime(let isLocal, _):
            guard let view = views[places[0]] else { return .absent }
            return view.isNull ? .null : readDateTime(view, isLocal: isLocal, context)
        case .firstTrue(let flags): return readFirstTrue(places, views, flags)
        case .joinedText:
            let parts = places.compactMap { views[$0]?.string }.filter { !$0.isEmpty }
            return parts.isEmpty ? .absent : .value(.string(parts.joined(separator: " ")))
        default:
            guard let view = views[places[0]] else { return .absent }
            if view.isNull { return .null }
            return readOne(view)
        }
    }

    private func readOne(_ view: JSONView) -> ReadOutcome {
        switch self {
        case .identifier, .integerIdentifier, .uuid, .integerAsText:
            guard let text = view.string ?? view.numberText else { return .invalid("It should be an identifier.") }
            return .value(.string(text))
        case .text, .zone:
            guard let text = view.string else { return .invalid("It should be text.") }
            return .value(.string(text))
        case .html:
            guard let html = view.string else { return .invalid("It should be text.") }
            let text = HTMLText.plain(html)
            if text == html { return .value(.string(text)) }
            return .noted(.string(text), .converted, "The vendor holds HTML; this is its text.")
        case .boolean(let alsoText):
            if let flag = view.bool { return .value(.bool(flag)) }
            if alsoText, view.equals("true") { return .value(.bool(true)) }
            if alsoText, view.equals("false") { return .value(.bool(false)) }
            return .invalid("It should be true or false.")
        case .date, .midnight:
            // An ordinary date is read where it stands: no text is made of it.
            if let date = view.withUTF8({ CivilDate(utf8: $0) }) ?? nil { return .value(.date(date)) }
            guard let text = view.string else { return .invalid("It should be a date.") }
            if text.utf8.count > 10, let date = CivilDate(String(text.prefix(10))) { return .value(.date(date)) }
            return .invalid("It is not a date of the calendar.")
        case .rfc3339, .rfc3339UTC, .instantText, .dateTime:
            do throws(TimeTextError) {
                let time = try view.withUTF8 { text throws(TimeTextError) in
                    try Timestamp.parse(utf8: text, as: .lenient)
                }
                return time.map { .value(.time($0)) } ?? .invalid("It should be a time.")
            } catch {
                return .invalid("It is not a time: \(error.message)")
            }
        case .unixSeconds:
            let seconds = view.int64 ?? view.string.flatMap { Int64($0) }
            guard let seconds, let time = Timestamp(epochSeconds: seconds) else {
                return .invalid("It should be seconds since 1970.")
            }
            return .value(.time(time))
        case .unixMilliseconds:
            let milliseconds = view.int64 ?? view.string.flatMap { Int64($0) }
            guard let milliseconds, let time = Timestamp(epochMilliseconds: milliseconds) else {
                return .invalid("It should be milliseconds since 1970.")
            }
            return .value(.time(time))
        case .milliseconds(let alsoText):
            let milliseconds = view.int64 ?? (alsoText ? view.string.flatMap { Int64($0) } : nil)
            guard let milliseconds, milliseconds >= 0 else {
                return .invalid("It should be whole milliseconds, 0 or more.")
            }
            let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
            if rest == 0 { return .value(.integer(seconds)) }
            let why = "The vendor tells \(milliseconds) milliseconds; this is the nearest second."
            return .noted(.integer(rest < 500 ? seconds : seconds + 1), .rounded, why)
        case .seconds(let alsoText):
            let seconds = view.int64 ?? (alsoText ? view.string.flatMap { Int64($0) } : nil)
            guard let seconds, seconds >= 0 else { return .invalid("It should be whole seconds, 0 or more.") }
            return .value(.integer(seconds))
        case .minutes:
            guard let minutes = view.int64, minutes >= 0 else {
                return .invalid("It should be whole minutes, 0 or more.")
            }
            let (seconds, overflow) = minutes.multipliedReportingOverflow(by: 60)
            return overflow ? .invalid("It is out of range.") : .value(.integer(seconds))
        case .hours(_, let alsoText):
            let text = view.numberText ?? (alsoText ? view.string.flatMap { JSONNumber.isValid($0) ? $0 : nil } : nil)
            guard let text else { return .invalid("It should be hours as a decimal number.") }
            guard let seconds = DecimalHours.seconds(text) else {
                return .invalid("It should be hours, 0 or more, and no more than a year of them.")
            }
            return .value(.integer(seconds))
        case .durationText:
            guard let text = view.string else { return .invalid("It should be a duration like 1h30m.") }
            do throws(DurationTextError) {
                return .value(.integer(try DurationText.parse(text)))
            } catch {
                return .invalid("It is not a duration: \(error.message)")
            }
        case .integer, .money:
            guard let number = view.int64 else { return .invalid("It should be a whole number.") }
            return .value(.integer(number))
        case .json: return .value(.json(view.value))
        case .joinedList(let separator) where view.kind == .string:
            return .value(
                .json(.array(JoinedList(separator: separator).elements(view.string ?? "").map { .string($0) }))
            )
        case .textList, .joinedList:
            guard view.kind == .array, view.elements.allSatisfy({ $0.kind == .string }) else {
                return .invalid("It should be a list of texts.")
            }
            return .value(.json(view.value))
        case .enumeration(let enumeration):
            let vendor = view.value
            let lossy = "The vendor tells more apart than the entry does."
            let values = enumeration.values
            // By number, so that only the pair that is meant is copied.
            for index in values.indices where enumeration.matches(values[index].vendor, vendor) {
                let unified = values[index].unified
                let written = values.indices.first { values[$0].unified == unified } ?? index
                let isWritten = written == index || values[written] == values[index]
                return isWritten ? .value(unified) : .noted(unified, .converted, lossy)
            }
            if let otherwise = enumeration.otherwise { return .noted(otherwise, .converted, lossy) }
            return .invalid("The vendor's page does not list this value.")
        default: return .absent
        }
    }

    private func readResource(_ places: [Int], _ views: PlaceViews, _ type: String) -> ReadOutcome {
        guard let view = views[places[0]] else {
            return views[places[2]]?.bool == false ? .notIncluded : .absent
        }
        if view.isNull { return .null }
        guard let id = view.string ?? view.numberText else { return .invalid("It should be an identifier.") }
        if let found = views[places[1]]?.string, found != type {
            return .noted(
                .string(id),
                .inconsistent,
                "The vendor names the type \(quotedForMessage(found)), not \(type)."
            )
        }
        return .value(.string(id))
    }

    private func readFirstTrue(_ places: [Int], _ views: PlaceViews, _ flags: FirstTrue) -> ReadOutcome {
        var isThere = false
        var set: [String] = []
        for (index, place) in places.enumerated() {
            guard let view = views[place], !view.isNull else { continue }
            guard let flag = view.bool else { return .invalid("It should be true or false.") }
            isThere = true
            if flag { set.append(flags.values[index]) }
        }
        guard let first = set.first else { return isThere ? .value(.string(flags.otherwise)) : .absent }
        if set.count == 1 { return .value(.string(first)) }
        return .noted(
            .string(first),
            .inconsistent,
            "The vendor says \(set.joined(separator: " and ")) at once; the first counts."
        )
    }

    /// A date and a time of day. The date may be a whole date-time by itself; the time of day counts if both are there.
    private func readDateAndTime(_ places: [Int], _ views: PlaceViews, zone: Zone?) -> ReadOutcome {
        guard let dateView = views[places[0]], !dateView.isNull else { return .absent }
        guard let dateText = dateView.string else { return .invalid("It should be a date.") }
        let timeView = views[places[1]].flatMap { $0.isNull ? nil : $0 }
        if let timeView {
            guard let timeText = timeView.string, let date = CivilDate(String(dateText.prefix(10))) else {
                return .invalid("The date and the time of day cannot be read.")
            }
            guard let clock = ClockText.twentyFourHours(timeText), let local = LocalDateTime("\(date)T\(clock)") else {
                return .invalid("The time of day cannot be read.")
            }
            return Converter.instant(local, zone)
        }
        if let local = LocalDateTime(String(dateText.prefix { $0 != "Z" && $0 != "+" })) {
            // Midnight without a time of day is a date and no instant.
            if local.secondOfDay == 0, local.nanosecond == 0 { return .absent }
            return Converter.instant(local, zone)
        }
        return CivilDate(dateText) == nil ? .invalid("The date cannot be read.") : .absent
    }

    /// Vendors that take local times often answer with an offset.
    private func readDateTime(_ view: JSONView, isLocal: Bool, _ context: ReadContext) -> ReadOutcome {
        do throws(TimeTextError) {
            let local = try view.withUTF8 { text throws(TimeTextError) in try LocalDateTime.parse(utf8: text) }
            guard let local else { return .invalid("It should be a date and a time.") }
            if !isLocal { return Converter.instant(local, nil) }
            guard let zone = context.zone else { return .invalid(Converter.zoneMissing) }
            return Converter.instant(local, zone)
        } catch .offsetNotAllowed {
            return readOne(view)
        } catch {
            return .invalid("It is not a date and a time: \(error.message)")
        }
    }

    static let zoneMissing = "A local time without a time zone is no instant."

    static func instant(_ local: LocalDateTime, _ zone: Zone?) -> ReadOutcome {
        guard let zone else {
            guard let time = Timestamp(local, offsetSeconds: 0), let utc = time.utc else {
                return .invalid("The time is out of range.")
            }
            return .value(.time(utc))
        }
        switch zone.resolve(local) {
        case .unique(let time): return .value(.time(time))
        case .gap(_, let after):
            return .noted(.time(after), .inconsistent, "This local time does not occur in \(zone.name).")
        case .overlap(let earlier, _):
            return .noted(
                .time(earlier),
                .inconsistent,
                "This local time occurs twice in \(zone.name); the first is taken."
            )
        }
    }
}

extension Converter.Enumeration {
    fileprivate func matches(_ pair: JSONValue, _ vendor: JSONValue) -> Bool {
        if isCaseInsensitive, let a = pair.string, let b = vendor.string { return a.lowercased() == b.lowercased() }
        return pair.isEquivalent(to: vendor)
    }
}
