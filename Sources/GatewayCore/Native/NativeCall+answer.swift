internal import JSON

/// What a vendor's answer to a native client came to.
extension NativeCall {
    /// Everything behind the vendor: the answer is read for the record and for hooks, and goes on as it is unless a hook
    /// changed the entry in it.
    ///
    /// - Throws: an entry of somebody else that the key may not see, or a hook's refusal.
    public func conclude(
        _ answer: NativeAnswer,
        to forward: NativeForward,
        _ ports: NativePorts
    ) async throws(Problem) -> NativeOutcome {
        var outcome = NativeOutcome(body: answer.body)
        guard let document = try open(answer, forward, &outcome) else { return outcome }
        // Where the entry is named in a header there are no bytes to be changed.
        if !answer.body.isBlank,
            ports.onAnswer != nil || (vendor.functions.contains(.fromVendor) && ports.scripts != nil)
        {
            try await change(document, forward, ports, &outcome)
            return outcome
        }
        // The usual case: nobody has to be waited for.
        for root in entryObjects(document.root) {
            var reading = try read(root)
            settle(&reading, forward)
            outcome.report.append(reading.report)
            outcome.entries.append(reading.entry)
        }
        try judge(&outcome)
        return outcome
    }

    /// The document of an answer to what the vendor has done; `nil` where there is nothing more to read.
    private func open(
        _ answer: NativeAnswer,
        _ forward: NativeForward,
        _ outcome: inout NativeOutcome
    ) throws(Problem) -> JSONDocument? {
        guard let rule else { return nil }
        let body =
            vendor.body(
                naming: answer.idHeader,
                status: answer.status,
                body: answer.body,
                operation.operation,
                zones: zones,
                connection: call.connection
            ) ?? answer.body
        let document = body.isEmpty ? nil : try? JSONDocument(parsing: body, limits: .vendorAnswer)
        guard (200..<300).contains(vendor.meant(status: answer.status, body: document?.root)) else {
            outcome.problem = vendor.readRefusal(
                status: answer.status,
                body: document?.root,
                operation: operation.operation,
                asked: forward.entry.slots.map(\.member)
            )
            return nil
        }
        outcome.isUnderstood = rule.value.success.contains(answer.status)
        if let document { return document }
        if needsOwner { throw hidden() }
        // Actions and deletions may be answered with none. What is coded may be the vendor's entry, or anybody's page.
        let needsBody = carriesEntry && rule.value.answersEntry && answer.status != 204
        if needsBody || !answer.body.isBlank {
            if answer.isCoded { outcome.isUnread = true } else { outcome.isUnderstood = false }
        }
        return nil
    }

    private func read(_ root: JSONView) throws(Problem) -> BodyReader.Result {
        let reading = vendor.reader(.answer, zones: zones, zone: call.connection.zone, includesMoney: false).read(root)
        if needsOwner { try pipeline.checkOwner(reading.entry, call, vendor) }
        return reading
    }

    /// What is known of an entry beside the answer.
    private func settle(_ reading: inout BodyReader.Result, _ forward: NativeForward) {
        reading.entry[.connection] = .string(call.connection.name)
        reading.entry[.vendor] = .string(vendor.manifest.id)
        if operation.operation == .create || operation.operation == .replace { fill(&reading, from: forward.entry) }
    }

    /// Has the plugin and the hooks look at the entries, and writes what a hook changed into the body.
    private func change(
        _ document: JSONDocument,
        _ forward: NativeForward,
        _ ports: NativePorts,
        _ outcome: inout NativeOutcome
    ) async throws(Problem) {
        var json = JSONEditor(document)
        for root in entryObjects(document.root) {
            var reading = try read(root)
            if vendor.functions.contains(.fromVendor), let scripts = ports.scripts {
                await pipeline.adjust(&reading.entry, &reading.report, document, scripts, ScriptCall(call))
            }
            settle(&reading, forward)
            outcome.report.append(reading.report)
            guard let onAnswer = ports.onAnswer, vendor.nativeWritingFault == nil else {
                outcome.entries.append(reading.entry)
                continue
            }
            let changed = try await onAnswer(reading.entry, call)
            outcome.entries.append(changed)
            var editor = bodyEditor(vendor.answers, reading.entry, changed)
            try editor.edit(root, with: &json)
            outcome.report.append(editor.report)
        }
        try judge(&outcome)
        if json.isEmpty { return }
        let former = outcome.body
        outcome.body = json.finish()
        if vendor.functions.contains(.writeAnswer), let scripts = ports.scripts, outcome.entries.count == 1 {
            outcome.body = try await finish(outcome.body, outcome.entries[0], scripts)
        }
        outcome.isChanged = outcome.body != former
    }

    /// Whether an answer is one that the vendor gives to the operation.
    private func judge(_ outcome: inout NativeOutcome) throws(Problem) {
        let answersEntry = rule?.value.answersEntry ?? false
        if carriesEntry, answersEntry, outcome.entries.isEmpty { outcome.isUnderstood = false }
        // Without an id nobody can say later whose the entry is.
        if operation.operation == .create, answersEntry, vendor.answers.has(.id),
            outcome.entries.contains(where: { $0.id == nil })
        {
            outcome.isUnderstood = false
        }
        call.trace?.lap(.answer, .report(outcome.report))
        if needsOwner, operation.operation == .get, outcome.entries.isEmpty { throw hidden() }
    }

    /// Whether an answer may only be seen by whose entry it is.
    private var needsOwner: Bool {
        credentials == .connection && operation.operation.isRead && !pipeline.mayTouchOthers(call)
    }

    private func hidden() -> Problem {
        Problem(.scopeMissing, "\(vendor.title) does not say whose entry it is: that needs the scope read:others.")
    }

    private func entryObjects(_ root: JSONView) -> [JSONView] {
        guard let rule else { return [] }
        let isList = operation.operation == .list || rule.value.ids != nil
        if isList {
            guard let list = root.value(at: rule.value.entriesPath), list.kind == .array else { return [] }
            return list.elements.filter { $0.kind == .object }
        }
        guard rule.value.answersEntry, let view = root.value(at: rule.value.entryPath), view.kind == .object else {
            return []
        }
        return [view]
    }

    /// What was sent and the answer does not repeat, for the record and for hooks.
    private func fill(_ reading: inout BodyReader.Result, from sent: Entry) {
        let why = "It is not in the answer; it was sent."
        // By number, so that only what is taken over is copied.
        for index in sent.slots.indices {
            let member = sent.slots[index].member
            if member == .subjects {
                for subject in sent.subjects where subject.id != nil && reading.entry.subject(subject.type)?.id == nil {
                    if reading.nullSubjects.contains(subject.type) { continue }
                    reading.entry.setSubject(subject.type, id: subject.id)
                    reading.report.add(.echoed, vendor.answers.subjectPath(subject.type).id, why: why)
                }
            } else if !reading.entry.has(member), !reading.nulls.contains(member), member != .vendorFields,
                !sent.slots[index].value.isNull
            {
                reading.entry[member] = sent.slots[index].value
                reading.report.add(.echoed, member.path, why: why)
            }
        }
        reading.entry[.completeness] = .string(
            rule?.value.completeness == .idOnly ? "id_only" : reading.missing.isEmpty ? "full" : "partial"
        )
    }

    /// What `write_answer` makes of the body, as edits of its bytes.
    private func finish(
        _ bytes: [UInt8],
        _ entry: Entry,
        _ scripts: any PluginScripts
    ) async throws(Problem) -> [UInt8] {
        guard let document = try? JSONDocument(parsing: bytes, limits: .vendorAnswer) else { return bytes }
        let body = try await scripts.writeAnswer(document.root.value, entry.json, ScriptCall(call))
        var json = JSONEditor(document)
        json.merge(body, into: document.root)
        return json.finish()
    }
}
