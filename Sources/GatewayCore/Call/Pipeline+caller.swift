internal import JSON

/// What the caller may do, and whose time it is.
extension Pipeline {
    /// Whether the caller may do this here, as far as it can be known before there is an entry.
    ///
    /// - Throws: `scope_missing`, `unsupported_operation` or `idempotency_unsupported`.
    public func checkPermission(_ call: Call, at vendor: Vendor) throws(Problem) {
        _ = try permit(call, vendor)
    }

    func permit(_ call: Call, _ vendor: Vendor) throws(Problem) -> Shared<OperationRule> {
        let scope = call.operation.scope
        guard call.caller.has(scope) else {
            throw Problem(
                .scopeMissing,
                "The operation \(call.operation.rawValue) needs the scope \(scope.rawValue), which the key "
                    + "\(call.caller.name) lacks."
            )
        }
        guard let rule = vendor.rules[call.operation] else {
            let known = vendor.manifest.operations.keys.map(\.rawValue).sorted()
            var problem = Problem(
                .unsupportedOperation,
                "\(vendor.title) does not offer \(call.operation.rawValue); it offers \(known.joined(separator: ", ")).",
                origin: .gateway
            )
            problem.extra["operations"] = .array(known.map { .string($0) })
            throw problem
        }
        return rule
    }

    /// Who the caller is at the vendor: the identity that the operator gave the key, else whose token it is.
    func ownID(_ call: Call, _ vendor: Vendor) -> String? {
        if let identity = call.caller.identities[call.connection.name]?.userID { return identity }
        return vendor.manifest.impliedUserSetting.flatMap { call.connection.settings.string($0) }
    }

    /// The scope that entries of others need for this operation.
    func othersScope(_ call: Call) -> Scope {
        call.operation.isRead && !call.caller.has(.writeOthers) ? .readOthers : .writeOthers
    }

    func mayTouchOthers(_ call: Call) -> Bool { call.caller.has(othersScope(call)) }

    /// Whether an entry that exists is the caller's own, or the key has the scope for those of others.
    ///
    /// - Throws: `scope_missing`, also where the vendor does not say whose entry it is.
    func checkOwner(_ entry: Entry, _ call: Call, _ vendor: Vendor) throws(Problem) {
        if mayTouchOthers(call) { return }
        let own = ownID(call, vendor)
        if let own, let owner = entry.userID, isSameID(own, owner) { return }
        let scope = othersScope(call).rawValue
        let reason =
            if let owner = entry.userID {
                own.map { "The entry belongs to \(owner), who is not the caller (\($0))" }
                    ?? "The entry belongs to \(owner), and the key \(call.caller.name) has no identity at "
                    + "\(call.connection.name)"
            } else {
                "\(vendor.title) does not say whose entry it is"
            }
        throw Problem(.scopeMissing, "\(reason): that needs the scope \(scope).")
    }

    static func noTag(_ vendor: Vendor) -> Problem {
        Problem(
            .unsupportedOperation,
            "\(vendor.title) cannot read one entry, so If-Match cannot be checked: send the request without it.",
            origin: .gateway
        )
    }

    /// - Throws: `precondition_failed` if the entry is not the one that the caller has seen.
    func checkTag(_ entry: Entry, _ call: Call) throws(Problem) {
        guard let asked = call.ifMatch else { return }
        let tag = EntryTag.of(entry)
        guard tag != asked else { return }
        throw Problem(
            .preconditionFailed,
            "If-Match is \"\(asked)\", and the entry's ETag is \"\(tag)\" now.",
            origin: .gateway
        )
    }

    /// The entry that is about to be replaced, where something depends on it: it must be the caller's own or the key have
    /// the scope, and the plugin's rules look at it as it is.
    func replaced(_ call: Call, _ vendor: Vendor, _ upstream: any Upstream) async throws(Problem) -> Current? {
        let isAuthorised =
            vendor.manifest.functions.contains(.authorize) && vendor.manifest.operations[.get] != nil
        if mayTouchOthers(call), call.ifMatch == nil, !isAuthorised { return nil }
        guard vendor.manifest.operations[.get] != nil else {
            if call.ifMatch != nil { throw Pipeline.noTag(vendor) }
            throw Problem(
                .scopeMissing,
                "\(vendor.title) cannot be asked whose entry it is: that needs the scope write:others."
            )
        }
        if call.isPlan, !call.planReads { return nil }
        let current = try await fetch(call, vendor, upstream)
        try checkOwner(current.entry, call, vendor)
        try checkTag(current.entry, call)
        return current
    }

    /// A user of whom only the name is known, or the address: it is not booked for somebody else then.
    func refuseNamedUser(_ entry: Entry, _ call: Call, _ vendor: Vendor) throws(Problem) {
        guard entry.userID == nil, entry.has(.userName) || entry.has(.userEmail) else { return }
        let member: Member = entry.has(.userName) ? .userName : .userEmail
        // A vendor that knows its users by that alone; whose time it is, no identity tells then.
        let written = vendor.requests.lines.map(\.target)
        if !written.contains(.member(.userID)), written.contains(.member(member)), mayTouchOthers(call) { return }
        throw Problem(
            faults: [
                FieldError(
                    .required,
                    "user.id",
                    "\(vendor.title) books for the user of an id, and only \(member.path) is given.",
                    hint: "Give user.id, or leave user away for the caller's own identity."
                )
            ]
        )
    }

    /// Whose time it is: as given, else the caller's own identity; somebody else's only with the scope for it.
    func settleUser(
        _ entry: inout Entry,
        _ report: inout MappingReport,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) {
        let identity = call.caller.identities[call.connection.name]?.userID
        let implied = vendor.manifest.impliedUserSetting.map { call.connection.settings.string($0) }
        guard let given = entry.userID else {
            entry[.userID] = nil
            // Where the token decides, a caller who is somebody else would book in another's name.
            if let token = implied ?? nil, let identity, !isSameID(identity, token) {
                throw Problem(
                    faults: [
                        FieldError(
                            .userNotSettable,
                            "user.id",
                            "\(vendor.title) records time for the user of the connection's token, who is \(token), "
                                + "and the caller is \(identity)."
                        )
                    ]
                )
            }
            if let own = implied ?? identity {
                entry.userID = own
                report.add(
                    .defaulted,
                    "user.id",
                    sent: .string(own),
                    why: implied == nil
                        ? "It was not given; it is the caller's own identity."
                        : "The connection's token belongs to this user."
                )
            }
            return
        }
        if let identity, isSameID(given, identity) { return }
        // Whom the token can book for is checked against the field table; without an identity there is no other caller.
        if implied != nil, identity == nil { return }
        if call.caller.has(.writeOthers) { return }
        throw Problem(
            .scopeMissing,
            identity == nil
                ? "The key \(call.caller.name) has no identity at \(call.connection.name), so booking for \(given) needs "
                    + "the scope write:others."
                : "Booking for \(given), who is not the caller (\(identity ?? "")), needs the scope write:others.",
            errors: [FieldError(.scopeMissing, "user.id", "Only the caller's own time can be booked with this key.")]
        )
    }
}
