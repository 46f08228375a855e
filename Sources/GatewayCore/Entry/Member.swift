/// The members of the unified time entry: the one table from which reading, checking, writing, loss handling and
/// documentation follow.
///
/// The order of the cases is the order in which members are written. Members of one object (`user.id`, `user.name`)
/// stand together, which is what lets `Entry` be written in a single pass.
public enum Member: UInt8, CaseIterable, Sendable {
    case id, connection, vendor, version
    case workDate, startedAt, endedAt, timeZone, durationSeconds, duration, breakSeconds, breaks, shape, timerState
    case userID, userName, userEmail
    case subjects, moreSubjects
    case activityID, activityName
    case title, note
    case billable, billableSeconds
    case billingState, billingInvoiceID
    case locked, lockReason
    case approvalState, approvalAt, approvalByID, approvalByName, approvalReason
    case money
    case trackedBy
    case externalRefs, tags, calendarEventID, customFields
    case createdAt, updatedAt, deletedAt
    case createdByID, createdByName
    case updatedByID, updatedByName
    case vendorFields
    case completeness, missing, raw
}

/// What kind of value a member holds.
public enum MemberType: Sendable, Equatable {
    /// An opaque identifier: a JSON string, never a number.
    case identifier
    /// Plain text.
    case text
    /// A calendar date, `YYYY-MM-DD`.
    case date
    /// An instant with its offset, RFC 3339.
    case instant
    /// An IANA time zone name.
    case zone
    /// Whole seconds, 0 or more.
    case seconds
    /// A duration as a person writes it: `1h30m`.
    case durationText
    case boolean
    case enumeration([String])
    /// An object by subject type: `{"project": {"id": …, "name": …}}`.
    case subjects
    /// A list of `{type, id, name?}`.
    case subjectList
    /// Any JSON object, passed on member by member.
    case object
    /// A list of strings.
    case textList
    /// A list whose elements the core does not look into.
    case list
    /// Any JSON value.
    case any
}

/// What may become of a member that a vendor cannot hold (design: "Losing nothing silently").
public enum LossClass: String, Sendable {
    /// Never dropped, in no mode: who, on what, on which day.
    case critical
    /// Refused in strict handling, dropped and reported in lenient handling: hours, flags, words.
    case value
    /// Converted or dropped, and always reported; never refused.
    case advisory
    /// What the vendor keeps about the entry. In a request it is ignored and reported, so that
    /// reading an entry, editing it and sending it back works.
    case bookkeeping
}

/// One line of the member table.
public final class MemberDescription: Sendable {
    /// The dotted path of the member in the entry: `user.id`.
    public let path: String
    public let type: MemberType
    public let lossClass: LossClass
    public let summary: String

    /// The object that the member stands in (`user`), or `nil` at the top.
    public let group: String?
    /// The member's own name (`id`).
    public let name: String

    init(path: String, type: MemberType, lossClass: LossClass, summary: String) {
        self.path = path
        self.type = type
        self.lossClass = lossClass
        self.summary = summary
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        group = parts.count == 2 ? parts[0] : nil
        name = parts.last ?? path
    }
}

extension Member {
    /// The dotted path of the member in the entry, as errors and reports name it.
    public var path: String { description.path }
    public var type: MemberType { description.type }
    public var lossClass: LossClass { description.lossClass }

    public var description: MemberDescription { Member.table[Int(rawValue)] }

    /// The member with a dotted path, if there is one.
    public init?(path: String) {
        guard let found = Member.byPath[path] else { return nil }
        self = found
    }

    private static let byPath: [String: Member] = Dictionary(
        uniqueKeysWithValues: Member.allCases.map { ($0.path, $0) }
    )

    private static let table: [MemberDescription] = Member.allCases.map { describe($0) }

    private static func line(
        _ path: String,
        _ type: MemberType,
        _ lossClass: LossClass,
        _ summary: String
    ) -> MemberDescription {
        MemberDescription(path: path, type: type, lossClass: lossClass, summary: summary)
    }

    private static func describe(_ member: Member) -> MemberDescription {
        switch member {
        case .id: line("id", .identifier, .bookkeeping, "The vendor's identifier of the entry.")
        case .connection: line("connection", .text, .bookkeeping, "The connection that the entry was read through.")
        case .vendor: line("vendor", .text, .bookkeeping, "The vendor's identifier: the name of its plugin.")
        case .version:
            line("version", .identifier, .bookkeeping, "The vendor's version of the entry, where it has one.")
        case .workDate: line("work_date", .date, .critical, "The day that the work counts for.")
        case .startedAt: line("started_at", .instant, .value, "When the work began; the offset as written is kept.")
        case .endedAt: line("ended_at", .instant, .value, "When the work ended; the offset as written is kept.")
        case .timeZone: line("time_zone", .zone, .advisory, "The IANA time zone of the work; never guessed.")
        case .durationSeconds:
            line("duration_seconds", .seconds, .value, "How long the work took, in seconds, without breaks.")
        case .duration: line("duration", .durationText, .value, "The duration as a person writes it; requests only.")
        case .breakSeconds: line("break_seconds", .seconds, .value, "The breaks within the interval, in seconds.")
        case .breaks:
            line(
                "breaks",
                .list,
                .advisory,
                "The breaks one by one, each with `started_at` and `ended_at` or `duration_seconds`: `break_seconds` is worked "
                    + "out from them."
            )
        case .shape: line("shape", .text, .bookkeeping, "Which form of time the entry has.")
        case .timerState:
            line("timer_state", .enumeration(["running", "paused", "stopped"]), .value, "Whether a timer is running.")
        case .userID: line("user.id", .identifier, .critical, "Whose time it is.")
        case .userName: line("user.name", .text, .advisory, "The name of the user.")
        case .userEmail: line("user.email", .text, .advisory, "The e-mail address of the user.")
        case .subjects: line("subjects", .subjects, .critical, "What the time was spent on, by type.")
        case .moreSubjects: line("more_subjects", .subjectList, .critical, "Further subjects of a type already named.")
        case .activityID: line("activity.id", .identifier, .value, "The kind of work, by identifier.")
        case .activityName: line("activity.name", .text, .value, "The kind of work, by name.")
        case .title: line("title", .text, .value, "A short name of the entry.")
        case .note: line("note", .text, .value, "What was done, as plain text.")
        case .billable: line("billable", .boolean, .value, "Whether the time can be billed.")
        case .billableSeconds:
            line("billable_seconds", .seconds, .value, "How much of the time can be billed, in seconds.")
        case .billingState:
            line("billing.state", .enumeration(["none", "drafted", "billed"]), .value, "How far billing has come.")
        case .billingInvoiceID: line("billing.invoice_id", .identifier, .value, "The invoice that bills the entry.")
        case .locked: line("locked", .boolean, .value, "Whether the entry is locked against changes.")
        case .lockReason: line("lock_reason", .text, .bookkeeping, "Why the entry is locked.")
        case .approvalState:
            line(
                "approval.state",
                .enumeration(["none", "draft", "submitted", "unapproved", "approved", "rejected"]),
                .bookkeeping,
                "How far approval has come."
            )
        case .approvalAt: line("approval.at", .instant, .bookkeeping, "When the approval state was reached.")
        case .approvalByID: line("approval.by.id", .identifier, .bookkeeping, "Who approved or rejected.")
        case .approvalByName: line("approval.by.name", .text, .bookkeeping, "The name of who approved or rejected.")
        case .approvalReason: line("approval.reason", .text, .value, "Why the entry was rejected.")
        case .money: line("money", .list, .bookkeeping, "Costs as {kind, basis, minor_units, currency}.")
        case .trackedBy:
            line(
                "tracked_by",
                .enumeration(["manual", "timer", "import", "generated", "other"]),
                .bookkeeping,
                "How the entry came to be."
            )
        case .externalRefs: line("external_refs", .object, .value, "References into other systems, by system.")
        case .tags: line("tags", .textList, .value, "Tags.")
        case .calendarEventID:
            line("calendar_event_id", .identifier, .value, "The calendar event that the entry came from.")
        case .customFields: line("custom_fields", .object, .value, "The vendor's custom fields.")
        case .createdAt: line("created_at", .instant, .bookkeeping, "When the vendor recorded the entry.")
        case .updatedAt: line("updated_at", .instant, .bookkeeping, "When the entry was last changed.")
        case .deletedAt: line("deleted_at", .instant, .bookkeeping, "When the entry was deleted.")
        case .createdByID: line("created_by.id", .identifier, .bookkeeping, "Who recorded the entry.")
        case .createdByName: line("created_by.name", .text, .bookkeeping, "The name of who recorded the entry.")
        case .updatedByID: line("updated_by.id", .identifier, .bookkeeping, "Who last changed the entry.")
        case .updatedByName: line("updated_by.name", .text, .bookkeeping, "The name of who last changed the entry.")
        case .vendorFields:
            line(
                "vendor_fields",
                .object,
                .value,
                "What the vendor has and this model has not, in the vendor's spelling."
            )
        case .completeness: line("completeness", .text, .bookkeeping, "How much the vendor's answer held.")
        case .missing: line("missing", .textList, .bookkeeping, "What the vendor's answer did not hold.")
        case .raw: line("raw", .any, .bookkeeping, "The vendor's answer as it came.")
        }
    }
}
