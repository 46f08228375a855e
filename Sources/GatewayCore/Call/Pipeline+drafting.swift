internal import JSON

/// The steps of an entry that is recorded or replaced, between the waits of its call. Each has its frame on the stack and not
/// in the call, so none may be inlined there.
extension Pipeline {
    /// Reads what the caller asks for, as far as that needs nobody else.
    @inline(never)
    func draft(
        _ body: JSONView,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ upstream: any Upstream
    ) throws(Problem) -> Draft {
        let permitted = try permit(call, vendor)
        let call = begun(call)
        var parsed = try EntryReader.read(body)
        try parsed.checkLengths(call.handling)
        let asked = parsed.entry.slots.map(\.member)
        call.trace?.lap(.read)
        let given = try TimeNormaliser(zones: zones, connectionZone: call.connection.zone).normalise(&parsed)
        var entry = parsed.entry
        var report = parsed.report
        try refuseNamedUser(entry, call, vendor)
        try settleUser(&entry, &report, call, vendor)
        return Draft(call, vendor, permitted, scripts, upstream, asked: asked, entry, given, report)
    }

    /// Looks at the entry that is replaced, and lets the hooks look at the one that replaces it.
    @inline(never)
    func consult(_ draft: Draft) async throws(Problem) {
        let (call, vendor, upstream) = (draft.call, draft.vendor, draft.upstream)
        let memory = call.hooks == nil ? nil : LookUps.Memory()
        draft.memory = memory
        var current: Current?
        if call.operation == .replace {
            // A body that is wrong is refused before the vendor is asked for anything, unless a hook may mend it.
            if call.hooks == nil { try check(draft.entry, draft.given, draft.report, call, vendor) }
            current = try await replaced(call, vendor, upstream)
        }
        if let current {
            if let scripts = draft.scripts {
                draft.scriptCall?.lookUps = lookUps(call, vendor, upstream, memory: memory)
                if let scriptCall = draft.scriptCall {
                    try await ask(scripts, vendor, current.entry, scriptCall, only: .authorize)
                }
            }
            draft.scriptCall?.before = current.entry.json
        }
        if call.hooks?.onEntry.isEmpty == false {
            let hooked = try await hooked(
                draft.entry,
                call,
                at: vendor,
                upstream,
                memory: memory,
                before: current?.entry
            )
            draft.undetermined = hooked.undetermined
            if hooked.isChanged { try take(hooked, draft) }
        }
    }

    /// Goes on with what the hooks made of the entry.
    private func take(_ hooked: Hooked, _ draft: Draft) throws(Problem) {
        draft.entry = hooked.entry
        draft.report.append(hooked.report)
        // A hook books for nobody whom the caller could not book for.
        var known = MappingReport()
        try settleUser(&draft.entry, &known, draft.call, draft.vendor)
        if var times = hooked.times {
            let normaliser = TimeNormaliser(zones: zones, connectionZone: draft.call.connection.zone)
            draft.given = try normaliser.normalise(&times).keeping(draft.given)
        }
    }

    /// Whether an entry can be said to the vendor, as far as that is known without it.
    private func check(
        _ entry: Entry,
        _ given: TimeGroup,
        _ report: MappingReport,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) {
        var entry = entry
        var report = report
        let times = try fitting(call, vendor).fit(given, &entry, &report)
        _ = try writer(call, vendor, times).write(entry)
    }

    /// Holds the entry to the field table, and puts it as the vendor does.
    @inline(never)
    func map(_ draft: Draft) throws(Problem) {
        let (call, vendor) = (draft.call, draft.vendor)
        var entry = draft.entry
        var report = draft.report
        let times = try fitting(call, vendor).fit(draft.given, &entry, &report)
        let written = try writer(call, vendor, times).write(entry)
        report.append(written.report)
        call.trace?.lap(.map, .report(report))
        draft.wires = written.wires
        draft.merge = AnswerMerge(
            vendor: vendor,
            completeness: draft.rule.value.completeness,
            sent: entry,
            times: times,
            sentMembers: written.sentMembers,
            joined: written.joinedMembers,
            joinedAway: written.joinedAway,
            references: written.references
        )
        draft.entry = entry
        draft.held = written.held.applied(to: entry, sent: written.sentMembers)
        draft.report = report
    }

    /// Asks about an entry that is about to be sent, as far as none of the functions waits for what it reads.
    @inline(never)
    func judge(_ draft: Draft) throws(Problem) -> ScriptRun<Void> {
        guard let scripts = draft.scripts, let call = draft.scriptCall else { return .ended(()) }
        return try begin(scripts, draft.vendor, draft.entry, call)
    }

    /// The way to read. Made only where something is read, which few functions do.
    @inline(never)
    func reads(_ draft: Draft) -> LookUps {
        let reads =
            draft.scriptCall?.lookUps ?? lookUps(draft.call, draft.vendor, draft.upstream, memory: draft.memory)
        draft.scriptCall?.lookUps = reads
        return reads
    }

    /// Writes the request of a plugin that leaves its body as the field table writes it.
    @inline(never)
    func encode(_ draft: Draft) throws(Problem) -> Delivery { try delivery(rendered(draft), draft) }

    /// Writes the request with the plugin's last word on its body.
    @inline(never)
    func writtenByScript(_ draft: Draft) async throws(Problem) -> Delivery {
        var body = rendered(draft)
        if let scripts = draft.scripts, var scriptCall = draft.scriptCall {
            draft.call.trace?.lap(.encode)
            scriptCall.key =
                draft.call.write.map { writeKey($0.scope, $0.createdAt) } ?? draft.call.idempotencyKey
                ?? Pipeline.anyKey
            let request = try await scripts.toVendor(JSONValue(trusted: body), draft.entry.json, scriptCall)
            body = Array(request.serialized(.compact).utf8)
        }
        return try delivery(body, draft)
    }

    private func rendered(_ draft: Draft) -> [UInt8] {
        let body = BodyWriter.render(draft.wires, draft.vendor.requests, in: draft.vendor.manifest.document)
        draft.wires = []
        return body
    }

    private func delivery(_ body: [UInt8], _ draft: Draft) throws(Problem) -> Delivery {
        let (call, rule) = (draft.call, draft.rule)
        let kind = call.connection.kind(rule)
        let url = if let url = kind.url { url } else { try url(rule.value, call, draft.entry) }
        var request = UpstreamRequest(
            method: rule.value.method,
            url: url,
            common: kind.headers,
            headers: rule.value.idempotencyHeader.map { [keyHeader($0, call)] } ?? [],
            body: body,
            allowsPrivate: call.connection.allowsPrivate,
            timeoutMilliseconds: call.timeoutMilliseconds
        )
        request.wantedHeader = rule.value.idHeader
        call.trace?.lap(.encode)
        return Delivery(request, rule.value, .write, call, draft.vendor, draft.upstream, entry: draft.held)
    }

    /// A plan as it is shown.
    @inline(never)
    func planned(_ delivery: Delivery, _ draft: Draft) -> CallOutcome {
        let undetermined = draft.undetermined + (draft.scriptCall?.lookUps?.undetermined ?? [])
        return .planned(
            Plan(request: delivery.request, entry: draft.entry, report: draft.report, undetermined: undetermined)
        )
    }

    /// Looks at the vendor for an entry that it holds twice, where it was sent the request twice.
    @inline(never)
    func checkDoubles(_ draft: Draft, _ recorded: RecordedEntry) async throws(Problem) {
        guard let write = draft.call.write else { return }
        let problem = await doubled(
            write,
            answered: recorded.entry[.id]?.string,
            draft.call,
            at: draft.vendor,
            scripts: draft.scripts,
            upstream: draft.upstream
        )
        if let problem { throw problem }
    }

    @inline(never)
    func isNamedAgain(_ draft: Draft, _ recorded: RecordedEntry) -> Bool {
        guard draft.call.operation == .create, let write = draft.call.write else { return false }
        return recorded.entry[.id]?.string.map { write.isNamedAgain($0) } ?? false
    }

    /// Whether the entry that the vendor has named belongs to another write.
    @inline(never)
    func checkOwner(_ draft: Draft, _ recorded: RecordedEntry) async throws(Problem) {
        guard let write = draft.call.write, let id = recorded.entry[.id]?.string else { return }
        if let problem = await ownedByAnother(write, answered: id, at: draft.vendor) { throw problem }
    }
}
