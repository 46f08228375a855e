import JSON

/// A time entry as Plannr keeps it.
struct PlannrEntry: Sendable {
    let uuid: String
    let accountUUID: String
    /// What a body says of it.
    var form: PlannrForm
    /// Milliseconds since 1970.
    let createdAt: Int64
    var updatedAt: Int64

    /// Only an entry of minutes alone has no start and is not running.
    var isActive: Bool { form.end == nil && form.minutes == nil }

    func seconds(now: Int64) -> Int64 {
        form.minutes.map { $0 * 60 } ?? form.start.map { ((form.end ?? now) - $0) / 1000 } ?? 0
    }

    /// Writes the members of the page's answer, in the page's order.
    func write(zone: TimeZoneRules, now: Int64, to writer: inout JSONWriter) {
        func text(_ epochMilliseconds: Int64) -> String {
            InstantFormat.withOffset(epochMilliseconds, offset: zone.offset(at: epochMilliseconds / 1000))
        }
        let createdAt = text(createdAt)
        let seconds = seconds(now: now)
        writer.beginObject()
        writer.name("name")
        writer.string(form.name)
        writer.name("uuid")
        writer.string(uuid)
        writer.name("account")
        Self.writePerson(uuid: accountUUID, type: "client", at: createdAt, to: &writer)
        writer.name("end_date")
        if let end = form.end { writer.string(text(end)) } else { writer.null() }
        writer.name("is_active")
        writer.bool(isActive)
        writer.name("trackable")
        Self.writePerson(
            uuid: form.trackableUUID,
            type: form.trackableType.lowercased(),
            at: createdAt,
            to: &writer
        )
        writer.name("created_at")
        writer.string(createdAt)
        writer.name("start_date")
        if let start = form.start { writer.string(text(start)) } else { writer.null() }
        writer.name("updated_at")
        writer.string(text(updatedAt))
        writer.name("description")
        if let description = form.description { writer.string(description) } else { writer.null() }
        writer.name("trackable_type")
        writer.string(Self.answered(form.trackableType))
        writer.name("total_time_in_minutes")
        writer.integer(seconds / 60)
        writer.name("computed_time_elapsed_in_seconds")
        writer.integer(seconds)
        writer.endObject()
    }

    /// The page answers `Client`; how it writes `board_task` is not shown, so that one stays as it was sent.
    private static func answered(_ type: String) -> String {
        type.contains("_") ? type : type.prefix(1).uppercased() + type.dropFirst().lowercased()
    }

    /// The eleven members that the page shows for both `account` and `trackable`.
    static func writePerson(uuid: String, type: String, at time: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("name")
        writer.string("Gareth Thompson")
        writer.name("role")
        writer.string(type)
        writer.name("type")
        writer.string(type)
        writer.name("uuid")
        writer.string(uuid)
        writer.name("email")
        writer.string("gareth@codepotato.co.uk")
        writer.name("last_name")
        writer.string("Thompson")
        writer.name("photo_url")
        writer.string("https://eu.ui-avatars.com/api/?name=Gareth+Thompson")
        writer.name("created_at")
        writer.string(time)
        writer.name("first_name")
        writer.string("Gareth")
        writer.name("updated_at")
        writer.string(time)
        writer.name("external_references")
        writer.string("App\\Http\\Resources\\ExternalReferenceResource")
        writer.endObject()
    }
}
