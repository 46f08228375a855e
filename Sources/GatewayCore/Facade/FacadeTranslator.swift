internal import JSON

/// Brings an entry from the served dialect's account to the connection's own, and back.
struct FacadeTranslator {
    let facade: Facade
    let zones: ZoneDatabase
    let zone: Zone?
    private(set) var report = MappingReport()
    private var faults: [FieldError] = []

    init(facade: Facade, zones: ZoneDatabase, zone: Zone?) {
        self.facade = facade
        self.zones = zones
        self.zone = zone
    }

    private var rules: FacadeRules { facade.rules }

    // MARK: - There

    /// - Throws: one `Problem` with everything that has no counterpart.
    mutating func translate(_ served: Entry) throws(Problem) -> Entry {
        var entry = served
        refuseVendorFields(&entry)
        translateUser(&entry)
        translateActivity(&entry)
        translateSubjects(&entry)
        fillIn(&entry)
        assumeStart(&entry)
        if !faults.isEmpty { throw Problem(faults: faults, origin: .gateway) }
        return entry
    }

    /// What only the served dialect has cannot be said to the other vendor.
    private mutating func refuseVendorFields(_ entry: inout Entry) {
        guard let fields = entry[.vendorFields]?.json else { return }
        entry[.vendorFields] = nil
        for path in fields.leaves {
            faults.append(
                FieldError(
                    .unrepresentable,
                    "vendor_fields.\(path)",
                    "\(facade.vendor.title), which keeps this account, has no \(path).",
                    hint: "Leave \(path) away."
                )
            )
        }
    }

    private mutating func translateUser(_ entry: inout Entry) {
        for member in [Member.userName, .userEmail] where entry.has(member) {
            entry[member] = nil
            report.add(.dropped, member.path, why: "It is a name of the other account; the id counts.")
        }
        guard let id = entry.userID else { return }
        if let own = own(id, "user", "user.id") { entry.userID = own }
    }

    private mutating func translateActivity(_ entry: inout Entry) {
        let id = entry[.activityID]?.string
        let name = entry[.activityName]?.string
        guard let key = id ?? name else { return }
        entry[.activityID] = nil
        entry[.activityName] = nil
        let path = id == nil ? "activity.name" : "activity.id"
        if rules.ids["activity"] == nil, id == nil {
            entry[.activityName] = .string(key)
        } else if let own = own(key, "activity", path) {
            entry[activityMember] = .string(own)
        }
    }

    private mutating func translateSubjects(_ entry: inout Entry) {
        var found: [Subject] = []
        var more: [JSONValue] = []
        let listed = (entry[.moreSubjects]?.json.array ?? []).compactMap { Subject(listElement: $0) }
        for (index, subject) in (entry.subjects + listed).enumerated() {
            guard !subject.isNull, let id = subject.id else { continue }
            let type = rules.types[subject.type] ?? subject.type
            guard let own = own(id, subject.type, "subjects.\(subject.type).id") else { continue }
            if type == "activity" {
                entry[activityMember] = .string(own)
            } else if index >= entry.subjects.count {
                more.append(Subject(type: type, id: own).listElement)
            } else if let other = found.first(where: { $0.type == type }) {
                faults.append(
                    FieldError(
                        .unrepresentable,
                        "subjects.\(subject.type).id",
                        "Both this and \(other.id ?? "") are the \(type) of \(facade.vendor.title), which takes one."
                    )
                )
            } else {
                found.append(Subject(type: type, id: own))
            }
        }
        entry.subjects = found
        entry[.moreSubjects] = more.isEmpty ? nil : .json(.array(more))
    }

    private mutating func own(_ id: String, _ kind: String, _ field: String) -> String? {
        if let own = rules.own(id, kind) {
            if own != id {
                report.add(.converted, field, asked: .string(id), sent: .string(own), why: "translate.\(kind) says so.")
            }
            return own
        }
        faults.append(
            FieldError(
                .unrepresentable,
                field,
                "Nobody has said what the \(kind) \(id) is at \(facade.vendor.title), which keeps this account.",
                hint: "Let the operator add it to translate.\(kind) of the connection."
            )
        )
        return nil
    }

    /// The member that holds the activity at the connection's vendor: an id, else a name.
    private var activityMember: Member { facade.vendor.requests.has(.activityID) ? .activityID : .activityName }

    private mutating func fillIn(_ entry: inout Entry) {
        fill(.userID, rules.user, "user", &entry)
        if !entry.has(.activityID), !entry.has(.activityName) {
            fill(activityMember, rules.activity, "activity", &entry)
        }
        fill(.title, rules.title, "title", &entry)
        fill(.timeZone, rules.zone?.name, "time_zone", &entry)
    }

    private mutating func fill(_ member: Member, _ value: String?, _ name: String, _ entry: inout Entry) {
        guard let value, !entry.has(member) else { return }
        entry[member] = .string(value)
        report.add(.defaulted, member.path, sent: .string(value), why: "It was not given; defaults.\(name) says so.")
    }

    /// A day and a length become a start and a length where the vendor takes no day alone.
    private mutating func assumeStart(_ entry: inout Entry) {
        guard let clock = rules.assumedStart, let day = entry.workDate, entry.durationSeconds != nil,
            !entry.has(.startedAt), !entry.has(.endedAt), !facade.vendor.manifest.times.accepts.contains(.dateDuration)
        else { return }
        guard let zone = entry.timeZone.flatMap({ try? zones.zone(named: $0) }) ?? zone,
            let local = LocalDateTime("\(day)T\(clock)"), case .unique(let start) = zone.resolve(local)
        else {
            faults.append(
                FieldError(
                    .unsupportedTimeForm,
                    "work_date",
                    "The entry has a day and no start, and defaults.assume_start (\(clock)) is no one time on \(day)"
                        + (zone.map { " in \($0.name)." } ?? " without a time zone.")
                )
            )
            return
        }
        entry.startedAt = start
        report.add(
            .derived,
            "started_at",
            sent: .string(start.description),
            why: "The entry has no start; defaults.assume_start is \(clock)."
        )
    }

    // MARK: - And back

    /// The recorded entry in the words of the served dialect: what the client named has the name that it used.
    func back(_ recorded: Entry, _ request: FacadeRequest) -> Entry {
        var entry = recorded
        let served = request.served
        // What belongs to the other account alone, and ids that have no counterpart here.
        for member in [
            Member.vendorFields, .raw, .connection, .vendor, .version, .createdByID, .createdByName, .updatedByID,
            .updatedByName, .approvalByID, .approvalByName, .billingInvoiceID, .userName, .userEmail, .breaks,
        ] { entry[member] = nil }
        // What was filled in was not the client's.
        for member in [Member.title, .activityID, .activityName, .timeZone] { entry[member] = served[member] }
        if rules.title != nil, !served.has(.title), !facade.vendor.requests.has(.title) { entry[.note] = served[.note] }
        if served.startedAt == nil, rules.assumedStart != nil {
            entry.startedAt = nil
            entry.endedAt = nil
        }
        if let own = recorded.userID {
            let isAsked = served.userID != nil && request.own.userID.map { isSameID($0, own) } ?? false
            entry.userID = isAsked ? served.userID : rules.served(own, "user")
        }
        entry.subjects = served.subjects.compactMap { subject in
            subject.isNull ? nil : self.served(subject, recorded, request.own)
        }
        entry[.moreSubjects] = served[.moreSubjects]
        return entry
    }

    /// A subject as the client named it, if that is what was recorded; else what was, if the dialect has a word for it.
    private func served(_ subject: Subject, _ recorded: Entry, _ own: Entry) -> Subject? {
        let type = rules.types[subject.type] ?? subject.type
        if type == "activity" { return Subject(type: subject.type, id: subject.id) }
        guard let id = recorded.subject(type)?.id else { return nil }
        if let asked = own.subject(type)?.id, isSameID(asked, id) { return Subject(type: subject.type, id: subject.id) }
        return rules.served(id, subject.type).map { Subject(type: subject.type, id: $0) }
    }
}

extension JSONValue {
    /// The dotted paths of everything in objects that says something.
    fileprivate var leaves: [String] {
        guard let object else { return isNull ? [] : [""] }
        return object.flatMap { member in
            member.value.leaves.map { $0.isEmpty ? member.key : "\(member.key).\($0)" }
        }
    }
}
