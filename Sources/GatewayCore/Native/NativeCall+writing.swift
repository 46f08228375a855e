internal import JSON

/// What a hook changed, written back into the bytes that the client sent.
extension NativeCall {
    private static let times: [Member] = [
        .workDate, .startedAt, .endedAt, .timeZone, .durationSeconds, .timerState,
    ]

    /// - Parameter entry: as it was read; afterwards as it goes out.
    /// - Returns: the body with the changes; `nil` where there are none.
    /// - Throws: what the vendor's dialect cannot say, or times that contradict each other.
    func writeBack(
        _ changed: Entry,
        _ entry: inout Entry,
        _ root: JSONView,
        _ report: inout MappingReport,
        _ ports: NativePorts
    ) async throws(Problem) -> [UInt8]? {
        let before = entry
        var after = joined(changed, before)
        guard Member.allCases.contains(where: { BodyEditor.differs(before[$0], after[$0]) }) else { return nil }
        let isWhole = operation.operation != .update
        let isTimed = NativeCall.times.contains { BodyEditor.differs(before[$0], after[$0]) }
        var group: TimeGroup?
        if isTimed, isWhole { group = try settle(&after, before) }

        var editor = bodyEditor(vendor.requests, before, after)
        editor.timesFollow = group != nil
        var json = JSONEditor(root.document)
        try editor.edit(root, with: &json)
        report.append(editor.report)
        var bytes = json.finish()
        if let group, !timesAgree(bytes, after) {
            bytes = try rewriteTimes(bytes, group, &after, &report)
            guard timesAgree(bytes, after) else {
                throw Problem(
                    faults: [
                        FieldError(
                            .unrepresentable,
                            "started_at",
                            "The times as they were changed cannot be said in a request to \(vendor.title)."
                        )
                    ],
                    origin: .gateway
                )
            }
        }
        if vendor.functions.contains(.toVendor), let scripts = ports.scripts {
            bytes = try await finish(bytes, after, scripts)
        }
        entry = after
        return bytes
    }

    func bodyEditor(_ plan: BodyPlan, _ before: Entry, _ after: Entry) -> BodyEditor {
        BodyEditor(
            plan: plan,
            title: vendor.title,
            operation: operation.operation,
            handling: call.handling,
            zone: zone(of: after),
            before: before,
            after: after
        )
    }

    private func zone(of entry: Entry) -> Zone? {
        entry.timeZone.flatMap { try? zones.zone(named: $0) } ?? call.connection.zone
    }

    /// Members that the vendor has no field for go into the text that takes them in, as in every other request.
    private func joined(_ changed: Entry, _ before: Entry) -> Entry {
        var entry = changed
        for line in vendor.requests.lines where line.hasJoins {
            guard case .member(let target) = line.target else { continue }
            for member in line.field.joins.reversed() {
                guard !vendor.requests.has(member), let text = entry[member]?.string, !text.isEmpty,
                    BodyEditor.differs(before[member], entry[member])
                else { continue }
                let rest = entry[target]?.string ?? ""
                entry[target] = .string(rest.isEmpty ? text : "\(text)\n\(rest)")
                entry[member] = nil
            }
        }
        return entry
    }

    // MARK: - Times

    /// The whole time group as it follows from what was changed: a length alone moves the end, as in a patch.
    private func settle(_ after: inout Entry, _ before: Entry) throws(Problem) -> TimeGroup {
        var patch = ParsedEntry()
        for member in NativeCall.times + [.breakSeconds] where BodyEditor.differs(before[member], after[member]) {
            patch.entry[member] = after[member] ?? .null
        }
        var whole = before
        // The day of an entry that had no start is the client's own word, and stays beside a start that a hook adds.
        if before.startedAt == nil, patch.entry[.workDate] == nil, let day = after.workDate {
            patch.entry[.workDate] = .date(day)
            whole[.workDate] = nil
        }
        do throws(Problem) {
            let change = try EntryChange(patch, of: whole)
            guard var parsed = change.times else { return TimeGroup(form: .durationOnly) }
            let group = try TimeNormaliser(zones: zones, connectionZone: call.connection.zone).normalise(&parsed)
            after.startedAt = group.startedAt
            after.endedAt = group.endedAt
            after.durationSeconds = group.durationSeconds
            after.workDate = group.workDate
            return group
        } catch {
            var problem = error
            problem.origin = .gateway
            throw problem
        }
    }

    /// Whether a body says the times of an entry.
    private func timesAgree(_ body: [UInt8], _ entry: Entry) -> Bool {
        let changed = NativeRequest(method: request.method, target: request.target, body: body)
        let reader = NativeReader(vendor: vendor, zones: zones, connection: call.connection)
        var read = reader.read(changed, operation).entry
        completeTimes(&read)
        let duration = vendor.requests.precision(of: .durationSeconds)
        for member in [Member.startedAt, .endedAt, .durationSeconds, .workDate] {
            if member == .workDate, !vendor.requests.has(.workDate), !read.has(.workDate) { continue }
            switch (read[member], entry[member]) {
            case (nil, nil): break
            case (let a?, let b?):
                if !a.means(b, within: member == .durationSeconds ? duration : .exact) { return false }
            default: return false
            }
        }
        return true
    }

    /// Writes the whole time group in a form that the vendor takes, and takes the places of other forms away.
    private func rewriteTimes(
        _ bytes: [UInt8],
        _ group: TimeGroup,
        _ after: inout Entry,
        _ report: inout MappingReport
    ) throws(Problem) -> [UInt8] {
        let times = try pipeline.fitting(call, vendor).fit(group, &after, &report)
        let writer = pipeline.writer(call, vendor, times)
        let plan = vendor.requests
        var state = BodyWriter.State(count: plan.places.count)
        let lines = plan.lines.filter(\.target.isTime)
        for line in lines { writer.write(line, after, &state) }
        if !state.faults.isEmpty { throw Problem(faults: state.faults, origin: .gateway) }
        report.append(state.report)

        guard let document = try? JSONDocument(parsing: bytes, limits: .trusted),
            let root = vendor.manifest.document.map({ document.root[$0.at] }) ?? document.root
        else { return bytes }
        var scan = BodyReader.Scan(plan: plan, document: document)
        scan.walk(root, node: 0)
        var editor = bodyEditor(plan, after, after)
        var json = JSONEditor(document)
        for line in lines {
            for place in line.places + line.alternatives.flatMap(\.places) {
                if !state.wires[place].isAbsent {
                    editor.set(state.wires[place].json, at: place, scan, root, &json)
                } else if scan.views.has(place) {
                    json.remove(at: editor.names(place), in: root)
                }
            }
        }
        return json.finish()
    }

    // MARK: - The plugin's own hand

    /// What `to_vendor` makes of the body, as edits of its bytes.
    private func finish(
        _ bytes: [UInt8],
        _ entry: Entry,
        _ scripts: any PluginScripts
    ) async throws(Problem) -> [UInt8] {
        guard let document = try? JSONDocument(parsing: bytes, limits: .trusted) else { return bytes }
        let body = try await scripts.toVendor(document.root.value, entry.json, ScriptCall(call))
        var json = JSONEditor(document)
        json.merge(body, into: document.root)
        return json.finish()
    }
}
