public import JSON

/// Changing and deleting entries.
extension Pipeline {
    /// Changes an entry by a merge patch, or plans it.
    ///
    /// caller → parse → read → whose it is → what differs → times anew → check → authorise → validate → encode →
    /// (a plan stops here) → send → decode → report
    public func update(
        _ body: JSONView,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        let call = begun(call)
        return try await told(call) { () throws(Problem) in
            try await inTurn(call) { () throws(Problem) in
                try await change(body, call, at: vendor, scripts: scripts, upstream: upstream)
            }
        }
    }

    /// A change is made of what was read before it: another one of the same entry in between would be undone by it.
    func inTurn(_ call: Call, _ change: () async throws(Problem) -> CallOutcome) async throws(Problem) -> CallOutcome {
        guard !call.isPlan, let turns = call.gate?.changes, let id = call.entryID else { return try await change() }
        let entry = isUUID(id) ? id.lowercased() : id
        await turns.take(entry)
        defer { turns.pass(entry) }
        return try await change()
    }

    private func change(
        _ body: JSONView,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        let permitted = try permit(call, vendor)
        let rule = permitted.value
        let patch = try EntryReader.read(body)
        try patch.checkLengths(call.handling)
        let asked = patch.entry.slots.map(\.member)
        if call.isPlan, !call.planReads { return .planned(try undetermined(patch, rule, call)) }

        let current = try await fetch(call, vendor, upstream, scripts: scripts, isBasis: true)
        try checkOwner(current.entry, call, vendor)
        try checkTag(current.entry, call)
        let holdsInstants = vendor.manifest.times.accepts.contains(where: \.hasInstants)
        var change = try EntryChange(patch, of: current.entry, holdsInstants: holdsInstants)
        try checkReadTimes(current, change, vendor)
        var report = change.report
        let memory = call.hooks == nil ? nil : LookUps.Memory()
        let reads = (vendor, upstream, memory)
        if !change.isEmpty, let hooked = try await hooked(change, current.entry, call, holdsInstants, reads) {
            report.append(hooked.report)
            change = EntryChange(from: current.entry, to: hooked.entry, times: hooked.times ?? change.times)
        }
        if change.isEmpty, !call.isPlan {
            return .recorded(RecordedEntry(entry: current.entry, report: report))
        }
        // An id that is given and is the entry's already is no change.
        if patch.entry.userID == nil { try refuseNamedUser(change.entry, call, vendor) }
        try checkNewUser(change.entry, call, vendor)

        var named = change.entry
        try joinAgain(&named, current, &report, call, vendor)
        clearReferences(&named, vendor)
        let times = try fitted(change, current.entry, &named, &report, call, vendor)
        let whole = change.applied(to: current.entry, times: times)
        var written = try writer(call, vendor, times ?? TimeGroup(form: .dateDuration), isChange: true).write(named)
        if times != nil { keepUnchangedTimes(in: &written, current, whole, call, vendor) }
        report.append(written.report)
        let writesNothing = times == nil && written.wires.allSatisfy(\.isAbsent)
        let sendsNothing = change.isEmpty || writesNothing && !vendor.manifest.functions.contains(.toVendor)
        if sendsNothing, !call.isPlan { return .recorded(RecordedEntry(entry: current.entry, report: report)) }
        call.trace?.lap(.map, .report(report))
        if rule.isFullReplacement {
            try keep(current, in: &written.wires, isTimed: times != nil, &report, call, vendor)
        }

        let draft = Draft(
            call,
            vendor,
            permitted,
            scripts,
            upstream,
            asked: asked,
            whole,
            times ?? TimeGroup(form: .running),
            report
        )
        draft.wires = written.wires
        // Only what is changed says whether the change was made.
        draft.held = written.held.applied(to: named, sent: written.sentMembers)
        draft.merge = AnswerMerge(
            vendor: vendor,
            completeness: rule.completeness,
            sent: named,
            times: draft.given,
            sentMembers: written.sentMembers,
            joined: written.joinedMembers,
            joinedAway: written.joinedAway,
            references: written.references,
            before: whole
        )
        if let scripts {
            let scriptCall = scriptCall(call, vendor, upstream, memory: memory)
            draft.scriptCall = scriptCall
            try await ask(scripts, vendor, current.entry, scriptCall, only: .authorize)
            var after = scriptCall
            after.before = current.entry.json
            try await ask(scripts, vendor, whole, after)
        }
        let delivery =
            if vendor.functions.contains(.toVendor) { try await writtenByScript(draft) } else { try encode(draft) }
        if call.isPlan {
            let notes = sendsNothing ? ["It changes nothing of the entry as it is: nothing would be sent."] : []
            return .planned(Plan(request: delivery.request, entry: whole, report: report, undetermined: notes))
        }

        let result = try await transmit(delivery)
        if case .success(let answer) = result, rule.success.contains(answer.status),
            !rule.answersEntry || (answer.status == 204 && answer.body.isBlank)
        {
            _ = try said(answer, try? JSONDocument(parsing: answer.body, limits: .vendorAnswer), call, vendor)
            var recorded = try await readBack(current, call, vendor, scripts, upstream)
            report.append(recorded.report)
            recorded.report = report
            recorded.noteBillable(asked, from: current.entry, vendor)
            return .recorded(recorded)
        }
        var recorded = try await decode(try answered(result, draft), draft)
        recorded.noteBillable(asked, from: current.entry, vendor)
        return .recorded(recorded)
    }

    /// Deletes an entry, or plans it.
    ///
    /// caller → read, where whose it is or a rule asks for it → authorise → encode → (a plan stops here) → send
    public func delete(
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        try await told(call) { () throws(Problem) in
            try await remove(call, at: vendor, scripts: scripts, upstream: upstream)
        }
    }

    private func remove(
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        let permitted = try permit(call, vendor)
        let rule = permitted.value
        let call = begun(call)
        let (current, undetermined) = try await known(rule, call, vendor, upstream)
        let scriptCall = scriptCall(call, vendor, upstream)
        if let scripts, let current { try await ask(scripts, vendor, current.entry, scriptCall) }
        let request = try bare(rule, nil, current?.entry, call, vendor)
        if call.isPlan {
            return .planned(
                Plan(
                    request: request,
                    entry: current?.entry ?? Entry(),
                    report: MappingReport(),
                    undetermined: undetermined
                )
            )
        }
        let answer = try answered(
            try await transmit(Delivery(request, rule, .write, call, vendor, upstream, entry: current?.entry)),
            vendor,
            call
        )
        let document = try? JSONDocument(parsing: answer.body, limits: .vendorAnswer)
        // A deletion that is repeated finds nothing where the one before has done it.
        let isGone = answer.isRepetition && answer.status == 404
        guard isGone || rule.success.contains(answer.status) else {
            throw await refusal(answer, document, [], call, vendor, scripts, scriptCall)
        }
        _ = try said(answer, document, call, vendor)
        return .deleted
    }

    // MARK: - Steps

    /// What the hooks make of an entry as it will be; `nil` if they leave it as it is.
    private func hooked(
        _ change: EntryChange,
        _ current: Entry,
        _ call: Call,
        _ holdsInstants: Bool,
        _ reads: (vendor: Vendor, upstream: any Upstream, memory: LookUps.Memory?)
    ) async throws(Problem) -> Hooked? {
        guard let hooks = call.hooks, !hooks.onEntry.isEmpty else { return nil }
        var group: TimeGroup?
        if var merged = change.times {
            group = try TimeNormaliser(zones: zones, connectionZone: call.connection.zone).normalise(&merged)
        }
        let hooked = try await hooked(
            change.applied(to: current, times: group),
            call,
            at: reads.vendor,
            reads.upstream,
            memory: reads.memory,
            before: current,
            holdsInstants: holdsInstants
        )
        return hooked.isChanged ? hooked : nil
    }

    func answered(
        _ result: Result<UpstreamAnswer, UpstreamFailure>,
        _ vendor: Vendor,
        _ call: Call
    ) throws(Problem) -> UpstreamAnswer {
        switch result {
        case .success(let answer): return answer
        case .failure(let failure): throw Problem(failure, vendor: vendor, call: call)
        }
    }

    /// The entry as it is, where something depends on it: whose it is, the plugin's rules, its state.
    func known(
        _ rule: OperationRule,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream
    ) async throws(Problem) -> (Current?, undetermined: [String]) {
        let functions = vendor.manifest.functions
        let asksScripts = functions.contains(.authorize) || functions.contains(.validate)
        let dependsOnState = rule.refusedWhen != nil || rule.onlyWhen != nil || rule.path.contains("{user.id}")
        if mayTouchOthers(call), !asksScripts, !dependsOnState, call.ifMatch == nil { return (nil, []) }
        guard vendor.manifest.operations[.get] != nil else {
            if call.ifMatch != nil { throw Pipeline.noTag(vendor) }
            if asksScripts || dependsOnState {
                throw Problem(
                    .unsupportedOperation,
                    "\(vendor.title) cannot read one entry, which the rules of \(call.operation.rawValue) need.",
                    origin: .gateway
                )
            }
            throw Problem(
                .scopeMissing,
                "\(vendor.title) cannot be asked whose entry it is: that needs the scope write:others."
            )
        }
        if call.isPlan, !call.planReads { return (nil, [Pipeline.readsNote]) }
        let current = try await fetch(call, vendor, upstream)
        try checkOwner(current.entry, call, vendor)
        try checkTag(current.entry, call)
        return (current, [])
    }

    static let readsNote = "The entry as it is now has to be read for this: ask with dry_run=reads."

    /// A request without an entry.
    func bare(
        _ rule: OperationRule,
        _ body: [UInt8]?,
        _ current: Entry?,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) -> UpstreamRequest {
        var headers = call.connection.headers
        // Some vendors refuse a request without a body as well unless it names their type.
        if body != nil || rule.contentType != "application/json" {
            headers.append(Header("Content-Type", rule.contentType))
        }
        headers.append(Header("Accept", rule.accept))
        if let name = rule.idempotencyHeader { headers.append(keyHeader(name, call)) }
        let isUnread = call.isPlan && current == nil && rule.path.contains("{user.id}")
        return UpstreamRequest(
            method: rule.method,
            url: isUnread ? call.connection.origin + rule.path : try url(rule, call, current),
            headers: headers,
            body: body,
            allowsPrivate: call.connection.allowsPrivate,
            timeoutMilliseconds: call.timeoutMilliseconds
        )
    }

    /// A change of times is worked out from those that are there: none of them may be one that cannot be read.
    private func checkReadTimes(_ current: Current, _ change: EntryChange, _ vendor: Vendor) throws(Problem) {
        guard let times = change.times else { return }
        let lost = current.report.notes.first { note in
            guard note.kind == .inconsistent, let member = Member.allCases.first(where: { $0.path == note.field })
            else {
                return false
            }
            return TimeGroup.members.contains(member) && !current.entry.has(member) && !times.entry.has(member)
        }
        guard let lost else { return }
        throw Problem(
            faults: [
                FieldError(
                    .unrepresentable,
                    lost.field,
                    "The \(lost.field) that \(vendor.title) holds cannot be read, and this change would leave it out: \(lost.why)",
                    vendorField: lost.vendorField,
                    hint: "Name \(lost.field) in the change too."
                )
            ]
        )
    }

    /// Without a read only the place of the request is certain.
    private func undetermined(_ patch: ParsedEntry, _ rule: OperationRule, _ call: Call) throws(Problem) -> Plan {
        Plan(
            request: UpstreamRequest(
                method: rule.method,
                url: try url(rule, call, nil),
                headers: call.connection.headers + [
                    Header("Content-Type", rule.contentType), Header("Accept", rule.accept),
                ],
                body: nil,
                allowsPrivate: call.connection.allowsPrivate,
                timeoutMilliseconds: call.timeoutMilliseconds
            ),
            entry: patch.entry,
            report: patch.report,
            undetermined: [Pipeline.readsNote]
        )
    }

    /// Handing time to somebody else needs the scope for it.
    func checkNewUser(_ changed: Entry, _ call: Call, _ vendor: Vendor) throws(Problem) {
        guard let user = changed.userID, !mayTouchOthers(call) else { return }
        if let own = ownID(call, vendor), isSameID(own, user) { return }
        throw Problem(
            .scopeMissing,
            "Giving the entry to \(user) needs the scope write:others.",
            errors: [FieldError(.scopeMissing, "user.id", "Only the caller's own time can be booked with this key.")]
        )
    }

    /// Who takes a whole system away takes each of its references away.
    private func clearReferences(_ named: inout Entry, _ vendor: Vendor) {
        guard let value = named[.externalRefs]?.json else { return }
        var systems = value.object ?? JSONObject()
        for line in vendor.requests.lines where line.isWritten && line.field.null == .clears {
            guard case .externalRef(let system, let key) = line.target else { continue }
            guard value.isNull || value[system]?.isNull ?? false else { continue }
            var cleared = systems[system]?.object ?? JSONObject()
            cleared[key] = .null
            systems[system] = .object(cleared)
        }
        if !systems.isEmpty { named[.externalRefs] = .json(.object(systems)) }
    }

    /// A title that goes into the vendor's note is put before the note as it is, once.
    private func joinAgain(
        _ named: inout Entry,
        _ current: Current,
        _ report: inout MappingReport,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) {
        for line in vendor.requests.lines where !line.field.joins.isEmpty {
            guard case .member(let member) = line.field.target, !named.has(member),
                let text = current.entry[member]?.string
            else { continue }
            var isJoined = false
            for joined in line.field.joins {
                guard let extra = named[joined]?.string, !extra.isEmpty else { continue }
                if text == extra || text.hasPrefix(extra + "\n") {
                    named[joined] = nil
                } else {
                    isJoined = true
                }
            }
            guard isJoined else { continue }
            named[member] = .string(text)
            try checkMarkup(line, member, text, current, &report, call, vendor)
        }
    }

    /// A note that is written again to have a title before it must not lose what is more than its text.
    private func checkMarkup(
        _ line: BodyPlan.Line,
        _ member: Member,
        _ text: String,
        _ current: Current,
        _ report: inout MappingReport,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) {
        guard case .html = line.field.converter, let path = line.field.paths.first,
            let html = current.body.value(at: path)?.string, html != text, html != HTMLText.escape(text)
        else { return }
        if call.handling.isLenient {
            return report.add(.dropped, member.path, why: "Its markup: \(vendor.title) holds the title in it.")
        }
        let titles = line.field.joins.map(\.path).joined(separator: ", ")
        throw Problem(
            faults: [
                FieldError(
                    .unrepresentable,
                    titles,
                    "\(vendor.title) holds \(titles) in the \(member.path), whose markup would be lost.",
                    hint: "Name \(member.path) in the change too, or allow it with Prefer: handling=lenient."
                )
            ]
        )
    }

    /// The whole time group anew, in the form that the vendor takes; `nil` if the times stay.
    private func fitted(
        _ change: EntryChange,
        _ current: Entry,
        _ named: inout Entry,
        _ report: inout MappingReport,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) -> TimeGroup? {
        guard var merged = change.times else { return nil }
        let before = merged.report.notes.count
        let given = try TimeNormaliser(zones: zones, connectionZone: call.connection.zone).normalise(&merged)
        for note in merged.report.notes.dropFirst(before) { report.add(note) }
        var timed = merged.entry
        // Breaks that the vendor holds already stay with it, and need no place in the request.
        let isHeld = timed[.breakSeconds] != nil && timed[.breakSeconds] == current[.breakSeconds]
        if isHeld { timed[.breakSeconds] = nil }
        let times = try fitting(call, vendor).fit(given, &timed, &report)
        for member in [Member.workDate, .startedAt, .endedAt, .durationSeconds, .timerState] {
            named[member] = timed[member]
        }
        if !isHeld, let pause = timed[.breakSeconds] { named[.breakSeconds] = pause }
        return times
    }
}

extension RecordedEntry {
    /// Says that a vendor kept what can be billed above a time that the change has made shorter: someone would be billed for
    /// what was not worked. Where the time became longer, what is above it may be meant.
    fileprivate mutating func noteBillable(_ asked: [Member], from before: Entry, _ vendor: Vendor) {
        guard !asked.contains(.billableSeconds), let billable = entry[.billableSeconds]?.integer,
            let duration = entry.durationSeconds, billable > duration,
            let earlier = before.durationSeconds, duration < earlier
        else { return }
        report.add(
            .inconsistent,
            "billable_seconds",
            sent: .integer(billable),
            why: "\(vendor.title) left it above the new duration: change billable_seconds too."
        )
    }
}
