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

    /// The entry as a JSON value, for scripts, golden cases and messages: what `write(to:)` writes.
    public var json: JSONValue {
        var top = JSONObject()
        top.members.reserveCapacity(slots.count)
        var group: String?
        var inner = JSONObject()
        for slot in slots {
            let description = slot.member.description
            if description.group != group {
                if let group { top.append(group, .object(inner)) }
                group = description.group
                inner = JSONObject()
            }
            let value = slot.value.json
            switch slot.member {
            // `approval.by` is the one object inside an object.
            case .approvalByID, .approvalByName:
                let name = slot.member == .approvalByID ? "id" : "name"
                if case .object(var by)? = inner.members.last?.value, inner.members.last?.key == "by" {
                    by.append(name, value)
                    inner.members[inner.members.count - 1].value = .object(by)
                } else {
                    inner.append("by", .object([name: value]))
                }
            default:
                if group == nil { top.append(description.name, value) } else { inner.append(description.name, value) }
            }
        }
        if let group { top.append(group, .object(inner)) }
        return .object(top)
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
