/// The members of a body that creates, changes or starts an entry, except its times.
struct AworkForm {
    /// Which of awork's three forms a body is.
    enum Kind {
        /// All members; the user is required.
        case create
        /// All members; the user may be absent or null.
        case update
        /// No user and no times: the path and the clock tell.
        case start
    }

    let timezone: String
    let zone: TimeZoneRules
    let typeOfWorkID: String
    let userID: String?
    let isBillable: Bool?
    let isBilled: Bool?
    let taskID: String?
    let projectID: String?
    let note: String?

    /// nil where something was wrong, which `fields` then tells.
    init?(_ fields: inout AworkFields, _ kind: Kind) {
        let timezone = fields.text("timezone", isRequired: true)
        let zone = timezone.flatMap(TimeZoneRules.named)
        if timezone != nil, zone == nil { fields.fail("timezone", "is not a known IANA time zone.") }
        let typeOfWorkID = fields.uuid("typeOfWorkId", isRequired: true)
        userID = kind == .start ? nil : fields.uuid("userId", isRequired: kind == .create)
        isBillable = fields.flag("isBillable")
        isBilled = fields.flag("isBilled")
        taskID = fields.uuid("taskId")
        projectID = fields.uuid("projectId")
        note = fields.text("note")
        guard let timezone, let zone, let typeOfWorkID else { return nil }
        self.timezone = timezone
        self.zone = zone
        self.typeOfWorkID = typeOfWorkID
    }

    /// The ids that have to exist.
    var references: [String] { [typeOfWorkID, userID, taskID, projectID].compactMap { $0 } }
}
