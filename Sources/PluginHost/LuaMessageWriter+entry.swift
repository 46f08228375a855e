internal import GatewayCore
internal import JSON
internal import LuaRuntime

extension LuaMessageWriter {
    /// An entry as scripts see it: what `Entry.json` is, without a value being made of it.
    mutating func entry(_ entry: Entry) {
        beginObject()
        var group: String?
        var isInBy = false
        // By number, so that no value is copied to be looked at.
        for index in entry.slots.indices {
            let member = entry.slots[index].member
            let description = member.description
            if description.group != group {
                if isInBy {
                    endObject()
                    isInBy = false
                }
                if group != nil { endObject() }
                group = description.group
                if let group {
                    name(group)
                    beginObject()
                }
            }
            // `approval.by` is the one object inside an object.
            let isBy = member == .approvalByID || member == .approvalByName
            if isBy != isInBy {
                if isBy {
                    name("by")
                    beginObject()
                } else {
                    endObject()
                }
                isInBy = isBy
            }
            name(isBy ? (member == .approvalByID ? "id" : "name") : description.name)
            value(of: entry.slots[index].value)
        }
        if isInBy { endObject() }
        if group != nil { endObject() }
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
                name(subject.type)
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
                name(member.key)
                json(member.value)
            }
            endObject()
        }
    }
}
