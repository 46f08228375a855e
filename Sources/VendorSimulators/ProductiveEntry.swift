import JSON

/// A stored Productive time entry.
struct ProductiveEntry: Sendable {
    /// What a create request says.
    struct Draft: Sendable {
        var date: String
        var personID: String
        var serviceID: String
        var taskID: String?
        var note: String?
        /// Minutes.
        var time: Int64
        var billableTime: Int64
        var startedAt: Int64?
        var calendarEventID: Int64?
        var rejectedReason: String?
        var jira: [String: String]

        static let jiraNames = [
            "jira_issue_id", "jira_worklog_id", "jira_organization", "jira_issue_status", "jira_issue_summary",
        ]

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
            for name in Self.jiraNames { jira[name] = fields.text(name) }
            self.jira = jira
            fields.refuseOthers()
            guard fields.errors.isEmpty, let date, let personID, let serviceID else { return nil }
            self.date = date
            self.personID = personID
            self.serviceID = serviceID
        }

        /// What an update names; null empties what can be empty. False where something was wrong.
        mutating func change(_ fields: inout ProductiveFields) -> Bool {
            if fields.names("date"), let date = fields.date("date") { self.date = date }
            if fields.namesReference("person"), let id = fields.reference("person", type: "people", isRequired: true) {
                personID = id
            }
            if fields.namesReference("service"),
                let id = fields.reference("service", type: "services", isRequired: true)
            {
                serviceID = id
            }
            if fields.namesReference("task") { taskID = fields.reference("task", type: "tasks") }
            if fields.names("note") { note = fields.text("note") }
            if fields.names("time") { time = fields.count("time") ?? 0 }
            if fields.names("billable_time") { billableTime = fields.count("billable_time") ?? 0 }
            if fields.names("started_at") { startedAt = fields.instant("started_at") }
            if fields.names("calendar_event_id") { calendarEventID = fields.count("calendar_event_id") }
            if fields.names("rejected_reason") { rejectedReason = fields.text("rejected_reason") }
            for name in Self.jiraNames where fields.names(name) { jira[name] = fields.text(name) }
            fields.refuseOthers()
            return fields.errors.isEmpty
        }
    }

    /// How far approval has come. The numbers are those of the page's `status` filter.
    enum Approval: Int64, Sendable {
        case approved = 1
        case unapproved = 2
        case rejected = 3
    }

    let id: String
    let organizationID: String
    var draft: Draft
    /// Milliseconds since 1970.
    let createdAt: Int64
    var updatedAt: Int64
    var approval = Approval.unapproved
    var approvedAt: Int64?
    var rejectedAt: Int64?
    /// Of the entry's last timer.
    var timerStartedAt: Int64?
    var timerStoppedAt: Int64?

    init(id: String, organizationID: String, draft: Draft, createdAt: Int64) {
        self.id = id
        self.organizationID = organizationID
        self.draft = draft
        self.createdAt = createdAt
        updatedAt = createdAt
    }

    var isRunning: Bool { timerStartedAt != nil && timerStoppedAt == nil }

    mutating func startTimer(now: Int64) {
        timerStartedAt = now
        timerStoppedAt = nil
        updatedAt = now
    }

    mutating func stopTimer(now: Int64) {
        guard let timerStartedAt else { return }
        timerStoppedAt = now
        let minutes = (now - timerStartedAt) / 60_000
        draft.time += minutes
        draft.billableTime += minutes
        updatedAt = now
    }

    mutating func approve(now: Int64) {
        reset()
        approval = .approved
        approvedAt = now
    }

    /// Neither approved nor rejected.
    mutating func reset() {
        approval = .unapproved
        approvedAt = nil
        rejectedAt = nil
        draft.rejectedReason = nil
    }

    /// The related records, by the names of the page: type and id. Whoever holds the token approves and rejects.
    func related(_ name: String) -> (type: String, id: String)? {
        switch name {
        case "person": ("people", draft.personID)
        case "service": ("services", draft.serviceID)
        case "task": draft.taskID.map { ("tasks", $0) }
        case "creator", "updater", "last_actor": ("people", Self.actorID)
        case "approver": approval == .approved ? ("people", Self.actorID) : nil
        case "rejecter": approval == .rejected ? ("people", Self.actorID) : nil
        default: nil
        }
    }

    static let actorID = "8001"
    static let relationships = [
        "person", "service", "task", "approver", "updater", "rejecter", "creator", "last_actor", "person_subsidiary",
        "deal_subsidiary", "timesheet", "approval_statuses",
    ]

    /// The page's resource object; times carry the offset of `zone`, and relationships that are not included no ids.
    func write(zone: TimeZoneRules, including included: Set<String> = [], to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.string(id)
        writer.name("type")
        writer.string("time_entries")
        writer.name("attributes")
        writeAttributes(zone: zone, to: &writer)
        writer.name("relationships")
        writeRelationships(including: included, to: &writer)
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
        writer.integer(timerStartedAt == nil ? 1 : 2)
        writer.name("started_at")
        if let startedAt = draft.startedAt { writer.string(text(startedAt)) } else { writer.null() }
        for (name, instant) in [("timer_started_at", timerStartedAt), ("timer_stopped_at", timerStoppedAt)] {
            writer.name(name)
            if let instant { writer.string(text(instant)) } else { writer.null() }
        }
        writer.name("approved")
        writer.bool(approval == .approved)
        writer.name("approved_at")
        if let approvedAt { writer.string(text(approvedAt)) } else { writer.null() }
        writer.name("updated_at")
        writer.string(text(updatedAt))
        writer.name("calendar_event_id")
        if let event = draft.calendarEventID { writer.integer(event) } else { writer.null() }
        nulls("invoice_attribution_id")
        writer.name("invoiced")
        writer.bool(false)
        writer.name("overhead")
        writer.bool(true)
        writer.name("rejected")
        writer.bool(approval == .rejected)
        writer.name("rejected_reason")
        if let reason = draft.rejectedReason { writer.string(reason) } else { writer.null() }
        writer.name("rejected_at")
        if let rejectedAt { writer.string(text(rejectedAt)) } else { writer.null() }
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

    private func writeRelationships(including included: Set<String>, to writer: inout JSONWriter) {
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
        for name in Self.relationships {
            writer.name(name)
            writer.beginObject()
            if included.contains(name) {
                writer.name("data")
                if let related = related(name) {
                    writer.beginObject()
                    writer.name("type")
                    writer.string(related.type)
                    writer.name("id")
                    writer.string(related.id)
                    writer.endObject()
                } else {
                    writer.null()
                }
            } else {
                writer.name("meta")
                writer.beginObject()
                writer.name("included")
                writer.bool(false)
                writer.endObject()
            }
            writer.endObject()
        }
        writer.endObject()
    }
}
