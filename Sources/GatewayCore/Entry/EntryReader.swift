public import JSON

/// An entry as a caller wrote it, before the times are worked out.
public struct ParsedEntry: Sendable {
    public var entry = Entry()
    /// Times written without an offset: they need a zone before they are instants.
    public var localTimes: [(member: Member, time: LocalDateTime)] = []
    /// The seconds that `duration` says.
    public var durationFromText: Int64?
    /// The members that the caller named.
    public var report = MappingReport()
}

/// Reads the unified JSON of a time entry strictly: every fault is collected, each with its field and what to do.
public struct EntryReader {
    private var parsed = ParsedEntry()
    private var faults: [FieldError] = []

    /// - Throws: one `Problem` that holds every fault.
    public static func read(_ view: JSONView) throws(Problem) -> ParsedEntry {
        guard view.kind == .object else {
            throw Problem(.wrongType, "The entry must be a JSON object, not \(view.kind.article).")
        }
        var reader = EntryReader()
        reader.readTop(view)
        reader.addBreaks()
        if !reader.faults.isEmpty { throw Problem(faults: reader.faults) }
        return reader.parsed
    }

    /// How long breaks are that are named one by one.
    private mutating func addBreaks() {
        guard let list = parsed.entry[.breaks]?.json.array, !list.isEmpty else { return }
        var breaks = BreakList()
        guard let total = breaks.total(list) else { return faults += breaks.faults }
        guard let given = parsed.entry.breakSeconds else {
            parsed.entry.set(.breakSeconds, .integer(total))
            parsed.report.add(
                .derived,
                Member.breakSeconds.path,
                sent: .integer(total),
                why: "Worked out from breaks, which no vendor is sent one by one."
            )
            return
        }
        if given == total { return }
        faults.append(
            FieldError(
                .contradictingTimes,
                Member.breakSeconds.path,
                "break_seconds is \(given), but the breaks are \(total) s long together."
            )
        )
    }

    // MARK: - The table of names

    private enum Place {
        case member(Member)
        case group(Int)
    }

    /// A class, so that it is not copied to be looked at.
    private final class Names: Sendable {
        let keys: JSONKeyTable
        let places: [Place]
        let prefix: String

        init(keys: JSONKeyTable, places: [Place], prefix: String) {
            self.keys = keys
            self.places = places
            self.prefix = prefix
        }
    }

    /// Index 0 is the top; the others are the objects in it (`user`, `billing`, `approval.by`).
    private static let names: [Names] = {
        var order = [""]
        var members: [String: [(name: String, place: Place?)]] = ["": []]
        for member in Member.allCases {
            var prefix = ""
            let parts = member.path.split(separator: ".").map(String.init)
            for part in parts.dropLast() {
                let inner = prefix.isEmpty ? part : "\(prefix).\(part)"
                if members[inner] == nil {
                    members[inner] = []
                    order.append(inner)
                    members[prefix, default: []].append((part, nil))
                }
                prefix = inner
            }
            members[prefix, default: []].append((parts[parts.count - 1], .member(member)))
        }
        return order.map { prefix in
            let lines = members[prefix] ?? []
            return Names(
                keys: JSONKeyTable(lines.map(\.name)),
                places: lines.map { line in
                    if let place = line.place { return place }
                    let inner = prefix.isEmpty ? line.name : "\(prefix).\(line.name)"
                    return .group(order.firstIndex(of: inner) ?? 0)
                },
                prefix: prefix
            )
        }
    }()

    // MARK: - Reading

    private mutating func readTop(_ view: JSONView) {
        readObject(view, EntryReader.names[0])
    }

    private mutating func readObject(_ view: JSONView, _ names: Names) {
        view.forEachMember { key, value in
            guard let index = names.keys.index(of: key) else { return unknown(key.string, names) }
            switch names.places[index] {
            case .member(let member): readMember(member, value)
            case .group(let index):
                let inner = EntryReader.names[index]
                if value.isNull {
                    nullGroup(inner)
                } else if value.kind == .object {
                    readObject(value, inner)
                } else {
                    wrongType(inner.prefix, "an object", value)
                }
            }
        }
    }

    private mutating func unknown(_ name: String, _ names: Names) {
        // An entry of a list carries its mapping report, and may be sent back as it is.
        if name == "meta", names.prefix.isEmpty { return }
        let path = names.prefix.isEmpty ? name : "\(names.prefix).\(name)"
        faults.append(
            FieldError(
                .unknownMember,
                path,
                "There is no member \"\(path)\"."
                    // Looked for as far as somebody reads it.
                    + (faults.count < Problem.mostFaults ? Suggestion.sentence(for: name, among: names.keys.names) : "")
            )
        )
    }

    /// `"user": null` says that each of its members is nothing.
    private mutating func nullGroup(_ names: Names) {
        for case .member(let member) in names.places where member.description.name == "id" || member == .billingState {
            if member.isAlwaysIgnored {
                reportIgnored(member)
            } else {
                parsed.entry.set(member, .null)
            }
        }
    }

    private mutating func readMember(_ member: Member, _ view: JSONView) {
        if member.isAlwaysIgnored {
            reportIgnored(member)
            return
        }
        if view.isNull {
            parsed.entry.set(member, .null)
            return
        }
        switch member.type {
        case .identifier: readIdentifier(member, view)
        case .text, .zone: readText(member, view)
        case .date: readDate(member, view)
        case .instant: readInstant(member, view)
        case .seconds: readSeconds(member, view)
        case .durationText: readDuration(member, view)
        case .boolean:
            guard let flag = view.bool else { return wrongType(member.path, "true or false", view) }
            parsed.entry.set(member, .bool(flag))
        case .enumeration(let values): readEnumeration(member, values, view)
        case .subjects: readSubjects(view)
        case .subjectList: readMoreSubjects(view)
        case .object:
            guard view.kind == .object else { return wrongType(member.path, "an object", view) }
            parsed.entry.set(member, .json(view.value))
        case .textList:
            guard view.kind == .array, view.elements.allSatisfy({ $0.kind == .string }) else {
                return wrongType(member.path, "a list of strings", view)
            }
            parsed.entry.set(member, .json(view.value))
        case .list:
            guard view.kind == .array else { return wrongType(member.path, "a list", view) }
            parsed.entry.set(member, .json(view.value))
        case .any: parsed.entry.set(member, .json(view.value))
        }
    }

    private mutating func reportIgnored(_ member: Member) {
        parsed.report.add(.dropped, member.path, why: "It is kept by the vendor and the gateway; it is not sent.")
    }

    private mutating func readIdentifier(_ member: Member, _ view: JSONView) {
        guard let text = view.string else {
            if let digits = view.numberText {
                return faults.append(
                    FieldError(.wrongType, member.path, "Identifiers are strings: write \"\(digits)\", in quotes.")
                )
            }
            return wrongType(member.path, "a string", view)
        }
        guard !text.isEmpty else {
            return faults.append(FieldError(.invalidValue, member.path, "\(member.path) is empty."))
        }
        parsed.entry.set(member, .string(text))
    }

    private mutating func readText(_ member: Member, _ view: JSONView) {
        guard let text = view.string else { return wrongType(member.path, "a string", view) }
        parsed.entry.set(member, .string(text))
    }

    private mutating func readDate(_ member: Member, _ view: JSONView) {
        // A right date is read where it stands: no text is made of it.
        if let date = view.withUTF8({ CivilDate(utf8: $0) }) ?? nil { return parsed.entry.set(member, .date(date)) }
        guard let text = view.string else { return wrongType(member.path, "a date like \"2026-11-20\"", view) }
        faults.append(
            FieldError(.invalidDate, member.path, "\(quoted(text)) is not a date of the calendar as YYYY-MM-DD.")
        )
    }

    private mutating func readInstant(_ member: Member, _ view: JSONView) {
        guard let text = view.string else {
            return wrongType(member.path, "a time like \"2026-11-20T09:00:00+01:00\"", view)
        }
        do throws(TimeTextError) {
            parsed.entry.set(member, .time(try Timestamp.parse(text)))
        } catch {
            // A time without an offset is a local time: the zone decides, if there is one.
            if let local = LocalDateTime(text) {
                parsed.localTimes.append((member, local))
            } else {
                faults.append(FieldError(.invalidTime, member.path, "\(quoted(text)): \(error.message)"))
            }
        }
    }

    private mutating func readSeconds(_ member: Member, _ view: JSONView) {
        guard let seconds = view.int64 else {
            if let text = view.string {
                return faults.append(
                    FieldError(
                        .wrongType,
                        member.path,
                        "\(member.path) is a number of seconds, not text; \(quoted(text)) can stand in \"duration\"."
                    )
                )
            }
            if let digits = view.numberText {
                if !digits.contains(where: { ".eE".contains($0) }) {
                    return faults.append(
                        FieldError(
                            .outOfRange,
                            member.path,
                            "\(member.path) is \(digits): no number of seconds is as large."
                        )
                    )
                }
                return faults.append(
                    FieldError(
                        .wrongType,
                        member.path,
                        "\(member.path) is a whole number of seconds; \(digits) is not."
                    )
                )
            }
            return wrongType(member.path, "a whole number of seconds", view)
        }
        guard seconds >= 0 else {
            return faults.append(
                FieldError(.outOfRange, member.path, "\(member.path) is \(seconds); it must be 0 or more.")
            )
        }
        parsed.entry.set(member, .integer(seconds))
    }

    private mutating func readDuration(_ member: Member, _ view: JSONView) {
        guard let text = view.string else {
            if let digits = view.numberText {
                return faults.append(
                    FieldError(
                        .invalidDuration,
                        member.path,
                        "\(digits) of what? Write \"\(digits)m\" or \"\(digits)h\", or give duration_seconds."
                    )
                )
            }
            return wrongType(member.path, "a duration like \"1h30m\"", view)
        }
        do throws(DurationTextError) {
            parsed.durationFromText = try DurationText.parse(text)
            parsed.entry.set(.duration, .string(text))
        } catch {
            faults.append(FieldError(.invalidDuration, member.path, "\(quoted(text)): \(error.message)"))
        }
    }

    private mutating func readEnumeration(_ member: Member, _ values: [String], _ view: JSONView) {
        guard let text = view.string else { return wrongType(member.path, "a string", view) }
        guard values.contains(text) else {
            return faults.append(
                FieldError(
                    .invalidValue,
                    member.path,
                    "\(quoted(text)) is not one of \(values.joined(separator: ", "))."
                        + Suggestion.sentence(for: text, among: values)
                )
            )
        }
        parsed.entry.set(member, .string(text))
    }

    private mutating func readSubjects(_ view: JSONView) {
        guard view.kind == .object else {
            return wrongType("subjects", "an object by type, like {\"project\": {\"id\": \"7\"}}", view)
        }
        var subjects: [Subject] = []
        subjects.reserveCapacity(view.count)
        view.forEachMember { key, value in
            let type = key.string
            if value.isNull {
                subjects.append(Subject(type: type, isNull: true))
            } else if let subject = readSubject(type: type, value, "subjects.\(type)", allowsType: false) {
                subjects.append(subject)
            }
        }
        if !subjects.isEmpty { parsed.entry.set(.subjects, .subjects(subjects)) }
    }

    private mutating func readMoreSubjects(_ view: JSONView) {
        guard view.kind == .array else { return wrongType("more_subjects", "a list of {type, id}", view) }
        var subjects: [Subject] = []
        for (index, element) in view.elements.enumerated() {
            guard let type = element["type"]?.string else {
                let path = "more_subjects[\(index)].type"
                faults.append(FieldError(.required, path, "\(path) is missing: the type of the subject."))
                continue
            }
            if let subject = readSubject(type: type, element, "more_subjects[\(index)]", allowsType: true) {
                subjects.append(subject)
            }
        }
        if !subjects.isEmpty { parsed.entry.set(.moreSubjects, .json(.array(subjects.map(\.listElement)))) }
    }

    /// - Parameter path: made only where there is something to say.
    private mutating func readSubject(
        type: String,
        _ view: JSONView,
        _ path: @autoclosure () -> String,
        allowsType: Bool
    ) -> Subject? {
        guard view.kind == .object else {
            wrongType(path(), "an object like {\"id\": \"7\"}", view)
            return nil
        }
        var subject = Subject(type: type)
        for (key, value) in view.members {
            if key.equals("id") {
                guard let id = value.string, !id.isEmpty else {
                    let digits = value.numberText.map { " Write \"\($0)\", in quotes." } ?? ""
                    faults.append(
                        FieldError(.wrongType, "\(path()).id", "Identifiers are strings that are not empty.\(digits)")
                    )
                    return nil
                }
                subject.id = id
            } else if key.equals("name") {
                guard let name = value.string else {
                    wrongType("\(path()).name", "a string", value)
                    return nil
                }
                subject.name = name
            } else if !allowsType || !key.equals("type") {
                let name = key.string
                faults.append(
                    FieldError(
                        .unknownMember,
                        "\(path()).\(name)",
                        "There is no member \"\(path()).\(name)\"."
                            + Suggestion.sentence(for: name, among: ["id", "name"])
                    )
                )
            }
        }
        guard subject.id != nil || subject.name != nil else {
            faults.append(FieldError(.required, "\(path()).id", "\(path()).id is missing."))
            return nil
        }
        return subject
    }

    private mutating func wrongType(_ path: String, _ expected: String, _ view: JSONView) {
        faults.append(FieldError(.wrongType, path, "\(path) must be \(expected), not \(view.kind.article)."))
    }

    private func quoted(_ text: String) -> String { quotedForMessage(text) }
}

/// A caller's text as a message shows it: in quotes, and not longer than a line.
func quotedForMessage(_ text: String) -> String {
    let shown = text.count > 60 ? String(text.prefix(57)) + "…" : text
    return JSONValue.string(shown).serialized(.compact)
}

extension Subject {
    var listElement: JSONValue {
        var object = JSONObject()
        object["type"] = .string(type)
        if let id { object["id"] = .string(id) }
        if let name { object["name"] = .string(name) }
        return .object(object)
    }

    init?(listElement: JSONValue) {
        guard let type = listElement["type"]?.string else { return nil }
        self.init(type: type, id: listElement["id"]?.string, name: listElement["name"]?.string)
    }
}

extension Member {
    /// Members that say which entry it is and what the gateway made of it; they mean nothing in a request.
    var isAlwaysIgnored: Bool {
        switch self {
        case .id, .connection, .vendor, .version, .shape, .completeness, .missing, .raw, .money: true
        case .createdAt, .updatedAt, .deletedAt, .createdByID, .createdByName, .updatedByID, .updatedByName: true
        default: false
        }
    }
}

extension JSONView.Kind {
    /// "a number", "an object": as a sentence needs it.
    var article: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
