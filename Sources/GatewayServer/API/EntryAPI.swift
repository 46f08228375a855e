internal import GatewayCore
internal import JSON
internal import PluginHost

/// The calls about entries, whoever makes them: the HTTP server on an event loop, or the command line by itself.
final class EntryAPI: Sendable {
    let pipeline: Pipeline
    let upstream: any Upstream
    let vendorTimeoutMilliseconds: Int
    /// The journal of writes; `nil` where the gateway runs without.
    let writes: Writes?
    /// What stands between calls and vendors; `nil` lets everything through.
    let gates: ConnectionGates?
    /// The wall clock, read where a call begins.
    let now: @Sendable () -> Timestamp

    init(
        pipeline: Pipeline,
        upstream: any Upstream,
        vendorTimeoutMilliseconds: Int,
        writes: Writes? = nil,
        gates: ConnectionGates? = nil,
        now: @escaping @Sendable () -> Timestamp = SystemClock.now
    ) {
        self.pipeline = pipeline
        self.upstream = upstream
        self.vendorTimeoutMilliseconds = vendorTimeoutMilliseconds
        self.writes = writes
        self.gates = gates
        self.now = now
    }

    func with(gates: ConnectionGates) -> EntryAPI {
        EntryAPI(
            pipeline: pipeline,
            upstream: upstream,
            vendorTimeoutMilliseconds: vendorTimeoutMilliseconds,
            writes: writes,
            gates: gates,
            now: now
        )
    }

    /// Reads what the request says.
    ///
    /// - Parameter isStreamed: the body is still arriving; it is not looked at.
    func prepare(
        _ route: EntryRoute,
        _ parameters: CallParameters,
        _ body: [UInt8],
        isStreamed: Bool = false,
        id: String,
        caller: Caller,
        _ target: Target,
        trace: CallTrace? = nil
    ) throws(Problem) -> Prepared {
        let needsBody: Bool
        switch route {
        case .create, .one(.update, _), .one(.replace, _), .actionOnEach, .batch: needsBody = true
        default: needsBody = false
        }
        let hasBody = needsBody || !body.isEmpty
        let options = try CallOptions.read(
            parameters,
            route.operation,
            hasBody: hasBody,
            allowsLines: route == .batch,
            connection: target.connection
        )
        var document: JSONDocument?
        var batch: EntryBatch?
        if route == .batch {
            if options.idempotencyKey != nil {
                throw Problem(.idempotencyKeyInvalid, "A batch has a key for each entry: {\"key\": …, \"entry\": {…}}.")
            }
            if options.isTraced {
                throw Problem(.unknownParameter, "trace is for one entry: the entries of a batch go side by side.")
            }
            if !isStreamed { batch = try EntryBatch.read(body, isLines: options.isLines) }
        } else if hasBody {
            do throws(JSONError) {
                document = try JSONDocument(parsing: body)
            } catch {
                throw Problem(malformed: error)
            }
        }
        if document != nil {
            switch route {
            case .list, .one(.get, _), .one(.delete, _):
                throw Problem(.malformedRequest, "\(route.operation.rawValue) takes no body.")
            default: break
            }
        }
        let call = Call(
            id: id,
            operation: route.operation,
            entryID: route.entryID,
            connection: target.connection,
            caller: caller,
            handling: options.handling,
            now: now(),
            isPlan: options.isPlan,
            planReads: options.planReads,
            idempotencyKey: options.idempotencyKey,
            ifMatch: options.ifMatch,
            include: options.include,
            timeoutMilliseconds: vendorTimeoutMilliseconds,
            gate: target.gate ?? gates?[target.connection.name],
            // The entries of a batch go side by side: each has steps of its own.
            trace: route == .batch ? nil : trace ?? (options.isTraced ? CallTrace(now: SendTimer.uptime) : nil),
            hooks: target.hooks
        )
        return Prepared(
            route: route,
            call: call,
            options: options,
            document: document,
            batch: batch,
            query: parameters.query
        )
    }

    func gated(_ call: Call) -> Call {
        guard let gates else { return call }
        var call = call
        call.gate = gates[call.connection.name]
        return call
    }

    /// Makes the call.
    ///
    /// - Parameter recorder: keeps records of the entries of a batch.
    func perform(
        _ prepared: Prepared,
        _ target: Target,
        _ recorder: BatchRecorder? = nil
    ) async throws(Problem) -> OutboundResponse {
        switch prepared.route {
        case .one(.get, _): return try await get(prepared.call, target)
        case .list: return try await list(prepared, target)
        case .batch: return try await batch(prepared, target, recorder)
        case .actionOnEach: return try await actOnEach(prepared, target)
        case .create, .one, .action:
            do throws(Problem) {
                if !isBare(prepared.call) { return try await writeOne(prepared, target) }
                return answer(try await perform(prepared, prepared.call, target), prepared, target)
            } catch {
                throw traced(error, prepared, target)
            }
        }
    }

    /// Makes a write that has a key, or a place in the journal.
    private func writeOne(_ prepared: Prepared, _ target: Target) async throws(Problem) -> OutboundResponse {
        let written = try await write(
            prepared.call,
            body: prepared.document?.root,
            target.plugin.vendor
        ) { call throws(Problem) in
            try await perform(prepared, call, target)
        } answer: { outcome in
            answer(outcome, isNew: prepared.route == .create, target, trace: prepared.shownTrace)
        }
        return answer(written, prepared)
    }

    @inline(never)
    private func answer(_ written: Written, _ prepared: Prepared) -> OutboundResponse {
        switch written {
        case .fresh(_, var response):
            response.addPreferences(prepared.options)
            return response
        case .replayed(let reply): return reply.response(key: prepared.call.idempotencyKey ?? "")
        }
    }

    @inline(never)
    private func answer(_ outcome: CallOutcome, _ prepared: Prepared, _ target: Target) -> OutboundResponse {
        var response = answer(outcome, isNew: prepared.route == .create, target, trace: prepared.shownTrace)
        response.addPreferences(prepared.options)
        return response
    }

    /// A problem, with the steps up to it where they were asked for.
    @inline(never)
    private func traced(_ problem: Problem, _ prepared: Prepared, _ target: Target) -> Problem {
        guard let trace = prepared.shownTrace else { return problem }
        var problem = problem
        problem.extra["trace"] = trace.json(hidingSecretsOf: target.connection)
        return problem
    }

    @inline(never)
    private func get(_ call: Call, _ target: Target) async throws(Problem) -> OutboundResponse {
        let recorded = try await pipeline.get(
            call,
            at: target.plugin.vendor,
            scripts: target.scripts,
            upstream: upstream
        )
        var response = OutboundResponse.json(AnswerBody.recorded(recorded))
        response.addHeader("ETag", "\"\(EntryTag.of(recorded.entry))\"")
        return response
    }

    @inline(never)
    private func batch(
        _ prepared: Prepared,
        _ target: Target,
        _ recorder: BatchRecorder?
    ) async throws(Problem) -> OutboundResponse {
        guard let batch = prepared.batch else { throw Problem(.malformedJSON, "The body is empty.") }
        let outcomes = await batch.perform(prepared.call, target, self, recorder)
        return EntryAPI.batchAnswer(batch.body(outcomes, requestID: prepared.call.id), prepared)
    }

    /// Makes a write of one entry. Creates are most of them; the others have their frames in a function of their own.
    private func perform(
        _ prepared: Prepared,
        _ call: Call,
        _ target: Target
    ) async throws(Problem) -> CallOutcome {
        switch prepared.route {
        case .create:
            guard let root = prepared.document?.root else { throw Problem(.malformedJSON, "The body is empty.") }
            return try await pipeline.create(
                root,
                call,
                at: target.plugin.vendor,
                scripts: target.scripts,
                upstream: upstream
            )
        default: return try await change(prepared, call, target)
        }
    }

    /// Makes a write of an entry that is there.
    @inline(never)
    private func change(
        _ prepared: Prepared,
        _ call: Call,
        _ target: Target
    ) async throws(Problem) -> CallOutcome {
        let vendor = target.plugin.vendor
        let root = prepared.document?.root
        switch prepared.route {
        case .one(.replace, _):
            guard let root else { throw Problem(.malformedJSON, "The body is empty.") }
            return try await pipeline.replace(root, call, at: vendor, scripts: target.scripts, upstream: upstream)
        case .one(.delete, _):
            return try await pipeline.delete(call, at: vendor, scripts: target.scripts, upstream: upstream)
        case .action:
            let order = try ActionOrder.read(root, takesIDs: false)
            return try await pipeline.act(
                reason: order.reason,
                call,
                at: vendor,
                scripts: target.scripts,
                upstream: upstream
            )
        default:
            guard let root else { throw Problem(.malformedJSON, "The body is empty.") }
            return try await pipeline.update(root, call, at: vendor, scripts: target.scripts, upstream: upstream)
        }
    }

    /// Acts on several entries. In the vendor's own bulk request they are one write; one by one each is a write of its
    /// own, under the key of the request and its id, so that the same request again goes on where it ended.
    @inline(never)
    private func actOnEach(_ prepared: Prepared, _ target: Target) async throws(Problem) -> OutboundResponse {
        let vendor = target.plugin.vendor
        let call = prepared.call
        let order = try ActionOrder.read(prepared.document?.root, takesIDs: true)
        if call.isPlan {
            throw Problem(
                .unknownParameter,
                "dry_run is for one entry."
            )
        }
        if call.ifMatch != nil {
            throw Problem(.malformedRequest, "If-Match is for one entry.")
        }
        try pipeline.permit(call, order.reason, vendor)
        if pipeline.actsInBulk(call, order.reason, vendor) {
            let written = try await write(call, body: prepared.document?.root, vendor) { call throws(Problem) in
                .acted(
                    try await pipeline.act(
                        inBulk: order.ids,
                        call,
                        at: vendor,
                        scripts: target.scripts,
                        upstream: upstream
                    )
                )
            } answer: { outcome in
                answer(outcome, isNew: false, target, requestID: call.id)
            }
            switch written {
            case .fresh(_, let response): return response
            case .replayed(let reply): return reply.response(key: call.idempotencyKey ?? "")
            }
        }
        var items: [AnswerBody.Item] = []
        for id in order.ids {
            var one = call
            one.entryID = id
            one.idempotencyKey = call.idempotencyKey.map { "\($0)/\(id)" }
            items.append(AnswerBody.Item(id: id, result: await act(one, order, target)))
        }
        return .json(status: 207, AnswerBody.items(items, requestID: call.id))
    }

    private func act(_ call: Call, _ order: ActionOrder, _ target: Target) async -> Result<Written, Problem> {
        // Another reason is another request.
        let body = order.reason.flatMap { reason in
            try? JSONDocument(parsing: JSONValue.object(["reason": .string(reason)]).serialized(.compact))
        }
        do throws(Problem) {
            return .success(
                try await write(call, body: body?.root, target.plugin.vendor, isPart: true) { call throws(Problem) in
                    let vendor = target.plugin.vendor
                    if call.operation == .delete {
                        return try await pipeline.delete(call, at: vendor, scripts: target.scripts, upstream: upstream)
                    }
                    return try await pipeline.act(
                        reason: order.reason,
                        call,
                        at: vendor,
                        scripts: target.scripts,
                        upstream: upstream
                    )
                } answer: { outcome in
                    answer(outcome, isNew: false, target)
                }
            )
        } catch {
            return .failure(error)
        }
    }

    func answer(
        _ outcome: CallOutcome,
        isNew: Bool,
        _ target: Target,
        requestID: String = "",
        trace: CallTrace? = nil
    ) -> OutboundResponse {
        switch outcome {
        case .recorded(let recorded):
            var response = OutboundResponse.json(status: isNew ? 201 : 200, AnswerBody.recorded(recorded))
            if isNew, let entryID = recorded.entry[.id]?.string {
                response.addHeader("Location", target.path, PathEscape.segment(entryID))
            }
            return response
        case .planned(let plan):
            let steps = trace?.json(hidingSecretsOf: target.connection)
            return .json(status: 200, AnswerBody.planned(plan, steps))
        case .deleted: return .empty(status: 204)
        case .acted(let items):
            let items = items.map { item in
                AnswerBody.Item(
                    id: item.id,
                    result: item.result.map { outcome in
                        if case .deleted = outcome { return .fresh(outcome, .empty(status: 204)) }
                        return .fresh(outcome, .empty(status: 200))
                    }
                )
            }
            return .json(status: 207, AnswerBody.items(items, requestID: requestID))
        }
    }

    static func batchAnswer(_ body: [UInt8], _ prepared: Prepared) -> OutboundResponse {
        let type: StaticString = prepared.options.isLines ? "application/x-ndjson" : "application/json"
        var response = OutboundResponse(status: 207, contentType: type, body: body)
        response.addPreferences(prepared.options)
        return response
    }

    @inline(never)
    private func list(_ prepared: Prepared, _ target: Target) async throws(Problem) -> OutboundResponse {
        let page = try await pipeline.list(
            prepared.options.list,
            prepared.call,
            at: target.plugin.vendor,
            scripts: target.scripts,
            upstream: upstream
        )
        var response = OutboundResponse.json(AnswerBody.page(page))
        if let cursor = page.nextCursor {
            // RFC 8288: the same list, further on.
            var parts = (prepared.query ?? "").split(separator: "&").filter { !$0.hasPrefix("cursor=") }.map(
                String.init
            )
            parts.append("cursor=\(cursor)")
            response.addHeader("Link", "<\(target.path.dropLast())?\(parts.joined(separator: "&"))>; rel=\"next\"")
        }
        return response
    }
}

extension OutboundResponse {
    /// Tells which of the caller's preferences were applied.
    fileprivate mutating func addPreferences(_ options: CallOptions) {
        if !options.applied.isEmpty { addHeader("Preference-Applied", options.applied) }
    }
}

/// The body of an action: `{"reason": …}`, and `{"ids": […]}` for one on several.
struct ActionOrder {
    var ids: [String] = []
    var reason: String?

    static func read(_ root: JSONView?, takesIDs: Bool) throws(Problem) -> ActionOrder {
        var order = ActionOrder()
        let known = takesIDs ? ["ids", "reason"] : ["reason"]
        guard let root else { return order }
        guard root.kind == .object else {
            throw Problem(.wrongType, "The body must be an object with \(known.joined(separator: " and ")).")
        }
        var faults: [FieldError] = []
        for (key, value) in root.members {
            switch key.string {
            case "reason":
                if let text = value.string, !text.isEmpty {
                    order.reason = text
                } else {
                    faults.append(FieldError(.wrongType, "reason", "reason must be a text that is not empty."))
                }
            case "ids" where takesIDs: readIDs(value, &order, &faults)
            case let name:
                let hint = Suggestion.sentence(for: name, among: known)
                faults.append(FieldError(.unknownMember, name, "There is no member \"\(name)\" here." + hint))
            }
        }
        if takesIDs, order.ids.isEmpty, faults.isEmpty {
            faults.append(FieldError(.required, "ids", "ids is missing: the identifiers of the entries."))
        }
        if !faults.isEmpty { throw Problem(faults: faults) }
        return order
    }

    private static func readIDs(_ value: JSONView, _ order: inout ActionOrder, _ faults: inout [FieldError]) {
        let elements = value.kind == .array ? Array(value.elements) : []
        order.ids = elements.compactMap(\.string)
        if elements.isEmpty || order.ids.count != elements.count || order.ids.contains("") {
            faults.append(FieldError(.wrongType, "ids", "ids must be a list of identifiers, which are strings."))
        } else if order.ids.count > Pipeline.maximumItems {
            faults.append(
                FieldError(.outOfRange, "ids", "ids has \(order.ids.count) entries; at most \(Pipeline.maximumItems).")
            )
        } else if Set(order.ids.map { isUUID($0) ? $0.lowercased() : $0 }).count != order.ids.count {
            faults.append(FieldError(.invalidValue, "ids", "ids names an entry twice."))
        }
    }
}
