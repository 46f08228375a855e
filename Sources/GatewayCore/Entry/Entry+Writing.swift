public import JSON

extension Entry {
    /// Writes the entry as one JSON object, members in the order of the member table.
    ///
    /// - Parameter meta: the report of the entry's mapping, which stands inside the entry in lists.
    public func write(to writer: inout JSONWriter, meta: MappingReport? = nil) {
        let layout = EntryLayout.shared
        var group = EntryLayout.noGroup
        var isInBy = false
        writer.beginObject()
        // In place, so that no value is copied to be looked at.
        slots.withUnsafeBufferPointer { slots in
            for index in slots.indices {
                let member = slots[index].member
                let line = layout.lines[Int(member.rawValue)]
                if line.group != group {
                    if isInBy {
                        writer.endObject()
                        isInBy = false
                    }
                    if group != EntryLayout.noGroup { writer.endObject() }
                    group = line.group
                    if group != EntryLayout.noGroup {
                        writer.name(group, of: layout.groups)
                        writer.beginObject()
                    }
                }
                if line.isBy != isInBy {
                    if line.isBy {
                        writer.name("by")
                        writer.beginObject()
                    } else {
                        writer.endObject()
                    }
                    isInBy = line.isBy
                }
                writer.name(Int(member.rawValue), of: layout.names)
                slots[index].value.write(to: &writer)
            }
        }
        if isInBy { writer.endObject() }
        if group != EntryLayout.noGroup { writer.endObject() }
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

/// Where members stand in the JSON of an entry, and their names as a writer copies them.
private final class EntryLayout: Sendable {
    struct Line {
        /// The object that the member stands in, by its place in `groups`.
        let group: Int
        /// Whether it stands in `approval.by`, the one object inside an object.
        let isBy: Bool
    }

    static let shared = EntryLayout()
    static let noGroup = -1

    /// By member.
    let lines: [Line]
    /// The members' own names, by member.
    let names: JSONNames
    let groups: JSONNames

    private init() {
        var groups: [String] = []
        var lines: [Line] = []
        for member in Member.allCases {
            let group = member.description.group
            if let group, groups.last != group { groups.append(group) }
            lines.append(
                Line(
                    group: group == nil ? EntryLayout.noGroup : groups.count - 1,
                    isBy: member == .approvalByID || member == .approvalByName
                )
            )
        }
        self.lines = lines
        self.groups = JSONNames(groups)
        names = JSONNames(Member.allCases.map { $0.path.split(separator: ".").last.map(String.init) ?? $0.path })
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
