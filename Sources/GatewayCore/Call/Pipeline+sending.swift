internal import JSON

/// The one way to the vendor, of reads and of writes.
extension Pipeline {
    /// Nanoseconds that count as no waiting at all.
    private static let shortWait: Int64 = 100_000

    /// Sends a write.
    ///
    /// leave to send → intent durable → send, again where that is safe → (raw answer durable, where a script will look at it)
    func transmit(_ delivery: Delivery) async throws(Problem) -> Result<UpstreamAnswer, UpstreamFailure> {
        let result = try await deliver(delivery)
        if case .success = result, let write = delivery.answersFirst { await write.storeAnswer() }
        return result
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
        try await deliver(Delivery(request, rule, .read, call, vendor, upstream))
    }

    /// Sends a request once, and again as long as the retry table, the time, the attempts and the budget allow it.
    ///
    /// What waits is here, and what works is in functions of its own: see `record`.
    ///
    /// - Throws: where nothing was sent: no leave within the time, an open breaker, a journal that cannot be written.
    private func deliver(_ delivery: Delivery) async throws(Problem) -> Result<UpstreamAnswer, UpstreamFailure> {
        try begin(delivery)
        guard let gate = delivery.call.gate else { return try await deliverUngated(delivery) }
        while true {
            let pass: ConnectionGate.Pass
            if let given = gate.admitAtOnce(now: timer.now(), isRetry: delivery.attempt > 1) {
                pass = given
            } else {
                switch try await leave(of: gate, delivery) {
                case .go(let given): pass = given
                case .stay(let last): return last
                }
            }
            if let trace = delivery.call.trace { trace.lap(.wait, ifOver: Pipeline.shortWait) }
            if delivery.attempt == 1, delivery.write != nil { try await enter(delivery, gate, pass) }
            limit(delivery)
            switch taken(await delivery.upstream.send(delivery.request), delivery, pass, gate) {
            case .end(let result): return result
            case .again(let delay): await timer.sleep(delay)
            }
            delivery.attempt += 1
            delivery.write?.noteRetry()
        }
    }

    /// Sends once, where nothing stands between the call and the vendor.
    @inline(never)
    private func deliverUngated(_ delivery: Delivery) async throws(Problem) -> Result<UpstreamAnswer, UpstreamFailure> {
        if delivery.write != nil { try await enter(delivery) }
        return noted(await delivery.upstream.send(delivery.request), delivery)
    }

    /// Where the time of a delivery begins.
    @inline(never)
    private func begin(_ delivery: Delivery) throws(Problem) {
        let (call, vendor) = (delivery.call, delivery.vendor)
        delivery.deadline = deadline(of: call)
        if call.deadline != nil {
            delivery.request.timeoutMilliseconds = try timeLeft(delivery.deadline, call, vendor)
        }
        guard call.gate != nil else { return }
        delivery.request.resetHeader = vendor.manifest.limits.resetHeader
        delivery.request.remainingHeader = vendor.manifest.limits.remainingHeader
    }

    /// Makes the intent of a write durable: only then may its first byte leave.
    @inline(never)
    private func enter(
        _ delivery: Delivery,
        _ gate: ConnectionGate? = nil,
        _ pass: ConnectionGate.Pass? = nil
    ) async throws(Problem) {
        do throws(Problem) {
            try await delivery.write?.begin(intent(delivery))
        } catch {
            if let gate, let pass { gate.finished(pass, .unused, now: timer.now()) }
            throw error
        }
        if let trace = delivery.call.trace { trace.lap(.journal) }
    }

    /// Gives an attempt what is left of the time.
    @inline(never)
    private func limit(_ delivery: Delivery) {
        delivery.request.timeoutMilliseconds = max(1, Int((delivery.deadline - timer.now()) / 1_000_000))
    }

    @inline(never)
    private func noted(
        _ given: Result<UpstreamAnswer, UpstreamFailure>,
        _ delivery: Delivery
    ) -> Result<UpstreamAnswer, UpstreamFailure> {
        let call = delivery.call
        if let trace = call.trace { trace.lap(.send, .exchange(CallTrace.Exchange(delivery.request, given))) }
        let result = named(delivery.vendor.meant(given), delivery)
        delivery.write?.note(result, mayHaveActed: result.mayHaveLeft)
        return result
    }

    private func named(
        _ result: Result<UpstreamAnswer, UpstreamFailure>,
        _ delivery: Delivery
    ) -> Result<UpstreamAnswer, UpstreamFailure> {
        if delivery.kind != .write || delivery.request.wantedHeader == nil { return result }
        return named(result, delivery.call, delivery.vendor)
    }

    /// What an attempt came to.
    private enum Attempt {
        case end(Result<UpstreamAnswer, UpstreamFailure>)
        /// After so many nanoseconds.
        case again(Int64)
    }

    /// An answer, once the gate and the journal's row know of it.
    @inline(never)
    private func taken(
        _ given: Result<UpstreamAnswer, UpstreamFailure>,
        _ delivery: Delivery,
        _ pass: ConnectionGate.Pass,
        _ gate: ConnectionGate
    ) -> Attempt {
        let (call, vendor, retries) = (delivery.call, delivery.vendor, delivery.retries)
        if let trace = call.trace { trace.lap(.send, .exchange(CallTrace.Exchange(delivery.request, given))) }
        var result = named(vendor.meant(given), delivery)
        let sent = SendResult(result, signal(result, vendor.manifest.limits, call))
        gate.finished(pass, sent, now: timer.now())
        result.repeats(delivery.mayHaveActed)
        if RetryRule.verdict(sent, retries).mayHaveActed { delivery.mayHaveActed = true }
        delivery.write?.note(result, mayHaveActed: delivery.mayHaveActed)
        var random = timer.generator
        let decision = RetryPolicy().decide(
            sent,
            retries,
            attempt: delivery.attempt,
            timeLeft: delivery.deadline - timer.now(),
            using: &random
        ) {
            gate.takeRetry(now: timer.now())
        }
        guard case .retry(let delay) = decision else { return .end(result) }
        delivery.last = result
        return .again(delay)
    }

    private enum Leave {
        case go(ConnectionGate.Pass)
        /// There is none for another attempt: what the last one came to stands.
        case stay(Result<UpstreamAnswer, UpstreamFailure>)
    }

    /// Leave to send where it is not to be had at once.
    @inline(never)
    private func leave(of gate: ConnectionGate, _ delivery: Delivery) async throws(Problem) -> Leave {
        let kind = delivery.kind
        if kind == .write { await probe(gate, delivery.call, delivery.vendor, delivery.upstream) }
        switch await admit(to: gate, kind, delivery.deadline, isRetry: delivery.attempt > 1) {
        case .go(let given): return .go(given)
        case .refused(let problem):
            if let last = delivery.last { return .stay(last) }
            throw problem
        case .wait: throw Problem(.internalError, "A call was woken without leave.", origin: .gateway)
        }
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
        guard let gate = call.gate else {
            return try await begin() ? .sent(named(await upstream.send(request), call, vendor)) : .notNow
        }
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
        return .sent(named(answered, call, vendor))
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

    /// What is made durable before the first byte may leave.
    private func intent(_ delivery: Delivery) -> WriteIntent {
        let (request, call) = (delivery.request, delivery.call)
        var intent = WriteIntent(
            entryID: call.entryID,
            method: request.method,
            url: request.url,
            body: request.body,
            settingsHash: call.connection.settingsHash
        )
        if let name = delivery.idempotencyHeader {
            intent.vendorKey = request.headers.last { $0.name == name }?.value
        }
        if let entry = delivery.entry {
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
