internal import GatewayCore
internal import JSON

/// A write's place in the journal: one execution for one key, and its answer again for the same request.
extension EntryAPI {
    /// What a write came to.
    enum Written {
        /// The outcome is there where the write is one of several in an answer, which is put together of them.
        case fresh(CallOutcome?, OutboundResponse)
        /// The answer that was given before.
        case replayed(StoredReply)
    }

    /// What is left of an outcome once it is answered: a write that waits for the journal holds nothing else of it.
    private final class End {
        /// Where the write is one of several in an answer.
        let outcome: CallOutcome?
        let response: OutboundResponse
        let entryID: String?
        /// Whether it is that of one entry, as it is now.
        let isRecorded: Bool
        /// What the vendor's answer leaves open.
        let doubt: String?

        @inline(never)
        init(_ outcome: consuming CallOutcome, _ isPart: Bool, _ answer: (CallOutcome) -> OutboundResponse) {
            let outcome = outcome
            response = answer(outcome)
            (entryID, isRecorded) =
                if case .recorded(let recorded) = outcome { (recorded.entry.id, true) } else { (nil, false) }
            doubt = outcome.doubt
            self.outcome = isPart ? outcome : nil
        }

        var written: Written { .fresh(outcome, response) }

        /// The same, naming the key that it is kept under.
        @inline(never)
        func written(under key: String) -> Written {
            var response = response
            response.addHeader("Idempotency-Key", key)
            return .fresh(outcome, response)
        }
    }

    /// Makes a write under its key, or under a new one that the answer names.
    ///
    /// - Parameters:
    ///   - isPart: whether the write is one of several in an answer.
    ///   - answer: the response to an outcome, as it is kept for the same request.
    func write(
        _ call: Call,
        body: JSONView?,
        _ vendor: Vendor,
        isPart: Bool = false,
        _ perform: (Call) async throws(Problem) -> CallOutcome,
        answer: (CallOutcome) -> OutboundResponse
    ) async throws(Problem) -> Written {
        guard let writes, !call.isPlan, !isBare(call) else {
            if !isBare(call) { try EntryAPI.refuseIdleKey(call, vendor) }
            return End(try await perform(call), isPart, answer).written
        }
        switch try await claim(call, body, vendor, writes) {
        case .replay(let reply, _): return .replayed(reply)
        case .claimed(let write): return try await execute(write, call, vendor, isPart, perform, answer)
        }
    }

    @inline(never)
    private func claim(
        _ call: Call,
        _ body: JSONView?,
        _ vendor: Vendor,
        _ writes: Writes
    ) async throws(Problem) -> Writes.Claim {
        try await writes.claim(
            EntryAPI.scope(of: call),
            fingerprint: RequestFingerprint.make(call, body),
            isKeyGenerated: call.idempotencyKey == nil,
            vendorHasKeys: call.idempotencyKey != nil
                && vendor.manifest.operations[call.operation]?.idempotencyHeader != nil
        )
    }

    /// Makes a write that has its key, and tells the journal how it ended.
    @inline(never)
    private func execute(
        _ write: JournaledWrite,
        _ call: Call,
        _ vendor: Vendor,
        _ isPart: Bool,
        _ perform: (Call) async throws(Problem) -> CallOutcome,
        _ answer: (CallOutcome) -> OutboundResponse
    ) async throws(Problem) -> Written {
        do throws(Problem) {
            let end = End(try await perform(call.with(write)), isPart, answer)
            if !write.isBegun, end.isRecorded, try await enterUnsent(write, call, vendor) { return end.written }
            await write.finish(
                StoredReply(end.response),
                // What was asked for: an answer about another entry does not make it one of that.
                vendorEntryID: call.entryID ?? end.entryID,
                isUnderstood: end.doubt == nil,
                reason: end.doubt
            )
            return end.written(under: write.scope.key)
        } catch {
            throw await fail(write, call, error)
        }
    }

    /// There was nothing to change, and nothing was sent.
    ///
    /// - Returns: whether that is all, because the caller gave no key that would have to answer again.
    @inline(never)
    private func enterUnsent(_ write: JournaledWrite, _ call: Call, _ vendor: Vendor) async throws(Problem) -> Bool {
        guard call.idempotencyKey != nil else {
            write.letGo()
            return true
        }
        let method = vendor.manifest.operations[call.operation]?.method ?? ""
        try await write.enterUnsent(call.entryID, method: method)
        return false
    }

    /// - Returns: what the caller is told.
    @inline(never)
    private func fail(_ write: JournaledWrite, _ call: Call, _ error: Problem) async -> Problem {
        var problem = error.explained(write.scope)
        if call.idempotencyKey != nil, write.remembers(problem) { problem.extra[Problem.spentKey] = true }
        let told = await write.finish(problem, StoredReply(problem, requestID: call.id))
        return told.code == problem.code ? told : told.explained(write.scope)
    }

    /// The key of a write, or a new one.
    @inline(never)
    private static func scope(of call: Call) throws(Problem) -> WriteScope {
        if call.idempotencyKey == nil, call.connection.requiresKey {
            throw Problem(
                .idempotencyKeyRequired,
                "The connection \(call.connection.name) takes no write without an Idempotency-Key."
            )
        }
        return WriteScope(
            caller: call.caller.name,
            connection: call.connection.name,
            operation: call.operation,
            key: call.idempotencyKey ?? UUIDText.makeNew()
        )
    }
}

extension Call {
    fileprivate func with(_ write: JournaledWrite) -> Call {
        var call = self
        call.write = write
        return call
    }
}

extension EntryAPI {
    /// Whether a write has neither a key nor a place in the journal: then nothing stands around it.
    func isBare(_ call: Call) -> Bool {
        guard call.idempotencyKey == nil else { return false }
        return writes == nil || call.isPlan || !(call.connection.journalsKeyless || call.connection.requiresKey)
    }

    /// Without a journal a key keeps its promise only where the vendor has keys of its own.
    private static func refuseIdleKey(_ call: Call, _ vendor: Vendor) throws(Problem) {
        guard call.idempotencyKey != nil, !call.isPlan, let rule = vendor.manifest.operations[call.operation],
            rule.idempotencyHeader == nil
        else { return }
        throw Problem(
            .idempotencyUnsupported,
            "\(vendor.title) has no idempotency keys for \(call.operation.rawValue), and this gateway runs without a "
                + "journal: the key could not keep a promise.",
            origin: .gateway
        )
    }
}

extension CallOutcome {
    /// What the vendor's answer to a request for several entries leaves open of one of them; `nil` where of none.
    fileprivate var doubt: String? {
        guard case .acted(let items) = self else { return nil }
        for item in items {
            if case .failure(let problem) = item.result, problem.code == .outcomeUnknown { return problem.detail }
        }
        return nil
    }
}

extension Problem {
    /// Says how to go on where the outcome is not known, and where to ask about what was sent.
    func explained(_ scope: WriteScope) -> Problem {
        var problem = self
        if problem.code == .outcomeUnknown {
            problem.retry = .sameKey
            problem.retryAfter = 10
        }
        return problem.sent == .no ? problem : problem.naming(scope)
    }
}

extension StoredReply {
    init(_ response: OutboundResponse) {
        self.init(
            status: response.status,
            contentType: StoredReply.text(of: response.contentType),
            location: response.value(of: "Location"),
            body: response.body
        )
    }

    private static let json = "application/json"

    /// What nearly all answers have is not put together anew each time.
    private static func text(of type: StaticString?) -> String {
        guard let type else { return "" }
        let isJSON = json.utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer($0).equals(type) } ?? false
        return isJSON ? json : "\(type)"
    }

    init(_ problem: Problem, requestID: String) {
        self.init(
            status: problem.status,
            contentType: "application/problem+json",
            body: problem.body(requestID: requestID)
        )
    }

    /// The answer again.
    func response(key: String) -> OutboundResponse {
        let type: StaticString? =
            switch contentType {
            case "application/json": "application/json"
            case "application/problem+json": "application/problem+json"
            default: nil
            }
        var response = OutboundResponse(status: status, contentType: type, body: body)
        if let location { response.addHeader("Location", location) }
        response.addHeader("Idempotent-Replayed", "true")
        response.addHeader("Idempotency-Key", key)
        return response
    }
}
