internal import JSON

/// From the vendor's answer to an entry with its report, or to a problem.
extension Pipeline {
    /// What the vendor's answer comes to, as far as no script looks at it.
    enum Answered {
        case recorded(RecordedEntry)
        /// Done; `from_vendor` has the last word on it.
        indirect case read(RecordedEntry, JSONDocument, UpstreamAnswer)
        indirect case refused(UpstreamAnswer, JSONDocument?)
    }

    @inline(never)
    func answered(
        _ result: Result<UpstreamAnswer, UpstreamFailure>,
        _ draft: Draft
    ) throws(Problem) -> Answered {
        let answer: UpstreamAnswer
        switch result {
        case .success(let found): answer = found
        case .failure(let failure): throw Problem(failure, vendor: draft.vendor, call: draft.call)
        }
        let document = try? JSONDocument(parsing: answer.body, limits: .vendorAnswer)
        guard draft.rule.value.success.contains(answer.status) else { return .refused(answer, document) }
        let (recorded, shown) = try recorded(answer, document, draft)
        guard draft.vendor.functions.contains(.fromVendor) else { return .recorded(recorded) }
        return .read(recorded, shown, answer)
    }

    /// The plugin's last word on what was recorded, or what it says of a refusal.
    @inline(never)
    func decode(_ answered: Answered, _ draft: Draft) async throws(Problem) -> RecordedEntry {
        let (scripts, scriptCall) = (draft.scripts, draft.scriptCall)
        switch answered {
        case .recorded(let recorded): return recorded
        case .read(var recorded, let shown, let answer):
            if let scripts, let scriptCall {
                await adjust(&recorded.entry, &recorded.report, shown, scripts, scriptCall)
            }
            try checkID(recorded.entry, answer, shown, draft)
            return recorded
        case .refused(let answer, let document):
            throw await refusal(answer, document, draft.asked, draft.call, draft.vendor, scripts, scriptCall)
        }
    }

    /// What the field table reads in the answer of a vendor that has done what it was asked, and the document without secrets.
    private func recorded(
        _ answer: UpstreamAnswer,
        _ parsed: JSONDocument?,
        _ draft: Draft
    ) throws(Problem) -> (RecordedEntry, JSONDocument) {
        let (call, vendor) = (draft.call, draft.vendor)
        let entryPath = draft.rule.value.entryPath
        var document = parsed
        // A vendor that repeats the token in an answer must not hand it on.
        if let found = document, call.connection.holdsSecret(answer.body) {
            document = call.connection.hidingSecrets(found)
        }
        guard let document else { throw notUnderstood(answer, call, vendor) }
        guard let view = document.root.value(at: entryPath), view.kind == .object else {
            throw unmapped("no entry at \"\(entryPath.joined(separator: "."))\"", answer, document, call, vendor)
        }

        var read = vendor.reader(
            .answer,
            zones: zones,
            zone: call.connection.zone,
            includesMoney: call.include.contains(.money)
        ).read(view)
        // Where the table does not find it, `from_vendor` may.
        if !vendor.functions.contains(.fromVendor) { try checkID(read.entry, answer, document, draft) }
        draft.merge?.merge(&read)
        finish(&read.entry, call, vendor)
        if call.include.contains(.raw) { read.entry[.raw] = .json(document.root.value) }

        var whole = draft.report
        whole.append(read.report)
        call.trace?.lap(.answer, .report(read.report))
        return (RecordedEntry(entry: read.entry, report: whole), document)
    }

    private func checkID(
        _ entry: Entry,
        _ answer: UpstreamAnswer,
        _ document: JSONDocument,
        _ draft: Draft
    ) throws(Problem) {
        guard entry.id == nil, draft.vendor.answers.has(.id) else { return }
        throw unmapped("no id", answer, document, draft.call, draft.vendor)
    }

    /// What the gateway knows of an entry beside the vendor's answer.
    func finish(_ entry: inout Entry, _ call: Call, _ vendor: Vendor) {
        entry[.connection] = .string(call.connection.name)
        entry[.vendor] = .string(vendor.manifest.id)
        if let shape = entry.shapeName { entry[.shape] = .string(shape) }
    }

    /// The plugin's last word on an answer. The vendor has recorded the entry by now, so a script that fails here
    /// loses nothing: the entry is answered as the field table read it, and the failure is reported.
    func adjust(
        _ entry: inout Entry,
        _ report: inout MappingReport,
        _ document: JSONDocument,
        _ scripts: any PluginScripts,
        _ call: ScriptCall
    ) async {
        do throws(Problem) {
            let adjusted = try await scripts.fromVendor(entry.json, document.root.value, call)
            if let name = Entry.unknownMember(in: adjusted) {
                throw Problem(
                    .pluginFailed,
                    "It returned a member \"\(name)\", which entries do not have."
                        + Suggestion.sentence(for: name, among: Member.allCases.map(\.path)),
                    origin: .plugin
                )
            }
            entry = try Entry(answer: adjusted)
        } catch {
            call.trace?.failed(error)
            report.add(
                .inconsistent,
                "vendor_fields",
                why: "The plugin's from_vendor failed, and its work is missing: \(error.detail)"
            )
        }
    }

    /// An answer of a vendor that has done what it was asked, in which the plugin's table does not find the entry.
    private func unmapped(
        _ missing: String,
        _ answer: UpstreamAnswer,
        _ document: JSONDocument,
        _ call: Call,
        _ vendor: Vendor
    ) -> Problem {
        var problem = Problem(
            .recordedButUnmapped,
            "\(vendor.title) answered \(answer.status), but its answer holds \(missing).",
            origin: .vendor,
            sent: .yes
        )
        problem.vendor = Problem.VendorAnswer(status: answer.status, body: shown(answer, document, call))
        return problem
    }

    /// An answer that is no vendor's, such as the log-in page of something between it and the gateway: it says nothing of the
    /// write, whatever its status.
    private func notUnderstood(_ answer: UpstreamAnswer, _ call: Call, _ vendor: Vendor) -> Problem {
        var problem = Problem(
            .outcomeUnknown,
            "\(vendor.title) answered \(answer.status), but its answer is not JSON.",
            origin: .vendor,
            sent: .maybe
        )
        problem.vendor = Problem.VendorAnswer(status: answer.status, body: shown(answer, nil, call))
        return problem
    }

    /// The document of an answer that says yes to an action or a deletion; `nil` where it has no body, as it may.
    ///
    /// - Throws: `outcome_unknown` for one that is no vendor's.
    func said(
        _ answer: UpstreamAnswer,
        _ document: JSONDocument?,
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) -> JSONDocument? {
        if document == nil, !answer.body.isBlank { throw notUnderstood(answer, call, vendor) }
        return document.flatMap { call.connection.hidingSecrets($0) }
    }

    /// What the vendor's refusal means. A script that fails here hides nothing of it: the error rules decide, and the
    /// failure stands beside.
    func refusal(
        _ answer: UpstreamAnswer,
        _ document: JSONDocument?,
        _ asked: [Member],
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        _ scriptCall: ScriptCall?
    ) async -> Problem {
        // Vendors repeat what they were sent: from here on no text holds a secret.
        let document = document.flatMap { call.connection.hidingSecrets($0) }
        var reading: ScriptProblem?
        var failure: Problem?
        if vendor.functions.contains(.problem), let scripts, let scriptCall {
            call.trace?.lap(.answer)
            do throws(Problem) {
                reading = try await scripts.problem(answer.givenStatus, document?.root.value ?? .null, scriptCall)
            } catch {
                call.trace?.failed(error)
                failure = error
            }
        }
        var problem = ErrorReader(vendor: vendor, operation: call.operation, asked: asked).problem(
            status: answer.givenStatus,
            body: document?.root,
            shown: shown(answer, document, call),
            retryAfter: answer.retryAfter.flatMap { RetryAfter.seconds($0, now: call.now) },
            as: reading?.kind
        )
        if let reading { problem.read(by: reading, vendor) }
        if let failure {
            problem.extra["plugin_failure"] = .string(failure.detail)
            problem.place = failure.place
        }
        // What refuses this attempt says nothing of the one before: that may still be on its way, or be in the way itself
        // (409), or nobody has looked at the entry yet (401, 429).
        if answer.isRepetition, !call.operation.isRead {
            problem.code = .outcomeUnknown
            problem.sent = .maybe
            problem.detail += " An attempt before this one may have been recorded."
        }
        return problem
    }

    /// The vendor's body as a problem shows it: at most 8 KiB, and never with the connection's secrets.
    func shown(_ answer: UpstreamAnswer, _ document: JSONDocument?, _ call: Call) -> JSONValue {
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

extension [UInt8] {
    /// Whether a body holds nothing but JSON's white space (RFC 8259, section 2).
    var isBlank: Bool { allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains($0) } }
}

extension JSONValue {
    /// From bytes that this module wrote.
    init(trusted bytes: [UInt8]) {
        self = (try? JSONDocument(parsing: bytes, limits: .trusted).root.value) ?? .null
    }
}

extension Problem {
    /// What the plugin's `problem` says of a refusal, in the places of what the error rules say.
    mutating func read(by reading: ScriptProblem, _ vendor: Vendor) {
        if let message = reading.message { detail = "\(vendor.title): \(message)" }
        if let field = reading.field { errors = [FieldError(reading.kind.code, field, reading.message ?? detail)] }
    }

    /// What a failed transfer means: after it a read may simply be done again; a write may have been recorded.
    init(_ failure: UpstreamFailure, vendor: Vendor, call: Call, isRead: Bool = false) {
        if failure.maySent, !isRead {
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
