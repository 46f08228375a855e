internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// The converters of field lines, and whether one can give what its member holds.
extension ManifestReader {
    mutating func converter(
        named name: String,
        _ line: Definition,
        _ pathCount: Int,
        _ place: Int
    ) -> Converter? {
        switch name {
        case "id": return .identifier
        case "integer_id": return .integerIdentifier
        case "uuid": return .uuid
        case "text": return .text
        case "html": return .html
        case "boolean": return .boolean(alsoText: bool(line, "as_text") ?? false)
        case "date": return .date
        case "rfc3339", "rfc3339_utc": return instant(isUTC: name == "rfc3339_utc", line, place)
        case "unix_seconds": return .unixSeconds
        case "unix_milliseconds": return .unixMilliseconds
        case "seconds": return .seconds(alsoText: bool(line, "as_text") ?? false)
        case "milliseconds": return .milliseconds(alsoText: bool(line, "as_text") ?? false)
        case "minutes": return .minutes
        case "hours":
            let decimals = integer(line, "decimals") ?? 2
            guard (1...6).contains(decimals) else {
                fieldFault(
                    place,
                    "\(line.path).decimals is \(decimals); hours have 1 to 6 decimals.",
                    hint: "Write how many decimals the vendor keeps; without it two are meant."
                )
                return nil
            }
            return .hours(decimals: Int(decimals), alsoText: bool(line, "as_text") ?? false)
        case "duration_text": return .durationText
        case "utc_date_and_time": return .utcDateAndTime
        case "local_date_and_time": return .localDateAndTime
        case "local_time": return timeOfDay(line, place)
        case "utc_datetime", "local_datetime":
            let text = string(line, "separator") ?? "T"
            guard let separator = Converter.DateTimeSeparator(rawValue: text) else {
                fieldFault(
                    place,
                    "\(line.path).separator is \"\(text)\"; between a date and a time stands \"T\" or \" \".",
                    hint: "Write separator = \" \" for 2026-11-20 09:00:00; without it 2026-11-20T09:00:00 is meant."
                )
                return nil
            }
            return .dateTime(isLocal: name == "local_datetime", separator: separator)
        case "midnight_utc": return .midnight(isUTC: true)
        case "midnight": return .midnight(isUTC: false)
        case "time_zone": return .zone
        case "integer": return .integer
        case "integer_as_text": return .integerAsText
        case "json": return .json
        case "text_list":
            guard let separator = string(line, "separator") else { return .textList }
            guard separator.contains(where: { !$0.isWhitespace }) else {
                fieldFault(
                    place,
                    "\(line.path).separator is blank; what stands between the texts is told from white space.",
                    hint: "Write what the vendor's page shows between them: separator = \",\"."
                )
                return nil
            }
            return .joinedList(separator: separator)
        case "relationship": return .relationship
        case "joined_text": return .joinedText
        case "money": return .money
        case "resource":
            guard let type = string(line, "type") else {
                fieldFault(place, "\(line.path): a resource needs its JSON:API type: type = \"people\".")
                return nil
            }
            let id = string(line, "id") ?? "id"
            if !["id", "integer_id"].contains(id) {
                fieldFault(place, "\(line.path).id is \"\(id)\"; the id of a resource is an id or an integer_id.")
            }
            return .resource(type: type, isNumber: id == "integer_id")
        case "typed_reference":
            guard let types = line["types"]?.texts, !types.isEmpty else {
                fieldFault(
                    place,
                    "\(line.path): a typed_reference needs the list of its types: types = { \"client\", … }."
                )
                return nil
            }
            let formName = string(line, "id") ?? "id"
            guard let form = Converter.TypedReference.IdentifierForm(rawValue: formName) else {
                fieldFault(place, "\(line.path).id is \"\(formName)\"; it must be id, uuid or integer_id.")
                return nil
            }
            return .typedReference(
                Converter.TypedReference(types: types, isCaseInsensitive: bool(line, "any_case") ?? false, id: form)
            )
        case "first_true":
            guard let values = line["values"]?.texts, values.count == pathCount,
                let otherwise = string(line, "otherwise")
            else {
                fieldFault(place, "\(line.path): first_true needs one of values for each path, and otherwise.")
                return nil
            }
            return .firstTrue(Converter.FirstTrue(values: values, otherwise: otherwise))
        case "enum": return enumeration(line, place)
        default:
            fieldFault(
                place,
                "\(line.path): there is no converter \"\(name)\"."
                    + Suggestion.sentence(for: name, among: ManifestReader.converterNames)
                    + " There are: \(ManifestReader.converterNames.joined(separator: ", "))."
            )
            return nil
        }
    }

    private mutating func instant(isUTC: Bool, _ line: Definition, _ place: Int) -> Converter? {
        let digits = integer(line, "fraction")
        let name = string(line, "offset")
        if digits == nil, name == nil { return isUTC ? .rfc3339UTC : .rfc3339 }
        if let digits, !(0...9).contains(digits) {
            fieldFault(
                place,
                "\(line.path).fraction is \(digits); the fraction of a second has 0 to 9 digits.",
                hint: "Write fraction = 3 for 08:00:00.000; without it those that are given are sent."
            )
            return nil
        }
        guard let offset = InstantText.Offset(rawValue: name ?? InstantText.Offset.extended.rawValue) else {
            fieldFault(
                place,
                "\(line.path).offset is \"\(name ?? "")\"; it must be \"+hh:mm\" or \"+hhmm\".",
                hint: "\"+hhmm\" writes +0000 and +0100; without it Z and +01:00 are meant."
            )
            return nil
        }
        return .instantText(InstantText(isUTC: isUTC, fractionDigits: digits.map { Int($0) }, offset: offset))
    }

    private mutating func timeOfDay(_ line: Definition, _ place: Int) -> Converter? {
        guard let text = string(line, "day"), PathText.fault(text) == nil, let day = VendorPath(text) else {
            fieldFault(
                place,
                "\(line.path): a local_time needs the place of its day.",
                hint: "Write day = \"spent_date\", with the vendor path of the line for work_date."
            )
            return nil
        }
        let name = string(line, "clock") ?? TimeOfDay.Clock.seconds.rawValue
        guard let clock = TimeOfDay.Clock(rawValue: name) else {
            let names = TimeOfDay.Clock.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            fieldFault(
                place,
                "\(line.path).clock is \"\(name)\"; it must be one of \(names).",
                hint: "They stand for 08:00:00, 08:00 and 8:00am; any of them is read."
            )
            return nil
        }
        return .timeOfDay(TimeOfDay(day: day, clock: clock))
    }

    /// A time of day is nothing without its day, and an end that is before the start is known by the start.
    mutating func checkDays(_ fields: [FieldLine]) {
        for field in fields {
            guard case .timeOfDay(let time) = field.converter else { continue }
            let hasDay = isBeside(field, fields) { other in
                guard other.target == .member(.workDate), other.paths == [time.day] else { return false }
                switch other.converter {
                case .date, .midnight: return true
                default: return false
                }
            }
            if !hasDay {
                fieldFault(
                    field.line,
                    "\(field.vendorField) stands beside the day \(time.day.text), which no line of the table gives.",
                    hint: "Add { \"\(time.day.text)\", \"work_date\", \"date\" }."
                )
            }
            guard field.target == .member(.endedAt) else { continue }
            let hasStart = isBeside(field, fields) { other in
                guard other.target == .member(.startedAt), case .timeOfDay(let start) = other.converter else {
                    return false
                }
                return start == time
            }
            if !hasStart {
                fieldFault(
                    field.line,
                    "\(field.vendorField) is of the next day where it is before the start, and no line of the table gives a "
                        + "start beside \(time.day.text) with the same clock.",
                    hint: "Give started_at a local_time with the same day and clock."
                )
            }
        }
    }

    /// Whether requests and answers that have the field have such a line too.
    private func isBeside(_ field: FieldLine, _ fields: [FieldLine], _ isMeant: (FieldLine) -> Bool) -> Bool {
        [FieldScope.request, .answer].filter { field.scope == .both || field.scope == $0 }.allSatisfy { body in
            fields.contains { ($0.scope == .both || $0.scope == body) && isMeant($0) }
        }
    }

    mutating func enumeration(_ line: Definition, _ place: Int) -> Converter? {
        guard let value = line["values"], let table = Definition(value, path: "\(line.path).values"),
            table.named.isEmpty
        else {
            fieldFault(
                place,
                "\(line.path): an enum needs values = { { vendor value, unified value }, … }; the first pair with a unified "
                    + "value is the one that is written."
            )
            return nil
        }
        var pairs: [Converter.Enumeration.Pair] = []
        for element in table.list {
            guard let pair = element.definitionTable, pair.fields.isEmpty, pair.list.count == 2,
                let vendor = pair.list[0].json,
                let unified = pair.list[1].json
            else {
                fieldFault(place, "\(line.path).values: each must be { vendor value, unified value }.")
                return nil
            }
            if vendor.isNull || unified.isNull {
                fieldFault(
                    place,
                    "\(line.path).values has a json.null: a field that is null is read as one that is not there.",
                    hint: "Take the pair away; say with otherwise what other values mean."
                )
                return nil
            }
            pairs.append(Converter.Enumeration.Pair(vendor: vendor, unified: unifiedValue(unified)))
        }
        return .enumeration(
            Converter.Enumeration(
                values: pairs,
                otherwise: line["otherwise"]?.json.map { unifiedValue($0) },
                isCaseInsensitive: bool(line, "any_case") ?? false
            )
        )
    }

    func unifiedValue(_ json: JSONValue) -> Value {
        switch json {
        case .string(let text): .string(text)
        case .bool(let flag): .bool(flag)
        case .integer(let number): .integer(number)
        default: .json(json)
        }
    }

    /// A converter that cannot give what the member holds is a mistake that no answer should have to show.
    mutating func checkFit(
        _ target: FieldTarget,
        _ converter: Converter,
        _ name: String,
        _ line: Definition,
        _ place: Int
    ) {
        guard case .member(let member) = target else {
            if !fits(target, converter) {
                fieldFault(
                    place,
                    "\(line.path): the converter \(name) cannot give \(target.path).",
                    hint: "\(target.path) is given by \(converters(for: target).joined(separator: ", "))."
                )
            }
            return
        }
        if case .enumeration(let allowed) = member.type {
            if checkEnumeration(converter, allowed, member, line, place) { return }
        } else if fits(member, converter) {
            return
        }
        fieldFault(
            place,
            "\(line.path): the converter \(name) cannot give \(member.path).",
            hint: "\(member.path) is given by \(converters(for: target).joined(separator: ", "))."
        )
    }

    /// The names of the converters that can give what a line is for.
    private func converters(for target: FieldTarget) -> [String] {
        let samples: [(name: String, converter: Converter)] = [
            ("id", .identifier), ("integer_id", .integerIdentifier), ("uuid", .uuid), ("text", .text), ("html", .html),
            ("boolean", .boolean(alsoText: false)), ("date", .date), ("midnight", .midnight(isUTC: false)),
            ("midnight_utc", .midnight(isUTC: true)), ("rfc3339", .rfc3339), ("rfc3339_utc", .rfc3339UTC),
            ("unix_seconds", .unixSeconds), ("unix_milliseconds", .unixMilliseconds),
            ("utc_date_and_time", .utcDateAndTime),
            ("local_date_and_time", .localDateAndTime),
            ("local_time", .timeOfDay(TimeOfDay(day: VendorPath(name: "day"), clock: .seconds))),
            ("utc_datetime", .dateTime(isLocal: false, separator: .letter)),
            ("local_datetime", .dateTime(isLocal: true, separator: .letter)), ("seconds", .seconds(alsoText: false)),
            ("milliseconds", .milliseconds(alsoText: false)), ("minutes", .minutes),
            ("hours", .hours(decimals: 2, alsoText: false)),
            ("duration_text", .durationText), ("time_zone", .zone), ("integer", .integer),
            ("integer_as_text", .integerAsText), ("json", .json), ("text_list", .textList),
            ("enum", .enumeration(Converter.Enumeration(values: [], otherwise: nil, isCaseInsensitive: false))),
            (
                "typed_reference",
                .typedReference(Converter.TypedReference(types: [], isCaseInsensitive: false, id: .id))
            ),
            ("resource", .resource(type: "", isNumber: false)), ("joined_text", .joinedText), ("money", .money),
        ]
        guard case .member(let member) = target else {
            return samples.filter { fits(target, $0.converter) }.map(\.name)
        }
        if case .enumeration = member.type { return ["enum", "first_true"] }
        return samples.filter { fits(member, $0.converter) }.map(\.name)
    }

    /// Whether a converter gives what a member holds; those with values of their own are looked at by their values.
    private func fits(_ member: Member, _ converter: Converter) -> Bool {
        switch member.type {
        case .identifier, .text:
            switch converter {
            case .identifier, .integerIdentifier, .uuid, .text, .html, .integerAsText, .resource, .joinedText,
                .enumeration:
                true
            default: false
            }
        case .date:
            switch converter {
            case .date, .midnight: true
            default: false
            }
        case .instant:
            switch converter {
            case .rfc3339, .rfc3339UTC, .instantText, .unixSeconds, .unixMilliseconds, .utcDateAndTime,
                .localDateAndTime, .timeOfDay,
                .dateTime:
                true
            default: false
            }
        case .zone: converter == .zone
        case .seconds:
            switch converter {
            case .seconds, .milliseconds, .minutes, .hours, .durationText: true
            default: false
            }
        case .boolean:
            switch converter {
            case .boolean, .enumeration: true
            default: false
            }
        case .textList:
            switch converter {
            case .textList, .joinedList, .json: true
            default: false
            }
        case .object, .list, .any, .subjectList: converter == .json
        case .durationText, .subjects, .enumeration: false
        }
    }

    /// What the parts of an entry that are no member by themselves can be read with.
    func fits(_ target: FieldTarget, _ converter: Converter) -> Bool {
        switch (target, converter) {
        case (.member, _), (.constant, _): true
        case (.anySubject, .typedReference), (.money, .money): true
        case (.anySubject, _), (.money, _), (_, .typedReference), (_, .money): false
        case (.keep, _): true
        case (_, .relationship): false
        case (.subject, .identifier), (.subject, .integerIdentifier), (.subject, .uuid), (.subject, .text),
            (.subject, .html), (.subject, .integerAsText), (.subject, .resource), (.subject, .joinedText),
            (.subject, .enumeration):
            true
        case (.subject, _): false
        case (.externalRef, _), (.customField, _): true
        }
    }

    mutating func checkEnumeration(
        _ converter: Converter,
        _ allowed: [String],
        _ member: Member,
        _ line: Definition,
        _ place: Int
    ) -> Bool {
        let used: [String]
        switch converter {
        case .enumeration(let enumeration):
            used = enumeration.values.compactMap(\.unified.string) + [enumeration.otherwise?.string].compactMap { $0 }
            if enumeration.values.contains(where: { $0.unified.string == nil }) { return false }
        case .firstTrue(let flags): used = flags.values + [flags.otherwise]
        default: return false
        }
        for value in used where !allowed.contains(value) {
            fieldFault(
                place,
                "\(line.path): \(member.path) has no value \"\(value)\"; it has \(allowed.joined(separator: ", "))."
                    + Suggestion.sentence(for: value, among: allowed)
            )
        }
        return true
    }
}
