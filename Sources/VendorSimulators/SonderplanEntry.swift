import JSON

/// A time entry as Sonderplan keeps it.
struct SonderplanEntry: Sendable {
    let id: Int
    let ownerID: Int64
    let name: String
    let description: String?
    /// Seconds since 1970.
    let start: Int64
    /// nil while the entry runs.
    var end: Int64?
    let projects: [JSONValue]
    let bookings: [JSONValue]
    let isBillable: Bool
    let isLocked: Bool
    /// Seconds since 1970.
    let createdAt: Int64
    var updatedAt: Int64

    /// The page's example answers ISO times in Sydney's offset.
    private static let zone = TimeZoneRules.named("Australia/Sydney") ?? .utc

    /// Writes a member of a list.
    ///
    /// The owner and what a project has beside its id are the examples of the vendor's page where a request did not
    /// give them; a running entry has a null end and the duration `"0"`; an entry was made by its owner. No page tells.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.integer(id)
        writer.name("owner_id")
        writer.integer(ownerID)
        writer.name("owner")
        writeOwner(to: &writer)
        writer.name("name")
        writer.string(name)
        writer.name("description")
        writer.string(description ?? "")
        writer.name("start")
        writer.integer(start)
        writer.name("end")
        if let end { writer.integer(end) } else { writer.null() }
        writer.name("start_date_time_iso")
        writer.string(Self.iso(start))
        writer.name("end_date_time_iso")
        if let end { writer.string(Self.iso(end)) } else { writer.null() }
        writer.name("duration_sec")
        writer.string(String(end.map { $0 - start } ?? 0))
        writer.name("project")
        writer.beginArray()
        for project in projects { Self.write(project: project, to: &writer) }
        writer.endArray()
        writer.name("booking")
        writer.value(.array(bookings))
        writer.name("billable")
        writer.string(isBillable ? "true" : "false")
        writer.name("locked")
        writer.string(isLocked ? "true" : "false")
        writer.name("created_id")
        writer.integer(ownerID)
        writer.name("created")
        writer.integer(createdAt)
        writer.name("updated_id")
        writer.integer(ownerID)
        writer.name("updated")
        writer.integer(updatedAt)
        writer.endObject()
    }

    private func writeOwner(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("first_name")
        writer.string("Jane")
        writer.name("last_name")
        writer.string("Smith")
        writer.name("primary_email")
        writer.string("jane@example.com")
        writer.endObject()
    }

    /// Writes the five members that a listed project has.
    private static func write(project: JSONValue, to writer: inout JSONWriter) {
        let standard: [(name: String, value: JSONValue)] = [
            ("id", .null), ("name", "Feature Film"), ("code", "FF-01"), ("description", ""), ("status_id", 1),
        ]
        writer.beginObject()
        for (name, value) in standard {
            writer.name(name)
            writer.value(project[name] ?? value)
        }
        writer.endObject()
    }

    private static func iso(_ epochSeconds: Int64) -> String {
        InstantFormat.withOffset(epochSeconds * 1000, offset: zone.offset(at: epochSeconds))
    }
}
