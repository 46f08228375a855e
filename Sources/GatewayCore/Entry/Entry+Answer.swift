public import JSON

extension Entry {
    /// An entry in the form that answers have, as a golden case writes it.
    public init(golden value: JSONValue) throws(Problem) {
        try self.init(answer: value)
    }

    /// The path of a member that entries do not have, as a script may hand it back; `nil` where there is none.
    static func unknownMember(in value: JSONValue) -> String? {
        guard case .object(let object) = value else { return nil }
        let paths = Member.allCases.map(\.path)
        for member in object where !paths.contains(member.key) {
            let inner = paths.filter { $0.hasPrefix(member.key + ".") }
            guard !inner.isEmpty, case .object(let group) = member.value else {
                if inner.isEmpty || !member.value.isNull { return member.key }
                continue
            }
            if let name = group.first(where: { !inner.contains("\(member.key).\($0.key)") })?.key {
                return "\(member.key).\(name)"
            }
        }
        return nil
    }

    /// An entry as a script hands it back: the unified JSON with everything that an answer holds.
    ///
    /// - Throws: `plugin_failed` with the members that are not what the model says.
    init(answer value: JSONValue) throws(Problem) {
        self.init()
        guard case .object(let object) = value else {
            throw Problem(.pluginFailed, "The plugin did not return an entry.", origin: .plugin)
        }
        for member in Member.allCases {
            guard let found = object.value(atDotted: member.path), !found.isNull else { continue }
            switch member.type {
            case .date:
                if let date = found.string.flatMap({ CivilDate($0) }) { self[member] = .date(date) }
            case .instant:
                if let time = found.string.flatMap({ Timestamp($0) }) { self[member] = .time(time) }
            case .seconds:
                if let seconds = found.int64 { self[member] = .integer(seconds) }
            case .boolean:
                if let flag = found.bool { self[member] = .bool(flag) }
            case .subjects:
                let list = (found.object ?? JSONObject()).compactMap { line -> Subject? in
                    if line.value.isNull { return Subject(type: line.key, isNull: true) }
                    guard let inner = line.value.object else { return nil }
                    return Subject(type: line.key, id: inner["id"]?.string, name: inner["name"]?.string)
                }
                if !list.isEmpty { self[.subjects] = .subjects(list) }
                if found.object?.isEmpty == true { continue }
            case .identifier, .text, .zone, .durationText, .enumeration:
                if let text = found.string { self[member] = .string(text) }
            case .subjectList, .object, .textList, .list, .any: self[member] = .json(found)
            }
            if self[member] == nil {
                let needed =
                    switch member.type {
                    case .date: "; it is a day, 2026-11-20"
                    case .instant: "; it is a time with its offset, 2026-11-20T08:00:00+01:00"
                    case .seconds: "; it is a whole number of seconds"
                    default: ""
                    }
                throw Problem(
                    .pluginFailed,
                    "The plugin returned an entry whose \(member.path) is \(found.serialized(.compact))\(needed).",
                    origin: .plugin
                )
            }
        }
    }
}

extension JSONObject {
    func value(atDotted path: String) -> JSONValue? {
        var value = JSONValue.object(self)
        for part in path.split(separator: ".") {
            guard let next = value[String(part)] else { return nil }
            value = next
        }
        return value
    }
}
