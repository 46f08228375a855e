internal import JSON

/// Reading one entry.
extension Pipeline {
    /// An entry as it is at the vendor now.
    struct Current {
        var entry: Entry
        var report: MappingReport
        /// The vendor's own object, for what is sent again untouched.
        var body: JSONValue
        /// The whole answer: what stands beside the entry, as it came.
        var answer: JSONDocument
    }

    /// Reads one entry.
    ///
    /// caller → send → decode → whose it is → report
    public func get(
        _ call: Call,
        at vendor: Vendor,
        scripts: (any PluginScripts)?,
        upstream: any Upstream
    ) async throws(Problem) -> RecordedEntry {
        try await told(read: call) { () throws(Problem) in
            _ = try permit(call, vendor)
            var current = try await fetch(call, vendor, upstream, scripts: scripts)
            try checkOwner(current.entry, call, vendor)
            if call.include.contains(.raw) { current.entry[.raw] = .json(current.answer.root.value) }
            return RecordedEntry(entry: current.entry, report: current.report)
        }
    }

    /// Reads the call's entry. As a step of a write, its failure says that nothing was changed.
    ///
    /// - Parameter isBasis: whether a change is worked out from it: then a `from_vendor` that fails ends the call.
    func fetch(
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream,
        scripts: (any PluginScripts)? = nil,
        isBasis: Bool = false
    ) async throws(Problem) -> Current {
        guard let rule = vendor.manifest.operations[.get] else {
            throw Problem(
                .unsupportedOperation,
                "\(vendor.title) cannot read one entry, which \(call.operation.rawValue) needs.",
                origin: .gateway
            )
        }
        let request = readRequest(rule, try url(rule, call, nil), call)
        do throws(Problem) {
            let (document, _) = try await read(request, rule, .get, call, vendor, upstream)
            guard let view = document.root.value(at: rule.entryPath), view.kind == .object else {
                throw unreadable("holds no entry", rule.entryPath, document, vendor, call)
            }
            let recorded = try await entry(view, call, vendor, scripts, isBasis: isBasis)
            // A change rests on what was read: another entry's answer must not pass for this one's.
            if vendor.answers.has(.id), recorded.entry[.id]?.string?.lowercased() != call.entryID?.lowercased() {
                throw unreadable(
                    "holds another entry than \(call.entryID ?? "the one asked for")",
                    rule.entryPath,
                    document,
                    vendor,
                    call
                )
            }
            return Current(entry: recorded.entry, report: recorded.report, body: view.value, answer: document)
        } catch {
            var problem = error
            if !call.operation.isRead { problem.sent = .no }
            throw problem
        }
    }

    func readRequest(_ rule: OperationRule, _ url: String, _ call: Call) -> UpstreamRequest {
        UpstreamRequest(
            // What reads changes nothing, whatever a plugin says.
            method: "GET",
            url: url,
            headers: call.connection.headers + [Header("Accept", rule.accept)],
            body: nil,
            allowsPrivate: call.connection.allowsPrivate,
            timeoutMilliseconds: call.timeoutMilliseconds
        )
    }

    /// Sends a read and returns its answer as a document without secrets, with the header that was wanted.
    func read(
        _ request: UpstreamRequest,
        _ rule: OperationRule,
        _ operation: Operation,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream,
        asked: [Member] = []
    ) async throws(Problem) -> (document: JSONDocument, header: String?) {
        let answer: UpstreamAnswer
        switch try await deliver(request, reading: rule, call, vendor, upstream) {
        case .success(let found): answer = found
        case .failure(let failure): throw Problem(failure, vendor: vendor, call: call, isRead: true)
        }
        let parsed = try? JSONDocument(parsing: answer.body, limits: .vendorAnswer)
        let document = parsed.flatMap { call.connection.hidingSecrets($0) }
        guard rule.success.contains(answer.status) else {
            try refused(answer, document, operation, asked, call, vendor)
        }
        guard let document else {
            var problem = Problem(
                .vendorAnswerInvalid,
                "\(vendor.title) answered \(answer.status), but its answer is not JSON.",
                origin: .vendor,
                sent: .yes,
                retry: .after
            )
            problem.vendor = Problem.VendorAnswer(status: answer.status, body: shown(answer, nil, call))
            throw problem
        }
        return (document, answer.wantedHeader)
    }

    private func refused(
        _ answer: UpstreamAnswer,
        _ document: JSONDocument?,
        _ operation: Operation,
        _ asked: [Member],
        _ call: Call,
        _ vendor: Vendor
    ) throws(Problem) -> Never {
        throw ErrorReader(vendor: vendor, operation: operation, asked: asked).problem(
            status: answer.givenStatus,
            body: document?.root,
            shown: shown(answer, document, call),
            retryAfter: answer.retryAfter.flatMap { RetryAfter.seconds($0, now: call.now) }
        )
    }

    /// One entry of an answer.
    func entry(
        _ view: JSONView,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?,
        isBasis: Bool = false
    ) async throws(Problem) -> RecordedEntry {
        var read = vendor.reader(
            .answer,
            zones: zones,
            zone: call.connection.zone,
            includesMoney: call.include.contains(.money)
        ).read(view)
        read.entry[.completeness] = .string(read.missing.isEmpty ? "full" : "partial")
        if !read.missing.isEmpty { read.entry[.missing] = .json(.array(read.missing.map { .string($0) })) }
        finish(&read.entry, call, vendor)
        var report = read.report
        // The many entries of a list are one step, which the answer's end ends.
        if call.operation != .list { call.trace?.lap(.answer, .report(report)) }
        if vendor.manifest.functions.contains(.fromVendor), let scripts,
            let document = try? JSONDocument(parsing: view.value.serialized(.compact), limits: .trusted)
        {
            if isBasis {
                read.entry = try Entry(
                    answer: try await scripts.fromVendor(read.entry.json, document.root.value, ScriptCall(call))
                )
            } else {
                await adjust(&read.entry, &report, document, scripts, ScriptCall(call))
            }
        }
        return RecordedEntry(entry: read.entry, report: report)
    }

    /// The same as the caller asked to see it: with the vendor's own object, if that was asked for.
    func shown(
        _ view: JSONView,
        _ call: Call,
        _ vendor: Vendor,
        _ scripts: (any PluginScripts)?
    ) async throws(Problem) -> RecordedEntry {
        var recorded = try await entry(view, call, vendor, scripts)
        if call.include.contains(.raw) { recorded.entry[.raw] = .json(view.value) }
        return recorded
    }

    func unreadable(
        _ what: String,
        _ path: [String],
        _ document: JSONDocument,
        _ vendor: Vendor,
        _ call: Call
    ) -> Problem {
        let place = path.isEmpty ? "" : " at \"\(path.joined(separator: "."))\""
        var problem = Problem(
            .vendorAnswerInvalid,
            "\(vendor.title)'s answer \(what)\(place).",
            origin: .vendor,
            sent: .yes
        )
        let answer = UpstreamAnswer(status: 200, body: document.bytes)
        problem.vendor = Problem.VendorAnswer(status: 200, body: shown(answer, document, call))
        return problem
    }

    /// Where the request goes.
    ///
    /// - Throws: `vendor_not_found` for an identifier that no entry can have.
    func url(_ rule: OperationRule, _ call: Call, _ entry: Entry?) throws(Problem) -> String {
        guard rule.path.utf8.contains(UInt8(ascii: "{")) else {
            return call.connection.origin + (rule.query.isEmpty ? rule.path : RequestTarget.make(rule))
        }
        var values: [String: String] = [:]
        if rule.path.contains("{id}") {
            guard let id = call.entryID, RequestTarget.isSafe(id) else {
                throw Problem(
                    .vendorNotFound,
                    "No entry can have the identifier \(quotedForMessage(call.entryID ?? ""))."
                )
            }
            values["id"] = id
        }
        if rule.path.contains("{user.id}") {
            guard let user = entry?.userID, RequestTarget.isSafe(user) else {
                throw Problem(.stateConflict, "The entry has no user, and the vendor is asked by the user.")
            }
            values["user.id"] = user
        }
        if let name = RequestTarget.filters(in: rule.path).first {
            throw Problem(.invalidValue, "\(call.connection.name) lists by \(name), which stands in the vendor's path.")
        }
        try fillSettings(&values, rule, call)
        return call.connection.origin + RequestTarget.make(rule, values: values)
    }

    /// The connection's settings that stand in a path.
    func fillSettings(_ values: inout [String: String], _ rule: OperationRule, _ call: Call) throws(Problem) {
        for name in RequestTarget.settings(in: rule.path) {
            // Declared as required, so that a connection without it does not start.
            let value = call.connection.settings.string(name) ?? ""
            guard RequestTarget.isSafe(value) else {
                throw Problem(
                    .connectionDisabled,
                    "The connection \(call.connection.name) has "
                        + (value.isEmpty ? "no settings.\(name)" : "a settings.\(name) that no path can have")
                        + ", which stands in the vendor's path.",
                    origin: .gateway
                )
            }
            values["settings.\(name)"] = value
        }
    }
}
