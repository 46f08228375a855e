import JSON

/// What the body of a create or an update says, checked, with the times that follow from it.
struct PlannrForm: Sendable {
    private static let types: Set<String> = ["client", "board_task", "case", "circle", "firm", "task"]

    /// As it was sent, in any case.
    let trackableType: String
    let trackableUUID: String
    let name: String
    let description: String?
    /// Milliseconds since 1970.
    let start: Int64?
    var end: Int64?
    /// Set where the entry has minutes and no dates.
    let minutes: Int64?

    static func isType(_ type: String) -> Bool { types.contains(type.lowercased()) }

    /// nil where something was wrong, which `fields` then tells.
    init?(
        _ fields: inout PlannrFields,
        _ root: JSONView,
        missingReferences: Set<String>,
        zone: TimeZoneRules,
        now: Int64
    ) {
        let type = fields.text("trackable_type", isRequired: true)
        if let type, !Self.isType(type) { fields.fail("trackable_type", "is invalid.", "selected ") }
        let trackable = fields.text("trackable_uuid", isRequired: true)
        if let trackable, !Identifiers.isUUID(trackable) {
            fields.fail("trackable_uuid", "field must be a valid UUID.")
        } else if let trackable, missingReferences.contains(trackable) {
            fields.fail("trackable_uuid", "is invalid.", "selected ")
        }
        let name = fields.text("name", isRequired: true)
        description = fields.text("description")
        let start = fields.instant("start_date", zone: zone)
        let end = fields.instant("end_date", zone: zone)
        let minutes = fields.minutes("total_time_in_minutes")
        fields.refuseOthers()
        if let start, let end, end < start {
            fields.fail("end_date", "field must be a date after or equal to start date.")
        }
        if root["end_date"] != nil, root["start_date"] == nil, root["total_time_in_minutes"] == nil {
            fields.fail("start_date", "field is required when end date is present.")
        }
        guard fields.errors.isEmpty, let type, let trackable, let name else { return nil }
        trackableType = type
        trackableUUID = trackable
        self.name = name
        let length = minutes.map { $0 * 60_000 }
        let range: (start: Int64?, end: Int64?) =
            switch (start, end, length) {
            case (let start?, let end?, _): (start, end)
            case (let start?, nil, let length?): (start, start + length)
            case (nil, let end?, let length?): (end - length, end)
            case (nil, nil, _?): (nil, nil)
            case (let start, _, nil): (start ?? now, nil)
            }
        self.start = range.start
        self.end = range.end
        self.minutes = range.start == nil ? minutes : nil
    }
}
