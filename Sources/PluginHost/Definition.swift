internal import JSON
internal import LuaRuntime

/// A table of a plugin's definition while it is read: what was asked for is ticked off, so that what is left over is a
/// mistake of the author.
struct Definition {
    let list: [LuaValue]
    let named: [(name: String, value: LuaValue)]
    /// Fields whose key is no string: `[401] = …`.
    let keyed: [(key: LuaTable.Key, value: LuaValue)]
    /// Where it stands in the definition: `fields[3]`.
    let path: String

    init?(_ value: LuaValue, path: String) {
        guard let table = value.definitionTable else { return nil }
        list = table.list
        named = table.fields.compactMap { field in field.key.text.map { ($0, field.value) } }
        keyed = table.fields.filter { $0.key.text == nil }.map { ($0.key, $0.value) }
        self.path = path
    }

    subscript(name: String) -> LuaValue? {
        for field in named where field.name == name { return field.value }
        return nil
    }

    var isEmpty: Bool { list.isEmpty && named.isEmpty && keyed.isEmpty }
}

extension LuaValue {
    var text: String? { string }
    var flag: Bool? { bool }
    var whole: Int64? { integer }

    /// The list and the fields of a table, whichever way the runtime has told them apart.
    var definitionTable: (list: [LuaValue], fields: [(key: LuaTable.Key, value: LuaValue)])? {
        switch self {
        case .table(let table): (table.list, table.fields.map { ($0.key, $0.value) })
        case .array(let list): (list, [])
        case .object(let object): ([], object.members.map { (.string($0.name), $0.value) })
        default: nil
        }
    }

    /// A list of strings.
    var texts: [String]? {
        guard let table = definitionTable, table.fields.isEmpty else { return nil }
        let texts = table.list.compactMap(\.text)
        return texts.count == table.list.count ? texts : nil
    }

    /// One path or several, as a field line begins.
    var alternativePaths: [String] { text.map { [$0] } ?? texts ?? [] }

    /// As JSON, for constants in a definition and for what scripts hand back.
    var json: JSONValue? {
        switch self {
        case .nil, .null: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): .integer(number)
        case .number(let number): .number(number.description)
        case .decimal(let digits): .number(digits)
        case .string(let text): .string(text)
        case .array(let list):
            list.reduce(into: [JSONValue]?.some([])) { result, value in
                guard let json = value.json else { return result = nil }
                result?.append(json)
            }.map { .array($0) }
        case .object(let object):
            object.members.reduce(into: JSONObject?.some(JSONObject())) { result, member in
                guard let json = member.value.json else { return result = nil }
                result?.append(member.name, json)
            }.map { .object($0) }
        case .table, .function, .hostFunction, .builtin: nil
        }
    }

    /// A value of a definition with all that is in it: a table with names is an object, a list an array. `nil` where a table is
    /// both, has other keys or is empty (`json.array({})` is a list), or where something is no data.
    var constantJSON: JSONValue? {
        guard case .table(let table) = self else { return json }
        if table.fields.isEmpty {
            let values = table.list.compactMap(\.constantJSON)
            return values.isEmpty || values.count != table.list.count ? nil : .array(values)
        }
        guard table.list.isEmpty else { return nil }
        var object = JSONObject()
        for field in table.fields {
            guard let name = field.key.text, let value = field.value.constantJSON else { return nil }
            object.append(name, value)
        }
        return .object(object)
    }

    /// What kind of value it is, for messages.
    var kindName: String {
        switch self {
        case .nil: "nothing"
        case .null: "json.null"
        case .bool: "a boolean"
        case .integer, .number, .decimal: "a number"
        case .string: "a string"
        case .array(let list): list.isEmpty ? "an empty table" : "a list"
        case .object: "a table"
        case .table(let table): table.fields.isEmpty && !table.list.isEmpty ? "a list" : "a table"
        case .function, .hostFunction, .builtin: "a function"
        }
    }
}

extension LuaTable.Key {
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var whole: Int64? { if case .integer(let number) = self { number } else { nil } }

    /// What kind of key it is, for messages.
    var kindName: String {
        switch self {
        case .string: "a string"
        case .integer: "a number"
        case .bool: "a boolean"
        }
    }
}
