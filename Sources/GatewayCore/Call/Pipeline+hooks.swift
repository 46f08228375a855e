internal import JSON

/// The operator's hooks on the path of a call.
extension Pipeline {
    /// An entry as the hooks leave it.
    public struct Hooked: Sendable {
        public var entry: Entry
        /// What they changed, each with the hook's name.
        public var report: MappingReport
        public var isChanged: Bool
        /// The times for the normaliser, where a hook changed them.
        var times: ParsedEntry?
        /// What a plan could not find out, in words.
        var undetermined: [String] = []
    }

    /// Runs the hooks over an entry that is to be written. Each sees what the one before it left, with its times worked
    /// out again. What they change is to be held to every rule afterwards, as if the caller had asked for it.
    ///
    /// - Parameters:
    ///   - entry: normalised.
    ///   - vendor, upstream: where hooks read (`call.get`), each within limits of its own.
    ///   - memory: what was read in the call by now.
    ///   - before: the entry as it is, where the call changes one.
    ///   - holdsInstants: whether the vendor takes a start or an end.
    /// - Throws: a hook's refusal; `hook_failed` where one fails or leaves what is no entry. Nothing was sent.
    public func hooked(
        _ entry: Entry,
        _ call: Call,
        at vendor: Vendor,
        _ upstream: any Upstream,
        memory: LookUps.Memory? = nil,
        before: Entry? = nil,
        holdsInstants: Bool = true
    ) async throws(Problem) -> Hooked {
        var hooked = Hooked(entry: entry, report: MappingReport(), isChanged: false)
        guard let hooks = call.hooks, !hooks.onEntry.isEmpty else { return hooked }
        var scriptCall = ScriptCall(call)
        scriptCall.before = before?.json
        var source: LookUps.Source?
        for hook in hooks.onEntry {
            let left: JSONValue?
            switch try hook.onEntry(hooked.entry, scriptCall) {
            case .ended(let ended): left = ended
            case .waits(let goOn):
                let reads = source ?? LookUps.Source(self, call, vendor, upstream, memory: memory ?? LookUps.Memory())
                source = reads
                let lookUps = LookUps(reads)
                left = try await goOn(lookUps)
                hooked.undetermined += lookUps.undetermined
            }
            guard let left, let patch = left.mergePatch(from: hooked.entry.json) else { continue }
            do throws(Problem) {
                try apply(patch, of: hook.name, to: &hooked, call, holdsInstants: holdsInstants)
            } catch {
                throw Pipeline.disorder(error, hook.name)
            }
        }
        return hooked
    }

    /// One hook's change, as a merge patch: what it names wins, other times follow.
    private func apply(
        _ patch: JSONValue,
        of name: String,
        to hooked: inout Hooked,
        _ call: Call,
        holdsInstants: Bool
    ) throws(Problem) {
        guard let document = try? JSONDocument(parsing: patch.serialized(.compact), limits: .trusted) else {
            throw Problem(.malformedJSON, "It is no JSON.")
        }
        let parsed = try EntryReader.read(document.root)
        let before = hooked.entry
        let change = try EntryChange(parsed, of: before, holdsInstants: holdsInstants)
        for note in parsed.report.notes { hooked.report.add(note) }
        if change.isEmpty { return }
        var group: TimeGroup?
        if var merged = change.times {
            group = try TimeNormaliser(zones: zones, connectionZone: call.connection.zone).normalise(&merged)
            hooked.times = change.times
        }
        hooked.entry = change.applied(to: before, times: group)
        if let pause = change.times?.entry[.breakSeconds] { hooked.entry[.breakSeconds] = pause }
        hooked.isChanged = true
        let named = Set(parsed.entry.slots.map(\.member) + parsed.localTimes.map(\.member))
        for member in Member.allCases {
            let (old, new) = (before[member], hooked.entry[member])
            guard old?.json != new?.json else { continue }
            let isNamed = named.contains(member) || (member == .durationSeconds && parsed.durationFromText != nil)
            hooked.report.add(
                new == nil ? .dropped : !isNamed ? .derived : old == nil ? .defaulted : .converted,
                member.path,
                asked: old.map { WireValue($0.json) },
                sent: new.map { WireValue($0.json) },
                why: isNamed ? "The hook \(name) changed it." : "It follows from what the hook \(name) changed."
            )
        }
    }

    /// A hook that leaves an entry which is not in order has failed: the caller sent another.
    private static func disorder(_ problem: Problem, _ name: String) -> Problem {
        var failed = Problem(
            .hookFailed,
            "\(name): on_entry left an entry that is not in order: \(problem.detail)",
            origin: .gateway,
            errors: problem.errors
        )
        failed.place = Problem.ScriptPlace(place: name, function: HookEvent.onEntry.rawValue)
        return failed
    }

    // MARK: - Looking on

    /// Makes a call and tells the hooks what it came to. A hook that fails here turns no answer into a failure.
    ///
    /// The pipeline's own operations do it by themselves; it is for ways to a vendor beside them.
    public func told(
        _ call: Call,
        _ perform: () async throws(Problem) -> CallOutcome
    ) async throws(Problem) -> CallOutcome {
        try await told(call, perform) { outcome, start, hooks in ended(outcome, since: start, call, hooks) }
    }

    /// The same for a read.
    func told(
        read call: Call,
        _ perform: () async throws(Problem) -> RecordedEntry
    ) async throws(Problem) -> RecordedEntry {
        try await told(call, perform) { recorded, start, hooks in
            let shown = answered(recorded, call, hooks)
            done("read", nil, call.entryID, since: start, call, hooks)
            return shown
        }
    }

    /// The same for a list, whose entries are shown to no hook one by one.
    func told(
        list call: Call,
        _ perform: () async throws(Problem) -> ListPage
    ) async throws(Problem) -> ListPage {
        try await told(call, perform) { page, start, hooks in
            done("listed", nil, nil, since: start, call, hooks)
            return page
        }
    }

    /// - Parameter end: tells the hooks of an answer, and says what becomes of it.
    private func told<Value>(
        _ call: Call,
        _ perform: () async throws(Problem) -> Value,
        end: (Value, Int64, Hooks) -> Value
    ) async throws(Problem) -> Value {
        guard let hooks = call.hooks, hooks.looksOn else { return try await perform() }
        let start = timer.now()
        do throws(Problem) {
            return end(try await perform(), start, hooks)
        } catch {
            throw refused(error, since: start, call, hooks)
        }
    }

    /// The same for several entries in one request.
    func told(
        items call: Call,
        _ perform: () async throws(Problem) -> [ItemOutcome]
    ) async throws(Problem) -> [ItemOutcome] {
        let outcome = try await told(call) { () throws(Problem) in .acted(try await perform()) }
        guard case .acted(let items) = outcome else { return [] }
        return items
    }

    /// Tells the hooks what a call that began then has come to.
    func ended(_ outcome: CallOutcome, since start: Int64, _ call: Call, _ hooks: Hooks) -> CallOutcome {
        let shown = answered(outcome, call, hooks)
        done(shown.name(call), nil, shown.entryID ?? call.entryID, since: start, call, hooks)
        return shown
    }

    private func answered(_ outcome: CallOutcome, _ call: Call, _ hooks: Hooks) -> CallOutcome {
        if hooks.onAnswer.isEmpty, hooks.onProblem.isEmpty { return outcome }
        switch outcome {
        case .recorded(let recorded): return .recorded(answered(recorded, call, hooks))
        case .acted(var items):
            for index in items.indices {
                switch items[index].result {
                case .success(let recorded): items[index].result = .success(answered(recorded, call, hooks))
                case .failure(let problem): items[index].result = .failure(told(problem, call, hooks))
                }
            }
            return .acted(items)
        case .planned, .deleted: return outcome
        }
    }

    func answered(_ recorded: RecordedEntry, _ call: Call, _ hooks: Hooks) -> RecordedEntry {
        guard !hooks.onAnswer.isEmpty else { return recorded }
        var recorded = recorded
        let scriptCall = ScriptCall(call)
        let failures = hooks.tell(hooks.onAnswer) { hook throws(Problem) in
            try hook.onAnswer(recorded.entry, scriptCall)
        }
        for failure in failures {
            recorded.report.add(
                .inconsistent,
                "id",
                why: "The entry is as the vendor answered it; the hook's on_answer failed: \(failure.detail)"
            )
        }
        return recorded
    }

    func refused(_ problem: Problem, since start: Int64, _ call: Call, _ hooks: Hooks) -> Problem {
        let problem = told(problem, call, hooks)
        done("refused", problem.code.rawValue, call.entryID, since: start, call, hooks)
        return problem
    }

    private func told(_ problem: Problem, _ call: Call, _ hooks: Hooks) -> Problem {
        guard !hooks.onProblem.isEmpty else { return problem }
        let shown = (try? JSONValue(parsing: problem.body(requestID: call.id), limits: .trusted)) ?? .null
        let scriptCall = ScriptCall(call)
        let failures = hooks.tell(hooks.onProblem) { hook throws(Problem) in try hook.onProblem(shown, scriptCall) }
        guard !failures.isEmpty else { return problem }
        var problem = problem
        problem.extra["hook_failures"] = .array(failures.map { .string($0.detail) })
        return problem
    }

    func done(
        _ outcome: String,
        _ code: String?,
        _ entryID: String?,
        since start: Int64,
        _ call: Call,
        _ hooks: Hooks
    ) {
        guard !hooks.onDone.isEmpty else { return }
        var scriptCall = ScriptCall(call)
        scriptCall.result = ScriptResult(
            outcome: outcome,
            code: code,
            entryID: entryID,
            milliseconds: (timer.now() - start) / 1_000_000
        )
        _ = hooks.tell(hooks.onDone) { hook throws(Problem) in try hook.onDone(scriptCall) }
    }
}

extension CallOutcome {
    fileprivate func name(_ call: Call) -> String {
        switch self {
        case .recorded: call.operation.isRead ? "read" : "recorded"
        case .planned: "planned"
        case .deleted: "deleted"
        case .acted: "acted"
        }
    }

    fileprivate var entryID: String? {
        if case .recorded(let recorded) = self { recorded.entry[.id]?.string } else { nil }
    }
}

extension JSONValue {
    /// The merge patch (RFC 7396) that leads from another value to this one; `nil` if they are the same.
    ///
    /// An empty list and an empty object are the same here: a script's empty table can be either.
    func mergePatch(from old: JSONValue) -> JSONValue? {
        guard case .object(let new) = self, case .object(let known) = old else {
            if isEquivalent(to: old) || (isEmptyContainer && old.isEmptyContainer) { return Optional.none }
            return self
        }
        var patch = JSONObject()
        for member in new {
            guard let value = known[member.key] else {
                patch.append(member.key, member.value)
                continue
            }
            if let change = member.value.mergePatch(from: value) { patch.append(member.key, change) }
        }
        for member in known where new[member.key] == nil && !member.value.isNull { patch.append(member.key, .null) }
        return patch.isEmpty ? Optional.none : .object(patch)
    }

    private var isEmptyContainer: Bool {
        switch self {
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }
}
