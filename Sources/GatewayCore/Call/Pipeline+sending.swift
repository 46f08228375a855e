internal import JSON

/// The one way to the vendor, of reads and of writes.
extension Pipeline {
    /// Nanoseconds that count as no waiting at all.
    private static let shortWait: Int64 = 100_000

    /// Sends a write.
    ///
    /// leave to send → intent durable → send, again where that is safe → (raw answer durable, where a script will look at it)
    func transmit(
        _ request: consuming UpstreamRequest,
        _ entry: Entry?,
        _ rule: Shared<OperationRule>,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream
    ) async throws(Problem) -> Result<UpstreamAnswer, UpstreamFailure> {
        let request = request
        let (retries, intent) = departure(request, entry, rule, call, vendor)
        let result = try await deliver(consume request, retries, call, vendor, upstream, .write, intent)
        if let write = call.write, case .success = result,
            !vendor.functions.isDisjoint(with: [.fromVendor, .problem]) || call.hooks?.looksOn == true
        {
            await write.storeAnswer()
        }
        return result
    }

    /// What decides on sending a write again, and what is made durable before its first byte may leave.
    @inline(never)
    private func departure(
        _ request: UpstreamRequest,
        _ entry: Entry?,
        _ rule: Shared<OperationRule>,
        _ call: Call,
        _ vendor: Vendor
    ) -> (RetryRule.Request, WriteIntent?) {
        let retries = RetryRule.Request(rule.value, vendor.manifest.limits)
        return (retries, call.write == nil ? nil : intent(request, entry, rule.value, call))
    }

    /// Sends a read once, and again as the retry table allows it.
    ///
    /// - Throws: where nothing was sent.
    func deliver(
        _ request: consuming UpstreamRequest,
        reading rule: OperationRule,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream
    ) async throws(Problem) -> Result<UpstreamAnswer, UpstreamFailure> {
        let retries = RetryRule.Request(rule, vendor.manifest.limits)
        return try await deliver(request, retries, call, vendor, upstream, .read, nil)
    }

    /// Sends a request once, and again as long as the retry table, the time, the attempts and the budget allow it.
    ///
    /// - Parameter intent: what is made durable before the first byte may leave.
    /// - Throws: where nothing was sent: no leave within the time, an open breaker, a journal that cannot be written.
    private func deliver(
        _ request: consuming UpstreamRequest,
        _ retries: RetryRule.Request,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream,
        _ kind: ConnectionGate.Kind,
        _ intent: WriteIntent?
    ) async throws(Problem) -> Result<UpstreamAnswer, UpstreamFailure> {
        var request = request
        let deadline = deadline(of: call)
        if call.deadline != nil { request.timeoutMilliseconds = try timeLeft(deadline, call, vendor) }
        guard let gate = call.gate else {
            if let intent, let write = call.write {
                try await write.begin(intent)
                call.trace?.lap(.journal)
            }
            let given = await upstream.send(request)
            return noted(given, request, call, vendor)
        }
        request.resetHeader = vendor.manifest.limits.resetHeader
        request.remainingHeader = vendor.manifest.limits.remainingHeader
        var random = timer.generator
        var attempt = 1
        var mayHaveActed = false
        var last: Result<UpstreamAnswer, UpstreamFailure>?
        while true {
            let pass: ConnectionGate.Pass
            if let given = gate.admitAtOnce(now: timer.now(), isRetry: attempt > 1) {
                pass = given
            } else {
                switch await leave(of: gate, kind, deadline, isRetry: attempt > 1, call, vendor, upstream) {
                case .go(let given): pass = given
                case .refused(let problem):
                    if let last { return last }
                    throw problem
                case .wait: throw Problem(.internalError, "A call was woken without leave.", origin: .gateway)
                }
            }
            call.trace?.lap(.wait, ifOver: Pipeline.shortWait)
            if attempt == 1, let intent, let write = call.write {
                do throws(Problem) {
                    try await write.begin(intent)
                    call.trace?.lap(.journal)
                } catch {
                    gate.finished(pass, .unused, now: timer.now())
                    throw error
                }
            }
            request.timeoutMilliseconds = max(1, Int((deadline - timer.now()) / 1_000_000))
            let given = await upstream.send(request)
            let (result, sent) = taken(given, request, pass, gate, retries, &mayHaveActed, call, vendor)
            let decision = RetryPolicy().decide(
                sent,
                retries,
                attempt: attempt,
                timeLeft: deadline - timer.now(),
                using: &random
            ) {
                gate.takeRetry(now: timer.now())
            }
            guard case .retry(let delay) = decision else { return result }
            last = result
            await timer.sleep(delay)
            attempt += 1
            call.write?.noteRetry()
        }
    }

    /// An answer where nothing stands between the call and the vendor.
    @inline(never)
    private func noted(
        _ given: Result<UpstreamAnswer, UpstreamFailure>,
        _ request: UpstreamRequest,
        _ call: Call,
        _ vendor: Vendor
    ) -> Result<UpstreamAnswer, UpstreamFailure> {
        if let trace = call.trace { trace.lap(.send, .exchange(CallTrace.Exchange(request, given))) }
        let result = vendor.meant(given)
        call.write?.note(result, mayHaveActed: result.mayHaveLeft)
        return result
    }

    /// An answer, once the gate and the journal's row know of it.
    ///
    /// - Parameter mayHaveActed: whether the vendor may have acted on an attempt, this one at the end too.
    @inline(never)
    private func taken(
        _ given: Result<UpstreamAnswer, UpstreamFailure>,
        _ request: UpstreamRequest,
        _ pass: ConnectionGate.Pass,
        _ gate: ConnectionGate,
        _ retries: RetryRule.Request,
        _ mayHaveActed: inout Bool,
        _ call: Call,
        _ vendor: Vendor
    ) -> (Result<UpstreamAnswer, UpstreamFailure>, SendResult) {
        if let trace = call.trace { trace.lap(.send, .exchange(CallTrace.Exchange(request, given))) }
        var result = vendor.meant(given)
        let sent = SendResult(result, signal(result, vendor.manifest.limits, call))
        gate.finished(pass, sent, now: timer.now())
        result.repeats(mayHaveActed)
        mayHaveActed = mayHaveActed || RetryRule.verdict(sent, retries).mayHaveActed
        call.write?.note(result, mayHaveActed: mayHaveActed)
        return (result, sent)
    }

    /// Leave to send where it is not to be had at once.
    @inline(never)
    private func leave(
        of gate: ConnectionGate,
        _ kind: ConnectionGate.Kind,
        _ deadline: Int64,
        isRetry: Bool,
        _ call: Call,
        _ vendor: Vendor,
        _ upstream: any Upstream
    ) async -> ConnectionGate.Admission {
        if kind == .write { await probe(gate, call, vendor, upstream) }
        return await admit(to: gate, kind, deadline, isRetry: isRetry)
    }

    /// What came of a write that was to be sent once more.
    public enum Resending: Sendable {
        case sent(Result<UpstreamAnswer, UpstreamFailure>)
        /// The connection lets nothing through now, or somebody else is at the write.
        case notNow
    }

    /// Sends a write that is in the journal once more: as everything else, when its connection lets it through.
    ///
    /// - Parameter begin: notes in the journal that it is being sent; `false` if it may not be.
    public func resend(
        _ request: UpstreamRequest,
        _ call: Call,
        at vendor: Vendor,
        _ upstream: any Upstream,
        begin: () async throws(JournalFailure) -> Bool
    ) async throws(JournalFailure) -> Resending {
        guard let gate = call.gate else { return try await begin() ? .sent(await upstream.send(request)) : .notNow }
        let limits = vendor.manifest.limits
        var request = request
        request.resetHeader = limits.resetHeader
        request.remainingHeader = limits.remainingHeader
        let deadline = deadline(of: call)
        await probe(gate, call, vendor, upstream)
        guard case .go(let pass) = await admit(to: gate, .write, deadline, isRetry: true) else { return .notNow }
        var result = SendResult.unused
        defer { gate.finished(pass, result, now: timer.now()) }
        guard try await begin() else { return .notNow }
        request.timeoutMilliseconds = max(1, Int((deadline - timer.now()) / 1_000_000))
        let answered = await upstream.send(request)
        result = SendResult(answered, signal(answered, limits, call))
        return .sent(answered)
    }

    /// A call whose time begins now.
    func begun(_ call: Call) -> Call {
        var call = call
        call.deadline = deadline(of: call)
        return call
    }

    private func deadline(of call: Call) -> Int64 {
        call.deadline ?? timer.now() + Int64(call.timeoutMilliseconds) * 1_000_000
    }

    /// Milliseconds that are left for a request, at least 1.
    ///
    /// - Throws: if the reads before it have used the call's time up.
    private func timeLeft(_ deadline: Int64, _ call: Call, _ vendor: Vendor) throws(Problem) -> Int {
        let left = deadline - timer.now()
        guard left > 0 else {
            throw Problem(
                .vendorTimeout,
                "\(vendor.title): the call's \(call.timeoutMilliseconds) ms were used up by what had to be read before.",
                origin: .vendor,
                retry: .after
            )
        }
        return max(1, Int(left / 1_000_000))
    }

    /// Waits for leave to send.
    private func admit(
        to gate: ConnectionGate,
        _ kind: ConnectionGate.Kind,
        _ deadline: Int64,
        isRetry: Bool
    ) async -> ConnectionGate.Admission {
        await withUnsafeContinuation { continuation in
            let admission = gate.admit(kind, now: timer.now(), deadline: deadline, isRetry: isRetry) {
                continuation.resume(returning: $0)
            }
            if case .wait = admission {} else { continuation.resume(returning: admission) }
        }
    }

    private func signal(
        _ result: Result<UpstreamAnswer, UpstreamFailure>,
        _ limits: LimitRules,
        _ call: Call
    ) -> LimitSignal {
        guard case .success(let answer) = result else { return LimitSignal() }
        if answer.status < 400, answer.reset == nil, answer.remaining == nil { return LimitSignal() }
        return LimitSignal(
            status: answer.status,
            retryAfter: answer.retryAfter,
            reset: answer.reset,
            remaining: answer.remaining,
            rules: limits,
            now: call.now
        )
    }

    private func intent(
        _ request: UpstreamRequest,
        _ entry: Entry?,
        _ rule: OperationRule,
        _ call: Call
    ) -> WriteIntent {
        var intent = WriteIntent(
            entryID: call.entryID,
            method: request.method,
            url: request.url,
            body: request.body
        )
        if let name = rule.idempotencyHeader {
            intent.vendorKey = request.headers.last { $0.name == name }?.value
        }
        if let entry {
            var writer = JSONWriter(reserving: 512)
            entry.write(to: &writer)
            intent.entry = writer.finish()
        } else if let ids = call.sentIDs {
            intent.entry = WriteIntent.entry(ids: ids)
        }
        return intent
    }
}

extension Result<UpstreamAnswer, UpstreamFailure> {
    /// Whether a byte may have left.
    fileprivate var mayHaveLeft: Bool {
        switch self {
        case .success: true
        case .failure(let failure): failure.maySent
        }
    }

    /// Tells that an attempt before may have been acted on: then no failure says that nothing was sent.
    fileprivate mutating func repeats(_ mayHaveActed: Bool) {
        guard mayHaveActed else { return }
        switch self {
        case .success(var answer):
            answer.isRepetition = true
            self = .success(answer)
        case .failure(var failure):
            failure.maySent = true
            self = .failure(failure)
        }
    }
}

extension RetryRule.Verdict {
    /// Whether the vendor may have acted on the request. What goes again although its answer would be final was refused
    /// unprocessed.
    fileprivate var mayHaveActed: Bool {
        switch self {
        case .retry(_, else: let end): end == .unknown
        case .end(let end): end != .notSent
        }
    }
}
