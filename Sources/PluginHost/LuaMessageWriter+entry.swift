internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// Where the members of an entry stand in it, as messages have it: made once.
struct EntryNames: Sendable {
    fileprivate struct Line: Sendable {
        let name: LuaName
        /// The object that the member stands in, by number; 0 is the entry itself.
        let group: Int
        /// `approval.by` is the one object inside an object.
        let isInBy: Bool
    }

    fileprivate let lines: [Line]
    fileprivate let groups: [LuaName]
    fileprivate let by = LuaName("by")

    /// To be kept by those who write many entries.
    static let all = EntryNames()

    private init() {
        var found: [String] = []
        var lines: [Line] = []
        for member in Member.allCases {
            let description = member.description
            var group = 0
            if let name = description.group {
                if !found.contains(name) { found.append(name) }
                group = found.firstIndex(of: name)! + 1
            }
            let isInBy = member == .approvalByID || member == .approvalByName
            let name = isInBy ? (member == .approvalByID ? "id" : "name") : description.name
            lines.append(Line(name: LuaName(name), group: group, isInBy: isInBy))
        }
        self.lines = lines
        groups = found.map { LuaName($0) }
    }
}

extension LuaMessageWriter {
    /// An entry as scripts see it: what `Entry.json` is, without a value being made of it.
    mutating func entry(_ entry: Entry, _ names: EntryNames) {
        beginObject()
        var group = 0
        var isInBy = false
        // By number, so that no value is copied to be looked at.
        for index in entry.slots.indices {
            let line = names.lines[Int(entry.slots[index].member.rawValue)]
            if isInBy, !line.isInBy {
                endObject()
                isInBy = false
            }
            if line.group != group {
                if group != 0 { endObject() }
                group = line.group
                if group != 0 {
                    name(names.groups[group - 1])
                    beginObject()
                }
            }
            if line.isInBy, !isInBy {
                name(names.by)
                beginObject()
                isInBy = true
            }
            name(line.name)
            value(of: entry.slots[index].value)
        }
        if isInBy { endObject() }
        if group != 0 { endObject() }
        endObject()
    }

    private mutating func value(of value: Value) {
        switch value {
        case .null: null()
        case .string(let text): string(text)
        case .integer(let number): integer(number)
        case .bool(let flag): bool(flag)
        case .date(let date): date.withText { string(utf8: $0) }
        case .time(let time): time.withText { string(utf8: $0) }
        case .subjects(let subjects):
            beginObject()
            for subject in subjects {
                name(text: subject.type)
                self.subject(subject)
            }
            endObject()
        case .json(let value): json(value)
        case .kept(let fields): json(fields.json)
        }
    }

    private mutating func subject(_ subject: Subject) {
        if subject.isNull {
            null()
            return
        }
        beginObject()
        if let id = subject.id {
            name("id")
            string(id)
        }
        if let text = subject.name {
            name("name")
            string(text)
        }
        endObject()
    }

    mutating func json(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .integer(let number): integer(number)
        case .number(let digits): number(text: digits)
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { json(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object {
                name(text: member.key)
                json(member.value)
            }
            endObject()
        }
    }
}
