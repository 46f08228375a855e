public import JSON

extension Entry {
    /// Writes the entry as one JSON object, members in the order of the member table.
    ///
    /// - Parameter meta: the report of the entry's mapping, which stands inside the entry in lists.
    public func write(to writer: inout JSONWriter, meta: MappingReport? = nil) {
        writer.beginObject()
        var group: String?
        var isInBy = false
        // By number, so that no value is copied to be looked at.
        for index in slots.indices {
            let member = slots[index].member
            let description = member.description
            if description.group != group {
                if isInBy {
                    writer.endObject()
                    isInBy = false
                }
                if group != nil { writer.endObject() }
                group = description.group
                if let group {
                    writer.name(group)
                    writer.beginObject()
                }
            }
            // `approval.by` is the one object inside an object.
            let isBy = member == .approvalByID || member == .approvalByName
            if isBy != isInBy {
                if isBy {
                    writer.name("by")
                    writer.beginObject()
                } else {
                    writer.endObject()
                }
                isInBy = isBy
            }
            writer.name(isBy ? (member == .approvalByID ? "id" : "name") : description.name)
            slots[index].value.write(to: &writer)
        }
        if isInBy { writer.endObject() }
        if group != nil { writer.endObject() }
        if let meta, !meta.isEmpty {
            writer.name("meta")
            writer.beginObject()
            writer.name("mapping")
            meta.write(to: &writer)
            writer.endObject()
        }
        writer.endObject()
    }

    /// The entry as a JSON value, for scripts, golden cases and messages.
    public var json: JSONValue {
        var writer = JSONWriter(reserving: 1024)
        write(to: &writer)
        // What this module wrote is valid JSON; a failure here would be a fault of the writer.
        return (try? JSONDocument(parsing: writer.finish(), limits: .trusted).root.value) ?? .null
    }
}

extension JSONLimits {
    /// For documents that the gateway wrote itself.
    static var trusted: JSONLimits {
        var limits = JSONLimits.default
        limits.maximumBytes = .max
        limits.maximumDepth = 1024
        return limits
    }
}
