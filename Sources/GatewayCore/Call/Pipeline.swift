public import JSON

/// The path of a call: the one place that shows every step, in order.
public struct Pipeline: Sendable {
    let zones: ZoneDatabase
    /// The key that goes to vendors which have keys of their own: the same for the same caller, connection, operation
    /// and caller's key; a new one where the caller gave none.
    let vendorKey: @Sendable (Call) -> String

    public let timer: SendTimer

    public init(
        zones: ZoneDatabase,
        timer: SendTimer = .none,
        vendorKey: @escaping @Sendable (Call) -> String
    ) {
        self.zones = zones
        self.timer = timer
        self.vendorKey = vendorKey
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
        // What `told` does, without a function that is handed over: this is the way that most calls take.
        guard let hooks = call.hooks, hooks.looksOn else {
            return try await record(body, call, at: vendor, scripts: scripts, upstream: upstream)
        }
        let start = timer.now()
        do throws(Problem) {
            let outcome = try await record(body, call, at: vendor, scripts: scripts, upstream: upstream)
            return ended(outcome, since: start, call, hooks)
        } catch {
            throw refused(error, since: start, call, hooks)
        }
    }

    private func record(
        _ body: JSONView,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        let permitted = try permit(call, vendor)
        let call = begun(call)
        var parsed = try EntryReader.read(body)
        let asked = parsed.entry.slots.map(\.member)
        call.trace?.lap(.read)

        let normaliser = TimeNormaliser(zones: zones, connectionZone: call.connection.zone)
        var given = try normaliser.normalise(&parsed)
        var entry = parsed.entry
        var report = parsed.report
        try settleUser(&entry, &report, call, vendor)

        let memory = call.hooks == nil ? nil : LookUps.Memory()
        var scriptCall = scripts == nil ? nil : ScriptCall(call)
        var current: Current?
        if call.operation == .replace {
            // A body that is wrong is refused before the vendor is asked for anything, unless a hook may mend it.
            if call.hooks == nil { try check(entry, given, report, call, vendor) }
            current = try await replaced(call, vendor, upstream)
        }
        if let current {
            if let scripts {
                scriptCall?.lookUps = lookUps(call, vendor, upstream, memory: memory)
                if let scriptCall { try await ask(scripts, vendor, current.entry, scriptCall, only: .authorize) }
            }
            scriptCall?.before = current.entry.json
        }
        var undetermined: [String] = []
        if call.hooks?.onEntry.isEmpty == false {
            let hooked = try await hooked(entry, call, at: vendor, upstream, memory: memory, before: current?.entry)
            undetermined = hooked.undetermined
            if hooked.isChanged {
                entry = hooked.entry
                report.append(hooked.report)
                // A hook books for nobody whom the caller could not book for.
                var known = MappingReport()
                try settleUser(&entry, &known, call, vendor)
                if var times = hooked.times {
                    given = try normaliser.normalise(&times).keeping(given)
                }
            }
        }

        let times = try fitting(call, vendor).fit(given, &entry, &report)
        let written = try writer(call, vendor, times).write(entry)
        report.append(written.report)
        call.trace?.lap(.map, .report(report))

        if let scripts, let begun = scriptCall, case .waits(let goOn) = try begin(scripts, vendor, entry, begun) {
            // Made only where something is read, which few functions do.
            let reads = begun.lookUps ?? lookUps(call, vendor, upstream, memory: memory)
            scriptCall?.lookUps = reads
            try await goOn(reads)
        }

        let request = try await encode(written.wires, entry, call, permitted, vendor, scripts, scriptCall)
        if call.isPlan {
            undetermined += scriptCall?.lookUps?.undetermined ?? []
            return .planned(Plan(request: request, entry: entry, report: report, undetermined: undetermined))
        }

        let result = try await transmit(consume request, entry, permitted.value, call, vendor, upstream)

        let merge = AnswerMerge(
            vendor: vendor,
            completeness: permitted.value.completeness,
            sent: entry,
            times: times,
            sentMembers: written.sentMembers,
            joined: written.joinedMembers,
            joinedAway: written.joinedAway,
            references: written.references
        )
        let recorded = try await decode(
            result,
            report,
            merge,
            asked,
            call,
            permitted.value,
            vendor,
            scripts,
            scriptCall
        )
        if case .success(let answer) = result, answer.isRepetition, let write = call.write,
            let problem = await doubled(
                write,
                answered: recorded.entry[.id]?.string,
                call,
                at: vendor,
                scripts: scripts,
                upstream: upstream
            )
        {
            throw problem
        }
        return .recorded(recorded)
    }

    // MARK: - Check

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

    func fitting(_ call: Call, _ vendor: Vendor) -> TimeFitting {
        TimeFitting(
            rules: vendor.manifest.times,
            vendorTitle: vendor.title,
            settings: call.connection.settings,
            handling: call.handling,
            now: call.now,
            needsDate: vendor.writesDate,
            writesStart: vendor.writesStart,
            writesBreaks: vendor.writesBreaks
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
            isChange: isChange
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

    private func lookUps(
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
    private func begin(
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
        Header(name, vendorKey(call), shown: call.isPlan ? "(one for each write)" : nil)
    }

    func encode(
        _ wires: [WireValue],
        _ entry: Entry,
        _ call: Call,
        _ rule: Shared<OperationRule>,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ scriptCall: ScriptCall?
    ) async throws(Problem) -> UpstreamRequest {
        var body = BodyWriter.render(wires, vendor.requests, in: vendor.manifest.document)
        if vendor.functions.contains(.toVendor), let scripts, let scriptCall {
            call.trace?.lap(.encode)
            let request = try await scripts.toVendor(JSONValue(trusted: body), entry.json, scriptCall)
            body = Array(request.serialized(.compact).utf8)
        }
        let kind = call.connection.kind(rule)
        let url = if let url = kind.url { url } else { try url(rule.value, call, entry) }
        let request = UpstreamRequest(
            method: rule.value.method,
            url: url,
            common: kind.headers,
            headers: rule.value.idempotencyHeader.map { [keyHeader($0, call)] } ?? [],
            body: body,
            allowsPrivate: call.connection.allowsPrivate,
            timeoutMilliseconds: call.timeoutMilliseconds
        )
        call.trace?.lap(.encode)
        return request
    }
}
