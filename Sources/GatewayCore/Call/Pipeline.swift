public import JSON

/// The path of a call: the one place that shows every step, in order.
public struct Pipeline: Sendable {
    let zones: ZoneDatabase
    /// The key that goes to vendors which have keys of their own: the same for the same caller, connection, operation
    /// and caller's key; a new one where the caller gave none.
    let vendorKey: @Sendable (Call) -> String

    public init(zones: ZoneDatabase, vendorKey: @escaping @Sendable (Call) -> String) {
        self.zones = zones
        self.vendorKey = vendorKey
    }

    /// Creates an entry at the vendor, or plans it.
    ///
    /// caller → parse → normalise → check against the field table → authorise → validate → encode →
    /// (a plan stops here) → send → decode → report
    public func create(
        _ body: JSONView,
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> CallOutcome {
        let rule = try permit(call, vendor)

        var parsed = try EntryReader.read(body)
        let asked = parsed.entry.slots.map(\.member)

        let given = try TimeNormaliser(zones: zones, connectionZone: call.connection.zone).normalise(&parsed)
        var entry = parsed.entry
        var report = parsed.report
        try settleUser(&entry, &report, call, vendor)

        let times = try fitting(call, vendor).fit(given, &entry, &report)
        let written = try writer(call, vendor, times).write(entry)
        report.append(written.report)

        let scriptCall = ScriptCall(call)
        if let scripts { try await ask(scripts, vendor, entry, scriptCall) }

        let request = try await encode(written.wires, entry, call, rule, vendor, scripts, scriptCall)
        if call.isPlan {
            return .planned(Plan(request: request, entry: entry, report: report, undetermined: []))
        }

        let result = await upstream.send(request)

        let merge = AnswerMerge(
            vendor: vendor,
            rule: rule,
            sent: entry,
            times: times,
            sentMembers: written.sentMembers,
            joined: written.joinedMembers,
            joinedAway: written.joinedAway,
            references: written.references
        )
        return .recorded(
            try await decode(result, report, merge, asked, call, rule, vendor, scripts, scriptCall)
        )
    }

    // MARK: - Caller

    private func permit(_ call: Call, _ vendor: Vendor) throws(Problem) -> OperationRule {
        guard call.caller.scopes.contains(.write) else {
            throw Problem(
                .scopeMissing,
                "Creating entries needs the scope write, which the key \(call.caller.name) lacks."
            )
        }
        guard let rule = vendor.manifest.operations[call.operation] else {
            let known = vendor.manifest.operations.keys.map(\.rawValue).sorted()
            var problem = Problem(
                .unsupportedOperation,
                "\(vendor.title) does not offer \(call.operation.rawValue); it offers \(known.joined(separator: ", ")).",
                origin: .gateway
            )
            problem.extra["operations"] = .array(known.map { .string($0) })
            throw problem
        }
        if call.idempotencyKey != nil, rule.idempotencyHeader == nil {
            throw Problem(
                .idempotencyUnsupported,
                "\(vendor.title) has no idempotency keys, and this gateway keeps no journal of its own yet: "
                    + "the key could not keep a promise.",
                origin: .gateway
            )
        }
        return rule
    }

    /// Whose time it is: as given, else the caller's own identity; somebody else's only with the scope for it.
    private func settleUser(
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
        if call.caller.scopes.contains(.writeOthers) { return }
        throw Problem(
            .scopeMissing,
            identity == nil
                ? "The key \(call.caller.name) has no identity at \(call.connection.name), so booking for \(given) needs "
                    + "the scope write:others."
                : "Booking for \(given), who is not the caller (\(identity ?? "")), needs the scope write:others.",
            errors: [FieldError(.scopeMissing, "user.id", "Only the caller's own time can be booked with this key.")]
        )
    }

    // MARK: - Check

    private func fitting(_ call: Call, _ vendor: Vendor) -> TimeFitting {
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

    private func writer(_ call: Call, _ vendor: Vendor, _ times: TimeGroup) -> BodyWriter {
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
            }
        )
    }

    // MARK: - Authorise and validate

    private func ask(
        _ scripts: any PluginScripts,
        _ vendor: Vendor,
        _ entry: Entry,
        _ call: ScriptCall
    ) async throws(Problem) {
        let functions = vendor.manifest.functions
        guard functions.contains(.authorize) || functions.contains(.validate) else { return }
        let json = entry.json
        if functions.contains(.authorize) { try await scripts.authorize(json, call) }
        if functions.contains(.validate) { try await scripts.validate(json, call) }
    }

    // MARK: - Encode

    private func encode(
        _ wires: [WireValue],
        _ entry: Entry,
        _ call: Call,
        _ rule: OperationRule,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ scriptCall: ScriptCall
    ) async throws(Problem) -> UpstreamRequest {
        var body = BodyWriter.render(wires, vendor.requests, in: vendor.manifest.document)
        if vendor.manifest.functions.contains(.toVendor), let scripts {
            let request = try await scripts.toVendor(JSONValue(trusted: body), entry.json, scriptCall)
            body = Array(request.serialized(.compact).utf8)
        }
        var headers = call.connection.headers
        headers.append(Header("Content-Type", rule.contentType))
        headers.append(Header("Accept", rule.accept))
        if let name = rule.idempotencyHeader { headers.append(Header(name, vendorKey(call))) }
        return UpstreamRequest(
            method: rule.method,
            url: call.connection.origin + rule.path,
            headers: headers,
            body: body,
            allowsPrivate: call.connection.allowsPrivate,
            timeoutMilliseconds: call.timeoutMilliseconds
        )
    }

    // MARK: - Decode and report

    private func decode(
        _ result: Result<UpstreamAnswer, UpstreamFailure>,
        _ report: MappingReport,
        _ merge: AnswerMerge,
        _ asked: [Member],
        _ call: Call,
        _ rule: OperationRule,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ scriptCall: ScriptCall
    ) async throws(Problem) -> RecordedEntry {
        let answer: UpstreamAnswer
        switch result {
        case .success(let found): answer = found
        case .failure(let failure): throw Problem(failure, vendor: vendor, call: call)
        }
        var document = try? JSONDocument(parsing: answer.body, limits: .vendorAnswer)
        guard rule.success.contains(answer.status) else {
            throw await refusal(answer, document, asked, call, vendor, scripts, scriptCall)
        }
        // A vendor that repeats the token in an answer must not hand it on.
        if let found = document, call.connection.holdsSecret(answer.body) {
            document = call.connection.hidingSecrets(found)
        }
        guard let document else {
            var problem = Problem(
                .outcomeUnknown,
                "\(vendor.title) answered \(answer.status), but its answer is not JSON.",
                origin: .vendor,
                sent: .maybe
            )
            problem.vendor = Problem.VendorAnswer(status: answer.status, body: shown(answer, nil, call))
            throw problem
        }
        guard let view = document.root.value(at: rule.entryPath), view.kind == .object else {
            var problem = Problem(
                .recordedButUnmapped,
                "\(vendor.title) answered \(answer.status), but its answer holds no entry at "
                    + "\"\(rule.entryPath.joined(separator: "."))\".",
                origin: .vendor,
                sent: .yes
            )
            problem.vendor = Problem.VendorAnswer(status: answer.status, body: shown(answer, document, call))
            throw problem
        }

        var read = vendor.reader(
            .answer,
            zones: zones,
            zone: call.connection.zone,
            includesMoney: call.include.contains(.money)
        ).read(view)
        guard read.entry.has(.id) || !vendor.answers.has(.id) else {
            var problem = Problem(
                .recordedButUnmapped,
                "\(vendor.title) answered \(answer.status), but its answer holds no id.",
                origin: .vendor,
                sent: .yes
            )
            problem.vendor = Problem.VendorAnswer(status: answer.status, body: shown(answer, document, call))
            throw problem
        }
        merge.merge(&read)
        read.entry[.connection] = .string(call.connection.name)
        read.entry[.vendor] = .string(vendor.manifest.id)
        if let shape = read.entry.shapeName { read.entry[.shape] = .string(shape) }
        if call.include.contains(.raw) { read.entry[.raw] = .json(document.root.value) }

        var whole = report
        whole.append(read.report)
        if vendor.manifest.functions.contains(.fromVendor), let scripts {
            await adjust(&read.entry, &whole, document, scripts, scriptCall)
        }
        return RecordedEntry(entry: read.entry, report: whole)
    }

    /// The plugin's last word on an answer. The vendor has recorded the entry by now, so a script that fails here
    /// loses nothing: the entry is answered as the field table read it, and the failure is reported.
    private func adjust(
        _ entry: inout Entry,
        _ report: inout MappingReport,
        _ document: JSONDocument,
        _ scripts: any PluginScripts,
        _ call: ScriptCall
    ) async {
        do throws(Problem) {
            let adjusted = try await scripts.fromVendor(entry.json, document.root.value, call)
            entry = try Entry(answer: adjusted)
        } catch {
            report.add(
                .inconsistent,
                "vendor_fields",
                why: "The plugin's from_vendor failed, and its work is missing: \(error.detail)"
            )
        }
    }

    /// What the vendor's refusal means. A script that fails here hides nothing of it: the error rules decide, and the
    /// failure stands beside.
    private func refusal(
        _ answer: UpstreamAnswer,
        _ document: JSONDocument?,
        _ asked: [Member],
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ scriptCall: ScriptCall
    ) async -> Problem {
        // Vendors repeat what they were sent: from here on no text holds a secret.
        let document = document.flatMap { call.connection.hidingSecrets($0) }
        var reading: ScriptProblem?
        var failure: Problem?
        if vendor.manifest.functions.contains(.problem), let scripts {
            do throws(Problem) {
                reading = try await scripts.problem(answer.status, document?.root.value ?? .null, scriptCall)
            } catch {
                failure = error
            }
        }
        var problem = ErrorReader(vendor: vendor, operation: call.operation, asked: asked).problem(
            status: answer.status,
            body: document?.root,
            shown: shown(answer, document, call),
            retryAfter: answer.retryAfter.flatMap { RetryAfter.seconds($0, now: call.now) },
            as: reading?.kind
        )
        if let message = reading?.message { problem.detail = "\(vendor.title): \(message)" }
        if let reading, let field = reading.field {
            problem.errors = [FieldError(reading.kind.code, field, reading.message ?? problem.detail)]
        }
        if let failure {
            problem.extra["plugin_failure"] = .string(failure.detail)
            problem.place = failure.place
        }
        return problem
    }

    /// The vendor's body as a problem shows it: at most 8 KiB, and never with the connection's secrets.
    private func shown(_ answer: UpstreamAnswer, _ document: JSONDocument?, _ call: Call) -> JSONValue {
        let document = document.flatMap { call.connection.hidingSecrets($0) }
        if let document, document.bytes.count <= 8192 { return document.root.value }
        let text =
            document?.root.value.serialized(.compact)
            ?? call.connection.hidingSecrets(String(decoding: answer.body, as: UTF8.self))
        return .string(String(decoding: text.utf8.prefix(8192), as: UTF8.self))
    }
}

extension JSONLimits {
    /// What a vendor may answer with.
    static let vendorAnswer = JSONLimits(maximumBytes: 8 << 20, maximumDepth: 64)
}

extension JSONValue {
    /// From bytes that this module wrote.
    init(trusted bytes: [UInt8]) {
        self = (try? JSONDocument(parsing: bytes, limits: .trusted).root.value) ?? .null
    }
}

extension Problem {
    /// What a failed transfer means for a write.
    init(_ failure: UpstreamFailure, vendor: Vendor, call: Call) {
        if failure.maySent {
            self.init(
                .outcomeUnknown,
                "\(vendor.title): \(failure.message). The request had left; whether it was recorded is not known.",
                origin: .vendor,
                sent: .maybe
            )
            isLate = failure.kind == .timeout
            if call.idempotencyKey != nil { retry = .sameKey }
            return
        }
        let code: ProblemCode =
            switch failure.kind {
            case .unreachable, .brokenAnswer, .cancelled: .vendorUnreachable
            case .timeout: .vendorTimeout
            case .tls: .vendorTLS
            case .addressRefused: .vendorAddressRefused
            case .invalidRequest: .internalError
            }
        self.init(code, "\(vendor.title): \(failure.message).", origin: .vendor, sent: .no, retry: .after)
        if failure.kind == .tls || failure.kind == .addressRefused || failure.kind == .invalidRequest {
            retry = .never
            origin = .gateway
        }
    }
}
