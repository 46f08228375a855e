public import JSON

/// The path of a call: the one place that shows every step, in order.
public final class Pipeline: Sendable {
    /// What stands for a key where nothing is sent.
    public static let anyKey = "(one for each write)"

    let zones: ZoneDatabase
    /// The key that goes to vendors which have keys of their own: the same for the same caller, connection, operation
    /// and caller's key; a new one where the caller gave none.
    let vendorKey: @Sendable (Call) -> String
    /// What tells a write from every other: of its scope and the time of its claim.
    let writeKey: @Sendable (WriteScope, Int64) -> String

    public let timer: SendTimer

    public init(
        zones: ZoneDatabase,
        timer: SendTimer = .none,
        vendorKey: @escaping @Sendable (Call) -> String,
        writeKey: @escaping @Sendable (WriteScope, Int64) -> String = { scope, _ in scope.key }
    ) {
        self.zones = zones
        self.timer = timer
        self.vendorKey = vendorKey
        self.writeKey = writeKey
    }

    /// Creates an entry at the vendor or replaces one, as the call's operation says, or plans it.
    ///
    /// caller → parse → normalise → hooks → normalise again → check against the field table → authorise → validate → encode →
    /// (a plan stops here) → intent durable → send → decode → report
    public func create(
        _ body: JSONView,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        guard let hooks = call.hooks, hooks.looksOn else {
            return try await record(body, call, at: vendor, scripts: scripts, upstream: upstream)
        }
        return try await record(body, call, at: vendor, scripts, upstream, telling: hooks)
    }

    /// What `told` does, without a function that is handed over.
    @inline(never)
    private func record(
        _ body: JSONView,
        _ call: Call,
        at vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ upstream: any Upstream,
        telling hooks: Hooks
    ) async throws(Problem) -> CallOutcome {
        let start = timer.now()
        do throws(Problem) {
            let outcome = try await record(body, call, at: vendor, scripts: scripts, upstream: upstream)
            return ended(outcome, since: start, call, hooks)
        } catch {
            throw refused(error, since: start, call, hooks)
        }
    }

    /// What waits is here, and what works is in functions of its own: a call that waits for its vendor holds room for all
    /// that stands in this one.
    private func record(
        _ body: JSONView,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        let draft = try draft(body, call, vendor, scripts, upstream)
        if call.operation == .replace || call.hooks?.onEntry.isEmpty == false { try await consult(draft) }
        try map(draft)
        if case .waits(let goOn) = try judge(draft) { try await goOn(reads(draft)) }

        let delivery =
            if vendor.functions.contains(.toVendor) { try await writtenByScript(draft) } else { try encode(draft) }
        if call.isPlan { return planned(delivery, draft) }

        let result = try await transmit(delivery)

        let recorded: RecordedEntry
        switch try answered(result, draft) {
        case .recorded(let entry): recorded = entry
        case let answered: recorded = try await decode(answered, draft)
        }
        if case .success(let answer) = result, answer.isRepetition { try await checkDoubles(draft, recorded) }
        if isNamedAgain(draft, recorded) { try await checkOwner(draft, recorded) }
        return .recorded(recorded)
    }

    // MARK: - Map

    func fitting(_ call: Call, _ vendor: Vendor) -> TimeFitting {
        TimeFitting(
            rules: vendor.manifest.times,
            vendorTitle: vendor.title,
            settings: call.connection.settings,
            handling: call.handling,
            now: call.now,
            needsDate: vendor.writesDate,
            writesStart: vendor.writesStart,
            writesBreaks: vendor.writesBreaks,
            startPrecision: vendor.requests.precision(of: .startedAt),
            clockZone: vendor.holdsLocalTimes ? call.connection.zone : nil
        )
    }

    func writer(_ call: Call, _ vendor: Vendor, _ times: TimeGroup, isChange: Bool = false) -> BodyWriter {
        BodyWriter(
            plan: vendor.requests,
            answers: vendor.answers,
            title: vendor.title,
            operation: call.operation,
            handling: call.handling,
            settings: call.connection.settings,
            times: times,
            running: vendor.manifest.times.running ?? [:],
            impliedUser: vendor.manifest.impliedUserSetting.map {
                BodyWriter.ImpliedUser(settingName: $0, id: call.connection.settings.string($0))
            },
            isChange: isChange,
            answerZone: call.connection.zone
        )
    }

    // MARK: - Authorise and validate

    /// What the plugin's functions are told, with the way to read where one of them may.
    func scriptCall(_ call: Call, _ vendor: Vendor, _ upstream: any Upstream) -> ScriptCall {
        scriptCall(call, vendor, upstream, memory: nil)
    }

    /// - Parameter memory: what was read for other entries of the same call.
    func scriptCall(
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream,
        memory: LookUps.Memory?
    ) -> ScriptCall {
        var scriptCall = ScriptCall(call)
        if !vendor.functions.isDisjoint(with: .judges) {
            scriptCall.lookUps = lookUps(call, vendor, upstream, memory: memory)
        }
        return scriptCall
    }

    func lookUps(
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream,
        memory: LookUps.Memory?
    ) -> LookUps {
        LookUps(LookUps.Source(self, call, vendor, upstream, memory: memory ?? LookUps.Memory()))
    }

    func ask(
        _ scripts: any PluginScripts,
        _ vendor: Vendor,
        _ entry: Entry,
        _ call: ScriptCall,
        only functions: PluginFunctions = .judges
    ) async throws(Problem) {
        if case .waits(let goOn) = try begin(scripts, vendor, entry, call, only: functions) {
            try await goOn(call.lookUps)
        }
    }

    /// Asks, as far as none of the functions waits for what it reads.
    func begin(
        _ scripts: any PluginScripts,
        _ vendor: Vendor,
        _ entry: Entry,
        _ call: ScriptCall,
        only functions: PluginFunctions = .judges
    ) throws(Problem) -> ScriptRun<Void> {
        let functions = vendor.functions.intersection(functions)
        guard !functions.isDisjoint(with: .judges) else { return .ended(()) }
        return try scripts.judge(
            entry,
            call,
            authorizes: functions.contains(.authorize),
            validates: functions.contains(.validate)
        )
    }

    // MARK: - Encode

    /// A plan does not know the key: each write has its own.
    func keyHeader(_ name: String, _ call: Call) -> Header {
        Header(name, vendorKey(call), shown: call.isPlan ? Pipeline.anyKey : nil)
    }
}
