internal import JSON

/// What became of one entry of several.
public struct ItemOutcome: Sendable {
    public var id: String
    public var result: Result<CallOutcome, Problem>

    public init(id: String, result: Result<CallOutcome, Problem>) {
        self.id = id
        self.result = result
    }
}

/// Approving, rejecting, stopping: what a vendor does with an entry beside changing it.
extension Pipeline {
    /// The most entries in one call.
    public static let maximumItems = 500

    /// Acts on one entry, or plans it.
    ///
    /// caller → read, where whose it is, its state or a rule asks for it → authorise → encode → (a plan stops here) →
    /// send → decode → report
    public func act(
        reason: String?,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        try await told(call) { () throws(Problem) in
            try await actOnOne(reason: reason, call, at: vendor, scripts: scripts, upstream: upstream)
        }
    }

    private func actOnOne(
        reason: String?,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        let permitted = try permit(call, vendor)
        let rule = permitted.value
        let call = begun(call)
        let body = try actionBody(reason, rule, call, vendor)
        let (current, undetermined) = try await known(rule, call, vendor, upstream)
        let scriptCall = scriptCall(call, vendor, upstream)
        if let current {
            try checkState(current.entry, rule, call, vendor)
            if let scripts { try await ask(scripts, vendor, current.entry, scriptCall) }
        }
        let request = try bare(rule, body, current?.entry, call, vendor)
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
        guard rule.success.contains(answer.status) else {
            throw await refusal(answer, document, [], call, vendor, scripts, scriptCall)
        }
        let shown = try said(answer, document, call, vendor)
        guard rule.answersEntry, answer.status != 204 else {
            return .recorded(try await readBack(current, call, vendor, scripts, upstream))
        }
        guard let shown, let view = shown.root.value(at: rule.entryPath), view.kind == .object else {
            var problem = Problem(
                .recordedButUnmapped,
                "\(vendor.title) answered \(answer.status), but its answer holds no entry.",
                origin: .vendor,
                sent: .yes
            )
            problem.vendor = Problem.VendorAnswer(status: answer.status, body: self.shown(answer, shown, call))
            throw problem
        }
        var recorded = try await self.shown(view, call, vendor, scripts)
        fill(&recorded, from: current?.entry)
        if let id = recorded.entry[.id]?.string, let asked = call.entryID, !isSameID(id, asked) {
            recorded.report.add(
                .inconsistent,
                "id",
                asked: .string(asked),
                sent: .string(id),
                why: "\(vendor.title) answers with another entry than was asked for."
            )
        }
        return .recorded(recorded)
    }

    /// Whether the call may be made at all, on whatever entries.
    public func permit(_ call: Call, _ reason: String?, _ vendor: Vendor) throws(Problem) {
        _ = try actionBody(reason, try permit(call, vendor).value, call, vendor)
    }

    /// Whether the vendor does it to several entries in one request.
    public func actsInBulk(_ call: Call, _ reason: String?, _ vendor: Vendor) -> Bool {
        guard let operation = call.operation.bulk, reason == nil else { return false }
        return vendor.manifest.operations[operation]?.ids != nil
    }

    /// Acts on several entries in the vendor's own bulk request. Each entry has an outcome of its own, in the order of the
    /// ids.
    ///
    /// - Throws: where nothing is known of any single entry.
    public func act(
        inBulk ids: [String],
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> [ItemOutcome] {
        try await told(items: call) { () throws(Problem) in
            try await actOnAll(ids, call, at: vendor, scripts: scripts, upstream: upstream)
        }
    }

    private func actOnAll(
        _ ids: [String],
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> [ItemOutcome] {
        let rule = try permit(call, vendor).value
        var outcomes: [String: Result<CallOutcome, Problem>] = [:]
        guard let operation = call.operation.bulk, let bulk = vendor.manifest.operations[operation], let list = bulk.ids
        else {
            throw Problem(.unsupportedOperation, "\(vendor.title) does it one by one.", origin: .gateway)
        }
        let allowed = await checked(ids, rule, call, vendor, scripts, upstream, &outcomes)
        if !allowed.isEmpty {
            await send(allowed, bulk, list, call, vendor, scripts, upstream, &outcomes)
        }
        if let write = call.write, write.isBegun {
            explain(&outcomes, write.scope, hasOwnKey: call.idempotencyKey != nil)
        }
        return ids.map { id in
            ItemOutcome(
                id: id,
                result: outcomes[id]
                    ?? .failure(
                        Problem(.internalError, "The entry \(id) has no outcome.", origin: .gateway, sent: .maybe)
                    )
            )
        }
    }

    // MARK: - Steps

    /// Of what was refused beside what was sent, the answer is kept under the key as well: it is not tried again.
    private func explain(
        _ outcomes: inout [String: Result<CallOutcome, Problem>],
        _ scope: WriteScope,
        hasOwnKey: Bool
    ) {
        for (id, outcome) in outcomes {
            guard case .failure(var problem) = outcome else { continue }
            if problem.sent != .no {
                problem = problem.naming(scope)
            } else if hasOwnKey {
                problem.extra[Problem.spentKey] = true
            }
            outcomes[id] = .failure(problem)
        }
    }

    /// The constants of the plugin's table, and the reason: one where the vendor takes none is refused, not dropped.
    private func actionBody(
        _ reason: String?,
        _ rule: OperationRule,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) -> [UInt8]? {
        if reason != nil, rule.reasonPath == nil {
            throw Problem(
                faults: [
                    FieldError(
                        .unrepresentable,
                        "reason",
                        "\(vendor.title) takes no reason when it is asked to \(call.operation.rawValue).",
                        hint: "Leave reason away; it is never dropped."
                    )
                ]
            )
        }
        if reason == nil, rule.body == nil { return nil }
        var body = JSONValue.object(rule.body?.filled(at: call.now) ?? JSONObject())
        if let reason, let path = rule.reasonPath { body.set(.string(reason), at: path.segments.map(\.name)) }
        guard let document = vendor.manifest.document else { return Array(body.serialized(.compact).utf8) }
        var inner = JSONObject([(key: "type", value: .string(document.type))])
        for member in body.object ?? JSONObject() { inner.append(member.key, member.value) }
        return Array(JSONValue.object([document.at: .object(inner)]).serialized(.compact).utf8)
    }

    /// State conflicts that can be known are refused with no call upstream.
    private func checkState(
        _ entry: Entry,
        _ rule: OperationRule,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) {
        if let condition = rule.refusedWhen, condition.holds(in: entry) {
            throw Problem(
                .stateConflict,
                "\(condition.member.path) is \(condition.value): \(vendor.title) does not \(call.operation.rawValue) it then.",
                origin: .gateway,
                errors: [FieldError(.stateConflict, condition.member.path, "It is \(condition.value).")]
            )
        }
        if let condition = rule.onlyWhen, !condition.holds(in: entry) {
            let found = entry[condition.member]?.string ?? "not"
            throw Problem(
                .stateConflict,
                "\(call.operation.rawValue) needs \(condition.member.path) to be \(condition.value); it is \(found).",
                origin: .gateway,
                errors: [FieldError(.stateConflict, condition.member.path, "It is \(found).")]
            )
        }
    }

    /// The entry after an action whose answer does not hold it.
    func readBack(
        _ current: Current?,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ upstream: any Upstream
    ) async throws(Problem) -> RecordedEntry {
        guard vendor.manifest.operations[.get] != nil else {
            var entry = Entry()
            entry[.id] = call.entryID.map { .string($0) }
            finish(&entry, call, vendor)
            entry[.completeness] = .string(AnswerCompleteness.idOnly.rawValue)
            return RecordedEntry(entry: entry, report: MappingReport())
        }
        do throws(Problem) {
            let found = try await fetch(call, vendor, upstream, scripts: scripts)
            return RecordedEntry(entry: found.entry, report: found.report)
        } catch {
            var problem = error
            problem.code = .recordedButUnmapped
            problem.sent = .yes
            problem.detail = "\(vendor.title) has done it, but the entry could not be read again: \(error.detail)"
            throw problem
        }
    }

    /// What an answer leaves out and was read before: who and on what.
    private func fill(_ recorded: inout RecordedEntry, from current: Entry?) {
        guard let current else { return }
        for member in [Member.userID, .userName, .subjects] where !recorded.entry.has(member) {
            guard let value = current[member] else { continue }
            recorded.entry[member] = value
            recorded.report.add(.echoed, member.path, why: "It is not in the answer; it was read before.")
        }
    }

    /// The ids that may be acted on; what is refused has its outcome already.
    private func checked(
        _ ids: [String],
        _ rule: OperationRule,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ upstream: any Upstream,
        _ outcomes: inout [String: Result<CallOutcome, Problem>]
    ) async -> [String] {
        var allowed: [String] = []
        let memory = LookUps.Memory()
        for id in ids {
            var one = begun(call)
            one.entryID = id
            do throws(Problem) {
                guard RequestTarget.isSafe(id) else {
                    throw Problem(.vendorNotFound, "No entry can have the identifier \(quotedForMessage(id)).")
                }
                if let current = try await known(rule, one, vendor, upstream).0 {
                    try checkState(current.entry, rule, one, vendor)
                    if let scripts {
                        try await ask(scripts, vendor, current.entry, scriptCall(one, vendor, upstream, memory: memory))
                    }
                }
                allowed.append(id)
            } catch {
                outcomes[id] = .failure(error)
            }
        }
        return allowed
    }

    /// What a deletion of several came to: as the answer lists it, or all of it where the vendor lists nothing.
    private func takeDeleted(
        _ ids: [String],
        _ root: JSONView?,
        _ rule: OperationRule,
        _ vendor: Vendor,
        _ outcomes: inout [String: Result<CallOutcome, Problem>]
    ) {
        if rule.outcomes.isEmpty {
            for id in ids where outcomes[id] == nil { outcomes[id] = .success(.deleted) }
            return
        }
        for list in rule.outcomes {
            guard let array = root?.value(at: list.path), array.kind == .array else { continue }
            for element in array.elements {
                guard let id = element.string ?? element.int64.map(String.init) else { continue }
                let asked = ids.first { isSameID($0, id) } ?? id
                guard let kind = list.kind else {
                    outcomes[asked] = .success(.deleted)
                    continue
                }
                outcomes[asked] = .failure(
                    Problem(
                        kind.code,
                        "\(vendor.title) did not delete \(asked): its answer lists it under \(list.path.joined(separator: ".")).",
                        origin: .vendor,
                        sent: .yes
                    )
                )
            }
        }
    }

    private func send(
        _ ids: [String],
        _ rule: OperationRule,
        _ list: OperationRule.IDList,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ upstream: any Upstream,
        _ outcomes: inout [String: Result<CallOutcome, Problem>]
    ) async {
        do throws(Problem) {
            var values: [JSONValue] = []
            for id in ids {
                if !list.areIntegers {
                    values.append(.string(id))
                } else if let number = Int64(id), String(number) == id {
                    values.append(.integer(number))
                } else {
                    outcomes[id] = .failure(
                        Problem(.vendorNotFound, "\(vendor.title)'s identifiers are numbers, not \(id).")
                    )
                }
            }
            if values.isEmpty { return }
            var call = call
            call.sentIDs = ids.filter { outcomes[$0] == nil }
            var body = JSONValue.object(rule.body?.filled(at: call.now) ?? JSONObject())
            body.set(.array(values), at: list.path.segments.map(\.name))
            let request = try bare(rule, Array(body.serialized(.compact).utf8), nil, call, vendor)
            let answer = try answered(
                try await transmit(Delivery(request, rule, .write, call, vendor, upstream)),
                vendor,
                call
            )
            let parsed = try? JSONDocument(parsing: answer.body, limits: .vendorAnswer)
            guard rule.success.contains(answer.status) else {
                throw await refusal(answer, parsed, [], call, vendor, scripts, ScriptCall(call))
            }
            let document = try said(answer, parsed, call, vendor)
            if call.operation == .delete {
                takeDeleted(ids, document?.root, rule, vendor, &outcomes)
            } else {
                guard let array = document?.root.value(at: rule.entriesPath), array.kind == .array else {
                    throw Problem(
                        .recordedButUnmapped,
                        "\(vendor.title) answered \(answer.status), but its answer holds no list of entries.",
                        origin: .vendor,
                        sent: .yes
                    )
                }
                for view in array.elements where view.kind == .object {
                    let recorded = try await shown(view, call, vendor, scripts)
                    guard let id = recorded.entry.id else { continue }
                    outcomes[ids.first { isSameID($0, id) } ?? id] = .success(.recorded(recorded))
                }
            }
            for id in ids where outcomes[id] == nil {
                outcomes[id] = .failure(
                    Problem(
                        .outcomeUnknown,
                        "\(vendor.title) answered \(answer.status), and the entry \(id) is not in its answer.",
                        origin: .vendor,
                        sent: .maybe
                    )
                )
            }
        } catch {
            let problem = ids.count > 1 ? error.ofAll(at: vendor) : error
            for id in ids where outcomes[id] == nil { outcomes[id] = .failure(problem) }
        }
    }
}

extension Problem {
    /// The refusal of one request for several entries: which of them it is about is not known.
    fileprivate func ofAll(at vendor: Vendor) -> Problem {
        let ofEntries: [ProblemCode] = [
            .vendorNotFound, .vendorInvalid, .vendorConflict, .vendorLocked, .vendorPermission, .referenceNotFound,
        ]
        guard origin == .vendor, sent == .yes, ofEntries.contains(code) else { return self }
        var problem = self
        problem.detail =
            "\(vendor.title) refused one request for all of these entries and does not say for which of them: ask for each of "
            + "them alone to see. \(detail)"
        // That it is not there would be untrue of the others.
        if code == .vendorNotFound { problem.code = .vendorInvalid }
        return problem
    }
}
