import JSON

/// A stored Productive time entry.
struct ProductiveEntry: Sendable {
    /// What a create request says.
    struct Draft: Sendable {
        let date: String
        let personID: String
        let serviceID: String
        let taskID: String?
        let note: String?
        /// Minutes.
        let time: Int64
        let billableTime: Int64
        let startedAt: Int64?
        let calendarEventID: Int64?
        let rejectedReason: String?
        let jira: [String: String]

        /// nil where something was wrong, which `fields` then tells.
        init?(_ fields: inout ProductiveFields) {
            let date = fields.date("date")
            let personID = fields.reference("person", type: "people", isRequired: true)
            let serviceID = fields.reference("service", type: "services", isRequired: true)
            taskID = fields.reference("task", type: "tasks")
            note = fields.text("note")
            let time = fields.count("time") ?? 0
            self.time = time
            billableTime = fields.count("billable_time") ?? time
            startedAt = fields.instant("started_at")
            calendarEventID = fields.count("calendar_event_id")
            rejectedReason = fields.text("rejected_reason")
            var jira: [String: String] = [:]
            for name in [
                "jira_issue_id", "jira_worklog_id", "jira_organization", "jira_issue_status", "jira_issue_summary",
            ] {
                jira[name] = fields.text(name)
            }
            self.jira = jira
            fields.refuseOthers()
            guard fields.errors.isEmpty, let date, let personID, let serviceID else { return nil }
            self.date = date
            self.personID = personID
            self.serviceID = serviceID
        }
    }

    let id: String
    let organizationID: String
    let draft: Draft
    /// Milliseconds since 1970.
    let createdAt: Int64

    /// The page's resource object; times carry the offset of `zone`.
    func write(zone: TimeZoneRules, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.string(id)
        writer.name("type")
        writer.string("time_entries")
        writer.name("attributes")
        writeAttributes(zone: zone, to: &writer)
        writer.name("relationships")
        writeRelationships(to: &writer)
        writer.endObject()
    }

    private func writeAttributes(zone: TimeZoneRules, to writer: inout JSONWriter) {
        func text(_ instant: Int64) -> String {
            InstantFormat.withOffset(instant, offset: zone.offset(at: instant / 1000), milliseconds: true)
        }
        func nulls(_ names: String...) {
            for name in names {
                writer.name(name)
                writer.null()
            }
        }
        let createdAt = text(createdAt)
        writer.beginObject()
        writer.name("date")
        writer.string(draft.date)
        writer.name("created_at")
        writer.string(createdAt)
        writer.name("time")
        writer.integer(draft.time)
        writer.name("billable_time")
        writer.integer(draft.billableTime)
        writer.name("note")
        if let note = draft.note { writer.string(note) } else { writer.null() }
        writer.name("track_method_id")
        writer.integer(1)
        writer.name("started_at")
        if let startedAt = draft.startedAt { writer.string(text(startedAt)) } else { writer.null() }
        nulls("timer_started_at", "timer_stopped_at")
        writer.name("approved")
        writer.bool(false)
        nulls("approved_at")
        writer.name("updated_at")
        writer.string(createdAt)
        writer.name("calendar_event_id")
        if let event = draft.calendarEventID { writer.integer(event) } else { writer.null() }
        nulls("invoice_attribution_id")
        writer.name("invoiced")
        writer.bool(false)
        writer.name("overhead")
        writer.bool(true)
        writer.name("rejected")
        writer.bool(false)
        writer.name("rejected_reason")
        if let reason = draft.rejectedReason { writer.string(reason) } else { writer.null() }
        nulls("rejected_at")
        writer.name("last_activity_at")
        writer.string(createdAt)
        writer.name("submitted")
        writer.bool(false)
        writeMoney(to: &writer)
        writer.endObject()
    }

    /// Three currencies, then five kinds of cost in each.
    private func writeMoney(to writer: inout JSONWriter) {
        for (name, currency) in [("currency", "EUR"), ("currency_default", "USD"), ("currency_normalized", "EUR")] {
            writer.name(name)
            writer.string(currency)
        }
        // Minor units: 480 minutes cost 16000 and 20000 on the page, 40 minutes 1333 and 1667.
        let own = (draft.time * 2000 + 30) / 60
        let inDefault = (draft.time * 2500 + 30) / 60
        for kind in ["cost", "work_cost", "overhead_cost", "internal_overhead_cost", "facility_overhead_cost"] {
            let isWork = kind == "cost" || kind == "work_cost"
            for (suffix, amount) in [("", own), ("_default", inDefault), ("_normalized", own)] {
                writer.name(kind + suffix)
                writer.integer(isWork ? amount : 0)
            }
        }
    }

    private func writeRelationships(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("organization")
        writer.beginObject()
        writer.name("data")
        writer.beginObject()
        writer.name("type")
        writer.string("organizations")
        writer.name("id")
        writer.string(organizationID)
        writer.endObject()
        writer.endObject()
        for name in [
            "person", "service", "task", "approver", "updater", "rejecter", "creator", "last_actor",
            "person_subsidiary", "deal_subsidiary", "timesheet", "approval_statuses",
        ] {
            writer.name(name)
            writer.beginObject()
            writer.name("meta")
            writer.beginObject()
            writer.name("included")
            writer.bool(false)
            writer.endObject()
            writer.endObject()
        }
        writer.endObject()
    }
}
