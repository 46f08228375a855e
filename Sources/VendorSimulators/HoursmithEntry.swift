import JSON

/// A stored Hoursmith time entry.
struct HoursmithEntry: Sendable {
    static let workspaceID = "25b2c2d5-a7fc-47d0-89e4-8709a1560bfa"

    var id: String
    var projectID: String
    var taskID: String?
    var durationSeconds: Int64
    var isBillable: Bool
    var note: String?
    var entryDate: String
    var invoiceID: String?
    /// Milliseconds since 1970.
    let createdAt: Int64
    var updatedAt: Int64

    /// What a PATCH names; null empties what can be empty.
    mutating func change(_ fields: inout HoursmithFields) {
        if let id = fields.id("projectId") { projectID = id }
        if fields.isNull("taskId") {
            taskID = nil
        } else if let id = fields.id("taskId") {
            taskID = id
        }
        if let date = fields.date("entryDate", isRequired: false) { entryDate = date }
        if let seconds = fields.duration(isRequired: false) { durationSeconds = seconds }
        if fields.isNull("note") {
            note = nil
        } else if let text = fields.text("note") {
            note = text
        }
        if let flag = fields.flag("billable") { isBillable = flag }
        fields.refuseOthers()
    }

    /// The fifteen members of the page's answer.
    func write(ownUserID: String, to writer: inout JSONWriter) {
        func text(_ name: String, _ value: String?) {
            writer.name(name)
            if let value { writer.string(value) } else { writer.null() }
        }
        writer.beginObject()
        text("id", id)
        text("orgId", Self.workspaceID)
        text("userId", ownUserID)
        text("projectId", projectID)
        text("taskId", taskID)
        text("invoiceId", invoiceID)
        writer.name("durationSeconds")
        writer.integer(durationSeconds)
        writer.name("billable")
        writer.bool(isBillable)
        text("note", note)
        text("entryDate", entryDate)
        text("startedAt", nil)
        text("stoppedAt", nil)
        text("createdAt", InstantFormat.zulu(createdAt))
        text("updatedAt", InstantFormat.zulu(updatedAt))
        text("deletedAt", nil)
        writer.endObject()
    }
}
