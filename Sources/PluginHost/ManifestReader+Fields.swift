internal import GatewayCore
internal import JSON
internal import LuaRuntime

extension ManifestReader {
    /// The names of the converters, as a field line spells them.
    static let converterNames = [
        "id", "integer_id", "uuid", "text", "html", "boolean", "date", "rfc3339", "rfc3339_utc", "unix_seconds",
        "unix_milliseconds", "seconds", "milliseconds", "minutes", "hours", "duration_text", "utc_date_and_time",
        "local_date_and_time", "local_time", "utc_datetime", "local_datetime", "midnight_utc", "midnight", "time_zone",
        "integer",
        "integer_as_text", "json", "text_list", "enum", "typed_reference", "resource", "relationship", "first_true",
        "joined_text", "money",
    ]

    mutating func readFields(_ top: Definition, _ manifest: PluginManifest) -> [FieldLine] {
        guard let value = top["fields"], let table = Definition(value, path: "fields"), !table.list.isEmpty else {
            fault("fields", "fields is missing: a list with one line for each field of the vendor's page.")
            return []
        }
        if !table.named.isEmpty { fault("fields", "fields must be a list; \"\(table.named[0].name)\" is a name.") }
        var lines: [FieldLine] = []
        var near = source.line(of: "fields") ?? 1
        var previous: String?
        for (index, value) in table.list.enumerated() {
            guard let line = Definition(value, path: "fields[\(index + 1)]") else {
                fieldFault(
                    near,
                    "fields[\(index + 1)] must be a table: { \"vendor path\", \"unified member\", \"converter\" }."
                )
                continue
            }
            if let field = readField(line, &near, &previous) { lines.append(field) }
        }
        checkDays(lines)
        return lines
    }

    mutating func readField(_ line: Definition, _ near: inout Int, _ previous: inout String?) -> FieldLine? {
        let first = line.list.first
        let pathTexts = first?.text.map { [$0] } ?? first?.texts ?? []
        // Two lines may have one path: the second stands below the first.
        near = source.fieldLine(of: pathTexts.first, from: pathTexts.first == previous ? near + 1 : near) ?? near
        previous = pathTexts.first
        let place = near
        fieldPlace = place
        defer { fieldPlace = nil }
        for (name, _) in line.named where !Contract.field.names.contains(name) {
            fieldFault(
                place,
                "\(line.path): there is no \"\(name)\" for a field line."
                    + Suggestion.sentence(for: name, among: Contract.field.names),
                hint: "The names here are: \(Contract.field.names.sorted().joined(separator: ", "))."
            )
        }
        guard line.list.count == 2 || line.list.count == 3, !pathTexts.isEmpty else {
            fieldFault(
                place,
                "\(line.path) must begin with the vendor path (or a list of paths), the unified member and the converter."
            )
            return nil
        }
        var paths: [VendorPath] = []
        for text in pathTexts {
            if let fault = PathText.fault(text) {
                fieldFault(place, "\(line.path): \"\(text)\" is no path: \(fault).", hint: PathText.hint(text))
                return nil
            }
            guard let path = VendorPath(text) else { return nil }
            if paths.contains(path) {
                fieldFault(
                    place,
                    "\(line.path) names the place \"\(path.text)\" twice: of the two parts of the value one would be lost."
                )
            }
            paths.append(path)
        }
        guard let memberText = line.list[1].text else {
            fieldFault(place, "\(line.path): the unified member must be a string.")
            return nil
        }
        guard let target = target(memberText, line, place) else { return nil }
        let converterName = line.list.count == 3 ? line.list[2].text : defaultConverter(of: target)
        guard let converterName, let converter = converter(named: converterName, line, paths.count, place) else {
            if converterName == nil { fieldFault(place, "\(line.path) (\(pathTexts[0])) needs a converter.") }
            return nil
        }
        if let count = converter.placeCount, count != paths.count {
            fieldFault(
                place,
                "\(line.path): the converter \(converterName) needs \(count) vendor path\(count == 1 ? "" : "s"), and there "
                    + "\(paths.count == 1 ? "is" : "are") \(paths.count)."
            )
            return nil
        }
        checkFit(target, converter, converterName, line, place)

        var field = FieldLine(paths: paths, target: target, converter: converter)
        field.line = place
        readOptions(&field, line, place)
        checkOptions(field, converterName, line, place)
        return field
    }

    mutating func readOptions(_ field: inout FieldLine, _ line: Definition, _ place: Int) {
        if let only = string(line, "only") {
            if let scope = FieldScope(rawValue: only), scope != .both {
                field.scope = scope
            } else {
                fieldFault(place, "\(line.path).only must be \"request\" or \"answer\"; it is \"\(only)\".")
            }
        }
        field.isWritten = bool(line, "written") ?? true
        switch line["required"] {
        case .bool(true)?: field.required = Set(Operation.allCases)
        case .bool(false)?, nil: break
        case let value?: field.required = operations(value, "\(line.path).required", place)
        }
        if let value = line["operations"] { field.operations = operations(value, "\(line.path).operations", place) }
        if let null = string(line, "null") {
            if let rule = NullRule(rawValue: null) {
                field.null = rule
            } else {
                fieldFault(place, "\(line.path).null must be \"clears\" or \"refused\"; it is \"\(null)\".")
            }
        }
        if let names = texts(line, "forms", place) {
            var forms: Set<TimeForm> = []
            for name in names {
                if let form = TimeForm(rawValue: name) {
                    forms.insert(form)
                } else {
                    fieldFault(place, "\(line.path).forms: \"\(name)\" is no form of time.")
                }
            }
            field.forms = forms
        }
        field.minimum = integer(line, "min")
        field.maximum = integer(line, "max")
        field.maximumLength = integer(line, "max_length").map { Int($0) }
        field.isFirst = bool(line, "first") ?? false
        field.why = string(line, "why")
        if let value = line["absent"] {
            if let json = value.json {
                field.whenAbsent = json
            } else {
                fieldFault(place, "\(line.path).absent must be a plain value.")
            }
        }
        if let value = line["when"] {
            if let pair = value.texts, pair.count == 2, let member = Member(path: pair[0]) {
                field.condition = FieldLine.Condition(member: member, value: pair[1])
            } else {
                fieldFault(place, "\(line.path).when must be { member, value }: { \"approval.state\", \"approved\" }.")
            }
        }
        for text in texts(line, "fallback", place) ?? [] {
            if let source = fieldSource(text) {
                field.fallbacks.append(source)
            } else {
                fieldFault(
                    place,
                    "\(line.path).fallback: \"\(text)\" is neither settings.NAME, note.first_line nor a member of the entry."
                )
            }
        }
        for text in texts(line, "joins", place) ?? [] {
            if let member = Member(path: text), member.type == .text {
                field.joins.append(member)
            } else {
                fieldFault(place, "\(line.path).joins: \"\(text)\" is no text member of the entry.")
            }
        }
        readAlternatives(&field, line, place)
    }

    /// A list of strings, `nil` where there is none.
    mutating func texts(_ line: Definition, _ key: String, _ place: Int) -> [String]? {
        guard let value = line[key] else { return nil }
        guard let texts = value.texts else {
            fieldFault(place, "\(line.path).\(key) must be a list of strings: { \"…\" }; it is \(value.kindName).")
            return nil
        }
        return texts
    }

    mutating func readAlternatives(_ field: inout FieldLine, _ line: Definition, _ place: Int) {
        guard let value = line["also"] else { return }
        for text in value.definitionTable?.list.flatMap({
            $0.text.map { [$0] } ?? $0.definitionTable?.list.first?.alternativePaths ?? []
        }) ?? [] {
            guard let fault = PathText.fault(text) else { continue }
            return fieldFault(place, "\(line.path).also: \"\(text)\" is no path: \(fault).", hint: PathText.hint(text))
        }
        guard let table = Definition(value, path: "\(line.path).also"), table.named.isEmpty else {
            fieldFault(place, "\(line.path).also must be a list: { { \"attributes.person_id\", \"id\" } }.")
            return
        }
        for element in table.list {
            if let text = element.text, let path = VendorPath(text) {
                if checkAlternative(field.converter, [path], line, place) {
                    field.alternatives.append(FieldLine.Alternative(paths: [path], converter: field.converter))
                }
                continue
            }
            guard let inner = Definition(element, path: table.path), inner.list.count == 2,
                let name = inner.list[1].text,
                let texts = inner.list[0].text.map({ [$0] }) ?? inner.list[0].texts,
                case let paths = texts.compactMap({ VendorPath($0) }), paths.count == texts.count,
                let converter = converter(named: name, inner, paths.count, place)
            else {
                fieldFault(place, "\(line.path).also: each must be a path, or { path, converter }.")
                continue
            }
            checkFit(field.target, converter, name, line, place)
            if checkAlternative(converter, paths, line, place) {
                field.alternatives.append(FieldLine.Alternative(paths: paths, converter: converter))
            }
        }
    }

    /// Another place is read by its converter alone: it must have all the places that the converter reads.
    mutating func checkAlternative(
        _ converter: Converter,
        _ paths: [VendorPath],
        _ line: Definition,
        _ place: Int
    ) -> Bool {
        switch converter {
        case .resource, .relationship, .typedReference, .money:
            fieldFault(
                place,
                "\(line.path).also: \(paths[0].text) cannot be another place of a resource, relationship, typed_reference "
                    + "or money: write { path, converter } with the converter of an id."
            )
            return false
        case .timeOfDay:
            fieldFault(
                place,
                "\(line.path).also: \(paths[0].text) cannot be another place of a local_time, which stands beside one day.",
                hint: "Write { path, converter } with a converter of whole instants, or a line of its own."
            )
            return false
        default: break
        }
        guard let count = converter.placeCount, count != paths.count else { return true }
        fieldFault(
            place,
            "\(line.path).also: the converter needs \(count) vendor path\(count == 1 ? "" : "s"), and there "
                + "\(paths.count == 1 ? "is" : "are") \(paths.count): write { path, converter }."
        )
        return false
    }

    mutating func operations(_ value: LuaValue, _ path: String, _ place: Int) -> Set<Operation> {
        guard let names = value.texts else {
            fieldFault(place, "\(path) must be true or a list of operations.")
            return []
        }
        var operations: Set<Operation> = []
        for name in names {
            if let operation = Operation(rawValue: name) {
                operations.insert(operation)
            } else {
                fieldFault(
                    place,
                    "\(path): \"\(name)\" is no operation."
                        + Suggestion.sentence(for: name, among: Operation.allCases.map(\.rawValue))
                )
            }
        }
        return operations
    }

    func fieldSource(_ text: String) -> FieldSource? {
        if text == "note.first_line" { return .noteFirstLine }
        if text.hasPrefix("settings.") { return .setting(String(text.dropFirst(9))) }
        return Member(path: text).map { .member($0) }
    }

    // MARK: - The unified side

    mutating func target(_ text: String, _ line: Definition, _ place: Int) -> FieldTarget? {
        if text == "vendor_fields" { return .keep }
        if text == "constant" {
            guard let value = line["value"]?.json else {
                fieldFault(
                    place,
                    "\(line.path): a constant needs its value.",
                    hint: "Write { \"created_with\", \"constant\", value = \"Timegate\" }."
                )
                return nil
            }
            return .constant(value)
        }
        if line["value"] != nil {
            fieldFault(
                place,
                "\(line.path): value is for constants, and this line is for \(text).",
                hint: "Take value away, or write \"constant\" as the member."
            )
        }
        if text == "subjects" { return .anySubject(types: line["types"]?.texts ?? []) }
        let parts = dotted(text)
        if parts.count == 3, parts[0] == "subjects", let part = SubjectPart(rawValue: parts[2]) {
            return .subject(type: parts[1], part: part)
        }
        if parts.count == 3, parts[0] == "external_refs" { return .externalRef(system: parts[1], key: parts[2]) }
        if parts.count == 2, parts[0] == "custom_fields" { return .customField(parts[1]) }
        if text == "money" {
            guard let kind = string(line, "kind"), let basis = string(line, "basis"),
                let currency = string(line, "currency").flatMap({ VendorPath($0) })
            else {
                fieldFault(
                    place,
                    "\(line.path): money needs kind, basis and currency (the vendor path of the currency)."
                )
                return nil
            }
            if !["own", "default", "normalized"].contains(basis) {
                fieldFault(place, "\(line.path).basis must be own, default or normalized; it is \"\(basis)\".")
            }
            return .money(kind: kind, basis: basis, currency: currency)
        }
        if let member = Member(path: text) { return .member(member) }
        let known =
            Member.allCases.map(\.path) + ["subjects.project.id", "subjects.task.id", "external_refs.jira.issue_id"]
        fieldFault(
            place,
            "\(line.path): the unified entry has no member \"\(text)\"." + Suggestion.sentence(for: text, among: known)
        )
        return nil
    }

    func defaultConverter(of target: FieldTarget) -> String? {
        switch target {
        case .keep: "json"
        case .money: "money"
        case .subject(_, let part): part == .id ? "id" : "text"
        case .externalRef: "text"
        case .customField: "json"
        case .constant: "json"
        case .anySubject: nil
        case .member(let member):
            switch member.type {
            case .identifier: "id"
            case .text: "text"
            case .date: "date"
            case .instant: "rfc3339"
            case .zone: "time_zone"
            case .seconds: "seconds"
            case .boolean: "boolean"
            case .textList: "text_list"
            case .object, .list, .any, .subjectList: "json"
            case .durationText, .enumeration, .subjects: nil
            }
        }
    }

    mutating func fieldFault(_ line: Int, _ message: String, hint: String? = nil) {
        faults.append(
            PluginFault.Fault(
                place: "\(file):\(line)",
                message: message,
                excerpt: source.excerpt(line: line),
                hint: hint ?? ManifestReader.hint("fields")
            )
        )
    }
}
