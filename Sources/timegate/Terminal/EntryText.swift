import JSON

/// An entry as a person reads it: one member a line, by its dotted path.
enum EntryText {
    static func text(_ entry: JSONValue, style: Style, width: Int, indent: Int = 0) -> String {
        var table = TextTable(indent: indent)
        for (path, value) in members(of: entry) {
            table.add([TextTable.Cell(path, style.accent), TextTable.Cell(value)])
        }
        return table.rendered(width: width)
    }

    /// The members with their values, objects of the model taken apart, the vendor's own left whole.
    static func members(of entry: JSONValue) -> [(path: String, value: String)] {
        var members: [(path: String, value: String)] = []
        for (name, value) in entry.object ?? [:] {
            switch value {
            case .object where name == "vendor_fields" || name == "raw" || name == "custom_fields":
                members.append((name, value.serialized(.compact)))
            case .object(let object): flatten(name, object, into: &members)
            default: members.append((name, plain(value)))
            }
        }
        return members
    }

    /// `8160`, `true`, `a text`; lists and objects as JSON.
    static func plain(_ value: JSONValue) -> String {
        value.string ?? value.serialized(.compact)
    }

    private static func flatten(
        _ path: String,
        _ object: JSONObject,
        into members: inout [(path: String, value: String)]
    ) {
        for (name, value) in object {
            if case .object(let inner) = value {
                flatten("\(path).\(name)", inner, into: &members)
            } else {
                members.append(("\(path).\(name)", plain(value)))
            }
        }
    }
}
