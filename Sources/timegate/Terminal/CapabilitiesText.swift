import JSON

/// What a key may use, as a person reads it.
struct CapabilitiesText {
    let style: Style
    let width: Int

    /// - Parameter data: what the API answers: a list of connections, or one with its capabilities.
    func text(_ data: JSONValue) -> String {
        if let list = data.array { return list.isEmpty ? "No connections.\n" : self.list(list) }
        return one(data)
    }

    private func list(_ connections: [JSONValue]) -> String {
        var table = TextTable()
        for connection in connections {
            let what = connection["reason"]?.string ?? words(connection["operations"])
            table.add([
                state(connection), TextTable.Cell(plain(connection["name"]), style.strong),
                TextTable.Cell(plain(connection["vendor"])), TextTable.Cell(what),
            ])
        }
        return table.rendered(width: width)
    }

    private func one(_ connection: JSONValue) -> String {
        var table = TextTable()
        func add(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            table.add([TextTable.Cell(name, style.accent), TextTable.Cell(value)])
        }
        add("name", connection["name"]?.string)
        add("vendor", connection["title"]?.string ?? connection["vendor"]?.string)
        table.add([TextTable.Cell("state", style.accent), state(connection)])
        add("reason", connection["reason"]?.string)
        add("docs", connection["docs"]?.string)
        add("handling", (connection["handling"]?.object ?? [:]).map { plain($0.value) }.joined(separator: ", "))
        add("time zone", connection["time_zone"]?.string)
        add("operations", connection["operations"]?.object?.keys.joined(separator: ", "))
        add("times", words(connection["times"]?["accepts"]))
        add("subjects", words(connection["subjects"]))
        let list = connection["list"]
        add("filters", list?["filters"]?.array?.map { filter($0) }.joined(separator: ", "))
        add("vendor filters", list?["vendor_filters"]?.array?.map { vendorFilter($0) }.joined(separator: ", "))
        add("operators", words(list?["operators"]))
        add("sorts", words(list?["sorts"]))
        add("idempotency", connection["idempotency"]?["why"]?.string)
        var result = table.rendered(width: width)
        if let fields = connection["fields"]?.array, !fields.isEmpty { result += "\n" + self.fields(fields) }
        return result
    }

    private func fields(_ fields: [JSONValue]) -> String {
        var table = TextTable()
        table.header(["member", "vendor field", "access", "loss", "required"], style)
        for field in fields {
            table.add([
                TextTable.Cell(plain(field["field"]), style.accent), TextTable.Cell(plain(field["vendor_field"])),
                TextTable.Cell(plain(field["access"])), TextTable.Cell(plain(field["loss"])),
                TextTable.Cell(isRequired(field) ? "required" : ""),
            ])
        }
        return table.rendered(width: width)
    }

    /// Of an entry that is created; what other operations need is in the JSON.
    private func isRequired(_ field: JSONValue) -> Bool { field["required"]?.array?.contains("create") ?? false }

    private func state(_ connection: JSONValue) -> TextTable.Cell {
        let state = plain(connection["state"])
        return state == "ready" ? TextTable.Cell(state, style.good) : TextTable.Cell(state, style.bad)
    }

    private func filter(_ filter: JSONValue) -> String {
        let isRequired = filter["required"]?.bool == true
        return plain(filter["name"]) + (isRequired ? " (required)" : "")
    }

    /// `time (integer)`, `status (1 approved, 2 unapproved)`
    private func vendorFilter(_ filter: JSONValue) -> String {
        guard let meanings = filter["meanings"]?.object, !meanings.isEmpty else {
            return "\(plain(filter["name"])) (\(plain(filter["kind"])))"
        }
        let values = (filter["values"]?.array ?? []).compactMap(\.string)
        let texts = values.map { "\($0) \(meanings[$0]?.string ?? "")" }
        return "\(plain(filter["name"])) (\(texts.joined(separator: ", ")))"
    }

    private func plain(_ value: JSONValue?) -> String { value.map { EntryText.plain($0) } ?? "" }

    private func words(_ list: JSONValue?) -> String {
        (list?.array ?? []).map { EntryText.plain($0) }.joined(separator: ", ")
    }
}
